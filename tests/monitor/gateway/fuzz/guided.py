"""The same fuzz tests driven by coverage, for as long as wanted: see CONTRIBUTING.md.

pip install atheris
PYTHONPATH=tests/servers python tests/monitor/gateway/fuzz/guided.py relay -max_total_time=600
"""

import asyncio
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import atheris
from hypothesis import given

TESTS = Path(__file__).parents[3]


def module(path):
    """A test module, its code and ours instrumented."""
    spec = spec_from_file_location(Path(path).stem, TESTS / path)
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def relay():
    """One connection of the gateway."""
    test = module("monitor/gateway/fuzz/test_relay.py")
    runner = asyncio.Runner()

    @given(case=test.CASES)
    def play(case):
        test.play(runner, case)

    return play


def recorder():
    """One recording."""
    test = module("monitor/exchange/test_recorder_fuzz.py")
    return test.test_whatever_comes_gives_the_same_exchange_however_it_is_cut


def main():
    """Take the target's name, then libFuzzer's own options."""
    with atheris.instrument_imports(include=["monitor"]):
        target = {"relay": relay, "recorder": recorder}[sys.argv.pop(1)]()
    atheris.Setup(sys.argv, target.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
