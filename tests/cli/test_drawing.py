"""The organization, drawn: who was locked out, what is said of it, and what is folded into counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.drawing import Account, Lockout, Unit, summary
from cli.drawing.folding import Branch, Folded, fold, total
from cli.drawing.organization import State

ROOT = "r-exam"
MANAGEMENT = "111122223333"
NASTY = (
    "<script>alert(1)</script>",
    '"]; click n0 "https://example.com" %%',
    "]]>&amp;<!--",
    "line\nbreak\r\x00\x1b[31m",
    "\u202etxt.exe\u2066",
    "فريق الإنتاج",
    "👩‍🚀 支払い",
    "`**bold**` #quot; #35;",
    "end",
    "\ud800\ufffe",
    "W" * 300,
)
NAMES = st.one_of(st.none(), st.text(max_size=60), st.sampled_from(NASTY))


def account_id(number: int) -> str:
    return f"{222200000000 + number}"


def ou_id(number: int) -> str:
    return f"ou-exam-{number:08d}"


def accounts(first: int, many: int) -> tuple[Account, ...]:
    return tuple(Account(account_id(number), f"account {number}") for number in range(first, first + many))


WORKLOADS = Unit(
    ou_id(1),
    "Workloads",
    units=(Unit(ou_id(2), "Production", accounts=accounts(1, 3)), Unit(ou_id(3), "Empty")),
    accounts=accounts(4, 1),
)
TREE = Unit(
    ROOT,
    "Root",
    units=(WORKLOADS, Unit(ou_id(4), "Sandbox", accounts=accounts(5, 2))),
    accounts=(Account(MANAGEMENT, "Management"), *accounts(7, 1)),
)


def at(target_id: str, root: Unit = TREE) -> Lockout:
    return Lockout(root, MANAGEMENT, target_id)


@st.composite
def trees(draw: st.DrawFn) -> Unit:
    """A tree of any shape, with the management account somewhere in it or in none of it."""
    parents = draw(st.lists(st.integers(0, 30), max_size=12))
    homes = draw(st.lists(st.integers(0, len(parents)), max_size=30))
    management = draw(st.none() | st.integers(0, len(parents)))

    def unit(number: int) -> Unit:
        here = [Account(account_id(i), draw(NAMES)) for i, home in enumerate(homes) if home == number]
        if management == number:
            here.insert(draw(st.integers(0, len(here))), Account(MANAGEMENT, draw(NAMES)))
        children = [child for child, parent in enumerate(parents, start=1) if parent % child == number]
        return Unit(
            ou_id(number) if number else ROOT,
            draw(NAMES),
            units=tuple(unit(child) for child in children),
            accounts=tuple(here),
            is_read=draw(st.booleans()),
        )

    return unit(0)


@st.composite
def lockouts(draw: st.DrawFn) -> Lockout:
    root = draw(trees())
    ids = [unit.id for unit in root.walk()] + [account.id for account in all_accounts(root)]
    target_id = draw(st.sampled_from([*ids, "ou-exam-gonegone", MANAGEMENT]))
    return Lockout(root, MANAGEMENT, target_id, draw(st.sampled_from(["attached here", *NASTY])))


def all_accounts(unit: Unit) -> list[Account]:
    return [account for each in unit.walk() for account in each.accounts]


def drawn(branch: Branch) -> list[tuple[str, State]]:
    return [(leaf.account.id, leaf.state) for each in branch.walk() for leaf in each.leaves]


def below(unit: Unit, target_id: str) -> set[str]:
    """The ids of the accounts at or below a target, found by another way than the code's."""
    if unit.id == target_id:
        return {account.id for account in all_accounts(unit)}
    here = {account.id for account in unit.accounts if account.id == target_id}
    return here.union(*(below(child, target_id) for child in unit.units))


# Who was locked out


@given(lockout=lockouts())
def test_locked_out_is_what_stands_at_or_below_the_target_but_the_management_account(
    lockout: Lockout,
) -> None:
    states = {
        account.id: lockout.state_of(account, state)
        for unit, state in lockout.units()
        for account in unit.accounts
    }
    locked_out = {each for each, state in states.items() if state is State.LOCKED_OUT}
    assert locked_out == below(lockout.root, lockout.target_id) - {MANAGEMENT}
    assert states.get(MANAGEMENT, State.REACHABLE) is State.REACHABLE
    # Nobody is called reachable where it is not known what the lockout reached.
    unknown = {each for each, state in states.items() if state is State.UNKNOWN}
    assert unknown == (set() if lockout.is_reach_known() else states.keys() - {MANAGEMENT})


@pytest.mark.parametrize(
    ("target_id", "told"),
    [
        (ROOT, "locked out: 7 accounts in 3 OUs and in Root; still reachable: the management account"),
        (
            ou_id(1),
            (
                "locked out: 4 accounts in 2 OUs; "
                "still reachable: the management account and 3 accounts in 1 OU and in Root"
            ),
        ),
        (
            account_id(7),
            "locked out: 1 account in Root; still reachable: the management account and 6 accounts in 3 OUs",
        ),
        (
            ou_id(3),
            (
                "locked out: no account; still reachable: the management account and 7 accounts in 3 OUs"
                " and in Root"
            ),
        ),
        (
            ou_id(9),
            (
                f"locked out: unknown, since {ou_id(9)} was not found in the organization; still reachable:"
                " the management account; unknown: 7 accounts in 3 OUs and in Root"
            ),
        ),
    ],
)
def test_the_summary_counts_accounts_and_says_where_they_stand(target_id: str, told: str) -> None:
    assert summary(at(target_id)) == told


