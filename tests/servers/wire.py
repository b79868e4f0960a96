"""Small pieces of HTTP that several tests send and read."""

CHAT = b'{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}'
CLOSE = b"connection: close\r\n"


def post(body: bytes, path: bytes = b"/v1/chat/completions", head: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n%b\r\n%b" % (
        path,
        len(body),
        head,
        body,
    )


def event(text: str) -> bytes:
    return b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % text.encode()


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


async def echo(peer):
    """A script: answer every request with itself."""
    while True:
        head, body = await peer.request()
        await peer.answer(head + body)
