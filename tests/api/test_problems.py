import pytest

UNKNOWN = [
    ("GET", "/api/v1/incidents/nope", None),
    ("PATCH", "/api/v1/incidents/nope", {"status": "resolved"}),
    ("GET", "/api/v1/incidents/nope/bundle", None),
    ("GET", "/api/v1/incidents/nope/similar", None),
    ("GET", "/api/v1/exchanges/nope", None),
    ("GET", "/api/v1/baselines/nope", None),
    ("POST", "/api/v1/baselines/nope/promote", {}),
    ("GET", "/api/v1/nope", None),
    ("GET", "/", None),
]

INVALID = [
    ("GET", "/api/v1/incidents?status=closed", None, "status"),
    ("GET", "/api/v1/incidents?severity=bad", None, "severity"),
    ("GET", "/api/v1/incidents?detector=bad", None, "detector"),
    ("GET", "/api/v1/incidents?limit=0", None, "limit"),
    ("GET", "/api/v1/incidents?limit=501", None, "limit"),
    ("GET", "/api/v1/incidents?since=yesterday", None, "since"),
    ("GET", "/api/v1/incidents?since=nan", None, "since"),
    ("GET", "/api/v1/incidents?until=-1", None, "until"),
    ("GET", "/api/v1/incidents?since=2&until=1", None, "query"),
    ("GET", "/api/v1/incidents?cursor=made-up", None, "cursor"),
    ("GET", "/api/v1/incidents?sevrity=critical", None, "sevrity"),
    ("GET", "/api/v1/incidents?model=" + "m" * 301, None, "model"),
    ("GET", "/api/v1/incidents/" + "i" * 201, None, "incident_id"),
    ("GET", "/api/v1/incidents/i1/similar?limit=51", None, "limit"),
    ("GET", "/api/v1/incidents/i1?limit=5", None, "limit"),
    ("GET", "/api/v1/incidents/i1/bundle.zip?text=none", None, "text"),
    ("GET", "/api/v1/stats?x=1", None, "x"),
    ("POST", "/api/v1/score?wiat=1", {"prompt": "a"}, "wiat"),
    ("GET", "/api/v1/exchanges?limit=1001", None, "limit"),
    ("PATCH", "/api/v1/incidents/i1", {"status": "closed"}, "status"),
    ("PATCH", "/api/v1/incidents/i1", {"owner": "o" * 201}, "owner"),
    ("PATCH", "/api/v1/incidents/i1", {"note": "n" * 4001}, "note"),
    ("PATCH", "/api/v1/incidents/i1", {"severity": "info"}, "severity"),
    ("PATCH", "/api/v1/incidents/i1", {}, "body"),
    ("PATCH", "/api/v1/incidents/i1", [], "body"),
    ("POST", "/api/v1/baselines/b1/promote", {"modell": "m"}, "modell"),
    ("POST", "/api/v1/score", {"text": "hello"}, "body"),
    ("POST", "/api/v1/score", [], "body"),
    ("POST", "/api/v1/score", [{"prompt": "a"}] * 101, "body"),
    ("POST", "/api/v1/score", [{"prompt": "a"}, {"prompt": 3}], "1"),
    ("POST", "/api/v1/score", [{"request": {"messages": 3}}], "0.request.messages"),
]


def check(answer, status, path):
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["instance"] == path.partition("?")[0]
    assert (body["type"], bool(body["title"]), bool(body["detail"])) == ("about:blank", True, True)
    return body


@pytest.mark.parametrize(("method", "path", "body"), UNKNOWN)
async def test_what_is_not_there_is_a_404_problem(client, method, path, body):
    check(await client.request(method, path, json=body), 404, path)


@pytest.mark.parametrize(("method", "path", "body", "field"), INVALID)
async def test_what_is_wrong_is_named(client, filled, method, path, body, field):
    problem = check(await client.request(method, path, json=body), 422, path)
    assert field in [each["field"] for each in problem["errors"]]


async def test_what_was_sent_is_not_repeated(client, filled):
    answer = await client.patch("/api/v1/incidents/i1", json={"note": ["my secret text"]})
    assert answer.status_code == 422
    assert "secret" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[[", b""])
async def test_a_body_that_is_no_json_is_a_422_problem(client, filled, body):
    headers = {"content-type": "application/json"}
    for method, path in (("PATCH", "/api/v1/incidents/i1"), ("POST", "/api/v1/score")):
        answer = await client.request(method, path, content=body, headers=headers)
        check(answer, 422, path)


async def test_a_wrong_method_names_the_right_ones(client):
    answer = await client.delete("/api/v1/policy")
    check(answer, 405, "/api/v1/policy")
    assert answer.headers["allow"] == "GET"


async def test_a_body_that_says_it_is_too_large_is_not_read(client):
    answer = await client.post("/api/v1/score", content=b"x" * (8 * 1024 * 1024 + 1))
    check(answer, 413, "/api/v1/score")


async def test_a_body_that_turns_out_too_large_is_refused(client):
    async def chunks():
        for _ in range(9):
            yield b"x" * 1024 * 1024

    check(await client.post("/api/v1/score", content=chunks()), 413, "/api/v1/score")


async def test_a_store_that_does_not_answer_is_a_503_problem(client, store):
    await store.close()
    path = "/readyz"
    check(await client.get(path), 503, path)


async def test_a_fault_of_ours_tells_nothing_of_its_cause(make_api):
    make_api.store = None
    async with make_api.client() as client:
        answer = await client.get("/api/v1/incidents")
    check(answer, 500, "/api/v1/incidents")
    assert "None" not in answer.text


async def test_models_that_fail_tell_nothing_of_the_cause(make_api):
    def fails(_):
        raise RuntimeError("secret text")

    async with make_api.client(scorer=fails) as client:
        answer = await client.post("/api/v1/score", json={"prompt": "a"})
    check(answer, 503, "/api/v1/score")
    assert "secret" not in answer.text
