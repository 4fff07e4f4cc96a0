"""What an inventory promises: held against the one in memory and the one on DynamoDB alike."""

from __future__ import annotations

import random

from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.ports import Inventory
from tests.aws.examples import ACCOUNT, OTHER, OU, POLICY, RCP, ROOT, SCP, at


def test_rounds_are_kept_by_type(inventory: Inventory) -> None:
    assert inventory.rounds() == {}
    inventory.keep_round(SCP, Round(POLICY, complete=True))
    inventory.keep_round(SCP, Round(OTHER))
    assert inventory.rounds() == {SCP: Round(OTHER)}


def test_listings_are_kept_by_type(inventory: Inventory) -> None:
    assert inventory.listing(SCP) == Listing()
    running = Listing(frozenset({POLICY}), at(0), frozenset({OTHER}), "token", at(60))
    for listing in (Listing().listed(frozenset({POLICY}), "", at(0)), running):
        inventory.keep_listing(SCP, listing)
        assert inventory.listing(SCP) == listing
    assert inventory.listing(RCP) == Listing()


def test_where_policies_are_attached_is_read_by_name_or_all_at_once(inventory: Inventory) -> None:
    first = Located(frozenset({ROOT}), at(0))
    second = first.seen(frozenset({OU, ACCOUNT}), at(60))
    inventory.locate(SCP, POLICY, first)
    inventory.locate(SCP, OTHER, second)
    inventory.locate(RCP, POLICY, Located(frozenset(), at(0)))
    assert inventory.located(SCP) == {POLICY: first, OTHER: second}
    assert inventory.located(SCP, [OTHER, "p-notthere1"]) == {OTHER: second}
    assert inventory.located(SCP, []) == {}


def test_an_earlier_look_gives_way(inventory: Inventory) -> None:
    late = Located(frozenset({ROOT}), at(60))
    for look in (late, Located(frozenset({OU}), at(0))):
        inventory.locate(SCP, POLICY, look)
    assert inventory.located(SCP) == {POLICY: late}


def test_a_policy_on_tens_of_thousands_of_accounts_has_room(inventory: Inventory) -> None:
    numbers = random.Random(1).sample(range(10**12), 30_000)  # noqa: S311 - the same each time
    accounts = [f"{number:012}" for number in numbers]
    located = Located(frozenset(accounts[1:]), at(60), frozenset(accounts[:-1]), at(0))
    inventory.locate(SCP, POLICY, located)
    assert inventory.located(SCP) == {POLICY: located}


def test_a_listing_of_ten_thousand_policies_has_room(inventory: Inventory) -> None:
    """As many as an organization can have ("Quotas", AWS Organizations User Guide)."""
    digits = random.Random(2)  # noqa: S311 - the same each time
    policies = frozenset(
        f"p-{''.join(digits.choices('0123456789abcdefghijklmnopqrstuvwxyz', k=10))}" for _ in range(10_000)
    )
    listing = Listing(policies, at(0), policies, "t" * 2_000, at(60))
    inventory.keep_listing(SCP, listing)
    assert inventory.listing(SCP) == listing


def test_what_lies_above_targets_is_known_as_of_the_latest_look(inventory: Inventory) -> None:
    assert inventory.above([ACCOUNT]) == {}
    for second, above in ((60, (OU, ROOT)), (0, (ROOT,))):
        inventory.keep_above(ACCOUNT, Above(above, at(second)))
    inventory.keep_above(OU, Above((ROOT,), at(0)))
    assert inventory.above([ACCOUNT, ROOT]) == {ACCOUNT: Above((OU, ROOT), at(60))}
    assert inventory.above([]) == {}


def test_the_latest_move_of_an_account_is_known(inventory: Inventory) -> None:
    assert inventory.moved_at() is None
    for second in (10, 30, 20):
        inventory.keep_moved(at(second))
    assert inventory.moved_at() == at(30)
