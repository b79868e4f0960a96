"""Whether a text's words are kind or unkind; a number to compare over time, not a verdict."""

from __future__ import annotations

from itertools import repeat

_WORDS_READ = 100

_KIND = """
able amazing appreciate beautiful best better bright brilliant calm care certainly charming cheerful
clear comfortable congratulations cool correct definitely delighted delicious easy effective enjoy
enjoyed excellent excited exciting fantastic favorite favourite fine free fresh friendly fun gentle
glad good gorgeous graceful grateful great greatest happily happy healthy helpful honest honoured hope
impressive improve improved interesting kind kindly love loved lovely lucky nice optimistic outstanding
peaceful perfect perfectly pleasant please pleased pleasure positive pretty proud recommend recommended
reliable right safe satisfied smart smile smooth splendid strong success successful successfully super
support sure sweet thank thanks thrilled useful valuable warm welcome well win wonderful worth yes
"""
_UNKIND = """
afraid alas angry annoyed annoying anxious ashamed awful bad badly bitter bored boring broken careless
cheap complain complained complaint confused confusing crazy cruel dangerous dead difficult dirty
disappointed disappointing disaster disgusting dislike doubt dreadful dumb error errors evil fail failed
failing fails failure false fault fear foolish furious garbage gloomy grim guilty hate hated hopeless
horrible hostile hurt idiot ignorant impossible inferior insult jealous lazy liar lie lonely lose loser
lost mad mean mess miserable mistake nasty negative nervous never nobody nonsense pain painful pathetic
poor problem problems refuse regret rejected ridiculous rude sad scared selfish shame sick silly sorry
stop stupid suffer suffering terrible terribly terrified threat tired tragic trouble ugly unable
unacceptable unfair unfortunately unhappy unpleasant unsafe upset useless waste weak weird worse worst
worthless wrong
"""
_TONE = {**dict.fromkeys(_KIND.split(), 1), **dict.fromkeys(_UNKIND.split(), -1)}


def tone(text_words: list[str]) -> float | None:
    """Kind words less unkind ones, as a share of the first 100 words, -1 to 1; English only.

    Negations are not read: over many texts they hardly matter. None for a text without words.
    """
    head = text_words[:_WORDS_READ]
    return sum(map(_TONE.get, head, repeat(0))) / len(head) if head else None
