"""Ids and addresses that mix letters and digits: one wrong sign, and they are not found."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.safety.recognisers import find
from detectors.safety.recognisers.payment import IBAN_LENGTH

BRANCH = 6
"""Digits that an account begins with here; no country has letters alone."""

CHECKED = [
    ("pii.es_dni", "12345678Z"), ("pii.es_dni", "X1234567L"), ("pii.sg_nric", "S1234567D"),
    ("pii.it_codice_fiscale", "RSSMRA85T10A562S"), ("pii.fi_hetu", "131052-308T"),
    ("pii.cn_resident", "11010519491231002X"), ("pii.mx_curp", "HEGG560427MVZRRL04"),
    ("pii.cl_rut", "30.686.957-4"), ("pii.fr_nir", "2 94 03 2A 456 789 51"),
    ("pii.iban", "GB82WEST12345698765432"), ("pii.iban", "DE89370400440532013000"),
    ("pii.bitcoin_address", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ("pii.bitcoin_address", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
]  # fmt: skip


def kinds(text):
    return {finding.kind for finding in find(text)}


@pytest.mark.parametrize(("kind", "value"), CHECKED)
def test_it_is_found_and_validated(kind, value):
    (finding,) = find(f"It is {value}, thanks.")
    assert (finding.kind, finding.validated) == (kind, True)


@pytest.mark.parametrize(("kind", "value"), CHECKED)
def test_no_other_last_sign_will_do(kind, value):
    others = [c for c in string.digits + string.ascii_uppercase if c != value[-1].upper()]
    assert [c for c in others if kind in kinds(value[:-1] + c)] == []


# Mexico's weights share factors with its ten, so some of its wrong digits pass.
@pytest.mark.parametrize(("kind", "value"), [pair for pair in CHECKED if pair[0] != "pii.mx_curp"])
def test_no_other_digit_will_do_in_any_place(kind, value):
    changed = (
        value[:at] + digit + value[at + 1 :]
        for at, sign in enumerate(value)
        for digit in string.digits
        if sign.isdigit() and sign != digit
    )
    assert [text for text in changed if kind in kinds(text)] == []


def accounts(country):
    letters = IBAN_LENGTH[country] - 4 - BRANCH
    branch = st.text(string.digits, min_size=BRANCH, max_size=BRANCH)
    rest = st.text(string.digits + string.ascii_uppercase, min_size=letters, max_size=letters)
    return st.builds(lambda b, r: with_check_digits(country, b + r), branch, rest)


def with_check_digits(country, account):
    number = int("".join(str(int(c, 36)) for c in account + country + "00"))
    return f"{country}{98 - number % 97:02}{account}"


ibans = st.sampled_from(sorted(IBAN_LENGTH)).flatmap(accounts)


@given(ibans, st.sampled_from(["", " ", "-"]))
def test_an_account_number_of_every_country_is_found_in_groups_of_four(iban, separator):
    text = separator.join(iban[at : at + 4] for at in range(0, len(iban), 4))
    assert [(f.kind, text[f.start : f.end]) for f in find(text)] == [("pii.iban", text)]


@given(ibans, st.integers(min_value=1, max_value=96))
def test_an_account_number_with_other_check_digits_is_not_found(iban, off):
    wrong = f"{iban[:2]}{(int(iban[2:4]) - 2 + off) % 97 + 2:02}{iban[4:]}"
    assert "pii.iban" not in kinds(wrong)
