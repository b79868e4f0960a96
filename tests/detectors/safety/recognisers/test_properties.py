from hypothesis import given
from hypothesis import strategies as st

from detectors.safety.recognisers import find, mask

PIECES = [
    "4111 1111 1111 1111", "bob@example.org", "DE89370400440532013000", "536-22-1234",
    "+44 20 7946 0958", "(415) 555-2671", "84.21.7.9", "10.0.0.7", "2a00:db8::ff00:42:8329",
    "NHS 943 476 5919", "12345678Z", "X1234567L", "RSSMRA85T10A562S", "BSN 111222333",
    "AKIA" + "IOSFODNN7ABCDEFG", "ghp_" + "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8", "sk-", "xoxb-",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3", "password: hunter2abc",
    "postgres://app:hunter2@db.example.com", "Bearer 3fa85f6457174562b3fc", "passport C01X00T47",
    "-----BEGIN " + "PRIVATE KEY-----", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "call", "[EMAIL]",
]  # fmt: skip
GLUE = ["", " ", "\n", ": ", "=", ", ", "-", ".", "/", "(", "a", "7", "@", "_", "\u00a0", "é"]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES + GLUE), max_size=14).map("".join),
    st.text(alphabet="a1@.:-_ /+=skBEeyJ()\n4", max_size=120),
    st.text(max_size=120),
)


@given(texts)
def test_findings_lie_in_the_text_in_order_and_apart(text):
    end = 0
    for finding in find(text):
        assert end <= finding.start < finding.end <= len(text)
        assert 0.0 < finding.confidence <= 1.0
        end = finding.end


@given(texts)
def test_nothing_is_found_in_a_masked_text(text):
    masked, kinds = mask(text)
    assert find(masked) == []
    assert mask(masked) == (masked, [])
    assert bool(kinds) == (masked != text)


@given(texts)
def test_every_kind_that_was_found_is_named_by_the_mask(text):
    masked, kinds = mask(text)
    assert {finding.kind for finding in find(text)} <= set(kinds)
    tokens = {f"[{kind.partition('.')[2].upper()}]" for kind in kinds}
    # A block of a private key may take in what was masked inside it.
    assert "[PRIVATE_KEY]" in masked or all(token in masked for token in tokens)


@given(st.sampled_from(PIECES), st.sampled_from(["Thanks.\n", "I mean:  ", "Ω "]))
def test_text_around_a_finding_does_not_move_it(piece, before):
    moved = [(f.kind, f.start + len(before), f.end + len(before)) for f in find(piece)]
    assert [(f.kind, f.start, f.end) for f in find(before + piece)] == moved
