"""Where a member account may attach policies: not on what is protected, nor on what is above it."""

from __future__ import annotations

import pytest

from cli.drawing import Account, Unit
from cli.prevention.delegation.places import (
    EVERYWHERE,
    Places,
    places_in,
    places_named,
    protects_all,
    protects_below_root,
    unread_in,
)
from rootguard.domain.guardrail import Guardrail
from tests.given import guardrail, protection

MANAGEMENT, PROD_1, PROD_2, DEV_1 = "111122223333", "222233334444", "333344445555", "444455556666"
WORKLOADS, PROD, DEV, QUARANTINE = (
    "ou-exam-workload",
    "ou-exam-prodprod",
    "ou-exam-devdevde",
    "ou-exam-quaranti",
)
TREE = Unit(
    "r-exam",
    units=(
        Unit(
            WORKLOADS,
            units=(
                Unit(PROD, accounts=(Account(PROD_1), Account(PROD_2))),
                Unit(DEV, accounts=(Account(DEV_1),)),
            ),
        ),
        Unit(QUARANTINE),
    ),
    accounts=(Account(MANAGEMENT),),
)


def protecting(*targets: str, below: bool = False) -> Guardrail:
    other = protection(name="other", targets=frozenset(targets), include_descendants=below)
    return guardrail(protection(), other)


def places(rules: Guardrail) -> Places:
    return places_in(TREE, rules, MANAGEMENT)


def test_a_protected_ou_and_all_above_it_are_left_out() -> None:
    found = places(protecting(PROD))
    assert found == Places((DEV, QUARANTINE), None, (PROD, WORKLOADS))


def test_what_is_below_is_left_out_if_it_is_protected_too() -> None:
    found = places(protecting(PROD, below=True))
    assert found == Places((DEV, QUARANTINE), (DEV_1,), (PROD, WORKLOADS, PROD_1, PROD_2))
    assert places(protecting(WORKLOADS, below=True)).ous == (QUARANTINE,)


def test_a_protected_account_is_left_out_with_the_ous_above_it() -> None:
    found = places(protecting(DEV_1))
    assert found == Places((PROD, QUARANTINE), (PROD_1, PROD_2), (DEV, WORKLOADS, DEV_1))
    assert places(protecting(PROD_1)).accounts == (PROD_2, DEV_1)


def test_nothing_is_listed_if_what_is_protected_is_not_there() -> None:
    assert places(protecting("ou-exam-gonegone")) == EVERYWHERE
    assert places(guardrail()) == EVERYWHERE


def test_there_may_be_no_place_left() -> None:
    found = places(protecting(WORKLOADS, QUARANTINE, below=True))
    assert found.is_nowhere
    assert not EVERYWHERE.is_nowhere
    assert not Places((), None).is_nowhere


@pytest.mark.parametrize(
    ("rules", "below_root", "all_of_it"),
    [
        (guardrail(), False, False),
        (protecting(PROD), True, False),
        (guardrail(protection(include_descendants=True)), True, True),
        (protecting(PROD, below=True), True, False),
    ],
)
def test_what_is_protected_says_whether_the_tree_must_be_read(
    rules: Guardrail, below_root: bool, all_of_it: bool
) -> None:
    assert (protects_below_root(rules), protects_all(rules)) == (below_root, all_of_it)


def test_named_places_are_told_apart() -> None:
    assert places_named([DEV, PROD_1, DEV]) == Places((DEV,), (PROD_1,))


def test_what_could_not_be_listed_is_said() -> None:
    half = Unit("r-exam", units=(Unit(PROD, is_read=False), Unit(DEV)))
    assert list(unread_in(half)) == [PROD]
    assert list(unread_in(TREE)) == []
