import pytest

BASELINE = "/api/v1/baselines/b1"
INCIDENT = "/api/v1/incidents/i1"


@pytest.mark.parametrize(
    ("path", "body"),
    [("labels", {"verdict": "true_positive"}), ("notes", {"text": "looked at it"})],
)
async def test_what_is_said_of_an_incident_may_need_the_version_that_was_read(
    client, filled, path, body
):
    read = (await client.get(INCIDENT)).headers["etag"]
    first = await client.post(f"{INCIDENT}/{path}", json=body, headers={"If-Match": read})
    assert first.status_code in {200, 201}
    assert first.headers["etag"] == (await client.get(INCIDENT)).headers["etag"] != read
    before = await filled.get_incident("i1")
    refused = await client.post(f"{INCIDENT}/{path}", json=body, headers={"If-Match": read})
    assert (refused.status_code, refused.headers["etag"]) == (412, first.headers["etag"])
    assert await filled.get_incident("i1") == before
    again = await client.post(f"{INCIDENT}/{path}", json=body, headers={"If-Match": "*"})
    assert again.status_code == first.status_code


async def test_a_baseline_is_changed_only_as_it_was_read(client, filled):
    read = (await client.get(BASELINE)).headers["etag"]
    assert read == (await client.get(BASELINE)).headers["etag"]
    promoted = await client.post(f"{BASELINE}/promote", headers={"If-Match": read})
    assert promoted.status_code == 200
    now = (await client.get(BASELINE)).headers["etag"]
    assert now != read
    for method, url in (("POST", f"{BASELINE}/promote"), ("DELETE", BASELINE)):
        refused = await client.request(method, url, headers={"If-Match": read})
        assert (refused.status_code, refused.headers["etag"]) == (412, now)
    in_use = await client.delete(BASELINE, headers={"If-Match": now})
    assert in_use.status_code == 409
    missing = await client.delete("/api/v1/baselines/none", headers={"If-Match": read})
    assert missing.status_code == 404
