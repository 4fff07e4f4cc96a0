"""The inventory: whose turn it is, where a policy was attached, and what is missing since."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.inventory import Above, Listing, Located, Round, missing, wanted
from rootguard.domain.remedy import Attach
from tests.given import ACCOUNT, CHILD_OU, NOW, OU, POLICY, ROOT

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
OTHER = "p-another1"
PLACES = [ROOT, OU, CHILD_OU, ACCOUNT, "111122224444"]
places = st.frozensets(st.sampled_from(PLACES))
ids = st.sets(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=12)


def located(*targets: str, at: datetime = NOW - HOUR) -> Located:
    return Located(frozenset(targets), at)


# Rounds


def around(policies: set[str], a_sweep: int, turn: Round) -> tuple[list[str], Round]:
    """One sweep of so many policies: which ones, and the round after them."""
    chosen = turn.order(policies)[:a_sweep]
    for policy_id in chosen:
        turn = turn.passed(policy_id, policies)
    return list(chosen), turn


@given(ids, st.integers(1, 5), st.text("abc", max_size=3))
def test_each_has_its_turn_within_as_few_sweeps_as_can_be(
    policies: set[str], a_sweep: int, after: str
) -> None:
    turn, seen = Round(after), list[str]()
    for _ in range(-(-len(policies) // a_sweep)):
        chosen, turn = around(policies, a_sweep, turn)
        seen += chosen
    assert set(seen) == policies
    assert turn.complete


@given(ids, st.integers(1, 5))
def test_a_round_is_complete_with_its_last_and_not_before(policies: set[str], a_sweep: int) -> None:
    turn, seen = Round(), set[str]()
    while not turn.complete:
        chosen, turn = around(policies, a_sweep, turn)
        seen |= set(chosen)
        assert turn.complete == (seen == policies)


def test_who_comes_in_between_waits_no_longer_than_the_others() -> None:
    turn = Round("b", complete=True)
    assert turn.order({"a", "b", "c", "d", "bb"}) == ("bb", "c", "d", "a", "b")
    assert turn.order(set()) == ()


def test_a_complete_round_stays_complete() -> None:
    assert Round("b", complete=True).passed("a", {"a", "b"}) == Round("a", complete=True)


# Listings


@pytest.mark.parametrize(("policies", "minutes"), [(0, 0), (99, 0), (100, 1), (3_000, 30), (10_000, 60)])
def test_many_policies_are_listed_less_often(policies: int, minutes: int) -> None:
    listing = Listing(frozenset(map(str, range(policies))), NOW)
    assert listing.is_due(NOW + minutes * MINUTE)
    assert not minutes or not listing.is_due(NOW + minutes * MINUTE - SECOND)


def test_a_listing_goes_on_until_its_last_page_and_counts_from_its_first() -> None:
    first = Listing(frozenset({"p-old"}), NOW - HOUR).listed(frozenset({POLICY, "p-FullAWSAccess"}), "t", NOW)
    assert (first.policies, first.at) == (frozenset({"p-old"}), NOW - HOUR)
    assert first.is_due(NOW)
    last = first.listed(frozenset({OTHER}), "", NOW + MINUTE)
    assert last == Listing(frozenset({POLICY, OTHER}), NOW)
    assert not last.listed(frozenset({OTHER}), "", NOW + HOUR).policies - {OTHER}


def test_the_first_listing_is_due() -> None:
    assert Listing().is_due(NOW)


@given(st.lists(st.frozensets(st.sampled_from("abcdef")), min_size=1, max_size=5))
def test_the_pages_of_a_listing_are_its_policies(pages: list[frozenset[str]]) -> None:
    listing = Listing()
    for number, page in enumerate(pages, start=1):
        token = "" if number == len(pages) else str(number)
        listing = listing.listed(page, token, NOW + number * MINUTE)
    assert listing == Listing(frozenset().union(*pages), NOW + MINUTE)


# What lies above


def test_an_ou_stays_where_it_is() -> None:
    above = Above((OU, ROOT), NOW)
    assert above.holds(CHILD_OU, NOW + timedelta(days=30), NOW + MINUTE)


@pytest.mark.parametrize(
    ("minutes", "moved", "holds"),
    [(59, None, True), (60, None, False), (5, -1, True), (5, 0, False), (5, 3, False)],
)
def test_an_account_is_looked_up_again_after_an_hour_or_a_move(
    minutes: int, moved: int | None, holds: bool
) -> None:
    moved_at = None if moved is None else NOW + moved * MINUTE
    assert Above((OU, ROOT), NOW).holds(ACCOUNT, NOW + minutes * MINUTE, moved_at) is holds


def test_a_move_within_the_second_of_the_look_counts_as_later() -> None:
    # CloudTrail rounds down, so the move can have come after the look.
    assert not Above((OU, ROOT), NOW).holds(ACCOUNT, NOW, NOW - SECOND)
    assert Above((OU, ROOT), NOW).holds(ACCOUNT, NOW, NOW - 1.1 * SECOND)


# What was attached


def test_what_was_attached_comes_from_the_top() -> None:
    seen = {POLICY: located(ACCOUNT, OU, ROOT), OTHER: located(OU)}
    assert wanted(seen, NOW) == (
        Attach(POLICY, ROOT),
        Attach(OTHER, OU),
        Attach(POLICY, OU),
        Attach(POLICY, ACCOUNT),
    )


@pytest.mark.parametrize("later", [timedelta(0), MINUTE])
def test_a_look_after_the_type_was_disabled_takes_nothing_away(later: timedelta) -> None:
    # Nor does one in the very second, since events say whole seconds.
    seen = located(ROOT).seen(frozenset(), NOW + later)
    assert wanted({POLICY: seen}, NOW) == (Attach(POLICY, ROOT),)
    assert seen.as_of(NOW + later + SECOND) == frozenset()


def test_of_two_looks_after_it_the_older_one_counts() -> None:
    seen = located(ROOT, OU, at=NOW + MINUTE).seen(frozenset({OU}), NOW + 2 * MINUTE)
    assert seen.as_of(NOW) == {ROOT, OU}


@given(before=places, after=st.lists(places, max_size=5))
def test_no_look_of_a_restore_takes_anything_away(
    before: frozenset[str], after: list[frozenset[str]]
) -> None:
    seen = Located(before, NOW - HOUR)
    for number, targets in enumerate(after):
        seen = seen.seen(targets, NOW + number * MINUTE, since=NOW)
    assert {attachment.target_id for attachment in wanted({POLICY: seen}, NOW)} == before


@given(wanted_before=places, back=places)
def test_missing_is_what_was_attached_and_was_not_seen_again(
    wanted_before: frozenset[str], back: frozenset[str]
) -> None:
    seen = Located(wanted_before, NOW - HOUR).seen(back, NOW + MINUTE, since=NOW)
    assert missing({POLICY: seen}, NOW).get(POLICY, frozenset()) == wanted_before - back


@given(places)
def test_all_is_missing_until_it_was_looked_at(before: frozenset[str]) -> None:
    assert missing({POLICY: Located(before, NOW - HOUR)}, NOW).get(POLICY, frozenset()) == before


@given(st.lists(st.tuples(st.sampled_from([POLICY, OTHER]), places), max_size=12))
def test_what_is_back_and_what_is_missing_make_up_what_was_attached(
    looks: list[tuple[str, frozenset[str]]],
) -> None:
    seen = {policy_id: Located(frozenset(PLACES), NOW - HOUR) for policy_id in (POLICY, OTHER)}
    for number, (policy_id, targets) in enumerate(looks, start=1):
        seen[policy_id] = seen[policy_id].seen(targets, NOW + number * MINUTE, since=NOW)
    last = dict(looks)
    assert missing(seen, NOW) == {
        policy_id: rest
        for policy_id in seen
        if (rest := frozenset(PLACES) - last.get(policy_id, frozenset()))
    }
    assert len(wanted(seen, NOW)) == 2 * len(PLACES)
