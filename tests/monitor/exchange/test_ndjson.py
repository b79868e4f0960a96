from monitor.exchange.capture.ndjson import LineSplitter


def test_lines_are_events_with_the_place_they_end_at():
    assert LineSplitter(100).feed(b'{"a":1}\n\r\n{"b":2}\r\n') == [
        (8, b"", b'{"a":1}'),
        (19, b"", b'{"b":2}'),
    ]


def test_a_last_line_without_its_end_is_flushed():
    lines = LineSplitter(100)
    assert lines.feed(b'{"a"') == []
    assert lines.feed(b":1}") == []
    assert lines.flush() == [(7, b"", b'{"a":1}')]


def test_a_line_beyond_the_limit_is_skipped_and_the_next_one_read():
    lines = LineSplitter(8)
    found = [event for byte in b'{"a":"long"}\n{"b":2}\n' for event in lines.feed(bytes([byte]))]
    assert [line for _, _, line in found] == [b'{"b":2}']
    assert lines.overflowed
