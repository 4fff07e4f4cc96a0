"""`rootguard plan`: each drift with its verdict, for people and as JSON, and what was not looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli.exits import ExitCode, TroubleError
from cli.plan import run as verb
from cli.plan.findings import Finding, Findings
from cli.plan.look import show
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.policy import Policy
from rootguard.domain.remedy import Detach
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from tests.cli.conftest import Rootguard
from tests.given import DENY_ALL, POLICY, SCP

SINCE = datetime(2026, 11, 23, 8, 15, 2, tzinfo=UTC)
ATTACHED = Finding(
    Drift(
        ChangeKind.ATTACHED,
        SINCE,
        POLICY,
        "r-exam",
        policy=Policy(POLICY, SCP, "Quarantine", content=DENY_ALL),
    ),
    Verdict(Outcome.REVERT, Reason.VIOLATION, "root", "r-exam"),
    (Detach(POLICY, "r-exam"),),
)
DISABLED = Finding(
    Drift(ChangeKind.TYPE_DISABLED, SINCE, target_id="r-exam", policy_type=SCP),
    Verdict(Outcome.ALERT, Reason.VIOLATION, "root", "r-exam", obstacle=Obstacle.NOT_ASKED_FOR),
    (),
)


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the organization be so that a sweep finds this."""

    def find(*found: Finding, **more: Any) -> None:
        monkeypatch.setattr(verb, "findings_of", lambda _: Findings(found, **more))

    return find


def test_an_organization_as_it_was_accepted_is_fine(rootguard: Rootguard, finding: Any) -> None:
    finding()
    result = rootguard("plan")
    assert (result.exit_code, result.stdout) == (0, "✓ No drift. Everything is as it was accepted.\n")
    assert json.loads(rootguard("plan", "--json").stdout) == {"drifts": [], "unseen": [], "unadopted": []}


def test_each_drift_is_shown_with_its_rule_and_its_writes(rootguard: Rootguard, finding: Any) -> None:
    finding(ATTACHED, DISABLED)
    result = rootguard("plan")
    assert result.exit_code == 1
    assert "✗ 2 drifts. The next sweep would undo 1, page 1 and leave it so." in result.stdout
    assert f'REVERT  SCP "Quarantine" ({POLICY}) attached to Root' in result.stdout
    assert f"1. detach {POLICY} from r-exam" in result.stdout
    assert "ALERT   SCPs disabled in the organization" in result.stdout
    assert "It is not undone, because restore_policy_type is false." in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_each_drift_has_its_age() -> None:
    console = Console(file=StringIO(), width=80)
    show(Findings((ATTACHED,)), SINCE + timedelta(minutes=12), console)
    shown = " ".join(console.file.getvalue().split())
    assert "since 2026-11-23 08:15:02 UTC, 12 min 0 s ago" in shown


def test_a_drift_as_json(rootguard: Rootguard, finding: Any) -> None:
    finding(ATTACHED)
    result = rootguard("plan", "--json")
    assert result.exit_code == 1
    (drift,) = json.loads(result.stdout)["drifts"]
    assert drift == {
        "subject": f"attachment/{POLICY}/r-exam",
        "kind": "AttachPolicy",
        "policy_id": POLICY,
        "target_id": "r-exam",
        "verdict": "revert",
        "reason": "violation",
        "rule": 8,
        "protection": "root",
        "actions": [{"action": "detach", "policy_id": POLICY, "target_id": "r-exam"}],
        "since": SINCE.isoformat(),
    }


def test_what_was_not_looked_at_is_said_and_is_no_drift(rootguard: Rootguard, finding: Any) -> None:
    finding(
        unseen=("ou-exam-workload: ListPoliciesForTarget failed with AccessDenied: no",),
        unadopted=("r-exam",),
    )
    result = rootguard("plan")
    assert result.exit_code == 0
    assert "Everything that was looked at is as it was accepted." in result.stdout
    assert "ou-exam-workload: ListPoliciesForTarget failed" in result.stdout
    assert "Nothing was accepted yet on r-exam." in result.stdout
    document = json.loads(rootguard("plan", "--json").stdout)
    assert (len(document["unseen"]), document["unadopted"]) == (1, ["r-exam"])


def test_a_name_from_aws_cannot_steer_the_terminal(rootguard: Rootguard, finding: Any) -> None:
    policy = Policy(POLICY, SCP, "a\x1b[2Jb", content=DENY_ALL)
    finding(Finding(Drift(ChangeKind.ATTACHED, SINCE, POLICY, "r-exam", policy=policy), ATTACHED.verdict, ()))
    assert "\x1b[2J" not in rootguard("plan").stdout


def test_what_aws_refuses_is_told(rootguard: Rootguard, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> Findings:
        raise TroubleError(ExitCode.AWS_REFUSED, "There is no stack Rootguard in this account.")

    monkeypatch.setattr(verb, "findings_of", refuse)
    result = rootguard("plan", "--json")
    assert (result.exit_code, json.loads(result.stdout)["exit_code"]) == (3, 3)


def test_a_broken_configuration_is_bad_input(rootguard: Rootguard, written: Any) -> None:
    assert rootguard("plan", "-c", written("mine.yaml", "mode: enforc\n")).exit_code == 2
