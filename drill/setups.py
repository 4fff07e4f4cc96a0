"""Set-ups that are broken in one way each, for `rootguard doctor` to find. What breaks one also mends it.

The table `SETUPS` is rehearsed by the scenario `doctor-finds`.
"""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from drill.local_aws import LocalAws
from drill.stage import Stage
from stacks.names import DEAD_LETTERS_OUTPUT, STACK, TOPIC_OUTPUT

Mend = Callable[[], object]

_TRAIL: Final = "audit"
_BOOTSTRAP: Final = "/cdk-bootstrap/hnb659fds/version"
_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Setup:
    """One broken set-up.

    Attributes:
        done: what someone does, in words for the timeline.
        check: the check of doctor that finds it.
        level: how bad that check takes it to be.
        told: a part of what that check says.
        break_it: does it, and returns what mends it again.
    """

    done: str
    check: str
    level: str
    told: str
    break_it: Callable[[Stage], Mend]

    @contextmanager
    def on(self, stage: Stage) -> Iterator[None]:
        """Break it, and mend it at the end of the block."""
        mend = self.break_it(stage)
        try:
            yield
        finally:
            mend()


@contextmanager
def in_good_health(stage: Stage) -> Iterator[None]:
    """Give the stage what a real account has and a drill does without: a trail, a counted sweep, an event."""
    stage.adopt()
    # The local AWS does not take metrics out of a function's log.
    figures = [
        {
            "MetricName": name,
            "Value": value,
            "Timestamp": datetime.now(UTC) - timedelta(minutes=1),
            "Dimensions": [{"Name": "service", "Value": "rootguard"}],
        }
        for name, value in (("SweepCompleted", 1), ("EventLatencySeconds", 17))
    ]
    stage.aws.client("cloudwatch").put_metric_data(Namespace="Rootguard", MetricData=figures)
    alarms = ("SweepsMissing", "EventsMissing")
    stage.wait("the alarms", lambda: all(stage.alarm(name)["StateValue"] == "OK" for name in alarms))
    # What the alarms' OKs page must have arrived before anything is broken.
    stage.wait_until_quiet()
    with a_trail(stage.aws):
        stage.schedule(is_on=True)
        try:
            yield
        finally:
            stage.schedule(is_on=False)


@contextmanager
def a_trail(aws: LocalAws) -> Iterator[None]:
    """Lend a trail that logs management events, without which EventBridge sees no calls."""
    trails, storage = aws.client("cloudtrail"), aws.client("s3")
    storage.create_bucket(Bucket=_TRAIL)
    trails.create_trail(Name=_TRAIL, S3BucketName=_TRAIL, IsMultiRegionTrail=True)
    trails.start_logging(Name=_TRAIL)
    try:
        yield
    finally:
        trails.delete_trail(Name=_TRAIL)
        storage.delete_bucket(Bucket=_TRAIL)


def _stop_logging(stage: Stage) -> Mend:
    trails = stage.aws.client("cloudtrail")
    trails.stop_logging(Name=_TRAIL)
    return lambda: trails.start_logging(Name=_TRAIL)


def _log_reads_only(stage: Stage) -> Mend:
    trails = stage.aws.client("cloudtrail")

    def select(kind: str) -> None:
        selector = {"ReadWriteType": kind, "IncludeManagementEvents": True}
        trails.put_event_selectors(TrailName=_TRAIL, EventSelectors=[selector])

    select("ReadOnly")
    return lambda: select("All")


def _disable_rule(stage: Stage) -> Mend:
    events, name = stage.aws.client("events"), _part(stage, "AWS::Events::Rule", "DetectionChanges")
    events.disable_rule(Name=name)
    return lambda: events.enable_rule(Name=name)


def _remove_target(stage: Stage) -> Mend:
    events, name = stage.aws.client("events"), _part(stage, "AWS::Events::Rule", "TamperTamperRunning")
    targets = events.list_targets_by_rule(Rule=name)["Targets"]
    events.remove_targets(Rule=name, Ids=[target["Id"] for target in targets])
    return lambda: events.put_targets(Rule=name, Targets=targets)


def _remove_permission(stage: Stage) -> Mend:
    functions, name = stage.aws.client("lambda"), stage.function
    statements = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    statement = next(each for each in statements if "DetectionChanges" in each["Sid"])
    functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])
    return lambda: functions.add_permission(
        FunctionName=name,
        StatementId=statement["Sid"],
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=statement["Condition"]["ArnLike"]["AWS:SourceArn"],
    )


def _disable_schedules(stage: Stage) -> Mend:
    stage.schedule(is_on=False)
    return lambda: stage.schedule(is_on=True)


def _disable_mapping(stage: Stage) -> Mend:
    functions, uuid = stage.aws.client("lambda"), _part(stage, "AWS::Lambda::EventSourceMapping", "Slack")
    functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    return lambda: functions.update_event_source_mapping(UUID=uuid, Enabled=True)


def _switch_guard_off(stage: Stage) -> Mend:
    functions, name = stage.aws.client("lambda"), stage.function
    stage.schedule(is_on=False)  # a sweep that came meanwhile would become a dead letter
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    def mend() -> None:
        functions.delete_function_concurrency(FunctionName=name)
        stage.schedule(is_on=True)

    return mend


