"""What a history expects, from its YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from simulation.reading_names import Names, says
from simulation.steps import (
    FULL_ACCESS,
    ROOT,
    ExpectAccount,
    Expectation,
    ExpectCalls,
    ExpectPage,
    ExpectPages,
    ExpectPolicy,
    ExpectSweeps,
    ExpectTarget,
)
from simulation.yaml_lines import Value

NAMED: Final = re.compile(r"\$([A-Za-z][\w-]*)")
"""A name whose id stands there."""
_COUNTS: Final = {"pages": "exactly", "pages_at_most": "at_most", "pages_at_least": "at_least"}


def expectation(value: Value, names: Names) -> Expectation:
    """Return one expectation. Raises HistoryError for anything else."""
    keys = value.data if isinstance(value.data, dict) else {}
    for key, reader in _READERS.items():
        if key in keys:
            return reader(value, names)
    raise value.error("not an expectation", f"give it one of the keys {', '.join(_READERS)}")


def _target(value: Value, names: Names) -> ExpectTarget:
    found = value.entries("at", "target", "has", "lacks", required=("at",))
    return ExpectTarget(
        at=found["at"].number(),
        target=names.check(found["target"], "target"),
        has=_policies(found, "has", names),
        lacks=_policies(found, "lacks", names),
    )


def _policies(found: dict[str, Value], key: str, names: Names) -> tuple[str, ...]:
    return tuple(names.check(policy, "policy") for policy in found[key].items()) if key in found else ()


def _policy(value: Value, names: Names) -> ExpectPolicy:
    found = value.entries("at", "policy", "says", required=("at", "says"))
    return ExpectPolicy(found["at"].number(), names.check(found["policy"], "policy"), says(found["says"]))


def _account(value: Value, names: Names) -> ExpectAccount:
    found = value.entries("at", "account", "in", required=("at", "in"))
    return ExpectAccount(
        found["at"].number(), names.check(found["account"], "account"), names.check(found["in"], "parent")
    )


def _calls(value: Value, _: Names) -> ExpectCalls:
    found = value.entries("calls", "at_most", "at_least", "after")
    if not {"at_most", "at_least"} & found.keys():
        raise value.error("the number of calls is missing", "add at_most: or at_least:")
    return ExpectCalls(
        call=found["calls"].text(),
        at_most=found["at_most"].whole(0) if "at_most" in found else None,
        at_least=found["at_least"].whole(0) if "at_least" in found else None,
        after=found["after"].number() if "after" in found else None,
    )


def _pages(value: Value, _: Names) -> ExpectPages:
    found = value.entries(*_COUNTS, "by")
    counts = {name: found[key].whole(0) for key, name in _COUNTS.items() if key in found}
    return ExpectPages(**counts, by=found["by"].text() if "by" in found else None)


def _sweeps(value: Value, _: Names) -> ExpectSweeps:
    found = value.entries("sweeps", "at_least", required=("at_least",))
    found["sweeps"].one_of("completed")
    return ExpectSweeps(found["at_least"].whole(0))


def _page(value: Value, names: Names) -> ExpectPage:
    found = value.entries("page", "has", required=("has",))
    known = {ROOT, *FULL_ACCESS} | names.policies | names.units | names.accounts
    for name in NAMED.findall(found["has"].text()):
        if name not in known:
            raise found["has"].error(f'unknown name "${name}"', "name what the history has")
    which = found["page"].one_of("any", "none")
    return ExpectPage("any" if which == "any" else "none", found["has"].text())


_READERS: Final[dict[str, Callable[[Value, Names], Expectation]]] = {
    "target": _target,
    "policy": _policy,
    "account": _account,
    "calls": _calls,
    **dict.fromkeys(_COUNTS, _pages),
    "sweeps": _sweeps,
    "page": _page,
}
