"""Pages of every kind of change: what each says happened, whether it is safe, and how to undo it by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.cloudtrail.read import Change, ChangeKind, read_change
from rootguard.domain.decide import decide
from rootguard.domain.drift import differences
from rootguard.domain.facts import BaselinePolicy, Facts, Recollection
from rootguard.domain.guardrail import Mode, ProtectedTarget
from rootguard.domain.remedy import plan
from rootguard.domain.verdict import Verdict
from rootguard.incidents.incident import Incident, Reach, Result, incident_of
from rootguard.notify.document import document
from rootguard.notify.words.deeds import LASTING
from rootguard.notify.words.phrases import capital
from tests.domain.records import EVERY_KIND, call, move, update
from tests.domain.verdicts import known
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_ALL,
    NOW,
    OU,
    POLICY,
    RCP,
    ROOT,
    SCP,
    attach,
    guardrail,
    policy,
    protection,
)
from tests.notify import words

RULES = guardrail(
    protection(targets=frozenset({"root", OU}), restore_policy_type=True, pin_accounts=frozenset({ACCOUNT}))
)
UNDOABLE = (
    ChangeKind.ATTACHED,
    ChangeKind.DETACHED,
    ChangeKind.UPDATED,
    ChangeKind.TYPE_DISABLED,
    ChangeKind.ACCOUNT_MOVED,
)
TELLING = [kind for kind in ChangeKind if kind is not ChangeKind.CREATED]


def page(
    record: Any,
    result: Result,
    given_facts: Facts | None = None,
    mode: Mode = Mode.ENFORCE,
    **changed: Any,
) -> Incident:
    """The incident of a record, as the guard would page it."""
    there = given_facts or known()
    change = read_change(record)
    assert isinstance(change, Change)
    verdict = decide(change, there, replace(RULES, mode=mode))
    assert isinstance(verdict, Verdict)
    undone = result in (Result.UNDONE, Result.ALREADY_UNDONE)
    incident = incident_of(result, verdict, change, there)
    fields: dict[str, Any] = {
        "undone_at": NOW if undone else None,
        "done": plan(verdict, there) if result is Result.UNDONE else (),
        "error": "AttachPolicy failed with ServiceException: no" if result is Result.NOT_UNDONE else None,
        "reach": Reach(1204),
    }
    return replace(incident, **fields | changed)


@pytest.mark.parametrize(
    ("kind", "subject", "undone"),
    [
        (
            ChangeKind.ATTACHED,
            'SCP "Quarantine" attached to Root',
            'Rootguard detached the SCP "Quarantine" from Root. It denies everything to everyone.',
        ),
        (
            ChangeKind.DETACHED,
            'SCP "Quarantine" detached from Root',
            'Rootguard gave it back what it said, then attached the SCP "Quarantine" to Root again.',
        ),
        (
            ChangeKind.UPDATED,
            'SCP "Quarantine" on Root edited',
            (
                'Rootguard gave the SCP "Quarantine" on Root its name, description and content back. '
                "As edited, it denies everything to everyone."
            ),
        ),
        (ChangeKind.TYPE_DISABLED, "SCPs disabled in the organization", "Rootguard enabled SCPs again."),
        (
            ChangeKind.ACCOUNT_MOVED,
            f"account {ACCOUNT} moved from {OU} to {CHILD_OU}",
            f"Rootguard moved account {ACCOUNT} back to {OU}.",
        ),
    ],
)
def test_what_happened_and_what_was_done_in_words(kind: ChangeKind, subject: str, undone: str) -> None:
    told = page(EVERY_KIND[kind], Result.UNDONE)
    headline = "ENABLED AGAIN, NOT SAFE YET" if kind is ChangeKind.TYPE_DISABLED else "UNDONE"
    assert words.subject(told) == f"Rootguard {headline}: {subject}"
    assert words.body(told).splitlines()[0] == f"{headline}. {undone}"
    assert words.sms(told).startswith(f"Rootguard {headline}: {subject[:60]}")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (ChangeKind.DELETED, 'SCP "Quarantine" deleted'),
        (ChangeKind.TYPE_ENABLED, "SCPs enabled in the organization"),
        (ChangeKind.RESOURCE_POLICY_PUT, "PutResourcePolicy called"),
        (ChangeKind.ACCOUNT_LEFT, "LeaveOrganization called"),
        (ChangeKind.ACCOUNT_DEPARTED, f"account {ACCOUNT} left the organization"),
        (ChangeKind.ACCOUNT_CLOSED, f"CloseAccount called on account {ACCOUNT}"),
        (ChangeKind.ADMINISTRATOR_REGISTERED, f"RegisterDelegatedAdministrator called on account {ACCOUNT}"),
    ],
)
def test_what_is_only_told_says_what_and_why_it_was_left_so(kind: ChangeKind, subject: str) -> None:
    told = page(EVERY_KIND[kind], Result.WATCHED)
    assert words.subject(told) == f"Rootguard NOT TOUCHED: {subject}"
    first, safe = words.body(told).splitlines()[:2]
    assert (
        first == f"NOT TOUCHED. {capital(subject)}. Rootguard left it so, because nothing undoes it safely."
    )
    assert safe == LASTING.get(kind, "It is in force until someone undoes it.")
    stood = "since then" if kind in LASTING else "since then, and still does"
    assert f"Stood     {stood}\n" in words.body(told)


def test_what_no_policy_undoes_is_not_said_to_be_undone_by_someone() -> None:
    for kind in (
        ChangeKind.DELETED,
        ChangeKind.ACCOUNT_CLOSED,
        ChangeKind.ACCOUNT_REMOVED,
        ChangeKind.ACCOUNT_LEFT,
        ChangeKind.ACCOUNT_DEPARTED,
        ChangeKind.ORGANIZATION_DELETED,
    ):
        told = page(EVERY_KIND[kind], Result.WATCHED)
        assert words.body(told).splitlines()[1].startswith("It is done: ")
        assert document(told)["safe"] is False


COMMANDS = {
    ChangeKind.ATTACHED: f"detach-policy --policy-id {POLICY} --target-id {ROOT}",
    ChangeKind.DETACHED: f"attach-policy --policy-id {POLICY} --target-id {ROOT}",
    # What it says now denies everything: it comes off before anyone looks for what it said.
    ChangeKind.UPDATED: f"detach-policy --policy-id {POLICY} --target-id {ROOT}",
    ChangeKind.TYPE_DISABLED: f"enable-policy-type --root-id {ROOT} --policy-type {SCP}",
    ChangeKind.ACCOUNT_MOVED: (
        f"move-account --account-id {ACCOUNT} --source-parent-id {CHILD_OU} --destination-parent-id {OU}"
    ),
}


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
@pytest.mark.parametrize("kind", TELLING)
def test_what_is_in_force_comes_with_the_command_that_undoes_it_where_there_is_one(
    kind: ChangeKind, result: Result
) -> None:
    steps = words.body(page(EVERY_KIND[kind], result)).partition("What to do next\n")[2]
    assert ("aws organizations" in steps) is (kind in UNDOABLE)
    if kind in UNDOABLE:
        assert steps.splitlines()[0].endswith(f": aws organizations {COMMANDS[kind]}")


@pytest.mark.parametrize("result", Result)
@pytest.mark.parametrize("kind", TELLING)
def test_every_page_is_whole(kind: ChangeKind, result: Result) -> None:
    told = page(EVERY_KIND[kind], result, mode=Mode.OBSERVE if result is Result.WATCHED else Mode.ENFORCE)
    body = words.body(told)
    assert "None" not in body
    assert body.splitlines()[1].startswith("It is ")
    assert body.index("Where ") < body.index("By ") < body.index("When ") < body.index("What to do next")
    assert told.id in body
    assert len(words.subject(told)) <= 99
    assert len(words.sms(told)) <= 140
    as_json = json.loads(json.dumps(document(told)))
    assert as_json["event"]["name"] == kind.value
    assert as_json["safe"] is body.splitlines()[1].startswith("It is safe")
    assert (as_json["policy"] is None) is (told.change.policy_id == "")


def test_a_type_that_is_enabled_again_is_not_said_to_be_safe() -> None:
    told = page(EVERY_KIND[ChangeKind.TYPE_DISABLED], Result.UNDONE)
    body = words.body(told)
    assert "It is NOT safe yet: disabling took them off everywhere, and only full access is back." in body
    assert "1. Attach your SCPs again, Root's first." in body
    assert document(told)["safe"] is False
    assert document(told)["policy_type"] == SCP
    assert document(told)["actions"] == [{"action": "enable-type", "policy_id": None, "target_id": ROOT}]


def test_a_rename_is_told_when_it_is_taken_back() -> None:
    assert 'called "Guardrails" again' in words.body(page(update(name="FullAWSAccess"), Result.UNDONE))
    assert 'called "' not in words.body(page(update(name="Guardrails"), Result.UNDONE))


def test_a_move_is_told_with_both_ends() -> None:
    told = page(move(OU, ROOT), Result.UNDONE, target_name="prod")
    assert f'Where     account "prod" ({ACCOUNT})\n          moved from {OU} to {ROOT}\n' in words.body(told)
    assert "take the pin out of `pin_accounts`" in words.body(told)
    assert document(told)["moved"] == {"from": OU, "to": ROOT}


def test_what_touches_the_whole_organization_counts_no_accounts() -> None:
    body = words.body(page(EVERY_KIND[ChangeKind.RESOURCE_POLICY_PUT], Result.WATCHED))
    assert "Where     the organization\n" in body
    assert "Reached" not in body


def test_an_attempt_is_told_as_an_attempt() -> None:
    for kind in TELLING:
        denied = EVERY_KIND[kind] | {"errorCode": "AccessDenied"}
        told = page(denied, Result.REFUSED)
        assert words.subject(told).startswith(f"Rootguard REFUSED: {kind.value} on ")
        assert words.sms(told).startswith(f"Rootguard REFUSED: {kind.value} on ")


def test_without_the_ledger_the_page_says_that_nobody_looked() -> None:
    blind = known(baseline={}, memory=Recollection.UNREACHABLE)
    told = page(attach(), Result.UNDONE, blind)
    assert "The ledger did not answer: nobody looked at what was accepted, nor at exceptions." in words.body(
        told
    )
    assert document(told)["ledger_answered"] is False
    assert "ledger" not in words.body(page(attach(), Result.UNDONE))


def test_whom_a_lockout_spares_is_told() -> None:
    spared = [f"arn:aws:iam::*:role/BreakGlass{n}" for n in range(5)]
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": spared}},
    }
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    given_facts = replace(known(), policies={POLICY: policy(content)})
    body = words.body(page(attach(), Result.UNDONE, given_facts))
    assert f"denies everything to everyone but {', '.join(spared[:3])}, 2 more" in body.splitlines()[0]


def test_what_a_sweep_found_names_nobody_and_claims_no_time() -> None:
    (change,) = differences(ProtectedTarget(ROOT, protection()), {POLICY}, {}, NOW)
    verdict = decide(change, known(baseline={}), RULES)
    assert isinstance(verdict, Verdict)
    told = incident_of(Result.UNDONE, verdict, change, known(baseline={}))
    body = words.body(replace(told, undone_at=NOW + timedelta(seconds=2)))
    assert "By        someone whom no event named\nWhen      found at 2023-04-25 00:33:44 UTC\n" in body
    assert "Stood     longer than 2 s: no event told since when\n" in body
    assert "1. Find out who did it, in CloudTrail's event history: no event of it has come here yet." in body
    assert "Found by the sweep of 2023-04-25T00:33:44Z (AttachPolicy)" in body


hostile = st.text(min_size=1, max_size=60) | st.sampled_from(
    ["x\n\nNOT UNDONE", "\u202eevil", "a\x00b", "😀"]
)


@given(st.sampled_from(TELLING), st.sampled_from(Result), hostile)
def test_no_word_of_a_record_can_add_a_line_or_break_a_limit(
    kind: ChangeKind, result: Result, word: str
) -> None:
    identity = EVERY_KIND[kind]["userIdentity"]
    plain = page(EVERY_KIND[kind] | {"userIdentity": identity | {"arn": "a"}}, result, target_name="x")
    said = {"sourceIPAddress": word, "eventID": word, "userAgent": word}
    arn = f"arn:aws:iam::{word}:user/{word}"
    record = EVERY_KIND[kind] | said | {"userIdentity": identity | {"arn": arn}}
    told = page(record, result, target_name=word)
    if told.policy is not None:
        told = replace(told, policy=replace(told.policy, name=word, type=word))
        plain = replace(plain, policy=replace(plain.policy, name="x", type="x"))
    was = BaselinePolicy(f"{word}!", None)
    told = replace(told, done=tuple(_as_accepted(action, was) for action in told.done))
    assert len(words.body(told).splitlines()) == len(words.body(plain).splitlines())
    for text, limit in ((words.subject(told), 99), (words.sms(told), 140)):
        assert len(text) <= limit
        assert text.isascii()
        assert text.isprintable()


def _as_accepted(action: Any, was: BaselinePolicy) -> Any:
    return replace(action, policy=was) if hasattr(action, "policy") else action


def test_calls_by_name_are_told_as_they_are_called() -> None:
    told = page(call(ChangeKind.ORGANIZATION_DELETED, None), Result.WATCHED)
    assert words.body(told).startswith("NOT TOUCHED. DeleteOrganization called. Rootguard left it so")


def test_an_rcp_locks_everyone_out_and_does_not_deny_everything() -> None:
    content = DENY_ALL.replace('"Action":"*"', '"Principal":"*","Action":"sts:*"')
    given_facts = replace(known(), policies={POLICY: policy(content, type=RCP)})
    body = words.body(page(attach(), Result.UNDONE, given_facts))
    assert "from Root. It locks everyone out.\n" in body
    assert "resource control policy; locks everyone out: a lockout" in body
