"""The guard's entry point: a real event and the scheduler's order, through the real handler."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType
from typing import Any, NoReturn

import pytest

from drill.api_error import ApiError
from rootguard.incidents.notice import Notice
from rootguard.ports import OrganizationsError
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire, attached, create
from tests.given import SCP, attach, envelope, real
from tests.handlers.conftest import Aws, Entry, Lambda

FULL = "p-FullAWSAccess"
SWEEP = {"source": "rootguard.sweep"}
WATCH = {"source": "rootguard.watch"}
HEAVY = ("rootguard.notify", "rootguard.lockout", "rootguard.reconcile.sweep", "pydantic")


@pytest.fixture
def guard(entry: Entry) -> ModuleType:
    return entry("guard")


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if "_aws" in line]
    return line


def test_a_violation_is_undone_noticed_and_measured(
    guard: ModuleType, wire: Wire, root: str, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    answer = guard.handler(envelope(attach(root, policy_id)), Lambda())
    assert answer == {"verdict": "revert", "reason": "violation", "rule": 8, "protection": "root"}
    assert attached(wire, root) == [FULL]
    (message,) = aws.notices
    assert message["queue"] == "https://notices"
    assert Notice.from_json(message).data["result"] == "undone"
    assert aws.published == []
    line = metrics(capsys)
    assert (line["Violations"], line["Reverted"]) == ([1.0], [1.0])
    assert line["ExposureSeconds"][0] > 0
    assert line["HandlerMilliseconds"][0] > 0


def test_a_failure_leaves_the_handler_and_is_measured(
    guard: ModuleType, wire: Wire, root: str, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    wire.fail("DetachPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        guard.handler(envelope(attach(root, policy_id)), Lambda())
    assert metrics(capsys)["RevertFailed"] == [1.0]
    assert Notice.from_json(aws.notices[0]).data["result"] == "not-undone"


def dead_letter(event: object, times: int = 1) -> object:
    """The event as Lambda's on-failure destination wraps it, each time that it was given up."""
    for _ in range(times):
        event = {
            "version": "1.0",
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
            "requestPayload": event,
            "responsePayload": {"errorType": "OrganizationsError", "errorMessage": "no"},
        }
    return event


@pytest.mark.parametrize("times", [1, 2])
def test_a_dead_letter_is_handled_as_the_event_that_it_wraps(
    guard: ModuleType, wire: Wire, root: str, aws: Aws, times: int
) -> None:
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    event = envelope(attach(root, policy_id))
    answer = guard.handler(dead_letter(event, times), Lambda())
    assert answer["verdict"] == "revert"
    assert attached(wire, root) == [FULL]
    assert Notice.from_json(aws.notices[0]).data["result"] == "undone"


def test_a_dead_letter_of_a_sweep_starts_one_unless_a_later_one_has_overtaken_it(
    guard: ModuleType, wire: Wire, root: str, ledger: FakeLedger
) -> None:
    late = SWEEP | {"at": "2023-04-25T00:33:00Z", "every_minutes": 1}
    assert guard.handler(dead_letter(late), Lambda()) == SWEEP
    assert wire.calls == []
    assert guard.handler(dead_letter(SWEEP), Lambda()) == SWEEP
    assert set(ledger.adopted(root).accepted) == {FULL}


@pytest.mark.parametrize(
    "event", [{}, None, [], "x", {"requestPayload": None}, real("close-account-result-service-event")]
)
def test_what_is_not_ours_is_answered_and_measured(
    guard: ModuleType, event: object, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard.handler(event, Lambda())["verdict"] == "ignore"
    assert wire.calls == []
    assert "HandlerMilliseconds" in metrics(capsys)


def test_the_schedulers_order_starts_a_sweep(
    guard: ModuleType, root: str, ledger: FakeLedger, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard.handler(SWEEP, Lambda()) == SWEEP
    assert set(ledger.adopted(root).accepted) == {FULL}
    assert aws.notices[0]["about"] == "adoption"
    assert metrics(capsys)["SweepCompleted"] == [1.0]


def test_a_sweep_that_a_later_one_has_overtaken_is_left_to_it(
    guard: ModuleType, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    late = SWEEP | {"at": "2023-04-25T00:33:00Z", "every_minutes": 1}
    assert guard.handler(late, Lambda()) == SWEEP
    assert wire.calls == []
    assert "SweepCompleted" not in metrics(capsys)


def test_a_sweep_that_fails_leaves_the_handler(guard: ModuleType, wire: Wire) -> None:
    wire.fail("ListRoots", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        guard.handler(SWEEP, Lambda())


def test_nothing_connects_to_a_queue_or_a_topic_before_the_first_notice(
    guard: ModuleType, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(service: str, **_: Any) -> NoReturn:
        raise AssertionError(f"too early: {service}")

    monkeypatch.setattr("boto3.client", connect)
    assert guard.handler({}, Lambda())["verdict"] == "ignore"


def test_if_the_queue_answers_nothing_one_plain_line_is_published(
    guard: ModuleType, wire: Wire, root: str, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ConnectTimeoutError  # noqa: PLC0415

    def silent(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://notices")

    monkeypatch.setattr(aws, "send_message", silent)
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    with pytest.raises(Exception, match="notices"):
        guard.handler(envelope(attach(root, policy_id)), Lambda())
    assert attached(wire, root) == [FULL]
    assert policy_id in aws.published[0]["Message"]


def test_a_type_that_is_restored_fills_the_queue_of_the_restorer(
    entry: Entry, wire: Wire, root: str, aws: Aws
) -> None:
    guard = entry(
        "guard",
        {"restore_policy_type": True},
        ROOTGUARD_RESTORE_QUEUE="https://restore",
        ROOTGUARD_RESTORER_ROLE_ARN="arn:aws:iam::111122223333:role/restorer",
    )
    policy_id = create(wire)
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    guard.handler(SWEEP, Lambda())
    wire.organization.call("DisablePolicyType", {"RootId": root, "PolicyType": SCP})
    record = attach(
        root, eventName="DisablePolicyType", requestParameters={"rootId": root, "policyType": SCP}
    )
    guard.handler(envelope(record | {"eventTime": "2200-01-01T00:00:00Z"}), Lambda())
    assert aws.restored == [
        {"queue": "https://restore", "policy_type": SCP, "policy_id": policy_id, "target_id": root}
    ]


def test_the_guard_starts_without_what_an_event_does_not_need() -> None:
    """What renders, what evaluates documents and what sweeps is loaded when it is asked for, or never."""
    code = f"""
import sys
import rootguard.reconcile.reconciler, rootguard.aws.organizations
import rootguard.aws.ledger, rootguard.aws.outbox
print([name for name in sys.modules if name.startswith({HEAVY!r})])
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "lambdas"},
    )
    assert run.stdout.strip() == "[]"


def test_a_hint_of_the_watch_leads_to_a_look_at_root(guard: ModuleType, wire: Wire) -> None:
    hint = WATCH | {"hint": {"differs": [], "until": "2999-01-01T00:00:00+00:00"}}
    assert guard.handler(hint, Lambda()) == WATCH
    assert wire.calls[0] == "ListRoots"


@pytest.mark.parametrize("hint", [{}, {"hint": None}, {"hint": {"differs": [], "until": "soon"}}])
def test_a_hint_that_cannot_be_read_fails_and_writes_nothing(
    guard: ModuleType, wire: Wire, hint: dict[str, Any]
) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        guard.handler(WATCH | hint, Lambda())
    assert wire.calls == []
