"""What a ledger promises of the inventory: held against the one in memory and the one on DynamoDB alike."""

from __future__ import annotations

import random

from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.ports import Ledger
from tests.aws.examples import ACCOUNT, OTHER, OU, POLICY, RCP, ROOT, SCP, at


def test_rounds_are_kept_by_type(ledger: Ledger) -> None:
    assert ledger.rounds() == {}
    ledger.keep_round(SCP, Round(POLICY, complete=True))
    ledger.keep_round(SCP, Round(OTHER))
    assert ledger.rounds() == {SCP: Round(OTHER)}


def test_listings_are_kept_by_type(ledger: Ledger) -> None:
    assert ledger.listing(SCP) == Listing()
    running = Listing(frozenset({POLICY}), at(0), frozenset({OTHER}), "token", at(60))
    for listing in (Listing().listed(frozenset({POLICY}), "", at(0)), running):
        ledger.keep_listing(SCP, listing)
        assert ledger.listing(SCP) == listing
    assert ledger.listing(RCP) == Listing()


def test_where_policies_are_attached_is_read_by_name_or_all_at_once(ledger: Ledger) -> None:
    first = Located(frozenset({ROOT}), at(0))
    second = first.seen(frozenset({OU, ACCOUNT}), at(60))
    ledger.locate(SCP, POLICY, first)
    ledger.locate(SCP, OTHER, second)
    ledger.locate(RCP, POLICY, Located(frozenset(), at(0)))
    assert ledger.located(SCP) == {POLICY: first, OTHER: second}
    assert ledger.located(SCP, [OTHER, "p-notthere1"]) == {OTHER: second}
    assert ledger.located(SCP, []) == {}


def test_an_earlier_look_gives_way(ledger: Ledger) -> None:
    late = Located(frozenset({ROOT}), at(60))
    for look in (late, Located(frozenset({OU}), at(0))):
        ledger.locate(SCP, POLICY, look)
    assert ledger.located(SCP) == {POLICY: late}


def test_a_policy_on_tens_of_thousands_of_accounts_has_room(ledger: Ledger) -> None:
    numbers = random.Random(1).sample(range(10**12), 30_000)  # noqa: S311 - the same each time
    accounts = [f"{number:012}" for number in numbers]
    located = Located(frozenset(accounts[:-1]), at(0)).seen(frozenset(accounts[1:]), at(60))
    ledger.locate(SCP, POLICY, located)
    assert ledger.located(SCP) == {POLICY: located}


def test_a_listing_of_ten_thousand_policies_has_room(ledger: Ledger) -> None:
    """As many as an organization can have ("Quotas", AWS Organizations User Guide)."""
    digits = random.Random(2)  # noqa: S311 - the same each time
    policies = frozenset(
        f"p-{''.join(digits.choices('0123456789abcdefghijklmnopqrstuvwxyz', k=10))}" for _ in range(10_000)
    )
    listing = Listing(policies, at(0), policies, "t" * 2_000, at(60))
    ledger.keep_listing(SCP, listing)
    assert ledger.listing(SCP) == listing


def test_what_lies_above_targets_is_known_as_of_the_latest_look(ledger: Ledger) -> None:
    assert ledger.above([ACCOUNT]) == {}
    for second, above in ((60, (OU, ROOT)), (0, (ROOT,))):
        ledger.keep_above(ACCOUNT, Above(above, at(second)))
    ledger.keep_above(OU, Above((ROOT,), at(0)))
    assert ledger.above([ACCOUNT, ROOT]) == {ACCOUNT: Above((OU, ROOT), at(60))}
    assert ledger.above([]) == {}


def test_the_latest_move_of_an_account_is_known(ledger: Ledger) -> None:
    assert ledger.moved_at() is None
    for second in (10, 30, 20):
        ledger.keep_moved(at(second))
    assert ledger.moved_at() == at(30)
