"""One incident's key over time: what is open, what was paged, when one look and one event meet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rootguard.aws.ledger_episodes import Episodes
from tests.aws.test_ledger_contract import at


def test_a_violation_in_the_second_of_the_close_is_paged_rather_than_missed() -> None:
    """CloudTrail cuts times down to the second: 20 may well be 20.7, after the look at 20.3."""
    episodes = Episodes().seen({}, at(10)).paged(at(10)).closed(at(20.3)).seen({"n": 2}, at(20))
    assert episodes.is_open
    assert not episodes.was_paged
    assert episodes.document == {"n": 2}
    assert not episodes.closed(at(30)).is_open


def test_a_late_delivery_in_the_second_of_the_close_is_known() -> None:
    episodes = Episodes().seen({}, at(20)).paged(at(20)).closed(at(20.3))
    assert episodes.seen({}, at(20)) == episodes


def test_an_earlier_sighting_that_arrives_later_is_where_the_episode_began() -> None:
    episodes = Episodes().seen({"n": 2}, at(12)).seen({"n": 1}, at(10))
    assert episodes.opened_at == at(10)
    assert episodes.document == {"n": 1}


def test_a_look_says_nothing_of_what_was_seen_after_it() -> None:
    episodes = Episodes().seen({}, at(10)).seen({}, at(30)).paged(at(10)).closed(at(20))
    assert episodes.opened_at == at(30)
    assert not episodes.was_paged


def test_sightings_of_what_is_over_are_forgotten() -> None:
    episodes = Episodes()
    for second in range(0, 1000, 2):
        episodes = episodes.seen({}, at(second)).closed(at(second + 1))
    assert episodes.sightings == frozenset()


MOMENTS = st.lists(st.integers(0, 1000), unique=True, min_size=1, max_size=8)


@given(moments=MOMENTS, data=st.data())
def test_reports_in_any_order_and_number_say_the_same(moments: list[int], data: st.DataObject) -> None:
    kinds = {moment: data.draw(st.sampled_from(["seen", "closed", "paged"])) for moment in moments}
    arriving = data.draw(st.permutations([*moments, *data.draw(st.lists(st.sampled_from(moments)))]))

    def told(order: list[int]) -> tuple[object, ...]:
        episodes = Episodes()
        for moment in order:
            if kinds[moment] == "seen":
                episodes = episodes.seen({}, at(moment))
            elif kinds[moment] == "closed":
                episodes = episodes.closed(at(moment))
            else:
                episodes = episodes.paged(at(moment))
        return episodes.opened_at, episodes.is_open, episodes.was_paged, episodes.closed_at

    assert told(arriving) == told(sorted(moments))
