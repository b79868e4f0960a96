"""Whatever becomes of the files: what was written comes back up to the damage, and never garbage."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from spool_steps import adopt, drain

from monitor.journal.spool.record import HEAD_BYTES, Record, records
from monitor.journal.spool.segment import FIRST, Segment
from monitor.journal.spool.spool import Spool


def left_with(spools, make, count=5, size=50):
    spool = spools.open()
    spool.append(make(*range(count), size=size))
    spools.close(spool)
    (segment,) = spools.segments()
    return segment, [record.data for record in make(*range(count), size=size)]


@pytest.mark.parametrize("cut", [1, 10, 50, HEAD_BYTES + 50 - 1])
def test_a_torn_tail_is_ignored_and_counted(spools, make, cut, caplog):
    segment, written = left_with(spools, make)
    os.truncate(segment, segment.stat().st_size - cut)
    spool = spools.open()
    assert adopt(spool) == [5], "one that is torn, and those before it"
    assert drain(spool) == written[:4]
    assert spool.take_losses() == {"spool_corrupt": 1}
    assert "ends early" in caplog.text


def test_what_comes_behind_a_damaged_record_is_not_guessed_at(spools, make):
    segment, written = left_with(spools, make)
    data = bytearray(segment.read_bytes())
    data[FIRST + 2 * (HEAD_BYTES + 50) + HEAD_BYTES + 7] ^= 1
    segment.write_bytes(data)
    spool = spools.open()
    assert adopt(spool) == [3]
    assert drain(spool) == written[:2]
    assert spool.take_losses() == {"spool_corrupt": 1}


def test_damage_to_what_this_process_wrote_is_counted_exactly(spools, make):
    spool = spools.open()
    spool.append(make(*range(5), size=50))
    (segment,) = spools.segments()
    os.truncate(segment, FIRST + 2 * (HEAD_BYTES + 50) + 3)
    assert drain(spool, count=100) == [record.data for record in make(0, 1, size=50)]
    assert spool.take_losses() == {"spool_corrupt": 3}
    assert spools.segments() == []


@pytest.mark.parametrize("data", [b"", b"SWSPOOL\x02" + b"\0" * 50, b"\0" * 200])
def test_a_file_of_another_kind_is_counted_as_one(spools, make, data):
    segment, _ = left_with(spools, make)
    segment.write_bytes(data)
    spool = spools.open()
    assert adopt(spool) == [1]
    assert drain(spool) == []
    assert spool.take_losses() == {"spool_corrupt": 1}
    assert spools.segments() == []


def test_a_position_that_cannot_be_read_means_from_the_start(spools, make):
    spool = spools.open()
    spool.append(make(*range(5)))
    spool.forget(spool.state.first + 3)
    spools.close(spool)
    (segment,) = spools.segments()
    data = bytearray(segment.read_bytes())
    data[10] ^= 1
    segment.write_bytes(data)
    spool = spools.open()
    assert adopt(spool) == [5]
    assert drain(spool) == [record.data for record in make(*range(5))]


KILLED = """
import os, sys, time
from pathlib import Path
from monitor.journal.spool.record import Record
from monitor.journal.spool.spool import Spool
spool = Spool(Path(sys.argv[1]), store="redis://a", max_bytes=1 << 20, max_age=86_400.0)
number = 0
while True:
    spool.append([Record(b"%07d" % n, time.time()) for n in range(number, number + 10)])
    number += 10
    print(number, flush=True)
"""


def test_nothing_that_was_appended_is_lost_with_the_process(spools):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(spools.root)], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if int(line) >= 5_000:
            break
    process.send_signal(signal.SIGKILL)
    told = max([int(line), *map(int, process.stdout.read().split())])
    process.wait()
    process.stdout.close()
    spool = Spool(spools.root, store="redis://a", max_bytes=1 << 20, max_age=1e12)
    adopt(spool)
    found = drain(spool, count=256)
    spool.close()
    assert found[:told] == [b"%07d" % n for n in range(told)]
    assert found[told:] == [b"%07d" % n for n in range(told, len(found))]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(st.binary(max_size=80), max_size=6)),
        st.tuples(st.just("forget"), st.integers(1, 8)),
        st.tuples(st.just("reopen"), st.none()),
    ),
    max_size=12,
)
DAMAGE = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, 4_000)),
    st.tuples(st.just("flip"), st.integers(0, 4_000), st.integers(1, 255)),
)


def run(root, steps):
    """A spool after these steps, closed; what should be left in it, and what was ever in it."""
    spool, expected, ever = opened(root), [], []
    for what, how in steps:
        if what == "append":
            spool.append([Record(data, 1.0) for data in how])
            expected += how
            ever += how
        elif what == "forget":
            count = len(spool.read(count=how, size=1 << 20))
            spool.forget(spool.state.first + count)
            expected = expected[count:]
        else:
            spool.close()
            spool = opened(root)
            adopt(spool)
    spool.close()
    return expected, ever


def opened(root):
    return Spool(root, store="", max_bytes=2_000, max_age=1e12, clock=lambda: 1.0)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_any_sequence_of_steps_keeps_everything_in_order(steps):
    with tempfile.TemporaryDirectory() as folder:
        expected, ever = run(Path(folder), steps)
        spool = opened(Path(folder))
        adopt(spool)
        lost = spool.take_losses()["spool_full"]
        found = drain(spool)
        spool.close()
    assert found == expected[len(expected) - len(found) :]
    if sum(map(len, ever)) + len(ever) * HEAD_BYTES < 1_000:
        assert (found, lost) == (expected, 0)


def contents(path):
    """Every record of a sound segment, and those that are not yet forgotten."""
    segment, damage = Segment.load(path)
    assert damage is None
    with path.open("rb") as source:
        every = [record.data for record in records(source, start=FIRST, end=segment.size)]
    return every, every[len(every) - segment.records :]


def harm(path, what, place, mask=0):
    data = bytearray(path.read_bytes())
    if what == "cut":
        del data[place % len(data) :]
    else:
        data[place % len(data)] ^= mask
    path.write_bytes(data)


@settings(max_examples=300, deadline=None)
@given(STEPS, DAMAGE, st.integers(0, 7))
def test_damage_to_a_segment_costs_at_most_the_rest_of_it(steps, damage, which):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        run(root, steps)
        segments = sorted(root.glob("*/*.spool"), key=lambda path: path.name)
        assume(segments)
        harmed = which % len(segments)
        before = [contents(path) for path in segments]
        harm(segments[harmed], *damage)
        spool = opened(root)
        adopted = adopt(spool)
        lost = sum(spool.take_losses().values())
        found = drain(spool)
        spool.close()
    assert len(found) == sum(adopted) - lost
    head = [data for _, unread in before[:harmed] for data in unread]
    tail = [data for _, unread in before[harmed + 1 :] for data in unread]
    assert found[: len(head)] == head
    assert found[len(found) - len(tail) :] == tail
    mine = found[len(head) : len(found) - len(tail)]
    # Where the position is what was harmed, the segment is read from its start once more.
    assert any(mine == whole[: len(mine)] for whole in before[harmed])
