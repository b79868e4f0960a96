"""A queue on disk: what goes in comes out, in order, within its bounds."""

import contextlib
import errno
import os
import resource
import signal
import stat

import pytest
from spool_steps import adopt, drain

from monitor.journal.spool.record import HEAD_BYTES, Record
from monitor.journal.spool.segments import State


def texts(records):
    return [record.data for record in records]


def test_records_come_out_in_the_order_in_which_they_went_in(spools, make):
    spool = spools.open()
    records = make(*range(10))
    assert spool.append(records[:4]) == 4
    assert spool.append(records[4:]) == 6
    assert spool.read(count=100, size=1 << 20) == records
    assert spool.state.exchanges == 10


def test_any_bytes_survive(spools, clock):
    spool = spools.open()
    odd = [b"", bytes(range(256)) * 4_000, b"\x00" * 40]
    spool.append([Record(data, clock.now) for data in odd])
    assert drain(spool) == odd


def test_reading_takes_nothing_away_until_it_is_forgotten(spools, make):
    spool = spools.open()
    spool.append(make(1, 2, 3))
    assert spool.read(count=2, size=1 << 20) == make(1, 2)
    assert spool.read(count=2, size=1 << 20) == make(1, 2)
    assert spool.forget(spool.state.first + 2) == 2
    assert spool.read(count=2, size=1 << 20) == make(3)


def test_a_batch_is_bounded_in_bytes_but_never_empty(spools, make):
    spool = spools.open()
    spool.append(make(1, 2, 3, size=1_000))
    assert len(spool.read(count=100, size=2 * (1_000 + HEAD_BYTES))) == 2
    assert len(spool.read(count=100, size=1)) == 1


def test_a_notice_is_no_exchange(spools, clock):
    spool = spools.open()
    spool.append([Record(b"notice", clock.now, exchanges=0), Record(b"done", clock.now)])
    assert (spool.state.records, spool.state.exchanges) == (2, 1)
    assert spool.forget(spool.state.first + 2) == 1


def test_an_emptied_spool_takes_no_place(spools, make):
    spool = spools.open()
    spool.append(make(1, 2))
    drain(spool)
    assert spool.state == State(first=2)
    assert spools.segments() == []


def test_many_segments_are_one_queue(spools, make):
    spool = spools.open(max_bytes=8 * 1_000)
    records = make(*range(100), size=40)
    assert spool.append(records) == 100
    assert len(spools.segments()) > 4
    assert drain(spool, count=7) == texts(records)
    assert spools.segments() == []


def test_beyond_the_bound_the_oldest_are_dropped_and_counted(spools, make):
    spool = spools.open(max_bytes=8_000)
    records = make(*range(300), size=83)
    for at in range(0, 300, 10):
        spool.append(records[at : at + 10])
        assert spool.state.bytes <= 8_000
        assert sum(path.stat().st_size for path in spools.segments()) == spool.state.bytes
    left = drain(spool)
    assert left == texts(records)[-len(left) :]
    assert 50 < len(left) < 80
    assert spool.take_losses() == {"spool_full": 300 - len(left)}


def test_a_record_larger_than_the_bound_is_dropped_alone(spools, make):
    spool = spools.open(max_bytes=1_000)
    assert spool.append([*make(1), *make(2, size=2_000), *make(3)]) == 3
    assert drain(spool) == texts(make(1, 3))
    assert spool.take_losses() == {"spool_full": 1}


def test_what_was_dropped_while_it_was_on_its_way_is_not_forgotten_twice(spools, make):
    spool = spools.open(max_bytes=8_000)
    spool.append(make(*range(20), size=83))
    in_flight = spool.state.first + len(spool.read(count=20, size=1 << 20))
    spool.append(make(*range(100, 300), size=83))
    assert spool.take_losses()["spool_full"] >= 20
    assert spool.forget(in_flight) == 0
    assert drain(spool)[-1] == make(299, size=83)[0].data


def test_old_records_are_dropped_and_counted(spools, make, clock):
    spool = spools.open(max_age=100.0)
    spool.append(make(1, 2))
    clock.now += 50
    spool.append(make(3))
    clock.now += 51
    assert drain(spool) == texts(make(3))
    assert spool.take_losses() == {"spool_expired": 2}


