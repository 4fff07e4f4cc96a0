"""Doctor finds: the real stack on a local AWS, broken in one way after another, and each way is found.

Whoever looks has the policy that `--permissions` prints, and nothing else.
"""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
from drill.principals import Principal
from drill.run import Theatre
from drill.scenarios import SCENARIOS
from drill.stage import Stage
from stacks.config import read
from stacks.names import DEAD_LETTERS_OUTPUT, STACK, TOPIC_OUTPUT

LONG_AGO = timedelta(hours=48)
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

    @property
    def outputs(self) -> dict[str, str]:
        return self.stage.deployment.outputs

    def client(self, service: str) -> Any:
        return self.stage.aws.client(service)

    def part(self, kind: str, beginning: str) -> str:
        listed = self.client("cloudformation").list_stack_resources(StackName=STACK)
        (found,) = [
            part["PhysicalResourceId"]
            for part in listed["StackResourceSummaries"]
            if part["ResourceType"] == kind and part["LogicalResourceId"].startswith(beginning)
        ]
        return str(found)

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
    stage.adopt()
    aws.client("s3").create_bucket(Bucket="trail")
    trails = aws.client("cloudtrail")
    trails.create_trail(Name="audit", S3BucketName="trail", IsMultiRegionTrail=True)
    trails.start_logging(Name="audit")
    stage.schedule(is_on=True)
    config = aws.home / "guardrail.yaml"
    with pytest.MonkeyPatch.context() as patch:
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
        found.measure("Rootguard", "SweepCompleted", 1, timedelta(minutes=1), service="rootguard")
        _note_calls(patch, asked)
        yield found
    stage.schedule(is_on=False)


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
    # These two go past `connected`: through what `validate` and `plan` use.
    beside = {"iam:GetRole", "iam:GetUser", "dynamodb:Query"}
    assert clinic.asked | beside == {*ALWAYS, *(action for check in CHECKS for action in check.asks)}


Break = Callable[[Clinic], AbstractContextManager[None]]


@contextmanager
def not_logging(clinic: Clinic) -> Iterator[None]:
    clinic.client("cloudtrail").stop_logging(Name="audit")
    yield
    clinic.client("cloudtrail").start_logging(Name="audit")


@contextmanager
def reads_only(clinic: Clinic) -> Iterator[None]:
    for kind in ("ReadOnly", "All"):
        selector = {"ReadWriteType": kind, "IncludeManagementEvents": True}
        clinic.client("cloudtrail").put_event_selectors(TrailName="audit", EventSelectors=[selector])
        if kind == "ReadOnly":
            yield


@contextmanager
def rule_disabled(clinic: Clinic) -> Iterator[None]:
    name = clinic.part("AWS::Events::Rule", "DetectionChanges").rpartition("|")[2]
    clinic.client("events").disable_rule(Name=name)
    yield
    clinic.client("events").enable_rule(Name=name)


@contextmanager
def target_removed(clinic: Clinic) -> Iterator[None]:
    events, name = clinic.client("events"), clinic.part("AWS::Events::Rule", "TamperTamperRunning")
    targets = events.list_targets_by_rule(Rule=name)["Targets"]
    events.remove_targets(Rule=name, Ids=[target["Id"] for target in targets])
    yield
    events.put_targets(Rule=name, Targets=targets)


@contextmanager
def not_let_in(clinic: Clinic) -> Iterator[None]:
    functions, name = clinic.client("lambda"), clinic.stage.function
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    (first, *_) = [each for each in policy["Statement"] if "Changes" in json.dumps(each["Condition"])]
    functions.remove_permission(FunctionName=name, StatementId=first["Sid"])
    yield
    functions.add_permission(
        FunctionName=name,
        StatementId=first["Sid"],
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=first["Condition"]["ArnLike"]["AWS:SourceArn"],
    )


@contextmanager
def schedule_off(clinic: Clinic) -> Iterator[None]:
    clinic.stage.schedule(is_on=False)
    yield
    clinic.stage.schedule(is_on=True)


@contextmanager
def mapping_off(clinic: Clinic) -> Iterator[None]:
    uuid = clinic.part("AWS::Lambda::EventSourceMapping", "Slack")
    clinic.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=False)
    yield
    clinic.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)


@contextmanager
def guard_switched_off(clinic: Clinic) -> Iterator[None]:
    name = clinic.stage.function
    clinic.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield
    clinic.client("lambda").delete_function_concurrency(FunctionName=name)


@contextmanager
def dead_letter(clinic: Clinic) -> Iterator[None]:
    url = clinic.outputs[f"Slack{DEAD_LETTERS_OUTPUT}"]
    clinic.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    yield
    clinic.client("sqs").purge_queue(QueueUrl=url)


