import pytest

from detectors.safety.recognisers import find, mask

# In pieces, so that no scanner of repositories takes it for one.
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"

FOUND = [
    ("write to bob.smith+x@example.co.uk today", "pii.email", "bob.smith+x@example.co.uk"),
    ("mail o'hara@mail.example.com.", "pii.email", "o'hara@mail.example.com"),
    ("an xn--e1aybc@xn--e1afmkfd.xn--p1ai", "pii.email", "xn--e1aybc@xn--e1afmkfd.xn--p1ai"),
    ("card 4111 1111 1111 1111 12/28", "pii.card", "4111 1111 1111 1111"),
    ("4111\u00a01111\u00a01111\u00a01111", "pii.card", None),
    ("amex 378282246310005.", "pii.card", "378282246310005"),
    ("IBAN DE89 3704 0044 0532 0130 00 PLEASE", "pii.iban", "DE89 3704 0044 0532 0130 00"),
    ("GB82WEST12345698765432", "pii.iban", "GB82WEST12345698765432"),
    ("iban nl91abna0417164300", "pii.iban", "nl91abna0417164300"),
    ("my ssn is 536-22-1234", "pii.us_ssn", "536-22-1234"),
    ("SSN: 536221234", "pii.us_ssn", "536221234"),
    ("ITIN 912-71-1234", "pii.us_itin", "912-71-1234"),
    ("aba routing 021000021", "pii.us_routing", "021000021"),
    ("SIN 130 692 544", "pii.ca_sin", "130 692 544"),
    ("CPF 529.982.247-25", "pii.br_cpf", "529.982.247-25"),
    ("CNPJ 11.222.333/0001-81", "pii.br_cnpj", "11.222.333/0001-81"),
    ("20-12345678-6", "pii.ar_cuit", None),
    ("rut 30.686.957-4", "pii.cl_rut", "30.686.957-4"),
    ("CURP HEGG560427MVZRRL04", "pii.mx_curp", "HEGG560427MVZRRL04"),
    ("NHS number 943 476 5919", "pii.uk_nhs", "943 476 5919"),
    ("NINO AB 12 34 56 C", "pii.uk_nino", "AB 12 34 56 C"),
    ("47 036 892 816", "pii.de_steuer_id", None),
    ("Steuer-ID: 86095742719", "pii.de_steuer_id", "86095742719"),
    ("2 55 08 14 168 025 38", "pii.fr_nir", None),
    ("né en Corse 2 94 03 2A 456 789 51", "pii.fr_nir", "2 94 03 2A 456 789 51"),
    ("DNI 12345678Z", "pii.es_dni", "12345678Z"),
    ("NIE X1234567L", "pii.es_dni", "X1234567L"),
    ("CF RSSMRA85T10A562S", "pii.it_codice_fiscale", "RSSMRA85T10A562S"),
    ("PESEL 44051401359", "pii.pl_pesel", "44051401359"),
    ("BSN 111222333", "pii.nl_bsn", "111222333"),
    ("85.07.30-033.28", "pii.be_national_number", None),
    ("756.9217.0769.85", "pii.ch_ahv", None),
    ("131052-308T", "pii.fi_hetu", None),
    ("PPS 1234567FA", "pii.ie_pps", "1234567FA"),
    ("Aadhaar 2341 2341 2346", "pii.in_aadhaar", "2341 2341 2346"),
    ("11010519491231002X", "pii.cn_resident", None),
    ("S1234567D", "pii.sg_nric", None),
    ("TFN 123 456 782", "pii.au_tfn", "123 456 782"),
    ("kimlik 10000000146", "pii.tr_kimlik", "10000000146"),
    ("PAN ABCPE1234F", "pii.in_pan", "ABCPE1234F"),
    ("passport number C01X00T47", "pii.passport", "C01X00T47"),
    ("Driver's license no. D123-4567", "pii.driving_licence", "D123-4567"),
    ("account number: 12345678", "pii.bank_account", "12345678"),
    ("host 84.21.7.9 is down", "pii.ip_address", "84.21.7.9"),
    ("host 2a00:db8::ff00:42:8329 is down", "pii.ip_address", "2a00:db8::ff00:42:8329"),
    ("host 192.168.1.4 is down", "network.private_ip", "192.168.1.4"),
    ("host fd00:1::4 is down", "network.private_ip", "fd00:1::4"),
    ("nic 00:1B:44:11:3A:B7", "pii.mac_address", "00:1B:44:11:3A:B7"),
    ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "pii.bitcoin_address", None),
    ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "pii.bitcoin_address", None),
    ("0x52908400098527886E0F7030069857D2E4169EE7", "pii.ethereum_address", None),
    ("call +44 20 7946 0958 12 people", "pii.phone", "+44 20 7946 0958"),
    ("ring 0044 20 7946 0958", "pii.phone", "0044 20 7946 0958"),
    ("call (415) 555-2671", "pii.phone", "(415) 555-2671"),
    ("415-555-2671 ext. 12", "pii.phone", "415-555-2671 ext. 12"),
    ("Telefon 030 901820, bitte", "pii.phone", "030 901820"),
    ("Authorization: Bearer 3fa85f6457174562b3fc", "secret.bearer_token", "3fa85f6457174562b3fc"),
    ("Authorization: Basic dXNlcjpwYXNzd29yZDE=", "secret.basic_auth", "dXNlcjpwYXNzd29yZDE="),
    ("postgres://app:hunter2@db.example.com/x", "secret.password_in_url", "hunter2"),
    ('"client_secret": "v3rySecr3tValue99"', "secret.assigned_secret", "v3rySecr3tValue99"),
    ("export DB_PASSWORD=tr0ub4dor_x", "secret.assigned_secret", "tr0ub4dor_x"),
    ("the password: hunter2abc, please", "secret.assigned_secret", "hunter2abc"),
    ("my password is hunter2", "secret.assigned_secret", "hunter2"),
    ("/login?user=ab&password=hunter2", "secret.assigned_secret", "hunter2"),
    ("AKIA" + "IOSFODNN7EXAMPLE", "secret.aws_access_key", None),
    (
        "key sk-" + "1234567890abcdef1234567890abcdef",
        "secret.openai_key",
        "sk-" + "1234567890abcdef1234567890abcdef",
    ),
    (JWT, "secret.jwt", None),
    (
        "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----",
        "secret.private_key",
        None,
    ),
    ("-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNza", "secret.private_key", None),
]

