import pytest

from monitor.settings import Settings, SettingsError, endpoint, keys, load, load_policy


def write(tmp_path, text):
    path = tmp_path / "sidewatch.toml"
    path.write_text(text)
    return str(path)


def test_without_a_file_the_defaults_hold():
    assert load(environ={}) == Settings()


def test_a_file_sets_what_it_names_and_nothing_else(tmp_path):
    settings = load(write(tmp_path, '[gateway]\nlisten = "0.0.0.0:9000"\n'), environ={})
    assert settings.gateway.listen == "0.0.0.0:9000"
    assert settings.worker == Settings().worker


def test_the_environment_wins_over_the_file(tmp_path):
    path = write(tmp_path, "[gateway]\nstall_after = 3.0\n")
    settings = load(path, environ={"SIDEWATCH_GATEWAY_STALL_AFTER": "4.5"})
    assert settings.gateway.stall_after == 4.5


def test_a_text_in_the_environment_needs_no_quotes():
    settings = load(environ={"SIDEWATCH_GATEWAY_UPSTREAM": "http://m:8000"})
    assert settings.gateway.upstream == "http://m:8000"


def test_every_key_can_be_set_from_the_environment_under_its_own_name():
    names = ["_".join(path) for path, _ in keys(Settings)]
    assert len(names) == len(set(names))
    assert "policy_incidents_cooldown" in names


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[gatway]\nlisten = ""', "unknown key 'gatway'; did you mean 'gateway'?"),
        ('[gateway]\nlisen = ""', "unknown key 'gateway.lisen'; did you mean 'listen'?"),
        ("[gateway]\nstall_after = true", "gateway.stall_after"),
        ('[privacy]\nstore_text = "some"', "privacy.store_text"),
        ("[gateway", "not valid TOML"),
        ("[policy.latency]\nwindow = 'x'", "policy.latency.window"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_place(tmp_path, text, told):
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load(path, environ={})
    assert str(caught.value).startswith(path)
    assert told in str(caught.value)


def test_a_missing_file_is_refused():
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read"):
        load("nowhere.toml", environ={})


def test_a_wrong_variable_is_refused_by_its_name():
    with pytest.raises(SettingsError, match="SIDEWATCH_WORKER_BATCH"):
        load(environ={"SIDEWATCH_WORKER_BATCH": "many"})


def test_a_policy_file_may_be_a_whole_configuration(tmp_path):
    alone = load_policy(write(tmp_path, "[incidents]\ncooldown = 5.0\n"))
    within = load_policy(write(tmp_path, "[policy.incidents]\ncooldown = 5.0\n"))
    assert alone == within
    assert alone.incidents.cooldown == 5.0


def test_the_version_of_a_policy_follows_its_content(tmp_path):
    changed = load_policy(write(tmp_path, "[incidents]\ncooldown = 5.0\n"))
    assert changed.version != Settings().policy.version
    assert load(environ={}).policy.version == Settings().policy.version


@pytest.mark.parametrize("listen", ["8080", "localhost", "h:port", "h:99999", ":80"])
def test_an_address_must_be_host_and_port(listen):
    with pytest.raises(SettingsError, match="HOST:PORT"):
        endpoint(listen, where="gateway.listen")


def test_an_ipv6_address_is_written_in_brackets():
    assert endpoint("[::1]:80", where="x") == ("::1", 80)