def _change_code(stage: Stage) -> Mend:
    functions, name = stage.aws.client("lambda"), stage.function
    location = functions.get_function(FunctionName=name)["Code"]["Location"]
    with urllib.request.urlopen(location, timeout=_SECONDS) as answer:  # noqa: S310 - the local AWS's own
        before = answer.read()
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.namelist():
            more = b"# and more\n" if item.endswith("domain/rules.py") else b""
            new.writestr(item, old.read(item) + more)
    functions.update_function_code(FunctionName=name, ZipFile=changed.getvalue())
    return lambda: functions.update_function_code(FunctionName=name, ZipFile=before)


def _leave_dead_letter(stage: Stage) -> Mend:
    queues, url = stage.aws.client("sqs"), stage.deployment.outputs[f"Slack{DEAD_LETTERS_OUTPUT}"]
    queues.send_message(QueueUrl=url, MessageBody="{}")
    return lambda: queues.purge_queue(QueueUrl=url)


def _unsubscribe(stage: Stage) -> Mend:
    topics, topic = stage.aws.client("sns"), stage.deployment.outputs[TOPIC_OUTPUT]
    listed = topics.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    phone = next(each for each in listed if each["Protocol"] == "sms")
    topics.unsubscribe(SubscriptionArn=phone["SubscriptionArn"])
    return lambda: topics.subscribe(TopicArn=topic, Protocol="sms", Endpoint=phone["Endpoint"])


def _spoil_secret(stage: Stage) -> Mend:
    secrets, name = stage.aws.client("secretsmanager"), "rootguard/pagerduty"
    before = secrets.get_secret_value(SecretId=name)["SecretString"]
    secrets.put_secret_value(SecretId=name, SecretString="hunter2")
    return lambda: secrets.put_secret_value(SecretId=name, SecretString=before)


def _delete_secret(stage: Stage) -> Mend:
    secrets, name = stage.aws.client("secretsmanager"), "rootguard/slack"
    secrets.delete_secret(SecretId=name)
    return lambda: secrets.restore_secret(SecretId=name)


def _mute_alarm(stage: Stage) -> Mend:
    alarms, names = stage.aws.client("cloudwatch"), [f"{STACK}-GuardErrors"]
    alarms.disable_alarm_actions(AlarmNames=names)
    return lambda: alarms.enable_alarm_actions(AlarmNames=names)


def _forget_bootstrap(stage: Stage) -> Mend:
    parameters = stage.aws.client("ssm")
    version = parameters.get_parameter(Name=_BOOTSTRAP)["Parameter"]["Value"]
    parameters.delete_parameter(Name=_BOOTSTRAP)
    return lambda: parameters.put_parameter(Name=_BOOTSTRAP, Value=version, Type="String")


def _part(stage: Stage, kind: str, beginning: str) -> str:
    """Return what AWS calls the one resource of the stack of a type whose logical id begins so."""
    listed = stage.aws.client("cloudformation").list_stack_resources(StackName=STACK)
    (found,) = [
        str(part["PhysicalResourceId"])
        for part in listed["StackResourceSummaries"]
        if part["ResourceType"] == kind and part["LogicalResourceId"].startswith(beginning)
    ]
    return found.rpartition("|")[2]


SETUPS: Final = (
    Setup("stops the trail", "trail", "broken", "audit is not logging", _stop_logging),
    Setup(
        "lets the trail log reads only",
        "trail",
        "broken",
        "audit does not record all writes",
        _log_reads_only,
    ),
    Setup("disables the rule of changes", "rules", "broken", "is DISABLED", _disable_rule),
    Setup("takes a rule's target away", "rules", "broken", "does not have its target", _remove_target),
    Setup(
        "takes the guard's permission for EventBridge away",
        "rules",
        "broken",
        "does not let Rootguard-DetectionChanges",
        _remove_permission,
    ),
    Setup(
        "disables the schedules", "schedules", "broken", "Rootguard-Sweeps is DISABLED", _disable_schedules
    ),
    Setup("stops the queue of Slack", "queues", "broken", "is Disabled", _disable_mapping),
    Setup(
        "reserves no concurrency at all for the guard",
        "functions",
        "broken",
        "is switched off",
        _switch_guard_off,
    ),
    Setup(
        "changes the guard's code",
        "drift",
        "warning",
        "not of this checkout: rootguard/domain/rules.py",
        _change_code,
    ),
    Setup(
        "leaves a dead letter",
        "dead-letters",
        "broken",
        "1 dead letter waits in the queue of slack",
        _leave_dead_letter,
    ),
    Setup(
        "unsubscribes the phone",
        "subscriptions",
        "broken",
        "+12065550100 is not subscribed",
        _unsubscribe,
    ),
    Setup(
        "writes something else into PagerDuty's secret",
        "secrets",
        "broken",
        "rootguard/pagerduty cannot be used: not a routing key",
        _spoil_secret,
    ),
    Setup(
        "deletes Slack's secret",
        "secrets",
        "broken",
        "rootguard/slack is marked for deletion",
        _delete_secret,
    ),
    Setup("mutes an alarm", "alarms", "broken", "its actions are disabled", _mute_alarm),
    Setup("deletes the CDK's bootstrap", "bootstrap", "broken", "never bootstrapped", _forget_bootstrap),
)
