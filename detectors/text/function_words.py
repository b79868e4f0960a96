# ruff: noqa: RUF001 - Turkish has a dotless i
"""The small words that give a language away."""

from __future__ import annotations

# Frequent function words of the languages that share the Latin script. A word that two of them
# share is left out of both unless it is far more frequent in one.
_LISTS = {
    "en": "the and is are of to that you what how with for this my it have be can your does from "
    "which not i we they there would was were has who when where why please if than then these "
    "their them he she his her an on at by all will should could about into make give tell many",
    "de": "der das und ist nicht ich ein eine einen einer zu mit auf für sie wie dem den von auch "
    "sich wird kann oder bei wir ihr wurde haben hat sind nach aus warum welche welcher mein "
    "meine bitte kannst über durch zum zur im wenn aber noch nur gibt mir mich es",
    "fr": "le les et est une des du que qui pour dans sur avec pas vous nous je il elle ce cette "
    "sont au aux mais ou où mon ma mes votre être avoir comment pourquoi quel quelle quels "
    "peux peut fait été plus par son ses leur très aussi",
    "es": "el los las y una del que por para con su sus es como más pero este esta muy también "
    "qué cómo cuál cuándo dónde quién hay ser tiene puede puedes fue son al lo yo mi mis "
    "porque sobre entre cuando desde hasta donde nos",
    "pt": "os as um uma dos das do da não com você para por mais como mas foi são ao seu sua isso "
    "este esta qual quais quando onde quem meu minha pode tem ser está também muito pelo pela "
    "nos na em ou já eu",
    "it": "il gli di una che per con non sono della delle del dei degli nella nel alla al come più "
    "ma anche questo questa quale quali quando dove chi cosa perché mio mia è ho hai ha essere "
    "può puoi stato tra sul sulla si",
    "nl": "het een van en dat niet zijn voor met op aan ik je deze wordt hoe wat waar welke ook naar "
    "bij uit maar heeft hebben kan kunnen mijn jouw geen nog dan wij werd worden",
    "sv": "och att det som är på för med inte till av jag ett den har om kan hur vad vilken vilka "
    "från eller han hon du mig min mitt ska vara också",
    "pl": "nie się jest na do że jak to przez dla czy który która które co są tym po od ale tak "
    "mnie moje mój może gdzie kiedy dlaczego",
    "tr": "ve bir bu için ile ne nasıl olarak çok daha var mı mi değil ben sen benim gibi olan "
    "hangi nerede neden kadar sonra",
    "id": "yang dan di ini itu untuk dengan dari pada adalah tidak saya anda ke apa bagaimana "
    "dalam akan bisa ada oleh atau juga kami mereka",
}


def _by_word() -> dict[str, tuple[str, ...]]:
    languages: dict[str, tuple[str, ...]] = {}
    for language, listed in _LISTS.items():
        for word in listed.split():
            languages[word] = (*languages.get(word, ()), language)
    return languages


LANGUAGES_OF: dict[str, tuple[str, ...]] = _by_word()
"""Function word to the languages that use it."""
