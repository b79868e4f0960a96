"""How the tokens of common vendors begin, and what follows, as the vendors publish it.

A length that a vendor states is exact here; where it has changed over time, a range.
"""

from __future__ import annotations

from dataclasses import dataclass

_WORD = "[A-Za-z0-9]"
_URL_SAFE = r"[A-Za-z0-9_\-]"
_HEX = "[0-9a-f]"


@dataclass(frozen=True, slots=True)
class Vendor:
    """One kind of token: its prefixes, all plain text, and an expression for the rest."""

    kind: str
    prefixes: tuple[str, ...]
    rest: str
    crc: bool = False
    """The last six characters are the CRC-32 of those between prefix and check, in base 62."""


VENDORS = (
    # Clouds
    Vendor("aws_access_key", ("AKIA", "ASIA", "ABIA", "ACCA"), "[A-Z2-7]{16}"),
    Vendor("aws_bedrock_key", ("ABSK",), r"[A-Za-z0-9+/]{109,269}={0,2}"),
    Vendor("google_api_key", ("AIza",), _URL_SAFE + "{35}"),
    Vendor("google_oauth_secret", ("GOCSPX-",), _URL_SAFE + "{28}"),
    Vendor("google_oauth_token", ("ya29.",), _URL_SAFE + "{30,400}"),
    Vendor("azure_storage_key", ("AccountKey=",), "[A-Za-z0-9+/]{86}=="),
    Vendor("azure_sas_token", ("&sig=", "?sig="), "[A-Za-z0-9%/+]{43,80}={0,2}"),
    Vendor("digitalocean_token", ("dop_v1_", "doo_v1_", "dor_v1_"), _HEX + "{64}"),
    Vendor("alibaba_access_key", ("LTAI",), _WORD + "{16,20}"),
    Vendor("heroku_key", ("HRKU-",), _URL_SAFE + "{36,64}"),
    Vendor("fly_token", ("FlyV1 fm1_", "FlyV1 fm2_"), r"[A-Za-z0-9+/=,_\-]{60,700}"),
    Vendor("vault_token", ("hvs.", "hvb.", "hvr."), _URL_SAFE + "{24,300}"),
    Vendor("databricks_token", ("dapi",), _HEX + "{32}(?:-[0-9])?"),
    Vendor("supabase_key", ("sbp_",), _HEX + "{40}"),
    Vendor("planetscale_token", ("pscale_tkn_", "pscale_pw_"), r"[A-Za-z0-9_.\-]{32,64}"),
    Vendor("doppler_token", ("dp.pt.", "dp.st.", "dp.ct."), r"[A-Za-z0-9_.\-]{40,60}"),
    Vendor("pulumi_token", ("pul-",), _HEX + "{40}"),
    # Code and packages
    Vendor("github_token", ("ghp_", "gho_", "ghu_", "ghs_"), _WORD + "{36}", crc=True),
    Vendor("github_token", ("ghr_",), _WORD + "{36,76}"),
    Vendor("github_token", ("github_pat_",), "[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    Vendor(
        "gitlab_token",
        ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glft-", "glagent-"),
        r"[A-Za-z0-9_.\-]{20,64}",
    ),
    Vendor("npm_token", ("npm_",), _WORD + "{36}", crc=True),
    Vendor("pypi_token", ("pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZ"), _URL_SAFE + "{50,500}"),
    Vendor("rubygems_key", ("rubygems_",), _HEX + "{48}"),
    Vendor("crates_token", ("cio",), _WORD + "{32}"),
    Vendor("docker_token", ("dckr_pat_", "dckr_oat_"), _URL_SAFE + "{27,32}"),
    Vendor("postman_key", ("PMAK-",), _HEX + "{24}-" + _HEX + "{34}"),
    Vendor("linear_key", ("lin_api_",), _WORD + "{40}"),
    Vendor("atlassian_token", ("ATATT3", "ATCTT3"), r"[A-Za-z0-9_=\-]{180,200}"),
    Vendor("figma_token", ("figd_",), _URL_SAFE + "{40,64}"),
    Vendor("notion_token", ("ntn_",), _WORD + "{40,50}"),
    # Models
    Vendor("anthropic_key", ("sk-ant-",), _URL_SAFE + "{24,200}"),
    Vendor("openrouter_key", ("sk-or-v1-",), _HEX + "{64}"),
    Vendor("langfuse_key", ("sk-lf-",), _HEX + r"{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Vendor("langsmith_key", ("lsv2_pt_", "lsv2_sk_"), _HEX + "{32}_" + _HEX + "{10}"),
    Vendor("openai_key", ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"), _URL_SAFE + "{20,200}"),
    Vendor("openai_key", ("sk-",), "(?!ant-|lf-)[A-Za-z0-9]{20,64}"),
    Vendor("huggingface_token", ("hf_",), "[A-Za-z]{34}"),
    Vendor("huggingface_token", ("hf_",), _WORD + "{34,40}"),
    Vendor("replicate_token", ("r8_",), _WORD + "{37,40}"),
    Vendor("groq_key", ("gsk_",), _WORD + "{52}"),
    Vendor("xai_key", ("xai-",), _WORD + "{80}"),
    Vendor("perplexity_key", ("pplx-",), _WORD + "{48,56}"),
    Vendor("nvidia_key", ("nvapi-",), _URL_SAFE + "{60,70}"),
    Vendor("pinecone_key", ("pcsk_",), r"[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,70}"),
    Vendor("tavily_key", ("tvly-",), r"(?:dev-|prod-)?[A-Za-z0-9]{32}"),
    # Messages
    Vendor("slack_token", ("xoxb-", "xoxp-", "xoxa-", "xoxo-", "xoxr-", "xoxs-"), r"[A-Za-z0-9\-]{10,200}"),
    Vendor("slack_token", ("xapp-", "xoxe-", "xoxe.xoxp-", "xoxe.xoxb-"), r"[A-Za-z0-9\-]{24,250}"),
    Vendor("slack_webhook", ("hooks.slack.com/services/",), r"T[A-Z0-9]{7,12}/B[A-Z0-9]{7,12}/[A-Za-z0-9]{20,28}"),
    Vendor("discord_webhook", ("discord.com/api/webhooks/", "discordapp.com/api/webhooks/"), r"[0-9]{17,20}/[A-Za-z0-9_\-]{60,80}"),
    Vendor("twilio_key", ("SK",), _HEX + "{32}"),
    Vendor("twilio_account", ("AC",), _HEX + "{32}"),
    Vendor("sendgrid_key", ("SG.",), _URL_SAFE + r"{22}\." + _URL_SAFE + "{43}"),
    Vendor("mailgun_key", ("key-",), _HEX + "{32}"),
    # Money and shops
    Vendor("stripe_key", ("sk_live_", "sk_test_", "rk_live_", "rk_test_"), _WORD + "{16,120}"),
    Vendor("stripe_key", ("whsec_",), r"[A-Za-z0-9+/]{32,64}={0,2}"),
    Vendor("shopify_token", ("shpat_", "shpca_", "shppa_", "shpss_"), "[0-9a-fA-F]{32}"),
    Vendor("square_token", ("sq0atp-",), _URL_SAFE + "{22}"),
    Vendor("square_token", ("sq0csp-",), _URL_SAFE + "{43}"),
    Vendor("square_token", ("EAAA",), _URL_SAFE + "{60}"),
    # Watching
    Vendor("grafana_token", ("glsa_",), _WORD + "{32}_[0-9a-fA-F]{8}"),
    Vendor("grafana_token", ("glc_",), r"[A-Za-z0-9+/]{32,400}={0,2}"),
    Vendor("newrelic_key", ("NRAK-",), "[A-Z0-9]{27}"),
    Vendor("sentry_token", ("sntrys_",), r"[A-Za-z0-9+/=_]{80,400}"),
    Vendor("sentry_token", ("sntryu_",), _HEX + "{64}"),
)  # fmt: skip
