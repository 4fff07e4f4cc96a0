"""A verdict in one or two sentences: what happened, why so, and what is done about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cli.explain.summary import summary
from rootguard.cloudtrail.read import NotOurs, read_change
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.policy import Policy
from rootguard.domain.remedy import Action, Detach
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from tests.domain.records import call, create, delete, detach, disable, move, update
from tests.given import ACCOUNT, CHILD_OU, OU, POLICY, ROOT, attach, by_role, policy
from tests.notify.stories import RECORDS

UNDO: tuple[Action, ...] = (Detach(POLICY, ROOT),)
REVERT = Verdict(Outcome.REVERT, Reason.VIOLATION, "root", ROOT)
ROLE = by_role()


def alert(obstacle: Obstacle) -> Verdict:
    return Verdict(Outcome.ALERT, Reason.VIOLATION, "root", ROOT, obstacle=obstacle)


def because(reason: Reason, outcome: Outcome = Outcome.IGNORE) -> Verdict:
    return Verdict(outcome, reason)


def said(
    event: Any,
    verdict: Verdict,
    done_if: tuple[Action, ...] = (),
    known: Policy | None = policy(),  # noqa: B008
) -> str:
    change = read_change(event)
    found = change
    has_policy = isinstance(change, Drift) and change.policy_id and change.policy is None
    return summary(verdict, found, done_if, known if has_policy else None)


ONE_EACH = [
    (
        attach(),
        REVERT,
        UNDO,
        (
            f'SCP "Quarantine" ({POLICY}) attached to Root by the root user of account 111122223333, '
            "and nothing approves it. The policy denies everything to everyone. "
            "Rootguard undoes it and pages on-call."
        ),
    ),
    (attach(), REVERT, (), "has nothing left to undo, and pages"),
    (attach(), alert(Obstacle.OBSERVED), (), "leaves it so, because mode is observe."),
    (attach(), alert(Obstacle.ALERT_ONLY), (), "because on_violation is alert."),
    (attach(OU), because(Reason.TARGET_NOT_PROTECTED), (), f"No protection holds for OU {OU}."),
    (
        attach(OU) | {"userIdentity": ROLE},
        Verdict(Outcome.ALERT, Reason.TRUSTED_PRINCIPAL, "root", OU, obstacle=Obstacle.APPROVED),
        (),
        "one of the protection's trusted principals. It locks many accounts out, so on-call is paged.",
    ),
    (
        detach(OU, "p-FullAWSAccess"),
        because(Reason.LOCKOUT_ELSEWHERE, Outcome.ALERT),
        (),
        f"No protection holds for OU {OU}, but the change locks many accounts out there: on-call is paged.",
    ),
    (
        attach(userIdentity=ROLE),
        replace(REVERT, reason=Reason.LOCKOUT_ON_ROOT),
        UNDO,
        "Even trusted principals may not do this: SCP",
    ),
    (
        attach(userIdentity=ROLE),
        because(Reason.TRUSTED_PRINCIPAL, Outcome.ALLOW),
        (),
        "It was done by build-7 (role scp-deployer), one of the protection's trusted principals.",
    ),
    (attach(), because(Reason.OWN_CHANGE), (), "Rootguard made this change itself."),
    (
        attach(errorCode="AccessDenied"),
        because(Reason.DENIED_ATTEMPT, Outcome.ALERT),
        (),
        "IAM refused the root user of account 111122223333 to",
    ),
    (
        attach(errorCode="Other"),
        because(Reason.CALL_FAILED),
        (),
        "The call failed with Other: nothing changed.",
    ),
    (
        attach(policy="p-FullAWSAccess"),
        because(Reason.FULL_ACCESS_POLICY),
        (),
        "is AWS's own full access: always allowed.",
    ),
    (
        attach(requestParameters=None),
        because(Reason.MALFORMED_RECORD),
        (),
        "Nothing to decide: requestParameters.policyId is not a policy's id.",
    ),
    (
        attach(),
        because(Reason.EXCEPTION, Outcome.ALLOW),
        (),
        "An exception that someone else granted permits SCP",
    ),
    (detach(), REVERT, UNDO, f'SCP "Quarantine" ({POLICY}) detached from Root by the root user of account'),
    (detach(), because(Reason.NOT_IN_BASELINE), (), "is not in the baseline of Root"),
    (
        detach(),
        because(Reason.FIRST_CONTACT),
        (),
        "Rootguard has no baseline of Root yet: it accepts what is attached there now, once.",
    ),
    (
        detach(),
        alert(Obstacle.NOTHING_ACCEPTED),
        (),
        "because no accepted state is known to go back to.",
    ),
    (
        create(),
        because(Reason.STANDS_NOWHERE_PROTECTED),
        (),
        f'SCP "Block service access for root user" ({POLICY}) is attached to no protected target.',
    ),
    (update(), REVERT, UNDO, f'SCP "Quarantine" ({POLICY}) on Root edited by the root user'),
    (
        update(),
        replace(because(Reason.IN_BASELINE), target_id=ROOT),
        (),
        "is in the baseline of Root, just so.",
    ),
    (delete(), alert(Obstacle.NO_WAY_BACK), (), f'SCP "Quarantine" ({POLICY}) deleted by the root user'),
    (disable(), alert(Obstacle.NOT_ASKED_FOR), (), "because restore_policy_type is false."),
    (
        disable(),
        REVERT,
        UNDO,
        "Rootguard enables them again, puts back what was attached when it was last seen, and pages",
    ),
    (
        disable("TAG_POLICY"),
        because(Reason.POLICY_TYPE_NOT_COVERED),
        (),
        "Tag policies are of no type that a protection",
    ),
    (
        move(),
        because(Reason.TARGET_NOT_PROTECTED),
        (),
        f"No protection pins account {ACCOUNT}, {OU} or {CHILD_OU}.",
    ),
    (
        move(),
        replace(because(Reason.IN_BASELINE), target_id=ACCOUNT),
        (),
        f"Account {ACCOUNT} belongs in {CHILD_OU}, by the baseline.",
    ),
    (
        move(),
        replace(REVERT, target_id=ACCOUNT),
        UNDO,
        f"Account {ACCOUNT} moved from {OU} to {CHILD_OU} by the root user",
    ),
    (
        call(ChangeKind.RESOURCE_POLICY_PUT, {}),
        replace(alert(Obstacle.NO_WAY_BACK), target_id=""),
        (),
        (
            "PutResourcePolicy called by the root user of account 111122223333, and nothing approves "
            "it. Rootguard pages on-call and leaves it so, because nothing undoes it safely."
        ),
    ),
    (
        attach(),
        because(Reason.UNDECIDED, Outcome.ALERT),
        (),
        "Rootguard could not decide about this: SCP",
    ),
]


@pytest.mark.parametrize(("event", "verdict", "done_if", "sentences"), ONE_EACH)
def test_the_summary_says_what_and_why(
    event: Any, verdict: Verdict, done_if: tuple[Action, ...], sentences: str
) -> None:
    assert sentences in said(event, verdict, done_if)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("kind", RECORDS)
def test_every_reason_has_its_words_for_every_kind(kind: ChangeKind, reason: Reason) -> None:
    told = said(RECORDS[kind], Verdict(Outcome.ALERT, reason, "root"))
    assert told.endswith(".")
    assert told[0].isupper()
    assert "None" not in told
    assert "  " not in told


@pytest.mark.parametrize("reason", [Reason.VIOLATION, Reason.LOCKOUT_ON_ROOT])
def test_a_detached_policy_is_not_said_to_deny_anything(reason: Reason) -> None:
    assert "denies" not in said(detach(), replace(REVERT, reason=reason), UNDO)


def test_what_no_event_has_told_of_names_nobody() -> None:
    change = read_change(attach())
    assert not isinstance(change, NotOurs)
    drift = replace(change, change=None)
    assert "by someone whom no event has named yet" in summary(REVERT, drift, UNDO, policy())


def test_a_target_goes_by_its_name_if_that_is_known() -> None:
    change = read_change(attach(OU))
    assert not isinstance(change, NotOurs)
    verdict = because(Reason.TARGET_NOT_PROTECTED)
    assert summary(verdict, change, (), None, "prod") == 'No protection holds for OU "prod".'