def test_old_records_leave_the_disk_without_being_read(spools, make, clock):
    spool = spools.open(max_age=240.0)
    for n in range(40):
        spool.append(make(n))
        clock.now += 5
    clock.now += 130
    spool.tend()
    left = b"".join(path.read_bytes() for path in spools.segments())
    assert b"00000" not in left
    assert make(39)[0].data in left
    clock.now += 240
    spool.tend()
    assert spools.segments() == []
    assert spool.take_losses() == {"spool_expired": 40}


def test_only_this_user_may_read_it(spools, make):
    before = os.umask(0)
    try:
        spools.open().append(make(1))
    finally:
        os.umask(before)
    (segment,) = spools.segments()
    assert stat.S_IMODE(segment.stat().st_mode) == 0o600
    assert stat.S_IMODE(segment.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(spools.root.stat().st_mode) == 0o700


def test_the_next_gateway_goes_on_where_the_last_one_ended(spools, make):
    spool = spools.open(max_bytes=8 * 1_000)
    records = make(*range(100), size=40)
    spool.append(records)
    spool.forget(spool.state.first + 33)
    after = spools.next(spool)
    assert after.state.exchanges == 67
    assert drain(after) == texts(records)[33:]


def test_what_was_left_goes_behind_what_is_there(spools, make):
    first, second = spools.open(), spools.open()
    first.append(make(1, 2))
    second.append(make(3))
    spools.close(first)
    assert adopt(second) == [2]
    second.append(make(4))
    assert drain(second) == texts(make(3, 1, 2, 4))


def test_the_spool_of_a_living_gateway_is_left_alone(spools, make):
    first, second = spools.open(), spools.open()
    first.append(make(1))
    assert adopt(second) == []
    assert drain(first) == texts(make(1))


def test_what_was_left_is_taken_by_one_only(spools, make):
    first, second, third = spools.open(), spools.open(), spools.open()
    first.append(make(1))
    spools.close(first)
    assert [adopt(second), adopt(third)] == [[1], []]


def test_what_was_meant_for_another_store_is_left_until_it_expires(spools, make):
    first, second = spools.open(store="redis://a"), spools.open(store="redis://b", max_age=100.0)
    first.append(make(1))
    spools.close(first)
    assert adopt(second) == []
    (segment,) = spools.segments()
    os.utime(segment, (0, 0))
    assert adopt(second) == []
    assert [path.name for path in spools.root.iterdir()] == [second._folder.path.name]


def test_an_empty_spool_leaves_no_folder(spools, make):
    spool = spools.open()
    spool.append(make(1))
    drain(spool)
    spools.close(spool)
    assert list(spools.root.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error(spools):
    spools.root.write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        spools.open()


@contextlib.contextmanager
def small_files():
    """Files of this process may have 3,000 bytes: beyond that writing fails as on a full disk.

    For as short as can be: the report of the tests may go to a file as well.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_what_the_disk_refuses_is_not_half_written(spools, make):
    spool = spools.open()
    assert spool.append(make(1, 2, size=500)) == 2
    with small_files(), pytest.raises(OSError, match="large") as caught:
        spool.append(make(3, 4, 5, 6, size=600))
    assert caught.value.errno == errno.EFBIG
    assert spool.append(make(7, size=600)) == 1
    after = spools.next(spool)
    assert drain(after) == [*texts(make(1, 2, size=500)), *texts(make(7, size=600))]
    assert not after.take_losses()


@pytest.fixture
def files_run_out():
    """Called, it lets this process open no more files; called again, it may."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def run_out(*, really):
        resource.setrlimit(resource.RLIMIT_NOFILE, (0 if really else limits[0], limits[1]))

    yield run_out
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_what_cannot_be_read_for_a_while_is_kept(spools, make, files_run_out):
    spool = spools.open(max_bytes=8_000)
    records = make(*range(20), size=83)
    spool.append(records)
    files_run_out(really=True)
    with pytest.raises(OSError, match="open files"):
        spool.read(count=5, size=1 << 20)
    with pytest.raises(OSError, match="open files"):
        spool.forget(spool.state.first + 5)
    spool.tend()
    files_run_out(really=False)
    assert drain(spool) == texts(records)
    assert not spool.take_losses()


def test_a_segment_that_is_gone_is_counted(spools, make):
    spool = spools.open(max_bytes=8_000)
    spool.append(make(*range(20), size=83))
    spools.segments()[0].unlink()
    left = drain(spool)
    assert left == texts(make(*range(20), size=83))[-len(left) :]
    assert spool.take_losses() == {"spool_error": 20 - len(left)}
