"""Doctor finds: the real stack on a local AWS, broken in one way after another, and each way is found.

Whoever looks has the policy that `--permissions` prints, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.aws import Aws
from cli.doctor import probe as probes
from cli.doctor.checks import CHECKS
from cli.doctor.examine import examine
from cli.doctor.finding import Finding, Level
from cli.doctor.permissions import ALWAYS, policy
from cli.doctor.probe import Probe
from cli.exits import ExitCode
from cli.status.rows import ROWS
from cli.status.run import run as status
from drill.principals import Principal
from drill.run import Theatre
from drill.scenarios import SCENARIOS
from drill.setups import SETUPS, Setup, in_good_health
from drill.stage import Stage
from stacks.config import read

LONG_AGO = timedelta(hours=48)
SCREEN = 24
# The emulator names the default bus in a rule's ARN, or no rule at all, and takes GetEventSourceMapping for
# another call. AWS does not.
OF_THE_EMULATOR = [
    {
        "Effect": "Allow",
        "Action": "events:DescribeRule",
        "Resource": "arn:aws:events:us-east-1:*:rule/default/Rootguard-*",
    },
    {
        "Effect": "Allow",
        "Action": ["events:ListTargetsByRule", "lambda:ListEventSourceMappings"],
        "Resource": "*",
    },
]


@dataclass
class Clinic:
    """The stack, in good health, and someone who looks at it."""

    stage: Stage
    config: Path
    asked: set[str]

    def client(self, service: str) -> Any:
        return self.stage.aws.client(service)

    def measure(self, namespace: str, name: str, value: float, ago: timedelta, **dimensions: str) -> None:
        point = {
            "MetricName": name,
            "Value": value,
            "Timestamp": datetime.now(UTC) - ago,
            "Dimensions": [{"Name": each, "Value": of} for each, of in dimensions.items()],
        }
        self.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[point])

    def look(
        self,
        *names: str,
        ago: timedelta = timedelta(0),
        config: Path | None = None,
        before: bool = False,
    ) -> dict[str, list[Finding]]:
        """The findings of some checks, or of all, by their names."""
        chosen = [check for check in CHECKS if not names or check.name in names]
        now = datetime.now(UTC) - ago
        found = examine(Probe(Aws(), read(config or self.config, "aws"), now), chosen, before=before).found
        by_name: dict[str, list[Finding]] = {}
        for check, finding in found:
            by_name.setdefault(check.name, []).append(finding)
        return by_name


@pytest.fixture(scope="module")
def clinic(theatre: Theatre) -> Iterator[Clinic]:
    stage = theatre.stage(SCENARIOS["deny-all-on-root"])
    aws = stage.aws
    config = aws.home / "guardrail.yaml"
    with in_good_health(stage), pytest.MonkeyPatch.context() as patch:
        may = policy(CHECKS, read(config, "aws").config, "aws", "us-east-1")
        may["Statement"] += OF_THE_EMULATOR
        visitor = Principal(user="visitor", policy=json.dumps(may))
        keys = aws.session(as_=visitor).get_credentials().get_frozen_credentials()
        for name, value in aws.settings().items():
            patch.setenv(name, value)
        patch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
        asked: set[str] = set()
        found = Clinic(stage, config, asked)
        _note_calls(patch, asked)
        yield found


def _note_calls(patch: pytest.MonkeyPatch, asked: set[str]) -> None:
    """Note each call that a client of the command makes, as IAM names it."""
    connected = Aws.connected

    def noting(aws: Aws, service: str, region: str | None = None) -> Any:
        client = connected(aws, service, region)

        def note(model: Any, **_: object) -> None:
            asked.add(f"{service}:{model.name}")

        client.meta.events.register("before-call", note)
        return client

    patch.setattr(probes.Aws, "connected", noting)


def test_in_good_health_all_is_well_and_nothing_is_refused(clinic: Clinic) -> None:
    found = clinic.look()
    assert [finding for each in found.values() for finding in each if finding.level is not Level.OK] == []
    assert set(found) == {check.name for check in CHECKS}


def test_before_another_deployment_what_is_deployed_is_left_out(clinic: Clinic) -> None:
    assert set(clinic.look(before=True)) == {check.name for check in CHECKS if not check.needs_stack}


def test_the_policy_names_what_is_asked_and_nothing_else(clinic: Clinic) -> None:
    clinic.look()
    # These go past `connected`: through what `validate` and `plan` use, or not at all without a rehearsal.
    beside = {"iam:GetRole", "iam:GetUser", "dynamodb:GetItem", "dynamodb:Query"}
    assert clinic.asked | beside == {*ALWAYS, *(action for check in CHECKS for action in check.asks)}


def test_in_good_health_status_is_one_screen_and_asks_no_more(
    clinic: Clinic, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(clinic.config, as_json=False) is ExitCode.FINE
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("✓ Rootguard: all is well")
    assert len(shown) <= SCREEN
    # Doctor's own `--permissions` name all that the status needs.
    assert {ask for row in ROWS for ask in row.asks} <= {ask for check in CHECKS for ask in check.asks}


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.done)
def test_what_is_broken_is_found(clinic: Clinic, setup: Setup) -> None:
    with setup.on(clinic.stage):
        found = clinic.look(setup.check)[setup.check]
    assert any(finding.level.value == setup.level and setup.told in finding.what for finding in found), found
    assert "hunter2" not in str(found)
    assert [finding.level for finding in clinic.look(setup.check)[setup.check]] == [Level.OK]


MEASURED = [
    ("functions", "AWS/Lambda", "Errors", 3.0, "failed 3 times in 24 hours"),
    ("throttling", "AWS/Lambda", "Throttles", 1.0, "was throttled once in 24 hours"),
]


@pytest.mark.parametrize(("name", "namespace", "metric", "value", "told"), MEASURED)
def test_what_cloudwatch_counted_is_found(
    clinic: Clinic, name: str, namespace: str, metric: str, value: float, told: str
) -> None:
    clinic.measure(namespace, metric, value, LONG_AGO, FunctionName=clinic.stage.function)
    (found,) = clinic.look(name, ago=LONG_AGO - timedelta(hours=1))[name]
    assert (found.level, told in found.what) == (Level.WARNING, True), found


def test_used_concurrency_is_found(clinic: Clinic) -> None:
    limit = clinic.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    clinic.measure("AWS/Lambda", "UnreservedConcurrentExecutions", limit - 4, LONG_AGO)
    (found,) = clinic.look("concurrency", ago=LONG_AGO - timedelta(hours=1))["concurrency"]
    assert (found.level, found.what.partition(":")[0]) == (Level.WARNING, "4 free")


def test_sweeps_that_stopped_are_found(clinic: Clinic) -> None:
    (found,) = clinic.look("heartbeat", ago=timedelta(hours=-1))["heartbeat"]
    assert (found.level, "no sweep has completed since" in found.what) == (Level.BROKEN, True), found
    assert "GuardLogs" in found.fix


def test_another_guardrail_than_the_deployed_one_is_found(clinic: Clinic, tmp_path: Path) -> None:
    document = yaml.safe_load(clinic.config.read_text("utf-8"))
    account = clinic.stage.aws.account
    document["mode"], document["sweep"] = "observe", {"every_minutes": 5}
    document["pages"]["slack"] = None
    document["trusted_principals"] = [f"arn:aws:iam::{account}:role/nobody"]
    document["protections"].append({"name": "lab", "targets": [clinic.stage.targets["Sandbox"]]})
    other = tmp_path / "guardrail.yaml"
    other.write_text(yaml.safe_dump(document), "utf-8")
    found = clinic.look("drift", "baseline", config=other)
    (drift,) = found["drift"]
    assert drift.what.endswith('deployed: mode, protection "root", protection "lab", sweep, pages.slack')
    assert [finding.level for finding in found["baseline"]] == [Level.OK, Level.WARNING]
    assert f"{clinic.stage.targets['Sandbox']} was not adopted yet" in found["baseline"][1].what
