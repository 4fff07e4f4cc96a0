"""Reading records: the real ones, and everything that can be wrong with one."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.cloudtrail.read import Change, ChangeKind, NotOurs, Why, event_id_of, read_change
from rootguard.domain.facts import Policy, is_policy_id, is_target_id
from tests.domain.records import EVERY_KIND, call, departed
from tests.given import ACCOUNT, OU, PIPELINE, ROOT, SCP, attach, by_role, envelope, real


def changed(event: object) -> Change:
    change = read_change(event)
    assert isinstance(change, Change), change
    return change


def test_the_real_service_event_is_not_ours() -> None:
    read = read_change(real("close-account-result-service-event"))
    assert isinstance(read, NotOurs)
    assert read.why is Why.OTHER_EVENT
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
        aws_managed=False,
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
    assert change.management_account_id is None  # a record of version 1.05 does not name the recipient


def test_the_real_denied_leaving_names_no_target() -> None:
    change = changed(real("leave-organization-denied-by-assumed-role"))
    assert (change.kind, change.denied, change.target_id) == (ChangeKind.ACCOUNT_LEFT, True, "")


def test_the_real_attach_tells_what_where_who_and_when() -> None:
    change = changed(real("attach-policy-to-account-by-root-user"))
    assert (change.policy_id, change.target_id) == ("p-bvdv3rx3", "444455556666")
    assert change.at == datetime(2023, 4, 25, 0, 33, 27, tzinfo=UTC)
    assert change.event_id == "560c4918-6149-4b78-a0c9-7d62d6ec8f86"
    assert change.management_account_id == "111122223333"
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


def test_a_session_is_its_issuer_and_never_its_name() -> None:
    actor = changed(attach(userIdentity=by_role(PIPELINE, session="admin"))).actor
    assert actor.arn == PIPELINE
    assert actor.session == "arn:aws:sts::111122223333:assumed-role/scp-deployer/admin"


def test_a_service_has_no_arn_and_is_still_a_change() -> None:
    service = {"accountId": "111122223333", "invokedBy": "controltower.amazonaws.com"}
    actor = changed(attach(userIdentity=service)).actor
    assert (actor.kind, actor.arn) == ("AWSService", None)


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
    assert (read.why, "InvalidInputException" in read.detail) == (Why.FAILED, True)


def test_another_call_is_not_ours_whether_it_failed_or_not() -> None:
    assert read_change(attach(eventName="TagResource")) == NotOurs(
        Why.OTHER_EVENT,
        "TagResource changes nothing that is guarded",
    )
    failed = read_change(attach(eventName="TagResource", errorCode="AccessDenied"))
    assert isinstance(failed, NotOurs)
    assert failed.why is Why.FAILED


def broken(path: str, value: Any, kind: ChangeKind = ChangeKind.ATTACHED) -> dict[str, Any]:
    record = copy.deepcopy(EVERY_KIND[kind]) | {"userIdentity": by_role()}
    *parents, last = path.split(".")
    place = record
    for parent in parents:
        place = place[parent]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return record


NEEDED = {
    ChangeKind.ATTACHED: ["policyId", "targetId"],
    ChangeKind.DETACHED: ["policyId", "targetId"],
    ChangeKind.DELETED: ["policyId"],
    ChangeKind.TYPE_ENABLED: ["rootId", "policyType"],
    ChangeKind.TYPE_DISABLED: ["rootId", "policyType"],
    ChangeKind.ACCOUNT_MOVED: ["accountId", "sourceParentId", "destinationParentId"],
}


@pytest.mark.parametrize("value", [KeyError, None, 7, "", [], "x", {}])
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        *((kind, "userIdentity") for kind in ChangeKind),
        *((kind, "eventTime") for kind in ChangeKind),
        *((kind, "requestParameters") for kind in NEEDED),
        *((kind, f"requestParameters.{name}") for kind, names in NEEDED.items() for name in names),
    ],
)
def test_a_record_without_a_needed_field_is_malformed(kind: ChangeKind, path: str, value: Any) -> None:
    read = read_change(broken(path, value, kind))
    assert isinstance(read, NotOurs)
    assert read.why is Why.MALFORMED
    assert path in read.detail


@pytest.mark.parametrize("value", [KeyError, None, 7, "", [], {}])
@pytest.mark.parametrize(
    "path", ["", ".policy", ".policy.content", ".policy.policySummary", ".policy.policySummary.type"]
)
@pytest.mark.parametrize("kind", [ChangeKind.CREATED, ChangeKind.UPDATED])
def test_an_edit_without_the_whole_policy_in_its_answer_is_malformed(
    kind: ChangeKind, path: str, value: Any
) -> None:
    read = read_change(broken(f"responseElements{path}", value, kind))
    assert read == NotOurs(Why.MALFORMED, "responseElements.policy is not a policy")


@pytest.mark.parametrize("value", [KeyError, None, 7, "p-", "r-exam"])
@pytest.mark.parametrize("kind", [ChangeKind.CREATED, ChangeKind.UPDATED])
def test_an_edited_policy_needs_its_id(kind: ChangeKind, value: Any) -> None:
    assert isinstance(read_change(broken("responseElements.policy.policySummary.id", value, kind)), NotOurs)


@pytest.mark.parametrize("value", [None, {}, {"accountId": 7}, {"accountId": "r-exam"}, "x"])
@pytest.mark.parametrize("kind", [ChangeKind.ACCOUNT_CLOSED, ChangeKind.ADMINISTRATOR_REGISTERED])
def test_a_call_that_is_only_paged_is_read_without_its_account(kind: ChangeKind, value: Any) -> None:
    assert changed(EVERY_KIND[kind] | {"requestParameters": value}).target_id == ""


@pytest.mark.parametrize("value", [KeyError, None, 7, "", []])
@pytest.mark.parametrize(
    "path",
    [
        "eventID",
        "userIdentity.type",
        "userIdentity.sessionContext",
        "userIdentity.sessionContext.sessionIssuer",
    ],
)
def test_a_record_that_does_not_prove_who_acted_is_malformed(path: str, value: Any) -> None:
    read = read_change(broken(path, value))
    assert isinstance(read, NotOurs)
    assert read.why is Why.MALFORMED


@pytest.mark.parametrize(
    "value", ["2023-04-25", "2023-04-25T00:33:27", "2023-04-25T00:33:27+02:00", "0001-01-01"]
)
def test_a_time_that_is_not_utc_is_malformed(value: str) -> None:
    assert isinstance(read_change(attach(eventTime=value)), NotOurs)


@pytest.mark.parametrize("event", [None, 7, "text", [], [{}], {}, {"detail": None}, {"detail": 7}])
def test_what_is_no_record_is_not_ours(event: object) -> None:
    assert isinstance(read_change(event), NotOurs)
    assert event_id_of(event) is None


def test_another_source_or_detail_type_is_not_ours() -> None:
    assert isinstance(read_change(attach(eventSource="iot.amazonaws.com")), NotOurs)
    assert isinstance(read_change(envelope(attach()) | {"detail-type": "Scheduled Event"}), NotOurs)


def test_an_account_that_left_is_told_by_the_service_and_named_where_it_says_so() -> None:
    event = envelope(departed()) | {"detail-type": "AWS Service Event via CloudTrail"}
    read = read_change(event)
    assert isinstance(read, Change)
    assert (read.kind, read.target_id) == (ChangeKind.ACCOUNT_DEPARTED, ACCOUNT)
    assert (read.actor.kind, read.actor.arn) == ("AWSService", None)
    within = read_change(departed(accountId=None, account={"accountId": ACCOUNT}))
    assert isinstance(within, Change)
    assert within.target_id == ACCOUNT
    unclear = read_change(departed(account={"accountId": "999999999999"}))
    assert isinstance(unclear, Change)
    assert unclear.target_id == ""


@pytest.mark.parametrize("method", ["REMOVED", "Removed", "CLEANED"])
def test_an_account_that_was_removed_or_closed_was_told_before(method: str) -> None:
    read = read_change(departed(method))
    assert isinstance(read, NotOurs)
    assert read.why is Why.OTHER_EVENT


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_reading_never_raises(event: object) -> None:
    assert isinstance(read_change(event), NotOurs)


@st.composite
def mutilated(draw: st.DrawFn) -> dict[str, Any]:
    """A record of any kind with one field, anywhere, replaced."""
    record = copy.deepcopy(EVERY_KIND[draw(st.sampled_from(ChangeKind))]) | {"userIdentity": by_role()}
    place: Any = record
    while True:
        key = draw(st.sampled_from(sorted(place)))
        if isinstance(place[key], dict) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        place[key] = draw(json_values)
        return record


@given(mutilated())
@settings(max_examples=300)
def test_a_mutilated_record_is_read_or_refused_but_never_raises(record: dict[str, Any]) -> None:
    read = read_change(record)
    if not isinstance(read, Change):
        return
    assert read.actor.arn in (None, PIPELINE, record["userIdentity"].get("arn"))
    named = (read.target_id, read.source_id, read.destination_id)
    assert all(is_target_id(target) for target in named if target)
    assert not read.policy_id or is_policy_id(read.policy_id)
    assert read.at.utcoffset() == timedelta(0)
