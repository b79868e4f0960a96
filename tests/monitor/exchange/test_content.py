import base64

import pytest

from monitor.exchange.protocols.content import content_of

PNG = "iVBORw0KGgo" + base64.b64encode(bytes(300)).decode()
WAV = base64.b64encode(b"RIFF....WAVE").decode()


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        ("words", {"type": "text", "text": "words"}),
        ({"type": "refusal", "refusal": "no " * 200}, {"type": "refusal", "text": "no " * 200}),
        (
            {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
            {"type": "input_audio", "media_type": "audio/wav", "size": 12},
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://example.org/?signature=secret"}},
            {"type": "image_url"},
        ),
        ({"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}, {"size": 308}),
        ({"type": "input_image", "image_url": "file-abc.png", "file_id": "f1"}, {"file_id": "f1"}),
        ({"type": "file", "file": {"file_data": "data:,hello"}}, {"type": "file", "size": 3}),
        ({"type": "tool_result", "content": "sunny"}, {"type": "tool_result", "text": "sunny"}),
        (
            {"type": "tool_result", "content": [{"type": "text", "text": "a"}, {"text": "b"}]},
            {"text": "a\nb"},
        ),
        (
            {"type": "document", "source": {"type": "text", "data": "all of it"}},
            {"type": "document", "text": "all of it"},
        ),
    ],
)
def test_a_part_is_kept_as_text_or_noted(part, kept):
    (found,) = content_of([part])
    assert found.items() >= kept.items()
    assert "secret" not in str(found)
    assert PNG not in str(found)


def test_data_is_never_kept_however_short():
    (found,) = content_of([{"type": "input_image", "image_url": "data:image/gif;base64,R0lGODlh"}])
    assert found == {"type": "input_image", "media_type": "image/gif", "size": 6}
