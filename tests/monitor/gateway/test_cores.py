"""How many processes 0 stands for."""

import os

import pytest

from monitor.gateway.processes.cores import usable

ALLOWED = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", ALLOWED),
        ("50000 100000", 1),
        ("100000 100000", 1),
        ("100000000 100000", ALLOWED),
        ("", ALLOWED),
        ("what is this", ALLOWED),
    ],
)
def test_no_more_than_the_container_may_be_busy_with(tmp_path, quota, cores):
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    assert usable(file) == cores


def test_all_that_are_allowed_where_nothing_limits_them(tmp_path):
    assert usable(tmp_path / "none") == ALLOWED
