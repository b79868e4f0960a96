"""An upstream over TLS: reached if its certificate is good for its name, else refused with a reason."""

import datetime as dt
import json
import ssl

import pytest
import trustme
from wire import CHAT, CLOSE, body_of, echo, post

YEARS_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """Our own authority is what `SSL_CERT_FILE` names."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def served_with(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return {"ssl": context}


async def test_an_upstream_with_a_good_certificate_is_reached(calm, authority, trusted):
    running = await calm(echo, listen=served_with(authority.issue_cert("127.0.0.1")))
    for _ in range(3):
        answer = await running.raw(post(CHAT, head=CLOSE))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert body_of(answer).endswith(CHAT)


async def test_megabytes_pass_over_tls_both_ways(calm, authority, trusted):
    body = bytes(range(256)) * 32_768
    running = await calm(echo, listen=served_with(authority.issue_cert("127.0.0.1")))
    assert (await running.raw(post(body, path=b"/x", head=CLOSE))).endswith(body)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda ca: ca.issue_cert("elsewhere.test"), "not valid for '127.0.0.1'"),
        (lambda ca: ca.issue_cert("127.0.0.1", not_after=YEARS_AGO), "has expired"),
        (lambda ca: trustme.CA().issue_cert("127.0.0.1"), "unable to get local issuer"),
    ],
    ids=["another name", "expired", "an authority unknown here"],
)
async def test_a_doubtful_certificate_is_a_502_that_says_why(calm, authority, trusted, make, why):
    running = await calm(echo, listen=served_with(make(authority)))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 502 ")
    problem = json.loads(body_of(answer))
    assert problem["type"] == "urn:sidewatch:upstream_refused"
    assert "certificate" in problem["detail"]
    assert why in problem["detail"]
    assert (await running.only_exchange()).error == "upstream_refused"


async def test_an_upstream_that_speaks_no_tls_is_a_502(gateway, upstream):
    async def complain(peer):
        await peer.reader.read(1)
        await peer.send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await peer.gone()

    plain = await upstream(complain)
    running = await gateway(plain.replace("http:", "https:"))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert json.loads(body_of(answer))["detail"] == "The upstream cannot be reached over TLS."
    assert (await running.only_exchange()).error == "upstream_refused"
