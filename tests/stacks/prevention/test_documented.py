"""docs/prevention.md explains each statement, and no other, with the actions that it denies."""

from __future__ import annotations

import re

from tests.stacks.prevention.judging import policies
from tests.stacks.synthesis import REPOSITORY, as_list, guardrail

PAGE = (REPOSITORY / "docs" / "prevention.md").read_text("utf-8")
EVERY_STATEMENT = guardrail(
    {"targets": ["root"], "include_descendants": True, "pin_accounts": ["root"]},
    delegated_administrators={"organization": "o-exampleorgid", "accounts": ["444455556666"]},
)


def explained(policy: str) -> dict[str, set[str]]:
    """Statement → the actions in its row."""
    table = PAGE.split(f"### `{policy}`")[1].split("\n#")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| .+ \|$", table, re.MULTILINE)
    return {sid: set(re.findall(r"`([\w:*]+)`", cell)) for sid, cell in rows}


def deployed(policy: str) -> dict[str, set[str]]:
    """Statement → the actions that are deployed."""
    return {
        statement["Sid"]: {action.removeprefix("organizations:") for action in as_list(statement["Action"])}
        for statement in policies(EVERY_STATEMENT)[policy]["Statement"]
    }


def test_each_statement_that_only_denies_has_its_row_with_all_its_actions() -> None:
    for policy in ("RootguardProtectTargets", "RootguardProtectItself"):
        assert explained(policy) == deployed(policy)


def test_each_statement_of_the_boundary_is_explained_there_or_above() -> None:
    rows = explained("RootguardProtectBoundary")
    itself, found = deployed("RootguardProtectItself"), deployed("RootguardProtectBoundary")
    joined = rows.pop("KeepItsParts")
    assert found.pop("KeepItsParts") == set().union(*(itself[sid] for sid in joined))
    left_out = itself.pop("KeepEventsTrue")
    assert left_out == {"lambda:InvokeFunction"}
    above = deployed("RootguardProtectTargets") | {sid: itself[sid] for sid in itself.keys() - joined}
    assert found == rows | above


def test_each_policy_is_named_with_what_it_is_for() -> None:
    table = PAGE.split("## How to use them")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(policies())
