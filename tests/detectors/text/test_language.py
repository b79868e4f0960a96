# ruff: noqa: RUF001 - other scripts are the point
from __future__ import annotations

import pytest

from detectors.text.language import language
from detectors.text.languages import _pieces, languages
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


ENGLISH = "The storage room is on the second floor and you can ask at the desk for the key to it. "
FRENCH = (
    "Merci de ne pas oublier que les clés sont dans le tiroir avec les papiers et que vous devez "
    "nous appeler pour avoir une réponse. "
)
VIETNAMESE = "Tôi muốn biết làm thế nào để nấu món phở bò ngon tại nhà cho gia đình vào cuối tuần. "


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (ENGLISH, ("en",)),
        (ENGLISH * 200, ("en",)),
        (FRENCH * 3 + ENGLISH * 20, ("en", "fr")),
        (ENGLISH * 40 + FRENCH * 5 + ENGLISH * 40, ("en", "fr")),
        (ENGLISH * 40 + VIETNAMESE * 6 + ENGLISH * 40, ("en", "vi")),
        (ENGLISH * 5 + "请告诉我如何在家里做这件事情" + ENGLISH * 5, ("en", "zh")),
        (ENGLISH * 5 + "пожалуйста, не забудьте ключи" + ENGLISH * 5, ("en", "und-Cyrl")),
        ("Как мне изменить пароль моей учётной записи?", ("ru",)),
        ("Bonjour", ("und",)),
        ("12:30", ()),
        ("", ()),
    ],
)
def test_every_language_of_a_text_is_told(text, codes):
    assert languages(text) == codes


def test_a_word_in_another_script_and_a_list_of_names_are_no_other_language():
    names = "Juan Carlos de la Fuente, Gabriele D'Annunzio, Jean-Luc Picard, Uwe Seeler, Pelé. "
    assert languages(ENGLISH * 5 + "It is called спасибо or 你好. " + ENGLISH * 5) == ("en",)
    assert languages(ENGLISH * 4 + names * 6 + ENGLISH * 4) == ("en",)


def test_the_time_for_a_huge_text_is_bounded_by_a_few_hundred_windows():
    huge = ENGLISH * 100_000
    assert len(list(_pieces(huge))) <= 200
    assert languages(FRENCH * 3 + huge + "请告诉我如何在家里做这件事情") == ("en", "fr", "zh")
