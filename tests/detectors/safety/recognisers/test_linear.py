"""The work of every recogniser grows with the text, not with its square."""

import importlib
import pkgutil
import re
import time
from re import _constants as codes  # the parser's own tree: there is no public one
from re import _parser as parser

import pytest

from detectors.safety import recognisers
from detectors.safety.recognisers import find

BACKTRACKING = {codes.MAX_REPEAT, codes.MIN_REPEAT}


def patterns():
    for info in pkgutil.iter_modules(recognisers.__path__):
        module = importlib.import_module(f"{recognisers.__name__}.{info.name}")
        for name, value in vars(module).items():
            for index, pattern in enumerate(_within(value)):
                yield pytest.param(pattern, id=f"{info.name}.{name}.{index}")


def _within(value):
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _within(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _within(item)
    elif slots := getattr(type(value), "__slots__", None):
        for name in slots:
            yield from _within(getattr(value, name))


def repeats(tree, inside=1):
    """Every repeat that can give back what it took, with the repeats around it multiplied in."""
    for code, argument in tree:
        if code in BACKTRACKING:
            low, high, body = argument
            ways = 1 if low == high else int(high) - low + 1
            yield (inside, ways)
            yield from repeats(body, inside * ways)
        elif code is codes.POSSESSIVE_REPEAT:
            yield from repeats(argument[2], inside)
        elif code is codes.SUBPATTERN:
            yield from repeats(argument[-1], inside)
        elif code is codes.ATOMIC_GROUP:
            yield from repeats(argument, inside)
        elif code is codes.BRANCH:
            for branch in argument[1]:
                yield from repeats(branch, inside)
        elif code in {codes.ASSERT, codes.ASSERT_NOT}:
            yield from repeats(argument[1], inside)


def test_the_walk_sees_nested_and_unbounded_repeats():
    assert max(a * b for a, b in repeats(parser.parse(r"(?:a+b?)+"))) > 10**9
    assert list(repeats(parser.parse(r"(?:a++b{2})++"))) == [(1, 1)]


@pytest.mark.parametrize("pattern", list(patterns()))
def test_no_repeat_that_gives_back_stands_inside_another(pattern):
    nested = [(a, b) for a, b in repeats(parser.parse(pattern.pattern)) if a > 1 and b > 2]
    assert nested == []


PIECES = [
    "a", "1", "1 ", "1-", "-1", "12-", "1.1.", "1_", "1A", "A 1", "AA 1 ", "A1", "00 1", "(1",
    "+1(2", "+1 2", "11:", "a:b:", "00:1B:", "a@", "a'", "@a'", "a@b.", "bob@example.com ",
    "eyJ-", "eyJa.", "sk-", "sk-1", "xoxb-1", "AKIA", "SK1", "Q~", "8Q~a", "1:AA", "M" * 24 + ".",
    "://a:b", "bearer a", "Bearer ", "password=", "password : a", "api_key=", "token: ", "secret",
    "-----BEGIN PRIVATE KEY-----", "AB12 ", "GB82 ", "GB82WEST", "RSSMRA85", "X1234567", "0x1",
    "bc1q", "1" + "z" * 33, "4111-", "4111 1111 1111 1111 ", "NHS 111 111 1111 ", "call 0800 ",
    "passport no A", "driver's license ", "[EMAIL]", "\u00a01", "é1", "\u0663",
]  # fmt: skip


def work(text):
    """Processor time, the smallest of three: of use only beside that of another text."""
    took = []
    for _ in range(3):
        started = time.process_time()
        find(text)
        took.append(time.process_time() - started)
    return min(took)


@pytest.mark.parametrize("piece", PIECES)
def test_eight_times_the_text_is_no_more_than_some_eight_times_the_work(piece):
    short, long = (piece * (size // len(piece)) for size in (4_000, 32_000))
    work(short)
    # The square would be 64 times; a text that costs next to nothing has no ratio.
    assert work(long) < 24 * max(work(short), 2e-4)
