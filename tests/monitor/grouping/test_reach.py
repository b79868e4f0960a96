import pytest
from found import START, make_detection, make_drift, make_finding

from monitor.grouping.reach import NOT_KNOWN, ReachBook
from monitor.incidents.incident import fingerprint


def seen(book, count, *, every=10.0, found=0, first=0, **changed):
    """Exchanges at an even pace, of which every `found`-th has a finding; the last one's reach."""
    reach = NOT_KNOWN
    for n in range(first, first + count):
        finding = make_finding(every * n, user=f"u{n % 7}", **changed)
        detections = [finding.detection] if found and n % found == 0 else []
        reach = next(iter(book.take(finding.observation, detections)), reach)
    return reach


def test_the_share_is_that_of_the_last_minutes():
    reach = seen(ReachBook(), 600, found=5)
    assert reach.share == pytest.approx(0.2, abs=0.03)


def test_too_few_exchanges_have_no_share():
    assert seen(ReachBook(), 10, found=2).share is None


def test_who_is_touched_is_counted_once():
    book = ReachBook()
    seen(book, 100, found=1)
    reach = seen(book, 7, found=1, first=100, tenant="other", route="")
    assert (reach.tenants, reach.users) == (1, 7)
    assert seen(book, 1, found=1, first=107).users == 7


def test_what_grows_has_a_pace_above_one_and_what_fades_below():
    book = ReachBook()
    seen(book, 400)
    growing = seen(book, 30, found=1, first=400)
    assert growing.pace > 3.0
    steady = seen(book, 1_500, found=1, first=430)
    assert steady.pace == pytest.approx(1.0, abs=0.05)
    name, at = fingerprint(make_detection()), START + 10.0 * 1_930
    assert book.now(name, "m", at=at + 600.0).pace < 0.5


def test_what_is_said_of_traffic_touches_whoever_came():
    book = ReachBook()
    seen(book, 100)
    drift = make_drift(1_000)
    (reach,) = book.take(drift.observation, [drift.detection])
    assert (reach.share, reach.users) == (0.3, 8)


def test_all_tenants_with_the_same_finding_are_counted_together():
    book = ReachBook()
    seen(book, 100)
    for n in range(4):
        finding = make_finding(1_000 + n, tenant=f"t{n}")
        (own,) = book.take(finding.observation, [finding.detection])
    assert own.tenants == 1
    assert book.of_all(finding.detection).tenants == 4


def test_what_is_not_known_reaches_nobody():
    assert ReachBook().now("f", "m", at=START) == NOT_KNOWN


def test_models_and_troubles_beyond_the_bound_are_forgotten():
    book = ReachBook()
    for n in range(600):
        finding = make_finding(n, model=f"m{n}")
        book.take(finding.observation, [finding.detection])
    old, new = (make_detection(model=f"m{n}") for n in (0, 599))
    assert book.now(fingerprint(old), "m0", at=START) == NOT_KNOWN
    assert book.now(fingerprint(new), "m599", at=START).users == 1
