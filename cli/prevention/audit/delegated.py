"""Whom the organization's resource policy delegates to, and whether that reaches Root.

It lets member accounts do what else only the management account may ("Delegated administrator for AWS
Organizations", AWS Organizations User Guide). What each principal's own IAM policies and SCPs say is not
known here: whoever is named is taken as someone who may use it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cli.prevention.audit.attaching import Attaching, attaching
from cli.prevention.audit.known import Keys, keys_of_call
from cli.prevention.audit.principals import Document
from cli.prevention.audit.trust import principals_in
from cli.prevention.organization import Organization
from rootguard.lockout.grammar import elements

NAME: Final = "resource policy"
EVERYONE: Final = "*"
_ARN: Final = re.compile(r"arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):(.+)")


@dataclass(frozen=True, slots=True)
class Delegate:
    """A principal that the resource policy names: an account, an ARN, or * for everyone."""

    principal: str
    attaching: Attaching


def delegates(content: str, organization: Organization) -> tuple[Delegate, ...]:
    """Return whom a resource policy allows anything, those who reach Root first.

    Raises:
        ValueError: the text is no policy document.
    """
    found = elements(content)
    if found is None:
        raise ValueError("the organization's resource policy is no JSON policy document")
    allowing = (element for _, element in found if element.get("Effect") == "Allow")
    named = dict.fromkeys(_plain(name) for each in allowing for _, name in principals_in(each))

    def delegate(principal: str) -> Delegate:
        statements = [
            _without_principal(name, element) for name, element in found if _binds(element, principal)
        ]
        document = Document(NAME, json.dumps({"Statement": statements}))
        return Delegate(
            principal, attaching([document], None, _keys_of(principal, organization), organization)
        )

    judged = (delegate(principal) for principal in named)
    return tuple(sorted(judged, key=lambda each: (-each.attaching.can, each.principal)))


def _keys_of(principal: str, organization: Organization) -> Callable[[str], Keys]:
    account, resource = _taken_apart(principal)
    own: dict[str, tuple[str, ...]] = {"aws:principalaccount": (account,)} if account else {}
    if resource.startswith(("role/", "user/")):
        own["aws:principalarn"] = (principal,)
    return lambda policy_type: Keys(keys_of_call(organization, policy_type) | own)


def _binds(element: Mapping[str, object], principal: str) -> bool:
    """Tell whether a statement is about all that a principal stands for."""
    if "NotPrincipal" in element:
        excepted = [name for _, name in principals_in({"Principal": element["NotPrincipal"]})]
        return not any(_includes(_plain(name), principal) for name in excepted)
    return any(_includes(_plain(name), principal) for _, name in principals_in(element))


def _includes(named: str, principal: str) -> bool:
    account, resource = _taken_apart(named)
    return named in (EVERYONE, principal) or (not resource and account == _taken_apart(principal)[0])


def _plain(name: str) -> str:
    """Return an account's 12 digits for its ARN, which means the same."""
    account, resource = _taken_apart(name)
    return account if account and not resource else name


def _taken_apart(name: str) -> tuple[str, str]:
    """Return the account of a principal, and who in it; nobody for the account as a whole."""
    found = _ARN.fullmatch(name)
    if found is None:
        return (name, "") if name.isdecimal() else ("", name)
    return found[1], "" if found[2] == "root" else found[2]


def _without_principal(name: str, element: Mapping[str, object]) -> dict[str, object]:
    rest: dict[str, object] = {} if {"Resource", "NotResource"} & element.keys() else {"Resource": "*"}
    kept: Iterator[tuple[str, object]] = (
        (key, value) for key, value in element.items() if key not in ("Principal", "NotPrincipal")
    )
    return rest | dict(kept) | {"Sid": name}
