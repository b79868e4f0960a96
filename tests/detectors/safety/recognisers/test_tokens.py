import random

import pytest

from detectors.safety.recognisers import find, mask
from detectors.safety.recognisers.vendors import VENDORS

WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ALPHABETS = {
    "w": WORD, "u": WORD + "_-", "h": "0123456789abcdef", "b": WORD + "+/",
    "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "c": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "d": "123456789", "l": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}  # fmt: skip
# Put together here, so that no scanner of repositories takes these for keys.
TOKENS = [
    ("aws_access_key", "AKIA", "a16"), ("aws_access_key", "ASIA", "a16"),
    ("aws_bedrock_key", "ABSK", "b128"), ("google_api_key", "AIza", "u35"),
    ("google_oauth_secret", "GOCSPX-", "u28"), ("google_oauth_token", "ya29.", "u120"),
    ("azure_storage_key", "AccountKey=", "b86 =="), ("azure_sas_token", "&sig=", "b43 ="),
    ("digitalocean_token", "dop_v1_", "h64"), ("alibaba_access_key", "LTAI", "w20"),
    ("heroku_key", "HRKU-", "u60"), ("fly_token", "FlyV1 fm2_", "b200"),
    ("vault_token", "hvs.", "u90"), ("databricks_token", "dapi", "h32"),
    ("databricks_token", "dapi", "h32 -2"), ("supabase_key", "sbp_", "h40"),
    ("planetscale_token", "pscale_tkn_", "w43"), ("doppler_token", "dp.pt.", "w43"),
    ("pulumi_token", "pul-", "h40"), ("github_token", "ghp_", "w36"),
    ("github_token", "gho_", "w36"), ("github_token", "ghr_", "w76"),
    ("github_token", "github_pat_", "w22 _ w59"), ("gitlab_token", "glpat-", "u20"),
    ("gitlab_token", "glrt-", "u20"), ("npm_token", "npm_", "w36"),
    ("pypi_token", "pypi-" + "AgEIcHlwaS5vcmc", "u120"), ("rubygems_key", "rubygems_", "h48"),
    ("crates_token", "cio", "w32"), ("docker_token", "dckr_pat_", "u27"),
    ("postman_key", "PMAK-", "h24 - h34"), ("linear_key", "lin_api_", "w40"),
    ("atlassian_token", "ATATT3", "w186"), ("figma_token", "figd_", "u43"),
    ("notion_token", "ntn_", "w46"), ("anthropic_key", "sk-ant-" + "api03-", "u93 AA"),
    ("openrouter_key", "sk-or-v1-", "h64"), ("langfuse_key", "sk-lf-", "h8 - h4 - h4 - h4 - h12"),
    ("langsmith_key", "lsv2_pt_", "h32 _ h10"), ("openai_key", "sk-proj-", "u124"),
    ("openai_key", "sk-", "w48"), ("huggingface_token", "hf_", "l34"),
    ("replicate_token", "r8_", "w37"), ("groq_key", "gsk_", "w52"), ("xai_key", "xai-", "w80"),
    ("perplexity_key", "pplx-", "w48"), ("nvidia_key", "nvapi-", "u64"),
    ("pinecone_key", "pcsk_", "w5 _ w63"), ("tavily_key", "tvly-", "w32"),
    ("slack_token", "xoxb-", "d12 - d12 - w24"), ("slack_token", "xapp-", "1- c10 - d13 - h64"),
    ("slack_webhook", "hooks.slack.com/" + "services/", "Tc10 /B c10 / w24"),
    ("discord_webhook", "discord.com/api/" + "webhooks/", "d18 / u68"),
    ("twilio_key", "SK", "h32"), ("twilio_account", "AC", "h32"),
    ("sendgrid_key", "SG.", "u22 . u43"), ("mailgun_key", "key-", "h32"),
    ("stripe_key", "sk_live_", "w24"), ("stripe_key", "rk_test_", "w99"),
    ("stripe_key", "whsec_", "w32"), ("shopify_token", "shpat_", "h32"),
    ("square_token", "sq0atp-", "u22"), ("square_token", "EAAA", "u60"),
    ("grafana_token", "glsa_", "w32 _ h8"), ("newrelic_key", "NRAK-", "c27"),
    ("sentry_token", "sntrys_", "w120"), ("sentry_token", "sntryu_", "h64"),
]  # fmt: skip


def made(prefix, rest, seed=0):
    draw = random.Random(f"{prefix} {rest} {seed}")
    return prefix + "".join(_piece(draw, piece) for piece in rest.split())


def _piece(draw, piece):
    start = next(
        (i for i, c in enumerate(piece) if c in ALPHABETS and piece[i + 1 :].isdigit()), None
    )
    if start is None:
        return piece
    letters = ALPHABETS[piece[start]]
    # The first and last character join no neighbour: a hyphen there would.
    size = int(piece[start + 1 :])
    return piece[:start] + "".join(
        draw.choice(letters[:32] if i in {0, size - 1} else letters) for i in range(size)
    )


def found(text):
    return [(f.kind, text[f.start : f.end]) for f in find(text)]


def test_every_vendor_has_an_example():
    assert {vendor.kind for vendor in VENDORS} == {kind for kind, _, _ in TOKENS}


@pytest.mark.parametrize(("kind", "prefix", "rest"), TOKENS)
def test_a_vendors_token_is_found_whole_and_named(kind, prefix, rest):
    token = made(prefix, rest)
    assert found(f'Use "{token}", please.') == [(f"secret.{kind}", token)]
    assert mask(f"({token})") == (f"([{kind.upper()}])", [f"secret.{kind}"])


@pytest.mark.parametrize(("kind", "prefix", "rest"), TOKENS)
def test_a_placeholder_is_no_token(kind, prefix, rest):
    size = len(made(prefix, rest)) - len(prefix)
    assert found(prefix + "x" * size) == []
    assert found(prefix + "your_key_here") == []


@pytest.mark.parametrize(("kind", "prefix", "rest"), [t for t in TOKENS if t[1][0].isalnum()])
def test_a_prefix_inside_a_word_begins_no_token(kind, prefix, rest):
    token = made(prefix, rest)
    assert (f"secret.{kind}", token) not in found("x" + token)


@pytest.mark.parametrize("prefix", ["ghp_", "npm_"])
def test_a_right_checksum_validates_a_token_and_a_wrong_one_does_not(prefix):
    # The token of the format's public description; it was never valid anywhere else.
    token = prefix + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17"
    (right,) = find(token)
    (wrong,) = find(token[:-1] + "8")
    assert (right.validated, wrong.validated) == (True, False)
    assert right.confidence > wrong.confidence


def test_bots_tokens_are_found_by_their_make():
    draw = random.Random(3)
    tail = "".join(draw.choice(WORD) for _ in range(38))
    discord = "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ." + tail[:27]
    telegram = "110201543:AA" + tail[:33]
    azure = "aB3" + "8Q~" + tail[:34]
    assert found(discord) == [("secret.discord_token", discord)]
    assert found(telegram) == [("secret.telegram_token", telegram)]
    assert found(azure) == [("secret.azure_secret", azure)]


def test_a_secret_key_of_aws_is_found_by_its_name():
    draw = random.Random(4)
    value = "".join(draw.choice(WORD + "/+") for _ in range(40))
    assert found(f"aws_secret_access_key = {value}") == [("secret.aws_secret_key", value)]
