from detectors.safety.recognisers import Finding, find, mask
from detectors.safety.recognisers.finding import apart


def finding(kind, start, end, *, validated=False, confidence=0.9):
    return Finding(kind, start, end, validated, confidence)


def test_a_validated_finding_stands_before_a_longer_one_that_is_not():
    short = finding("pii.card", 4, 20, validated=True)
    assert apart([finding("pii.phone", 0, 22), short], 30) == [short]


def test_a_secret_stands_before_longer_personal_data():
    secret = finding("secret.password_in_url", 4, 10)
    assert apart([finding("pii.email", 2, 20), secret], 30) == [secret]


def test_of_equals_the_longer_stands():
    longer = finding("pii.card", 0, 19, validated=True)
    assert apart([finding("pii.uk_nhs", 5, 15, validated=True), longer], 30) == [longer]


def test_what_stands_apart_is_kept_in_the_order_of_the_text():
    first, second = finding("pii.email", 0, 5), finding("pii.card", 5, 9, validated=True)
    assert apart([second, first], 9) == [first, second]


def test_a_token_in_an_assignment_is_named_by_its_vendor():
    token = "hf_" + "a1B2c3D4e5" * 3 + "Fg7H"
    (found,) = find(f'api_key = "{token}"')
    assert found.kind == "secret.huggingface_token"
    assert mask(f'api_key = "{token}"')[0] == 'api_key = "[HUGGINGFACE_TOKEN]"'


def test_a_password_in_a_url_is_no_mail_address():
    masked, kinds = mask("postgres://app:p4ssw0rd@db.example.com/x")
    assert masked == "postgres://app:[PASSWORD_IN_URL]@db.example.com/x"
    assert kinds == ["secret.password_in_url"]
