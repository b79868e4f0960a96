"""`sidewatch config show` prints what is in force, and no secret."""

import subprocess
import sys


def test_keys_and_passwords_are_masked(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text(
        '[gateway]\nkey_secret = "pepper"\n[api]\nkey = "letmein"\n'
        '[store]\nurl = "redis://user:hush%2Fhush@h:6379/0"\n'
    )
    command = [sys.executable, "-m", "monitor.cli", "config", "show", str(file)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for secret in ("pepper", "letmein", "hush"):
        assert secret not in shown
    assert "redis://user:***@h:6379/0" in shown