NOT_FOUND = [
    "4111 1111 1111 1112",  # Luhn fails
    "1234 5678 1234 5670",  # Luhn passes, no issuer has this range
    "DE89 3704 0044 0532 0130 01",  # mod 97 fails
    "DE89 3704 0044 0532 01",  # too short for the country
    "000-12-3456 and 666-12-3456 and 900-12-3456 and 123-00-4567",
    "127.0.0.1, 255.255.255.0, 999.1.1.1, version 1.2.3.4, 1.2.3.4.5, EC 3.1.1.11",
    "00:00:00:00:00:00 and ff:ff:ff:ff:ff:ff",
    "at 12:30:45 on 2024-10-12",
    "pi is 3.14159265358979, ISBN 978-3-16-148410-0",
    "order 20241012345 of 1,234,567,890.00",
    "call me on 2024-01-02, or the 2400/200=12 others",
    "mobile: 12345",
    "the password is Password, the next word is 3 letters, and the password is: long",
    "passport photographs and the account of 1845",
    "123456789 130692544 111222333 012345678901",
    "12345678A and X1234567A and RSSMRA85T10A562A and S1234567A",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb, bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp",
    "at 2x.png: logo@2x.png, a..b@example.org, a@b, a@-b.org-",
    "http://user:password@example.com and http://u:${PASS}@example.com",
    "token = os.environ.get_token1, password = form2.text3.value, secret_key: config/secret",
    "Bearer of good news 12345678901234567890",
    "eyJhIjoxfQ.eyJhIjoxMjM0NTY3ODkwfQ.abcdefghijklmn",  # no algorithm in its head
    "api_key: your_api_key_here_please",
    "password: ************ and secret = example_secret1",
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
    masked, kinds = mask("mail a@b.org or c@d.org, key AKIA" + "IOSFODNN7ABCDEFG!")
    assert masked == "mail [EMAIL] or [EMAIL], key [AWS_ACCESS_KEY]!"
    assert kinds == ["pii.email", "secret.aws_access_key"]


def test_masking_leaves_a_clean_text_alone():
    assert mask("nothing to see here") == ("nothing to see here", [])
