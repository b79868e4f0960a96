# ruff: noqa: RUF001 - other scripts are the point
from __future__ import annotations

import pytest

from detectors.text.language import language
from detectors.text.scripts import script


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("How do I reset the password of my account?", "en"),
        ("what is my balance", "en"),
        ("please set a timer for ten minutes", "en"),
        ("Tell me a joke about cats", "en"),
        ("Wie kann ich mein Passwort zurücksetzen?", "de"),
        ("¿Cómo puedo cambiar la contraseña de mi cuenta?", "es"),
        ("Comment puis-je changer le mot de passe de mon compte ?", "fr"),
        ("Come posso cambiare la password del mio account?", "it"),
        ("Como posso alterar a senha da minha conta, por favor?", "pt"),
        ("Hoe kan ik het wachtwoord van mijn account wijzigen?", "nl"),
        ("Как мне изменить пароль моей учётной записи?", "ru"),
        ("如何更改我的帐户密码？", "zh"),
        ("アカウントのパスワードを変更するにはどうすればよいですか", "ja"),
        ("계정 비밀번호를 어떻게 변경하나요?", "ko"),
        ("كيف يمكنني تغيير كلمة مرور حسابي؟", "ar"),
        ("Πώς μπορώ να αλλάξω τον κωδικό μου;", "el"),
    ],
)
def test_languages_are_told(text, code):
    assert language(text) == code


@pytest.mark.parametrize("text", ["", "ok", "42", "???", "Yusof bin Ishak", "1 + 1 = 2, 3 * 3 = 9"])
def test_what_is_too_short_or_no_language_is_left_open(text):
    assert language(text) == "und"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "none"),
        ("12:30 !", "none"),
        ("hello", "latin"),
        ("żółw", "latin"),
        ("привет, world", "cyrillic"),
        ("Sky Movies和Sky Box office也包含什么可选音轨", "han"),
        ("東京タワーはどこですか", "kana"),
        ("안녕하세요", "hangul"),
        ("नमस्ते", "devanagari"),
    ],
)
def test_scripts_are_told(text, name):
    assert script(text) == name
