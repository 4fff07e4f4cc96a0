"""Reading records: the real ones, and everything that can be wrong with one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rootguard.cloudtrail.read import NotOurs, event_id_of, read_change, read_time
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.policy import Policy
from rootguard.domain.verdict import Reason
from tests.domain.records import EVERY_KIND, call, departed
from tests.given import ACCOUNT, OU, ROOT, SCP, attach, envelope, real


def changed(event: object) -> Drift:
    change = read_change(event)
    assert isinstance(change, Drift), change
    return change


def test_the_real_service_event_is_not_ours() -> None:
    read = read_change(real("close-account-result-service-event"))
    assert isinstance(read, NotOurs)
    assert read.reason is Reason.NOT_A_POLICY_CHANGE
    assert event_id_of(real("close-account-result-service-event")) is not None


@pytest.mark.parametrize("name", ["create-scp-by-root-user", "update-scp-by-root-user"])
def test_the_real_create_and_update_carry_the_whole_policy(name: str) -> None:
    change = changed(real(name))
    assert change.kind is (ChangeKind.CREATED if name.startswith("create") else ChangeKind.UPDATED)
    assert (change.policy_id, change.target_id) == ("p-bvdv3rx3", "")
    assert change.policy == Policy(
        id="p-bvdv3rx3",
        type=SCP,
        name="Block service access for root user",
        content=real(name)["requestParameters"]["content"],
        description="This policy restricts all access to EC2 actions for the root user account "
        "in a member account.",
        organization_id="o-exampleorgid",
    )


def test_the_real_disabling_names_its_root_and_type_though_the_answer_says_enabled() -> None:
    change = changed(real("disable-scp-type-by-root-user"))
    assert change.kind is ChangeKind.TYPE_DISABLED
    assert (change.target_id, change.policy_type, change.policy_id) == (ROOT, SCP, "")


def test_the_real_move_names_the_account_and_both_parents() -> None:
    change = changed(real("eventbridge-move-account-by-assumed-role"))
    assert change.kind is ChangeKind.ACCOUNT_MOVED
    assert change.target_id == ACCOUNT
    assert (change.source_id, change.destination_id) == ("ou-exam-hhd1qqua", "ou-exam-lmdswesj")
    assert change.actor.arn == "arn:aws:iam::111122223333:role/Admin"
    assert change.change.account is None  # a record of version 1.05 does not name the recipient


def test_the_real_denied_leaving_names_no_target() -> None:
    change = changed(real("leave-organization-denied-by-assumed-role"))
    assert (change.kind, change.denied, change.target_id) == (ChangeKind.ACCOUNT_LEFT, True, "")


def test_the_real_attach_says_what_where_who_and_when() -> None:
    change = changed(real("attach-policy-to-account-by-root-user"))
    assert (change.policy_id, change.target_id) == ("p-bvdv3rx3", "444455556666")
    assert change.at == datetime(2023, 4, 25, 0, 33, 27, tzinfo=UTC)
    assert change.event_id == "560c4918-6149-4b78-a0c9-7d62d6ec8f86"
    assert change.change.account == "111122223333"
    actor = change.actor
    assert (actor.kind, actor.arn) == ("Root", "arn:aws:iam::111122223333:root")
    assert (actor.from_console, actor.mfa, actor.source_ip) == (True, True, "192.0.2.10")
    assert not change.denied


def test_the_real_failed_attach_keeps_its_error() -> None:
    change = changed(real("attach-policy-to-ou-failed-by-iam-user"))
    assert change.error_code == "PolicyTypeNotEnabledException"
    assert (change.actor.kind, change.actor.mfa) == ("IAMUser", None)
    assert not change.denied


def test_an_envelope_reads_like_its_record() -> None:
    assert changed(envelope(attach(OU))) == changed(attach(OU))


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_refusal_by_iam_is_denied(code: str) -> None:
    assert changed(attach(errorCode=code)).denied


DENIED = "User: arn:aws:iam::111122223333:user/diego is not authorized to perform: organizations:{} on {}"


@pytest.mark.parametrize(
    ("resource", "target"),
    [
        (f"arn:aws:organizations::111122223333:root/o-exampleorgid/{ROOT} because no policy allows it", ROOT),
        (f"arn:aws-us-gov:organizations::111122223333:ou/o-exampleorgid/{OU} with an explicit deny", OU),
        (f"arn:aws:organizations::111122223333:account/o-exampleorgid/{ACCOUNT}", ACCOUNT),
        ("arn:aws:organizations::111122223333:root/o-exampleorgid/r-", ""),
        ("arn:aws:organizations::111122223333:policy/o-exampleorgid/service_control_policy/p-bvdv3rx3", ""),
        ("*", ""),
    ],
)
@pytest.mark.parametrize("kind", [ChangeKind.ATTACHED, ChangeKind.DETACHED, ChangeKind.TYPE_DISABLED])
def test_a_refusal_without_parameters_names_its_target_in_the_message(
    kind: ChangeKind, resource: str, target: str
) -> None:
    message = DENIED.format(kind.value, f"resource: {resource}")
    change = changed(call(kind, None, errorCode="AccessDenied", errorMessage=message))
    assert (change.denied, change.target_id, change.policy_id) == (True, target, "")


@pytest.mark.parametrize("message", [None, 7, {}, "", "r-exam"])
def test_a_refusal_without_parameters_or_a_message_names_nothing(message: object) -> None:
    record = attach(errorCode="AccessDenied", requestParameters=None, errorMessage=message)
    assert changed(record).target_id == ""


def test_what_the_parameters_say_counts_before_the_message() -> None:
    message = DENIED.format(
        "AttachPolicy", "resource: arn:aws:organizations::111122223333:root/o-exampleorgid/r-exam"
    )
    assert changed(attach(OU, errorCode="AccessDenied", errorMessage=message)).target_id == OU


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_is_read(kind: ChangeKind) -> None:
    change = changed(EVERY_KIND[kind])
    assert (change.kind, change.event_id, change.error_code) == (kind, EVERY_KIND[kind]["eventID"], None)
    assert not change.denied


@pytest.mark.parametrize("kind", [ChangeKind.CREATED, ChangeKind.UPDATED])
def test_an_edit_that_failed_has_no_answer_and_still_reads(kind: ChangeKind) -> None:
    failed = EVERY_KIND[kind] | {"errorCode": "MalformedPolicyDocumentException", "responseElements": None}
    change = changed(failed)
    assert (change.error_code, change.policy) == ("MalformedPolicyDocumentException", None)


def test_a_failed_call_that_cannot_be_read_is_a_failed_call() -> None:
    read = read_change(attach(errorCode="InvalidInputException", requestParameters=None))
    assert isinstance(read, NotOurs)
    assert (read.reason, "InvalidInputException" in read.detail) == (Reason.CALL_FAILED, True)


def test_another_call_is_not_ours_whether_it_failed_or_not() -> None:
    assert read_change(attach(eventName="TagResource")) == NotOurs(
        Reason.NOT_A_POLICY_CHANGE,
        "TagResource changes nothing that is guarded",
        read_time(attach()["eventTime"]),
    )
    failed = read_change(attach(eventName="TagResource", errorCode="AccessDenied"))
    assert isinstance(failed, NotOurs)
    assert failed.reason is Reason.CALL_FAILED


def test_an_account_that_left_is_named_if_the_service_says_which_it_is() -> None:
    event = envelope(departed()) | {"detail-type": "AWS Service Event via CloudTrail"}
    read = read_change(event)
    assert isinstance(read, Drift)
    assert (read.kind, read.target_id) == (ChangeKind.ACCOUNT_DEPARTED, ACCOUNT)
    assert (read.actor.kind, read.actor.arn) == ("AWSService", None)
    within = read_change(departed(accountId=None, account={"accountId": ACCOUNT}))
    assert isinstance(within, Drift)
    assert within.target_id == ACCOUNT
    unclear = read_change(departed(account={"accountId": "999999999999"}))
    assert isinstance(unclear, Drift)
    assert unclear.target_id == ""


@pytest.mark.parametrize("method", ["REMOVED", "Removed", "CLEANED"])
def test_an_account_that_was_removed_or_closed_is_known_from_that_call(method: str) -> None:
    read = read_change(departed(method))
    assert isinstance(read, NotOurs)
    assert read.reason is Reason.NOT_A_POLICY_CHANGE


def test_a_name_that_an_edit_lacks_is_none() -> None:
    record = EVERY_KIND[ChangeKind.UPDATED]
    summary = record["responseElements"]["policy"]["policySummary"] | {"name": None, "arn": None}
    answer = {"policy": record["responseElements"]["policy"] | {"policySummary": summary}}
    policy = changed(record | {"responseElements": answer}).policy
    assert policy is not None
    assert (policy.name, policy.organization_id) == (None, None)
