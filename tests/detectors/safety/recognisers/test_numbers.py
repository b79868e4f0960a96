import random

import pytest

from detectors.safety.recognisers import find
from detectors.safety.recognisers.americas import NUMBERS as AMERICAS
from detectors.safety.recognisers.asia_pacific import NUMBERS as ASIA_PACIFIC
from detectors.safety.recognisers.checksums import digits, luhn, mod11_10, verhoeff
from detectors.safety.recognisers.europe import NUMBERS as EUROPE
from detectors.safety.recognisers.payment import NUMBERS as PAYMENT

KINDS = {number.kind: number for number in (*PAYMENT, *EUROPE, *AMERICAS, *ASIA_PACIFIC)}
WORDS = {
    "pii.card": "card", "pii.us_routing": "routing", "pii.uk_nhs": "NHS",
    "pii.de_steuer_id": "Steueridentifikationsnummer", "pii.fr_nir": "NIR", "pii.pl_pesel": "PESEL",
    "pii.nl_bsn": "BSN", "pii.be_national_number": "NISS", "pii.se_personnummer": "personnummer",
    "pii.no_fodselsnummer": "fødselsnummer", "pii.ch_ahv": "AHV", "pii.pt_nif": "NIF",
    "pii.us_ssn": "SSN", "pii.us_itin": "ITIN", "pii.ca_sin": "SIN", "pii.br_cpf": "CPF",
    "pii.br_cnpj": "CNPJ", "pii.ar_cuit": "CUIT", "pii.in_aadhaar": "Aadhaar", "pii.au_tfn": "TFN",
    "pii.au_medicare": "medicare", "pii.jp_my_number": "my number", "pii.kr_resident": "RRN",
    "pii.tr_kimlik": "kimlik", "pii.za_id": "identity", "pii.il_id": "teudat zehut",
}  # fmt: skip
# Some wrong digits pass: ten and nought share a check digit, a digit is not covered, or there is no
# check at all.
LENIENT = {
    "pii.us_ssn", "pii.us_itin", "pii.pt_nif", "pii.br_cpf", "pii.br_cnpj", "pii.jp_my_number",
    "pii.kr_resident", "pii.tr_kimlik", "pii.be_national_number", "pii.se_personnummer", "pii.au_medicare",
}  # fmt: skip
FORMS = [
    (kind, form) for kind, number in KINDS.items() for form in (*number.forms, *number.forms_near)
]


def made(kind, form, seed=0):
    """A number of that form that its proof holds for; nobody's, but by chance."""
    draw = random.Random(f"{kind} {form} {seed}")
    while True:
        text = "".join(str(draw.randrange(10)) if c == "0" else c for c in form)
        if KINDS[kind].proof(digits(text)):
            return text


def places(text, kind):
    return [text[f.start : f.end] for f in find(text) if f.kind == kind]


def wrong(number):
    for at, digit in enumerate(number):
        if digit.isdigit():
            yield from (
                number[:at] + str(d) + number[at + 1 :] for d in range(10) if str(d) != digit
            )


def test_every_kind_has_a_word_to_stand_near_it():
    assert KINDS.keys() == WORDS.keys()


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_a_number_is_found_in_each_of_its_forms_beside_its_word(kind, form):
    number = made(kind, form)
    assert places(f"My {WORDS[kind]} is {number}, thanks.", kind) == [number]


@pytest.mark.parametrize(("kind", "form"), [(k, f) for k, f in FORMS if k not in LENIENT])
def test_a_number_with_one_wrong_digit_is_not_found(kind, form):
    text = f"My {WORDS[kind]} is {{}}, thanks."
    found = [n for n in wrong(made(kind, form)) if n in places(text.format(n), kind)]
    assert found == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_form_that_needs_a_word_is_not_found_without_it(kind):
    for form in KINDS[kind].forms_near:
        assert places(f"It is {made(kind, form)}, thanks.", kind) == []


@pytest.mark.parametrize("kind", sorted(k for k in KINDS if KINDS[k].forms))
def test_the_word_makes_a_number_surer_only_where_it_was_checked(kind):
    number = made(kind, KINDS[kind].forms[0])
    (alone,) = [f for f in find(f"It is {number}.") if f.kind == kind]
    (named,) = [f for f in find(f"{WORDS[kind]} {number}.") if f.kind == kind]
    assert alone.validated == named.validated == KINDS[kind].validated
    assert (named.confidence > alone.confidence) == KINDS[kind].validated


@pytest.mark.parametrize(
    "around", ["x{}", "{}x", "3.{}", "{}.5", "-1-{}", "{}-7", "+{}", "1,{}", "_{}"]
)
def test_a_number_that_is_part_of_another_word_is_not_found(around):
    assert places(around.format("4111111111111111"), "pii.card") == []


def test_a_number_is_found_among_other_numbers():
    text = "2 x 4111 1111 1111 1111 12/28 737 and 5500-0000-0000-0004 1"
    assert places(text, "pii.card") == ["4111 1111 1111 1111", "5500-0000-0000-0004"]


@pytest.mark.parametrize(
    ("check", "body", "digit"),
    [(luhn, "7992739871", "3"), (verhoeff, "236", "3"), (mod11_10, "0794", "5")],
)
def test_check_digits_are_those_that_their_standards_show(check, body, digit):
    assert [d for d in "0123456789" if check(body + d)] == [digit]
