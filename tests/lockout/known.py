"""Where the evaluator is known to be wrong, so that what is new shows.

Each has a document in `test_documents_reference`, which fails once the evaluator is right: then it goes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY as RCP
from tests.lockout.conditions import Context
from tests.lockout.drawing import Case, trial

SEVERAL: Context = {
    "aws:sourcevpc": ("vpc-1", "vpc-2", "zz"),
    "aws:principalarn": ("arn:aws:iam::1:role/Admin", "arn:aws:iam::1:role/Z", "arn:aws:iam::1:root"),
    "aws:principaltag/team": ("red", "blue", "zz"),
    "aws:requestedregion": ("eu-west-1", "eu-west-2", "zz-zzzz-1"),
}


def is_known(case: Case, found: str, right: str) -> bool:
    """Tell whether a disagreement has a known reason."""
    return (
        _forgets_services(case, found)
        or _minds_case(case, found, right)
        or _holds_several(case, found)
        or _holds_one_or_all(case, found)
    )


def _forgets_services(case: Case, found: str) -> bool:
    """An RCP that closes sts:AssumeRole to roles is total, although AWS's services still take roles."""
    asked = trial(case)
    people = {kind: who for kind, who in asked.requests.principals.items() if kind != "AWS service"}
    asked.requests = replace(asked.requests, principals={**people, "AWS service": []})
    return case.policy_type == RCP and found == "total" and asked.is_total()


def _minds_case(case: Case, found: str, right: str) -> bool:
    """A Region in capitals is none, even if the operator ignores case: but for ordinary calls."""
    text = str(case)
    return (found, right) == ("none", "narrow") and "EqualsIgnoreCase" in text and "EU-west-1" in text


def _holds_several(case: Case, found: str) -> bool:
    """Keys of one value hold several at once, if a set operator asks for them."""
    if "set operators on keys of one value" not in case.names:
        return False
    asked = trial(case)
    through = [each for each in asked.requests.circumstances if "aws:sourcevpc" in each]
    anyone = [
        [*contexts, {key: held for key, held in SEVERAL.items() if key in contexts[0]}]
        for contexts in asked.requests.anyone
        if contexts
    ]
    asked.requests = replace(
        asked.requests,
        circumstances=[
            *asked.requests.circumstances,
            *({**each, "aws:sourcevpc": SEVERAL["aws:sourcevpc"]} for each in through),
        ],
        anyone=anyone,
    )
    return asked.denial() == found


def _holds_one_or_all(case: Case, found: str) -> bool:
    """A key of several values holds one of those that are named, or all and another: never some."""
    asked = trial(case)

    def one_or_all(contexts: Sequence[Context]) -> list[Context]:
        return [each for each in contexts if len(each.get("saml:groups", ())) != 2]

    asked.requests = replace(
        asked.requests,
        circumstances=one_or_all(asked.requests.circumstances),
        anyone=list(map(one_or_all, asked.requests.anyone)),
    )
    return "keys of several values" in case.names and asked.denial() == found
