"""Who may do what by the organization's resource policy, in a line for each statement.

CloudTrail hides what PutResourcePolicy wrote, so the policy is read back ("Delegated administrator for AWS
Organizations", AWS Organizations User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rootguard.lockout.grammar import elements, texts
from rootguard.notify.phrases import who_label

_STATEMENTS, _NAMED = 6, 4
_ARN_PARTS: Final = 6
NOTHING: Final = ("nothing: there is no resource policy any more",)


def grants(content: str) -> tuple[str, ...]:
    """Return the lines; those of a policy that is gone for an empty text. Everything in them is printable."""
    if not content:
        return NOTHING
    statements = [element for _, element in elements(content) or ()]
    lines = [who_label(_line(each)) for each in statements[:_STATEMENTS]]
    left = len(statements) - len(lines)
    return (*lines, *([f"and {left} more statements"] if left > 0 else [])) or ("it cannot be read",)


def _line(statement: Mapping[str, object]) -> str:
    who = _listed(map(_principal, _principals(statement.get("Principal"))))
    if "NotPrincipal" in statement:
        who = "everyone but " + _listed(map(_principal, _principals(statement["NotPrincipal"])))
    may = "may" if statement.get("Effect") == "Allow" else "may not"
    what = _listed(each.removeprefix("organizations:") for each in texts(statement.get("Action")))
    if "NotAction" in statement:
        what = "all but " + _listed(texts(statement["NotAction"]))
    where = _listed(map(_resource, texts(statement.get("Resource", "*"))))
    on = "" if where == "*" else f" on {where}"
    return f"{who} {may} call {what}{on}{', under conditions' if statement.get('Condition') else ''}"


def _principals(element: object) -> list[str]:
    """Return whom a `Principal` element names, each kind's."""
    if not isinstance(element, Mapping):
        return list(texts(element))
    return [name for kind in element.values() for name in texts(kind)]


def _principal(name: str) -> str:
    arn = name.split(":", _ARN_PARTS - 1)
    if name == "*":
        return "everyone"
    if len(arn) < _ARN_PARTS:
        return f"account {name}" if name.isdigit() else name
    account, path = arn[4:]
    return f"account {account}" if path == "root" else f"{path} of account {account}"


def _resource(arn: str) -> str:
    return arn.split(":", _ARN_PARTS - 1)[-1]


def _listed(names: Iterable[str]) -> str:
    found: Sequence[str] = list(names)
    left = len(found) - _NAMED
    shown = [*found[:_NAMED], *([f"{left} more"] if left > 0 else [])]
    return ", ".join(shown[:-1]) + (" and " if shown[1:] else "") + (shown[-1] if shown else "nothing")
