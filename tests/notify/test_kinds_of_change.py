"""Pages of every kind of change: what each says happened, whether it is safe, and how to undo it by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.domain.remedy import Detach
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify import phrases
from rootguard.notify.phrases import capital
from rootguard.notify.story import LASTING
from tests.domain.records import call, delete, detach, move, update
from tests.given import ACCOUNT, CHILD_OU, DENY_ALL, DENY_EC2, OU, POLICY, RCP, ROOT, SCP, policy
from tests.notify import laid_out
from tests.notify.stories import KINDS, RECORDS, UNDOABLE, changed, found_by_a_sweep, story


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
            'Rootguard gave it its accepted content back, then attached the SCP "Quarantine" to Root again.',
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
    told = story(RECORDS[kind], Result.UNDONE)
    headline = "ENABLED AGAIN, NOT SAFE YET" if kind is ChangeKind.TYPE_DISABLED else "UNDONE"
    assert laid_out.subject(told) == f"Rootguard {headline}: {subject}"
    assert laid_out.body(told).splitlines()[0] == f"{headline}. {undone}"
    assert laid_out.sms(told).startswith(f"Rootguard {headline}: {subject[:60]}")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (ChangeKind.DELETED, 'SCP "Quarantine" deleted'),
        (ChangeKind.TYPE_ENABLED, "SCPs enabled in the organization"),
        (ChangeKind.RESOURCE_POLICY_PUT, "PutResourcePolicy called"),
        (ChangeKind.ACCOUNT_LEFT, "LeaveOrganization called"),
        (ChangeKind.ACCOUNT_DEPARTED, f"account {ACCOUNT} left the organization"),
        (ChangeKind.ACCOUNT_JOINED, f"account {ACCOUNT} joined the organization"),
        (ChangeKind.TRANSFER_OFFERED, "another organization invited to take over the billing"),
        (ChangeKind.TRANSFER_UPDATED, "a transfer of the billing renamed"),
        (ChangeKind.TRANSFER_ENDED, "a transfer of the billing ended"),
        (ChangeKind.ACCOUNT_CLOSED, f"CloseAccount called on account {ACCOUNT}"),
        (
            ChangeKind.ADMINISTRATOR_REGISTERED,
            f"account {ACCOUNT} registered as delegated administrator of config.amazonaws.com",
        ),
        (
            ChangeKind.ADMINISTRATOR_DEREGISTERED,
            f"account {ACCOUNT} deregistered as delegated administrator of config.amazonaws.com",
        ),
    ],
)
def test_what_is_only_paged_says_what_and_why_it_was_left_so(kind: ChangeKind, subject: str) -> None:
    told = story(RECORDS[kind], Result.WATCHED)
    assert laid_out.subject(told).startswith(f"Rootguard NOT TOUCHED: {subject[:70]}")
    assert laid_out.page(told).title == subject
    first, safe = laid_out.body(told).splitlines()[:2]
    assert (
        first == f"NOT TOUCHED. {capital(subject)}. Rootguard left it so, because nothing undoes it safely."
    )
    assert safe == LASTING.get(kind, "It is in force until someone undoes it.")
    assert "In force  still in force\n" in laid_out.body(told)


def test_what_no_policy_undoes_is_not_said_to_be_undone_by_someone() -> None:
    for kind in (
        ChangeKind.DELETED,
        ChangeKind.UNIT_DELETED,
        ChangeKind.ACCOUNT_CLOSED,
        ChangeKind.ACCOUNT_REMOVED,
        ChangeKind.ACCOUNT_LEFT,
        ChangeKind.ACCOUNT_DEPARTED,
        ChangeKind.ORGANIZATION_DELETED,
    ):
        told = story(RECORDS[kind], Result.WATCHED)
        assert laid_out.body(told).splitlines()[1].startswith("It is done: ")
        assert laid_out.page(told).safe is False


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
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_force_comes_with_the_command_that_undoes_it_where_there_is_one(
    kind: ChangeKind, result: Result
) -> None:
    steps = laid_out.body(story(RECORDS[kind], result)).partition("What to do next\n")[2]
    assert ("aws organizations" in steps) is (kind in UNDOABLE)
    if kind in UNDOABLE:
        lead, command = steps.splitlines()[:2]
        assert lead.endswith(":")
        assert command == f"     aws organizations {COMMANDS[kind]}"


@pytest.mark.parametrize("result", Result)
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_whole(kind: ChangeKind, result: Result) -> None:
    told = story(RECORDS[kind], result)
    body = laid_out.body(told)
    assert "None" not in body
    assert body.splitlines()[1].startswith("It is ")
    assert body.index("Where ") < body.index("By ") < body.index("When ") < body.index("What to do next")
    assert told.drift.event_id in body
    assert len(laid_out.subject(told)) <= 99
    assert len(laid_out.sms(told)) <= 140
    assert laid_out.page(told).safe is body.splitlines()[1].startswith("It is safe")


def test_a_type_that_is_enabled_again_is_not_said_to_be_safe() -> None:
    told = story(RECORDS[ChangeKind.TYPE_DISABLED], Result.UNDONE)
    body = laid_out.body(told)
    assert "It is NOT safe yet: disabling detached them everywhere, and only full access is back." in body
    assert "1. Attach your SCPs again, Root's first." in body
    assert laid_out.page(told).safe is False


def test_a_rename_is_told_when_it_is_taken_back() -> None:
    assert 'called "Guardrails" again' in laid_out.body(story(update(name="FullAWSAccess"), Result.UNDONE))
    assert 'called "' not in laid_out.body(story(update(name="Guardrails"), Result.UNDONE))


def test_a_move_is_told_with_both_ends() -> None:
    told = story(move(OU, ROOT), target_name="prod")
    assert f'Where     account "prod" ({ACCOUNT})\n          moved from {OU} to {ROOT}\n' in laid_out.body(
        told
    )
    assert "take the pin out of `pin_accounts`" in laid_out.body(told)


def test_an_account_whose_place_nobody_knows_is_somewhere_and_comes_back_by_no_command() -> None:
    told = found_by_a_sweep(story(move(OU, ROOT), Result.WATCHED))
    told = changed(told, drift=replace(told.drift, source_id=""))
    assert laid_out.page(told).title == f"account {ACCOUNT} moved to {ROOT}"
    assert "aws organizations" not in laid_out.body(told)
    assert "moved from" not in laid_out.body(told)


def test_what_touches_the_whole_organization_counts_no_accounts() -> None:
    body = laid_out.body(story(RECORDS[ChangeKind.RESOURCE_POLICY_PUT], Result.WATCHED))
    assert "Where     the organization\n" in body
    assert "Reached" not in body


def test_an_attempt_is_told_as_an_attempt() -> None:
    for kind in KINDS:
        denied = RECORDS[kind] | {"errorCode": "AccessDenied"}
        told = story(denied, Result.REFUSED)
        assert laid_out.subject(told).startswith(f"Rootguard REFUSED: {kind.value} on ")
        assert laid_out.sms(told).startswith(f"Rootguard REFUSED: {kind.value} on ")


def test_without_the_ledger_the_page_says_that_nobody_looked() -> None:
    told = story(remembered=False)
    blind = "The ledger did not answer: nobody looked at what was accepted, nor at exceptions."
    assert blind in laid_out.body(told)
    assert "ledger" not in laid_out.body(story())


@pytest.mark.parametrize("roles", [4, 5, 20])
def test_whom_a_lockout_exempts_is_said_and_how_many_more(roles: int) -> None:
    exempt = [f"arn:aws:iam::*:role/BreakGlass{number}" for number in range(roles)]
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}},
    }
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    body = laid_out.body(story(known=policy(content)))
    assert (
        f"denies everything to everyone but {', '.join(exempt[:3])}, {roles - 3} more."
        in body.splitlines()[0]
    )


def test_what_a_sweep_found_names_nobody_and_claims_no_time() -> None:
    told = found_by_a_sweep(story())
    body = laid_out.body(told)
    assert "By        not known: found by a sweep; its event has not arrived yet\n" in body
    assert "When      found at 2023-04-25 00:33:27 UTC\n" in body
    assert "In force  longer than 17 s: no event has said since when\n" in body
    assert "1. Find out who did it in CloudTrail's event history: its event has not arrived here yet." in body
    assert "Found by a sweep; its event has not arrived yet (AttachPolicy)" in body


@pytest.mark.parametrize(
    ("policy_type", "name"),
    [
        ("TAG_POLICY", "tag policy"),
        ("UPGRADE_ROLLOUT_POLICY", "upgrade rollout policy"),
        ("DECLARATIVE_POLICY_EC2", "declarative policy for EC2"),
        ("AISERVICES_OPT_OUT_POLICY", "AI services opt-out policy"),
        ("A_TYPE_OF_TOMORROW", "a type of tomorrow"),
        ("", "policy"),
    ],
)
def test_a_policy_is_called_by_its_type(policy_type: str, name: str) -> None:
    told = story(detach(), Result.WATCHED, known=policy(name="Ours", type=policy_type))
    assert laid_out.page(told).title == f'{name} "Ours" detached from Root'


def test_each_type_that_aws_has_today_is_called_by_a_name() -> None:
    types = botocore.session.get_session().get_service_model("organizations").shape_for("PolicyType").enum
    for policy_type in types:
        assert "polic" in phrases.type_label(policy_type)
        assert "_" not in phrases.types_label(policy_type)


def test_calls_by_name_are_told_as_they_are_called() -> None:
    told = story(call(ChangeKind.ORGANIZATION_DELETED, None), Result.WATCHED)
    assert laid_out.body(told).startswith("NOT TOUCHED. DeleteOrganization called. Rootguard left it so")


def test_an_rcp_locks_everyone_out_and_does_not_deny_everything() -> None:
    content = DENY_ALL.replace('"Action":"*"', '"Principal":"*","Action":"sts:*"')
    body = laid_out.body(story(known=policy(content, type=RCP)))
    assert "from Root. It locks everyone out.\n" in body
    assert "resource control policy; locks everyone out: a lockout" in body


def test_a_protected_ou_that_is_gone_is_named_and_comes_out_of_the_file() -> None:
    told = found_by_a_sweep(story(RECORDS[ChangeKind.UNIT_DELETED], Result.WATCHED))
    page = laid_out.page(told)
    assert page.title == f"OU {OU} deleted"
    assert "guardrail.yaml protects this OU, and it does not exist any more." in page.sentences[0]
    assert page.steps[0] == f"Take {OU} out of guardrail.yaml, and deploy."


def test_a_delegated_administrator_comes_with_the_service() -> None:
    told = story(RECORDS[ChangeKind.ADMINISTRATOR_REGISTERED], Result.WATCHED, target_name="audit")
    assert "Service   config.amazonaws.com\n" in laid_out.body(told)
    assert laid_out.page(told).title == (
        'account "audit" registered as delegated administrator of config.amazonaws.com'
    )


def test_a_deleted_policy_goes_by_its_accepted_name() -> None:
    told = story(delete(), Result.WATCHED, known=policy(name="Guardrails"))
    assert laid_out.page(told).title == 'SCP "Guardrails" deleted'
    assert "create it anew with the content that was accepted, and attach it to Root." in laid_out.body(told)


@pytest.mark.parametrize(
    "told",
    [
        story(detach(), Result.WATCHED, obstacle=Obstacle.NO_WAY_BACK),
        story(detach(), Result.NOT_UNDONE, error="AttachPolicy failed with PolicyNotFoundException: no"),
        replace(
            story(detach(), Result.WATCHED),
            around=replace(story().around, policy_is_gone=True),
        ),
    ],
    ids=["deleted since", "deleted meanwhile", "looked up"],
)
def test_no_command_is_printed_for_a_policy_that_does_not_exist(told: Any) -> None:
    body = laid_out.body(told)
    assert "aws organizations" not in body
    assert "create it anew with the content that was accepted, and attach it to Root." in body


def test_what_was_detached_to_make_room_is_said() -> None:
    told = story(detach())
    done = (Detach("p-stranger1", ROOT), *told.incident.done)
    said = laid_out.page(changed(told, done=done)).sentences[0]
    assert said.endswith("To make room, it detached what is not approved there: p-stranger1.")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            story(known=policy(DENY_EC2), lockout=True),
            "Together with the other policies there, it denies everything to everyone.",
        ),
        (story(known=None, lockout=True), "from Root. It denies everything to everyone."),
        (
            story(detach(), Result.NOT_UNDONE, known=policy(DENY_EC2), lockout=True),
            "Without it, everything is denied to everyone.",
        ),
    ],
    ids=["together", "unread", "the last allow"],
)
def test_a_lockout_by_several_policies_is_one_too(told: Any, said: str) -> None:
    assert said in laid_out.page(told).sentences[0]


def test_its_own_undo_is_credited_to_the_guard() -> None:
    told = changed(story(result=Result.ALREADY_UNDONE), done=story().incident.done)
    assert laid_out.page(told).sentences[0].startswith('Rootguard detached the SCP "Quarantine" from Root.')
