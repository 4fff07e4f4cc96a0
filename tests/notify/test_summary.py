"""A verdict in one or two sentences: what happened, why so, and what is done about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.cloudtrail.read import Change, ChangeKind, read_change
from rootguard.domain.guardrail import Mode, OnViolation
from rootguard.domain.verdict import Reason
from rootguard.notify.words.summary import summary
from tests.domain.records import EVERY_KIND, call, create, delete, detach, disable, move, update
from tests.domain.verdicts import ACCEPTED, FULL, TRUSTING, judge, known, permit
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_EC2,
    OU,
    OWN_ROLE,
    POLICY,
    ROOT,
    attach,
    by_role,
    facts,
    guardrail,
    policy,
    protection,
)

ASKED_FOR = guardrail(protection(restore_policy_type=True, pin_accounts=frozenset({ACCOUNT})))


def said(event: object, given_facts: Any = None, rules: Any = None) -> str:
    given_facts = given_facts or known()
    return summary(judge(event, given_facts, rules), read_change(event), given_facts)


@pytest.mark.parametrize(
    ("event", "given_facts", "rules", "sentences"),
    [
        (
            attach(),
            facts(),
            None,
            (
                f'SCP "Quarantine" ({POLICY}) attached to Root by the root user of account 111122223333, '
                "and nothing approves of it. The policy denies everything to everyone. "
                "Rootguard undoes it and pages on-call."
            ),
        ),
        (attach(), facts(attachments={ROOT: frozenset()}), None, "has nothing left to undo, and pages"),
        (attach(), None, guardrail(mode=Mode.OBSERVE), "leaves it so, because mode is observe."),
        (
            attach(),
            None,
            guardrail(protection(on_violation=OnViolation.ALERT)),
            "because on_violation is alert.",
        ),
        (attach(OU), None, None, f"No protection holds for OU {OU}."),
        (
            attach(userIdentity=by_role()),
            facts(),
            TRUSTING,
            "is a trusted principal, but even those may not do this: SCP",
        ),
        (
            attach(userIdentity=by_role()),
            facts(policy(DENY_EC2)),
            TRUSTING,
            "Role scp-deployer, session build-7 is one of the protection's trusted principals.",
        ),
        (attach(userIdentity=by_role(OWN_ROLE)), None, None, "Rootguard made this change itself."),
        (
            attach(errorCode="AccessDenied"),
            None,
            None,
            "IAM refused the root user of account 111122223333 to",
        ),
        (attach(errorCode="Other"), None, None, "The call failed with Other: nothing changed."),
        (attach(policy="p-FullAWSAccess"), None, None, "is AWS's own full access: always allowed."),
        (
            attach(requestParameters=None),
            None,
            None,
            "Nothing to decide: requestParameters is not an object.",
        ),
        (attach(), facts(exceptions=(permit(),)), None, "An exception that someone else granted permits SCP"),
        (attach(), facts(policies={POLICY: None}), None, "does not exist, so it stands nowhere."),
        (detach(), None, None, f'SCP "Quarantine" ({POLICY}) detached from Root by the root user of account'),
        (detach(), known(baseline={ROOT: {"p-FullAWSAccess": FULL}}), None, "is not in the baseline of Root"),
        (detach(), known(baseline={}), None, "because no accepted state is known to go back to."),
        (
            create(),
            None,
            None,
            f'SCP "Block service access for root user" ({POLICY}) stands on no protected target.',
        ),
        (update(), None, None, f'SCP "Quarantine" ({POLICY}) on Root edited by the root user'),
        (
            update(ACCEPTED.content or "", name="Guardrails"),
            None,
            None,
            "is in the baseline of Root, just so.",
        ),
        (delete(), None, None, f'SCP "Quarantine" ({POLICY}) deleted by the root user'),
        (disable(), None, None, "because restore_policy_type is false."),
        (
            disable(),
            None,
            ASKED_FOR,
            "Rootguard enables them again, puts back what the last snapshot saw attached, and pages",
        ),
        (disable("TAG_POLICY"), None, None, "Policies of type TAG_POLICY are of no type that a protection"),
        (move(), None, None, f"No protection pins account {ACCOUNT}, {OU} or {CHILD_OU}."),
        (move(), None, ASKED_FOR, f"Account {ACCOUNT} moved from {OU} to {CHILD_OU} by the root user"),
        (
            call(ChangeKind.RESOURCE_POLICY_PUT, {}),
            None,
            None,
            (
                "PutResourcePolicy called by the root user of account 111122223333, and nothing approves of "
                "it. Rootguard pages on-call and leaves it so, because nothing undoes it safely."
            ),
        ),
    ],
)
def test_the_summary_says_what_and_why(event: object, given_facts: Any, rules: Any, sentences: str) -> None:
    assert sentences in said(event, given_facts, rules)


# What is not ours is told by its detail.
TOLD = [reason for reason in Reason if reason.code not in ("not-a-policy-change", "malformed-record")]


@pytest.mark.parametrize("reason", TOLD)
@pytest.mark.parametrize("kind", ChangeKind)
def test_every_reason_has_its_words_for_every_kind(kind: ChangeKind, reason: Reason) -> None:
    change = read_change(EVERY_KIND[kind])
    assert isinstance(change, Change)
    verdict = replace(judge(EVERY_KIND[kind], known(), ASKED_FOR), reason=reason)
    told = summary(verdict, change, known())
    assert told.endswith(".")
    assert told[0].isupper()


@pytest.mark.parametrize("reason", [Reason.VIOLATION, Reason.LOCKOUT_ON_ROOT])
def test_a_detached_policy_is_not_said_to_deny_anything(reason: Reason) -> None:
    change = read_change(detach())
    assert isinstance(change, Change)
    assert "denies" not in summary(replace(judge(detach(), known()), reason=reason), change, known())
