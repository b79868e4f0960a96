from pathlib import Path

from monitor.reference import all_keys, as_markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def test_every_setting_says_what_it_means():
    silent = [f"{key.table}.{key.name}" for key in all_keys() if not key.text]
    assert not silent


def test_the_page_is_what_the_settings_say():
    assert PAGE.read_text() == as_markdown(), "make it again: sidewatch config reference"


def test_a_variable_carries_the_table_in_its_name():
    (key,) = (k for k in all_keys() if (k.table, k.name) == ("gateway", "listen"))
    assert key.variable == "SIDEWATCH_GATEWAY_LISTEN"
    assert key.default == '"127.0.0.1:8080"'