def test_the_summary_of_a_lockout_on_the_management_account_is_that_nobody_is() -> None:
    assert summary(at(MANAGEMENT)).startswith(
        "locked out: no account; still reachable: the management account"
    )


def test_what_could_not_be_read_is_said_on_the_side_where_it_stands() -> None:
    unread = replace(TREE, units=(replace(WORKLOADS, is_read=False), *TREE.units[1:]))
    assert "locked out: at least 4 accounts in 2 OUs (1 OU could not be read);" in summary(
        at(ou_id(1), unread)
    )
    reachable = "3 accounts in 1 OU and in Root"
    assert summary(at(ou_id(1), unread)).endswith(f"the management account and {reachable}")
    assert "still reachable: the management account and at least" in summary(at(account_id(7), unread))
    nothing = Unit(ROOT, is_read=False)
    assert (
        summary(at(ROOT, nothing)) == "locked out: an unknown number of accounts (Root could not be read);"
        " still reachable: the management account"
    )


# What is folded


@given(lockout=lockouts(), most_units=st.integers(0, 5), most_accounts=st.integers(0, 8))
def test_every_account_and_unit_is_drawn_or_counted_exactly_once(
    lockout: Lockout, most_units: int, most_accounts: int
) -> None:
    root = fold(lockout, most_units, most_accounts)
    everyone = [account.id for account in all_accounts(lockout.root)]
    ids = [each for each, _ in drawn(root)]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(everyone)
    assert len(ids) + total(root).accounts == len(everyone) == root.accounts
    assert len(list(root.walk())) + total(root).units == len(list(lockout.root.walk()))
    assert len(set(ids) - {MANAGEMENT, lockout.target_id}) <= most_accounts


@given(lockout=lockouts(), most_units=st.integers(0, 5), most_accounts=st.integers(0, 8))
def test_what_is_folded_has_the_state_of_the_unit_that_counts_it(
    lockout: Lockout, most_units: int, most_accounts: int
) -> None:
    root = fold(lockout, most_units, most_accounts)
    for state in State:
        folded = sum(branch.folded.accounts for branch in root.walk() if branch.state is state)
        shown = sum(each is state for _, each in drawn(root))
        in_all = [
            account
            for unit, around in lockout.units()
            for account in unit.accounts
            if lockout.state_of(account, around) is state
        ]
        assert folded + shown == len(in_all)


@given(lockout=lockouts())
def test_the_target_and_the_management_account_are_never_folded(lockout: Lockout) -> None:
    root = fold(lockout, most_units=0, most_accounts=0)
    shown = {branch.unit.id for branch in root.walk()} | {each for each, _ in drawn(root)}
    there = {unit.id for unit in lockout.root.walk()} | {each.id for each in all_accounts(lockout.root)}
    assert {lockout.target_id, MANAGEMENT} & there <= shown
    marked = [branch for branch in root.walk() if branch.is_target]
    marked_leaves = [leaf for branch in root.walk() for leaf in branch.leaves if leaf.is_target]
    assert len(marked) + len(marked_leaves) == (lockout.target_id in there)


def test_a_small_organization_is_drawn_whole() -> None:
    root = fold(at(ROOT), most_units=40, most_accounts=60)
    assert not total(root)
    assert len(drawn(root)) == 8


def large(units: int, accounts_each: int) -> Unit:
    ous = tuple(
        Unit(ou_id(n), f"OU {n}", accounts=accounts(n * 1000, accounts_each)) for n in range(1, units + 1)
    )
    return Unit(ROOT, units=ous, accounts=(Account(MANAGEMENT, "Management"),))


def test_of_a_large_organization_the_accounts_that_were_locked_out_are_drawn_before_others() -> None:
    root = fold(at(ou_id(190), large(units=200, accounts_each=10)), most_units=40, most_accounts=60)
    assert {state for _, state in drawn(root)} == {State.LOCKED_OUT, State.REACHABLE}
    assert len(drawn(root)) == 11
    assert total(root) == Folded(accounts=1990, units=160)
    assert root.is_mixed


def test_units_that_were_locked_out_are_drawn_before_others_however_deep_they_stand() -> None:
    inner = tuple(Unit(ou_id(number)) for number in range(500, 510))
    tree = large(units=200, accounts_each=1)
    tree = replace(tree, units=(*tree.units, Unit(ou_id(499), units=inner)))
    shown = {branch.unit.id for branch in fold(at(ou_id(499), tree), most_units=15, most_accounts=0).walk()}
    assert {unit.id for unit in inner} <= shown
    assert len(shown) == 16


def test_both_lists_of_accounts_share_one_bound() -> None:
    tree = large(units=2, accounts_each=5)
    shown = drawn(fold(at(ou_id(2), tree), most_units=5, most_accounts=9))
    assert [state for _, state in shown].count(State.LOCKED_OUT) == 5
    assert len(shown) == 6
    assert len(drawn(fold(at(ou_id(2), tree), most_units=5, most_accounts=10))) == 11


def test_a_list_of_accounts_is_drawn_whole_or_not_at_all() -> None:
    whole = fold(at(ROOT, large(units=1, accounts_each=60)), most_units=40, most_accounts=60)
    assert len(drawn(whole)) == 61
    folded = fold(at(ROOT, large(units=1, accounts_each=61)), most_units=40, most_accounts=60)
    assert [each for each, _ in drawn(folded)] == [MANAGEMENT]


def test_a_lockout_on_a_management_account_that_could_not_be_read_locks_nobody_out() -> None:
    elsewhere = replace(TREE, accounts=(), is_read=False)
    assert {state for _, state in at(MANAGEMENT, elsewhere).units()} == {State.REACHABLE}