@contextmanager
def unsubscribed(clinic: Clinic) -> Iterator[None]:
    sns, topic = clinic.client("sns"), clinic.outputs[TOPIC_OUTPUT]
    (sms,) = [
        each for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if each["Protocol"] == "sms"
    ]  # fmt: skip
    sns.unsubscribe(SubscriptionArn=sms["SubscriptionArn"])
    yield
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=sms["Endpoint"])


@contextmanager
def secret_of_no_form(clinic: Clinic) -> Iterator[None]:
    secrets = clinic.client("secretsmanager")
    before = secrets.get_secret_value(SecretId="rootguard/pagerduty")["SecretString"]
    secrets.put_secret_value(SecretId="rootguard/pagerduty", SecretString="hunter2")
    yield
    secrets.put_secret_value(SecretId="rootguard/pagerduty", SecretString=before)


@contextmanager
def secret_deleted(clinic: Clinic) -> Iterator[None]:
    clinic.client("secretsmanager").delete_secret(SecretId="rootguard/slack")
    yield
    clinic.client("secretsmanager").restore_secret(SecretId="rootguard/slack")


@contextmanager
def alarm_muted(clinic: Clinic) -> Iterator[None]:
    clinic.client("cloudwatch").disable_alarm_actions(AlarmNames=["Rootguard-GuardErrors"])
    yield
    clinic.client("cloudwatch").enable_alarm_actions(AlarmNames=["Rootguard-GuardErrors"])


@contextmanager
def alarm_rings(clinic: Clinic) -> Iterator[None]:
    for state in ("ALARM", "OK"):
        clinic.client("cloudwatch").set_alarm_state(
            AlarmName="Rootguard-Fights", StateValue=state, StateReason="a test"
        )
        if state == "ALARM":
            yield


@contextmanager
def never_bootstrapped(clinic: Clinic) -> Iterator[None]:
    ssm, name = clinic.client("ssm"), "/cdk-bootstrap/hnb659fds/version"
    version = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ssm.delete_parameter(Name=name)
    yield
    ssm.put_parameter(Name=name, Value=version, Type="String")


@contextmanager
def code_changed(clinic: Clinic) -> Iterator[None]:
    functions, name = clinic.client("lambda"), clinic.stage.function
    location = functions.get_function(FunctionName=name)["Code"]["Location"]
    with urllib.request.urlopen(location, timeout=10) as answer:  # noqa: S310 - the local AWS's own
        before = answer.read()
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.namelist():
            content = old.read(item)
            new.writestr(item, content + b"# mine\n" if item.endswith("domain/rules.py") else content)
    functions.update_function_code(FunctionName=name, ZipFile=changed.getvalue())
    yield
    functions.update_function_code(FunctionName=name, ZipFile=before)


FAULTS: list[tuple[str, Level, str, Break]] = [
    ("trail", Level.BROKEN, "audit is not logging", not_logging),
    ("trail", Level.BROKEN, "audit does not record all writes", reads_only),
    ("rules", Level.BROKEN, "is DISABLED", rule_disabled),
    ("rules", Level.BROKEN, "does not have its target", target_removed),
    ("rules", Level.BROKEN, "does not let Rootguard-DetectionChanges", not_let_in),
    ("schedules", Level.BROKEN, "Rootguard-Sweeps is DISABLED", schedule_off),
    ("queues", Level.BROKEN, "is Disabled", mapping_off),
    ("functions", Level.BROKEN, "is switched off", guard_switched_off),
    ("dead-letters", Level.BROKEN, "1 dead letter waits in the queue of slack", dead_letter),
    ("subscriptions", Level.BROKEN, "+12065550100 is not subscribed", unsubscribed),
    ("secrets", Level.BROKEN, "rootguard/pagerduty cannot be used: not a routing key", secret_of_no_form),
    ("secrets", Level.BROKEN, "rootguard/slack is marked for deletion", secret_deleted),
    ("alarms", Level.BROKEN, "its actions are disabled", alarm_muted),
    ("alarms", Level.WARNING, "Rootguard-Fights is in ALARM", alarm_rings),
    ("bootstrap", Level.BROKEN, "never bootstrapped", never_bootstrapped),
    ("drift", Level.WARNING, "not of this checkout: rootguard/domain/rules.py", code_changed),
]


@pytest.mark.parametrize(
    ("name", "level", "told", "broken"), FAULTS, ids=[broken.__name__ for *_, broken in FAULTS]
)
def test_what_is_broken_is_found(clinic: Clinic, name: str, level: Level, told: str, broken: Break) -> None:
    with broken(clinic):
        found = clinic.look(name)[name]
    assert any(finding.level is level and told in finding.what for finding in found), found
    assert "hunter2" not in str(found)
    assert [finding.level for finding in clinic.look(name)[name]] == [Level.OK]


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
