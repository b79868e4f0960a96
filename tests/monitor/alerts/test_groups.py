"""When what is told, and what is not."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from incidents import make_incident

from monitor.alerts.grouping import Grouping
from monitor.alerts.settings import AlertSettings, ChannelSettings, RouteSettings

OPS = ChannelSettings(kind="webhook", url="http://127.0.0.1/")
WATCHMAN = ChannelSettings(kind="alertmanager", url="http://127.0.0.1/")
NOBODY = frozenset()


def grouping(*, channels=None, **route):
    channels = channels or {"ops": OPS}
    route = {"channels": list(channels), "group_wait": 30.0, **route}
    return Grouping(AlertSettings(channels=channels, routes=[RouteSettings(**route)]))


def due(groups, now, channel="ops"):
    return [(set(group.members), cause) for group, cause in groups.due(channel, now=now)]


def tell(groups, now, channel="ops", but=NOBODY):
    found = groups.due(channel, now=now)
    groups.tell([group for group, _ in found], now=now, but=but)
    return [cause for _, cause in found]


def test_the_first_message_of_a_group_waits_for_what_belongs_to_it():
    groups = grouping()
    groups.take(make_incident("a", story="s"), now=0.0)
    groups.take(make_incident("b", story="s", fingerprint="other"), now=20.0)
    assert due(groups, 29.9) == []
    assert due(groups, 30.0) == [({"a", "b"}, "news")]


def test_incidents_without_a_story_are_told_by_their_fingerprint():
    groups = grouping()
    for name, fingerprint in (("a", "f"), ("b", "f"), ("c", "g")):
        groups.take(make_incident(name, fingerprint=fingerprint), now=0.0)
    assert due(groups, 30.0) == [({"a", "b"}, "news"), ({"c"}, "news")]


def test_what_was_told_is_not_told_again_until_it_is_repeated():
    groups = grouping(repeat_interval=1_000.0)
    groups.take(make_incident("a"), now=0.0)
    assert tell(groups, 30.0) == ["news"]
    groups.take(make_incident("a", count=10), now=40.0)
    assert due(groups, 1_029.9) == []
    assert tell(groups, 1_030.0) == ["repeat"]
    assert due(groups, 2_000.0) == []


def test_what_somebody_has_taken_on_is_not_repeated():
    groups = grouping(repeat_interval=1_000.0)
    groups.take(make_incident("a"), now=0.0)
    tell(groups, 30.0)
    groups.take(make_incident("a", status="acknowledged"), now=40.0)
    assert due(groups, 1e9) == []


def test_without_an_interval_nothing_is_repeated():
    groups = grouping(repeat_interval=0.0)
    groups.take(make_incident("a"), now=0.0)
    tell(groups, 30.0)
    assert due(groups, 1e9) == []


def test_what_is_new_in_a_told_group_waits_and_what_is_worse_does_not():
    groups = grouping(group_interval=300.0)
    groups.take(make_incident("a", severity="warning"), now=0.0)
    tell(groups, 30.0)
    groups.take(make_incident("b", severity="info"), now=40.0)
    assert due(groups, 329.9) == []
    assert len(due(groups, 330.0)) == 1
    groups.take(make_incident("a", severity="critical"), now=50.0)
    assert len(due(groups, 80.0)) == 1


def test_the_end_is_told_once_when_the_last_has_ended():
    groups = grouping(group_interval=60.0)
    for name in ("a", "b"):
        groups.take(make_incident(name), now=0.0)
    tell(groups, 30.0)
    groups.take(make_incident("a", status="resolved"), now=40.0)
    assert due(groups, 1_000.0) == []
    groups.take(make_incident("b", status="resolved"), now=1_000.0)
    assert tell(groups, 1_030.0) == ["news"]
    assert groups.groups == []


def test_the_end_is_not_told_where_nobody_wants_to_know():
    groups = grouping(resolved=False)
    groups.take(make_incident("a"), now=0.0)
    tell(groups, 30.0)
    groups.take(make_incident("a", status="resolved"), now=40.0)
    assert groups.groups == []


def test_what_ended_before_it_was_told_is_never_told():
    groups = grouping()
    groups.take(make_incident("a"), now=0.0)
    groups.take(make_incident("a", status="resolved"), now=10.0)
    assert due(groups, 1e9) == []
    assert groups.groups == []


def test_what_comes_back_is_told_again():
    groups = grouping()
    groups.take(make_incident("a"), now=0.0)
    tell(groups, 30.0)
    groups.take(make_incident("a", status="resolved"), now=40.0)
    tell(groups, 1_000.0)
    groups.take(make_incident("a"), now=2_000.0)
    assert due(groups, 2_030.0) == [({"a"}, "news")]


def test_what_was_silenced_stays_to_be_told():
    groups = grouping(group_interval=60.0)
    groups.take(make_incident("a"), now=0.0)
    groups.take(make_incident("b"), now=0.0)
    tell(groups, 30.0, but=frozenset({"b"}))
    assert due(groups, 89.9) == []
    ((group, _),) = groups.due("ops", now=90.0)
    assert group.causes("news", groups.pace(group)) == ["b"]


def test_an_incident_that_joins_a_story_moves_to_it_and_is_not_told_twice():
    groups = grouping(repeat_interval=1_000.0)
    groups.take(make_incident("a"), now=0.0)
    tell(groups, 30.0)
    groups.take(make_incident("a", story="s"), now=40.0)
    assert due(groups, 900.0) == []
    assert tell(groups, 1_030.0) == ["repeat"]
    assert [group.key for group in groups.groups] == ["s"]


def test_a_deleted_incident_is_forgotten():
    groups = grouping()
    groups.take(make_incident("a"), now=0.0)
    groups.forget("a", now=1.0)
    groups.forget("never", now=1.0)
    assert groups.groups == []


def test_an_alertmanager_is_told_at_once_of_each_and_again_while_it_is_open():
    groups = grouping(channels={"am": WATCHMAN})
    for name in ("a", "b"):
        groups.take(make_incident(name, status="acknowledged"), now=0.0)
    assert tell(groups, 0.0, "am") == ["news"]
    assert due(groups, 59.9, "am") == []
    assert tell(groups, 60.0, "am") == ["repeat"]
    groups.take(make_incident("a", status="resolved"), now=61.0)
    ((group, cause),) = groups.due("am", now=65.0)
    assert (group.causes(cause, groups.pace(group)), cause) == (["a"], "news")


def test_each_channel_is_told_by_itself():
    groups = grouping(channels={"ops": OPS, "pager": OPS})
    groups.take(make_incident("a"), now=0.0)
    tell(groups, 30.0, "ops")
    assert due(groups, 30.0, "ops") == []
    assert len(due(groups, 30.0, "pager")) == 1


def test_a_flood_of_one_kind_is_one_group_of_which_so_many_are_told_apart():
    groups = grouping()
    for place in range(1_000):
        groups.take(make_incident(f"i{place}"), now=0.0)
    ((group, _),) = groups.due("ops", now=30.0)
    assert (len(group.members), group.more) == (500, 500)
    tell(groups, 30.0)
    assert due(groups, 1_000.0) == []
    groups.take(make_incident("one more"), now=1_000.0)
    ((group, cause),) = groups.due("ops", now=1_030.0)
    assert (group.more, cause) == (1, "news")


def test_what_was_saved_goes_on_and_what_no_route_wants_is_forgotten():
    groups = grouping(repeat_interval=1_000.0)
    groups.take(make_incident("a"), now=0.0)
    tell(groups, 30.0)
    saved = msgspec.json.encode(groups.groups)

    def again(name):
        from monitor.alerts.groups import Group

        route = RouteSettings(channels=["ops"], name=name, repeat_interval=1_000.0)
        settings = AlertSettings(channels={"ops": OPS}, routes=[route])
        return Grouping(settings, msgspec.json.decode(saved, type=list[Group]))

    same = again("route-1")
    same.take(make_incident("a"), now=50.0)
    assert due(same, 1_030.0) == [({"a"}, "repeat")]
    assert again("other").groups == []


CHANGES = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(["open", "acknowledged", "resolved"]),
    st.sampled_from(["info", "warning", "critical"]),
    st.sampled_from(["", "s", "t"]),
)


@given(st.lists(st.one_of(CHANGES, st.none()), max_size=40))
def test_whatever_happens_no_open_incident_is_left_untold_and_none_is_in_two_groups(changes):
    groups = grouping(group_wait=0.0, group_interval=0.0, repeat_interval=0.0)
    now, last, told = 0.0, {}, set()  # told: what people take for open

    def tell_all():
        for group, _ in groups.due("ops", now=now):
            for name, member in group.members.items():
                (told.discard if member.over else told.add)(name)
            groups.tell([group], now=now, but=NOBODY)

    for change in changes:
        now += 1.0
        if change is None:
            tell_all()
            continue
        name, status, severity, story = change
        last[name] = status
        groups.take(
            make_incident(name, status=status, severity=severity, story=story, fingerprint=name),
            now=now,
        )
        groups.take(
            make_incident(name, status=status, severity=severity, story=story, fingerprint=name),
            now=now,
        )
    now += 1.0
    tell_all()
    open_ones = {name for name, status in last.items() if status != "resolved"}
    assert open_ones <= told
    members = [name for group in groups.groups for name in group.members]
    assert len(members) == len(set(members))
    assert open_ones <= set(members)
    assert groups.due("ops", now=now + 1.0) == []
