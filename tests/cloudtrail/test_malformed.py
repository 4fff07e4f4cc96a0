"""Everything that can be wrong with a record: it leads to no change, or to one by an unknown actor."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.cloudtrail.read import NotOurs, event_id_of, read_change
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.policy import is_policy_id, is_target_id
from rootguard.domain.verdict import Reason
from tests.domain.records import EVERY_KIND, departed
from tests.given import attach, by_role, envelope


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
        *((kind, "eventTime") for kind in ChangeKind),
        *((kind, "requestParameters") for kind in NEEDED),
        *((kind, f"requestParameters.{name}") for kind, names in NEEDED.items() for name in names),
    ],
)
def test_a_record_without_a_needed_field_is_malformed(kind: ChangeKind, path: str, value: Any) -> None:
    read = read_change(broken(path, value, kind))
    assert isinstance(read, NotOurs)
    assert read.reason is Reason.MALFORMED_RECORD
    assert path in read.detail


ANSWERS = ["", ".policy", ".policy.content", ".policy.policySummary", ".policy.policySummary.type"]


@pytest.mark.parametrize("value", [KeyError, None, 7, "", [], {}])
@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize("kind", [ChangeKind.CREATED, ChangeKind.UPDATED])
def test_an_edit_without_the_whole_policy_in_its_answer_says_only_which_policy_it_was(
    kind: ChangeKind, path: str, value: Any
) -> None:
    change = read_change(broken(f"responseElements{path}", value, kind))
    assert isinstance(change, Drift)
    asked = EVERY_KIND[kind]["requestParameters"].get("policyId", "")
    assert (change.policy_id, change.policy) == (asked, None)


@pytest.mark.parametrize("value", [KeyError, None, 7, "p-", "r-exam"])
def test_an_edit_that_names_its_policy_nowhere_is_malformed(value: Any) -> None:
    record = broken("requestParameters.policyId", value, ChangeKind.UPDATED) | {"responseElements": None}
    read = read_change(record)
    assert isinstance(read, NotOurs)
    assert read.reason is Reason.MALFORMED_RECORD
    assert "requestParameters.policyId" in read.detail


@pytest.mark.parametrize("value", [KeyError, None, 7, "p-", "r-exam"])
def test_a_created_policy_without_an_id_is_no_policy(value: Any) -> None:
    change = read_change(broken("responseElements.policy.policySummary.id", value, ChangeKind.CREATED))
    assert isinstance(change, Drift)
    assert (change.policy_id, change.policy) == ("", None)


@pytest.mark.parametrize("value", [None, {}, {"accountId": 7}, {"accountId": "r-exam"}, "x"])
@pytest.mark.parametrize("kind", [ChangeKind.ACCOUNT_CLOSED, ChangeKind.ADMINISTRATOR_REGISTERED])
def test_a_call_that_is_only_paged_is_read_without_its_account(kind: ChangeKind, value: Any) -> None:
    change = read_change(EVERY_KIND[kind] | {"requestParameters": value})
    assert isinstance(change, Drift)
    assert change.target_id == ""


@pytest.mark.parametrize("value", [KeyError, None, 7, "", []])
def test_a_record_without_an_id_is_malformed(value: Any) -> None:
    read = read_change(broken("eventID", value))
    assert isinstance(read, NotOurs)
    assert read.reason is Reason.MALFORMED_RECORD


@pytest.mark.parametrize("value", [7, "", [], {}, False])
def test_an_error_code_that_is_no_text_is_malformed(value: Any) -> None:
    # Whether the call failed is then unknown: it may have changed nothing.
    read = read_change(broken("errorCode", value))
    assert isinstance(read, NotOurs)
    assert read.reason is Reason.MALFORMED_RECORD


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
    if not isinstance(read, Drift):
        return
    identity: Any = record["userIdentity"] if isinstance(record["userIdentity"], dict) else {}
    context: Any = identity.get("sessionContext")
    issuer: Any = context.get("sessionIssuer") if isinstance(context, dict) else None
    proven = issuer.get("arn") if isinstance(issuer, dict) else None
    assert read.actor.arn in (None, proven if identity.get("type") == "AssumedRole" else identity.get("arn"))
    named = (read.target_id, read.source_id, read.destination_id)
    assert all(is_target_id(target) for target in named if target)
    assert not read.policy_id or is_policy_id(read.policy_id)
    assert read.at.utcoffset() == timedelta(0)


def nested(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(levels):
        found = {"a": found}
    return found


def test_a_record_that_is_nested_without_end_is_read_all_the_same() -> None:
    deep = nested(100_000)
    assert isinstance(read_change(departed(more=deep)), Drift)
    assert isinstance(read_change(envelope(attach()) | {"detail-type": deep}), NotOurs)
    assert isinstance(read_change(attach(requestParameters=deep)), NotOurs)
    while deep:  # Python itself frees such an object by recursion.
        deep = deep["a"]
