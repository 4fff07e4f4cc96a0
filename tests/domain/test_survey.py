"""What is remembered of the places below protected targets, and whose turn it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.survey import Listing, Spot, Survey, Turn, chain
from tests.given import ACCOUNT, CHILD_OU, NOW, OU, ROOT, SCP

MINUTE = timedelta(minutes=1)
ids = st.sets(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=12)


def around(policies: set[str], a_sweep: int, turn: Turn) -> tuple[list[str], Turn]:
    """One sweep of so many policies: which ones, and the turn after them."""
    chosen = turn.order(policies)[:a_sweep]
    for policy_id in chosen:
        turn = turn.passed(policy_id, policies)
    return list(chosen), turn


@given(ids, st.integers(1, 5), st.text("abc", max_size=3))
def test_each_has_its_turn_within_as_few_sweeps_as_can_be(
    policies: set[str], a_sweep: int, after: str
) -> None:
    turn, seen = Turn(after), list[str]()
    for _ in range(-(-len(policies) // a_sweep)):
        chosen, turn = around(policies, a_sweep, turn)
        seen += chosen
    assert set(seen) == policies
    assert turn.complete


@given(ids, st.integers(1, 5))
def test_a_round_is_complete_with_its_last_and_not_before(policies: set[str], a_sweep: int) -> None:
    turn, seen = Turn(), set[str]()
    while not turn.complete:
        chosen, turn = around(policies, a_sweep, turn)
        seen |= set(chosen)
        assert turn.complete == (seen == policies)


def test_who_comes_in_between_waits_no_longer_than_the_others() -> None:
    turn = Turn("b", complete=True)
    assert turn.order({"a", "b", "c", "d", "bb"}) == ("bb", "c", "d", "a", "b")
    assert turn.order(set()) == ()


def test_an_ou_stays_where_it_is() -> None:
    survey = Survey({CHILD_OU: Spot((OU, ROOT), types=frozenset({SCP}), at=NOW)}, moved_at=NOW + MINUTE)
    links = {CHILD_OU: OU, OU: ROOT}
    assert survey.above(CHILD_OU, NOW + timedelta(days=30)) == links


@pytest.mark.parametrize(
    ("minutes", "moved", "known"),
    [(59, None, True), (60, None, False), (5, -1, True), (5, 0, False), (5, 3, False)],
)
def test_an_account_is_looked_up_again_after_an_hour_or_a_move(
    minutes: int, moved: int | None, known: bool
) -> None:
    moved_at = None if moved is None else NOW + moved * MINUTE
    survey = Survey({ACCOUNT: Spot((OU, ROOT), types=frozenset({SCP}), at=NOW)}, moved_at=moved_at)
    assert survey.above(ACCOUNT, NOW + minutes * MINUTE) == ({ACCOUNT: OU, OU: ROOT} if known else {})


def test_what_was_never_seen_or_never_asked_for_has_to_be_looked_up() -> None:
    assert Survey().above(OU, NOW) == {}
    assert Survey({OU: Spot((), types=frozenset({SCP}), at=NOW)}).above(OU, NOW) == {}


@pytest.mark.parametrize(("policies", "minutes"), [(0, 0), (99, 0), (100, 1), (3_000, 30), (10_000, 60)])
def test_many_policies_are_listed_less_often(policies: int, minutes: int) -> None:
    listing = Listing(frozenset(map(str, range(policies))), NOW)
    assert listing.is_due(NOW + minutes * MINUTE)
    assert not minutes or not listing.is_due(NOW + minutes * MINUTE - timedelta(seconds=1))


def test_a_chain_leads_up_to_the_root_and_never_round() -> None:
    assert chain(ACCOUNT, {ACCOUNT: CHILD_OU, CHILD_OU: OU, OU: ROOT}) == (CHILD_OU, OU, ROOT)
    assert chain(ACCOUNT, {}) == ()
    assert chain(ACCOUNT, {ACCOUNT: OU, OU: CHILD_OU, CHILD_OU: OU}) == (OU, CHILD_OU)
