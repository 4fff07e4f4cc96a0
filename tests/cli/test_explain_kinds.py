"""`rootguard explain` for every kind of change: the actions by their names, the view, what is assumed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Rootguard, Written
from tests.domain.records import (
    ORGANIZATION_WIDE,
    call,
    create,
    delete,
    detach,
    disable,
    enable,
    move,
    update,
)
from tests.given import ACCOUNT, CHILD_OU, DENY_ALL, DENY_EC2, OU, OWN_ROLE, PIPELINE, POLICY, by_role

ACCEPTED: dict[str, Any] = {
    "own_role_arn": OWN_ROLE,
    "now": "2023-04-25T00:33:44Z",
    "policies": {POLICY: {"name": "Quarantine", "type": "SERVICE_CONTROL_POLICY", "content": DENY_ALL}},
    "attachments": {"r-exam": ["p-FullAWSAccess"]},
    "baseline": {"r-exam": {POLICY: {"name": "Guardrails", "content": DENY_EC2}, "p-FullAWSAccess": {}}},
}
NOWHERE_ELSE = f"Assuming {POLICY} is attached only where the facts say."


@pytest.fixture
def explained(rootguard: Rootguard, written: Written) -> Any:
    """Explain a record with facts under a guardrail that asks for everything; return the JSON document."""

    def explain(record: Any, facts: Any = ACCEPTED, **entry: Any) -> dict[str, Any]:
        asked = {"restore_policy_type": True, "pin_accounts": [ACCOUNT], **entry}
        config = written("other.yaml", {"protections": [{"name": "root", "targets": ["root"], **asked}]})
        written("event.json", record)
        written("facts.json", facts)
        result = rootguard("explain", "event.json", "--facts", "facts.json", "-c", config, "--json")
        assert result.stderr == ""
        return {**json.loads(result.stdout), "exit_code": result.exit_code}

    return explain


def action(name: str, policy_id: str | None, target_id: str) -> dict[str, str | None]:
    return {"action": name, "policy_id": policy_id, "target_id": target_id}


@pytest.mark.parametrize(
    ("record", "actions"),
    [
        (detach(), [action("restore", POLICY, "r-exam"), action("attach", POLICY, "r-exam")]),
        (detach(policy="p-FullAWSAccess"), []),  # the facts have it attached
        (update(), [action("restore", POLICY, "r-exam")]),
        (disable(), [action("enable-type", None, "r-exam")]),
        (move(), [action("move", None, ACCOUNT)]),
    ],
)
def test_what_is_undone(explained: Any, record: Any, actions: list[Any]) -> None:
    document = explained(record)
    assert (document["verdict"], document["reason"], document["rule"]) == ("revert", "violation", 8)
    assert (document["actions"], document["assumptions"], document["exit_code"]) == (actions, [], 1)
    assert document["protection"] == "root"


@pytest.mark.parametrize(
    "record", [delete(), enable(), *(call(kind, told) for kind, told in ORGANIZATION_WIDE.items())]
)
def test_what_is_only_told(explained: Any, record: Any) -> None:
    document = explained(record)
    assert (document["verdict"], document["rule"], document["exit_code"]) == ("alert", 8, 1)
    assert document["actions"] == []
    assert "because nothing undoes it safely." in document["summary"]


def test_what_is_not_asked_for_is_only_told(explained: Any) -> None:
    document = explained(disable(), restore_policy_type=False)
    assert "because restore_policy_type is false." in document["summary"]
    assert explained(move(), pin_accounts=[])["reason"] == "target-not-protected"


def test_what_is_attached_nowhere_yet_is_ignored(explained: Any) -> None:
    document = explained(create())
    assert (document["reason"], document["exit_code"]) == ("stands-nowhere-protected", 0)


def test_the_attachments_tell_where_an_edited_policy_is_attached(explained: Any) -> None:
    facts = {**ACCEPTED, "baseline": {}, "attachments": {"r-exam": [POLICY, "p-FullAWSAccess"]}}
    document = explained(update(DENY_EC2), facts)
    assert (document["verdict"], document["protection"]) == ("alert", "root")
    assert "because no accepted state is known to go back to." in document["summary"]


# What the facts leave open


def test_that_an_edited_policy_is_attached_nowhere_else_is_assumed_where_it_would_decide(
    explained: Any,
) -> None:
    document = explained(update(), {**ACCEPTED, "baseline": {}})
    assert (document["reason"], document["assumptions"]) == ("stands-nowhere-protected", [NOWHERE_ELSE])
    trusted = explained(
        update(DENY_EC2, name="x", userIdentity=by_role()), ACCEPTED, trusted_principals=[PIPELINE]
    )
    assert (trusted["reason"], trusted["assumptions"]) == ("trusted-principal", [NOWHERE_ELSE])


def test_a_detach_with_no_baseline_goes_back_to_nothing(explained: Any) -> None:
    document = explained(detach(), {})
    assert document["verdict"] == "alert"
    assert document["assumptions"] == [f"Assuming {POLICY} is an SCP: the facts do not say."]


def test_the_time_of_an_edit_is_assumed_where_an_exception_may_hold(explained: Any) -> None:
    exception = {
        "policy_id": POLICY,
        "target_id": "r-exam",
        "content_sha256": "0" * 64,
        "granted_by": "AIDAIOSFODNN7EXAMPLE",
        "expires_at": "2023-04-25T02:00:00Z",
    }
    facts = {**ACCEPTED, "exceptions": [exception], "now": None}
    assert explained(update(), facts)["assumptions"] == [
        "Assuming the time of the record: the facts give no `now`."
    ]


# For people


@pytest.mark.parametrize(
    ("record", "step"),
    [
        (detach(), f"2. attach {POLICY} to r-exam"),
        (update(), f"1. restore {POLICY} on r-exam"),
        (disable(), "1. enable-type SERVICE_CONTROL_POLICY in r-exam"),
        (move(), f"1. move {ACCOUNT} from {CHILD_OU} to {OU}"),
        (detach(policy="p-FullAWSAccess"), "Nothing to write: it is undone already."),
        (delete(), "Nothing is written."),
    ],
)
def test_people_see_each_write_in_full(explained: Any, rootguard: Rootguard, record: Any, step: str) -> None:
    explained(record)
    shown = rootguard("explain", "event.json", "--facts", "facts.json", "-c", "other.yaml").stdout
    assert f"  {step}\n" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.splitlines()[0].startswith(("REVERT  rule 8, violation", "ALERT  rule 8, violation"))
