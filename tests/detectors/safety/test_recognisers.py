import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.safety.recognisers import find, mask

FOUND = [
    ("write to bob.smith+x@example.co.uk today", "pii.email", "bob.smith+x@example.co.uk"),
    ("card 4111 1111 1111 1111, thanks", "pii.card", "4111 1111 1111 1111"),
    ("amex 378282246310005.", "pii.card", "378282246310005"),
    ("IBAN DE89 3704 0044 0532 0130 00 please", "pii.iban", "DE89 3704 0044 0532 0130 00"),
    ("GB82WEST12345698765432", "pii.iban", "GB82WEST12345698765432"),
    ("my ssn is 536-22-1234", "pii.us_ssn", "536-22-1234"),
    ("host 84.21.7.9 is down", "pii.ip_address", "84.21.7.9"),
    ("host 2a00:db8::ff00:42:8329 is down", "pii.ip_address", "2a00:db8::ff00:42:8329"),
    ("call +44 20 7946 0958", "pii.phone", "+44 20 7946 0958"),
    ("call (415) 555-2671", "pii.phone", "(415) 555-2671"),
    ("id AKIAIOSFODNN7ABCDEFG", "secret.aws_access_key", "AKIAIOSFODNN7ABCDEFG"),
    ("ghp_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8", "secret.github_token", None),
    (
        "key sk-proj-a1B2c3D4e5F6g7H8i9J0k1L2",
        "secret.openai_key",
        "sk-proj-a1B2c3D4e5F6g7H8i9J0k1L2",
    ),
    ("sk-ant-api03-a1B2c3D4e5F6g7H8i9J0k1L2", "secret.anthropic_key", None),
    ("Authorization: Bearer 3fa85f6457174562b3fc", "secret.bearer_token", "3fa85f6457174562b3fc"),
    ("postgres://app:hunter2@db.example.com/x", "secret.password_in_url", "hunter2"),
    ('"client_secret": "v3rySecr3tValue99"', "secret.assigned_secret", "v3rySecr3tValue99"),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0T",
        "secret.jwt",
        None,
    ),
    (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----",
        "secret.private_key",
        None,
    ),
]

NOT_FOUND = [
    "4111 1111 1111 1112",  # Luhn fails
    "1234 5678 1234 5670",  # Luhn passes, no issuer has this range
    "DE89 3704 0044 0532 0130 01",  # mod 97 fails
    "DE89 3704 0044 0532 01",  # too short for the country
    "000-12-3456 and 666-12-3456 and 900-12-3456 and 123-00-4567",
    "127.0.0.1, 255.255.255.0, 999.1.1.1, version 1.2.3.4.5",
    "at 12:30:45 on 2024-10-12",
    "pi is 3.14159265358979, ISBN 978-3-16-148410-0",
    "order 20241012345 of 1,234,567,890.00",
    "api_key: your_api_key_here_please",
    "password: ************",
    "an @mention and user@localhost",
    "std::vector<int>::iterator",
    "sk-learn-is-a-library-for-machine-learning",
    "The bearer of good news, the secret: be kind",
    "",
]


@pytest.mark.parametrize(("text", "name", "value"), FOUND)
def test_what_is_personal_or_secret_is_found_in_its_place(text, name, value):
    (label,) = find(text)
    assert label.kind == name
    assert text[label.start : label.end] == (value or text)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_not_found(text):
    assert find(text) == []


def test_masking_keeps_the_rest_of_the_text_and_names_the_kinds():
    masked, kinds = mask("mail a@b.org or c@d.org, key AKIAIOSFODNN7ABCDEFG!")
    assert masked == "mail [EMAIL] or [EMAIL], key [AWS_ACCESS_KEY]!"
    assert kinds == ["pii.email", "secret.aws_access_key"]


def test_masking_leaves_a_clean_text_alone():
    assert mask("nothing to see here") == ("nothing to see here", [])


@given(st.text(alphabet=st.sampled_from("a1@.:-_ /+=skBEeyJ()\n4"), max_size=200) | st.text())
def test_findings_lie_in_the_text_in_order_and_apart(text):
    end = 0
    for label in find(text):
        assert end <= label.start < label.end <= len(text)
        end = label.end


@given(st.text(max_size=300))
def test_masked_text_holds_no_finding_of_the_same_place_again(text):
    masked, kinds = mask(text)
    assert bool(kinds) == (masked != text)


@pytest.mark.parametrize(
    "piece",
    [
        "a", "1 ", "eyJ-", "sk-", "a@", "a.", "+1(2", "11:", "AB12 ", "a@b.", "://a:b", "bearer ",
        "password=", "1.1.", "-----BEGIN PRIVATE KEY-----", "bob@example.com ", "4111-",
    ],
)  # fmt: skip
def test_the_time_is_linear_in_the_text(piece):
    def seconds(size):
        text = piece * (size // len(piece))
        started = time.process_time()
        find(text)
        return time.process_time() - started

    seconds(1000)
    # Quadratic time would be some hundred times this bound.
    assert seconds(200_000) < 2.0
