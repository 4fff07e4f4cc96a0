"""The stage of a drill: an organization as companies have it, on a local AWS where the stack is deployed.

    Root ── FullAWSAccess, and an SCP of the company's own that must stay
    ├ Security     audit, log-archive
    ├ Workloads
    │ ├ Prod       shop-prod, data-prod
    │ └ Dev        shop-dev
    ├ Sandbox      lab
    └ Quarantine   the fresh, empty OU for the accounts under investigation

A scenario acts on it, and notes for the timeline what people do; what the guard does is read from the
journal of API calls and from the pages that arrived.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from drill.cloudtrail import Delivery
from drill.deployment import Deployment
from drill.local_aws import LocalAws
from drill.principals import Principal
from stacks.names import FUNCTION_OUTPUT, ROLE_OUTPUT, STACK

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
SWEEP = {"source": "rootguard.sweep"}
_WRITTEN = "LOCKOUT WRITTEN"
_REHEARSED = "Rootguard REHEARSAL. "
DENY_ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}
DENY_LEAKS = {"Effect": "Deny", "Action": "s3:PutAccountPublicAccessBlock", "Resource": "*"}
DENY_LEAVING = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
OPERATOR = Principal(user="diego", console=True, mfa=True)
PIPELINE = Principal(role="scp-pipeline", session="build-7")

_TREE: dict[str, Any] = {
    "Security": {"audit": None, "log-archive": None},
    "Workloads": {"Prod": {"shop-prod": None, "data-prod": None}, "Dev": {"shop-dev": None}},
    "Sandbox": {"lab": None},
    "Quarantine": {},
}
_PATIENCE_SECONDS = 30.0
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
"""Whatever is in a queue. A notice that waits there would be paged in the next scenario."""


class NothingHappenedError(RuntimeError):
    """What the drill waited for did not happen in time."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that people or AWS did: when (seconds since the epoch), who, what.

    `moment` marks the two moments that a reader looks for: "incident" and "clean".
    """

    at: float
    who: str
    what: str
    moment: str | None = None


@dataclass(slots=True)
class Stage:
    """A built organization, and what happens on it."""

    aws: LocalAws
    deployment: Deployment
    root: str
    targets: dict[str, str]
    """Ids of OUs and accounts by name."""
    notes: list[Note] = field(default_factory=list)
    root_meanwhile: list[str] = field(default_factory=list)
    """What was attached to Root just after the last attach."""
    felt: dict[str, list[str]] = field(default_factory=dict)
    """Why calls of people in member accounts were denied, in order, by who they are; "" if one was not."""
    made: list[str] = field(default_factory=list)
    """The ids of the SCPs that were made here, in order."""
    began: float = 0.0
    """When the scenario began, in seconds since the epoch."""

    @classmethod
    def build(cls, aws: LocalAws, deployment: Deployment) -> Stage:
        """Make the organization, in place of any that was there."""
        aws.begin_anew()
        # All of this was there before Rootguard came, so there is no event of it.
        aws.delivery(Delivery(drop=-1))
        organizations = aws.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        root = organizations.list_roots()["Roots"][0]["Id"]
        organizations.enable_policy_type(RootId=root, PolicyType=SCP)
        stage = cls(aws, deployment, root, {})
        stage._grow(root, _TREE)
        own = stage.create_scp("DenyLeavingTheOrganization", DENY_LEAVING)
        organizations.attach_policy(PolicyId=own, TargetId=root)
        aws.delivery(Delivery())
        # The drill makes its own minutes: a sweep of the schedule's would come at any moment.
        stage.schedule(is_on=False)
        stage.begin()
        return stage

    def _grow(self, parent: str, branches: dict[str, Any]) -> None:
        organizations = self.aws.client("organizations")
        for name, below in branches.items():
            if below is None:
                made = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
                account = made["CreateAccountStatus"]["AccountId"]
                organizations.move_account(
                    AccountId=account, SourceParentId=self.root, DestinationParentId=parent
                )
                self.targets[name] = account
            else:
                unit = organizations.create_organizational_unit(ParentId=parent, Name=name)
                self.targets[name] = unit["OrganizationalUnit"]["Id"]
                self._grow(self.targets[name], below)

    def enable_rcps(self) -> None:
        """Let the organization have RCPs, too."""
        self.aws.client("organizations").enable_policy_type(RootId=self.root, PolicyType=RCP)

    def schedule(self, *, is_on: bool) -> None:
        """Switch the sweeps of the schedule on or off."""
        scheduler, state = self.aws.client("scheduler"), "ENABLED" if is_on else "DISABLED"
        for listed in scheduler.list_schedules()["Schedules"]:
            schedule = scheduler.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])
            wanted = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
            scheduler.update_schedule(**{key: schedule[key] for key in wanted}, State=state)

    def begin(self) -> None:
        """Take what has happened so far as what was before the scenario."""
        self.began = time.time()
        self.notes.clear()
        self.felt.clear()

    def pages(self) -> list[dict[str, Any]]:
        """Return the pages of the scenario so far: at, channel, endpoint, subject, text."""
        quiet = [*self.notices(), *self.remarks()]
        return [page for page in self._sent() if page not in quiet]

    def notices(self) -> list[dict[str, Any]]:
        """Return what went out because a lockout was written. It wakes nobody, so it is no page."""
        return [page for page in self._sent() if _WRITTEN in page["subject"] + page["text"]]

    def remarks(self) -> list[dict[str, Any]]:
        """Return what went out because a rehearsal went well. It wakes nobody either."""
        return [page for page in self._sent() if _REHEARSED in page["subject"] + page["text"]]

    def _sent(self) -> list[dict[str, Any]]:
        return [page for page in self.aws.pages() if page["at"] >= self.began]

    def sweep(self, next_in: float | None = None) -> None:
        """Let the function sweep, as the schedule does each minute. Raises where the sweep failed.

        Until the next one, which is due in so many seconds, Root is watched if the guardrail says so.
        """
        order: dict[str, object] = dict(SWEEP)
        if next_in is not None:
            due = datetime.now(UTC) + timedelta(seconds=next_in) - timedelta(minutes=1)
            order |= {"at": due.isoformat(), "every_minutes": 1}
        answer = self.aws.client("lambda").invoke(FunctionName=self.function, Payload=json.dumps(order))
        if answer.get("FunctionError"):
            raise NothingHappenedError(f"the sweep failed: {answer['Payload'].read().decode()}")

    def wait_for_the_function(self) -> None:
        """Wait until the function answers: after a deployment, its old environment may still be ending."""
        functions = self.aws.client("lambda")
        self.wait(
            "the function to start",
            lambda: "FunctionError" not in functions.invoke(FunctionName=self.function, Payload="{}"),
        )

    def renew_the_functions(self) -> None:
        """End every environment: a sweep of the schedule may have begun one with new code and old variables.

        Such a one would stay, and know neither an OU nor a role that this deployment has made.
        """
        functions = self.aws.client("lambda")
        for listed in functions.list_functions()["Functions"]:
            functions.update_function_configuration(
                FunctionName=listed["FunctionName"], Environment=listed.get("Environment", {"Variables": {}})
            )

    def next_second(self) -> None:
        """Wait: CloudTrail and the sweeps know whole seconds, and what is of one second is of one moment."""
        now = int(time.time())
        self.wait("the next second", lambda: int(time.time()) > now)

    def wait_until_quiet(self) -> None:
        """Wait until no function runs, and nothing is on its way to those who are reached through a queue."""
        mappings = self.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        names = [mapping["EventSourceArn"].rpartition(":")[2] for mapping in mappings]

        def quiet() -> bool:
            # In this order: a function at work may fill a queue.
            return not self._is_at_work() and not any(map(self._messages_in, names))

        # Two looks: a notice that was on its way during the first may be in a channel's queue by the second.
        self.wait("the work to end", lambda: quiet() and quiet())

    def _is_at_work(self) -> bool:
        return any(run["failed"] is None for run in self.aws.runs())

    def _messages_in(self, queue_name: str) -> int:
        sqs = self.aws.client("sqs")
        url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)["Attributes"]
        return sum(int(count) for count in counts.values())

    def adopt(self) -> None:
        """Let the first sweep accept what is attached, and begin the scenario after it."""
        self.sweep()
        self.wait_until_quiet()
        self.begin()

    @property
    def function(self) -> str:
        """The deployed function's name."""
        return self.deployment.outputs[FUNCTION_OUTPUT]

    @property
    def guard_role(self) -> str:
        """The deployed function's role."""
        return self.deployment.outputs[ROLE_OUTPUT]

    def create_scp(self, name: str, statement: dict[str, Any], as_: Principal | None = None) -> str:
        """Create an SCP of one statement and return its id."""
        made = self.aws.client("organizations", as_=as_).create_policy(
            Name=name, Description="made by a drill", Type=SCP, Content=content_of(statement)
        )
        self.made.append(made["Policy"]["PolicySummary"]["Id"])
        return self.made[-1]

    def attach(self, policy_id: str, target_id: str, as_: Principal) -> None:
        """Attach a policy as someone."""
        self.aws.client("organizations", as_=as_).attach_policy(PolicyId=policy_id, TargetId=target_id)
        self.root_meanwhile = self.policies_on(self.root)

    def policies_on(self, target_id: str) -> list[str]:
        """Return the names of the SCPs on a target, in the order of the names."""
        listed = self.aws.client("organizations").list_policies_for_target(TargetId=target_id, Filter=SCP)
        return sorted(policy["Name"] for policy in listed["Policies"])

    def note(self, who: str, what: str, *, moment: str | None = None) -> None:
        """Put what just happened on the timeline."""
        self.notes.append(Note(time.time(), who, what, moment))

    def answers(self, operation: str) -> int:
        """Return how many deliveries of people's calls of an operation the function has answered so far."""
        return self._answered(lambda each: each["eventName"] == operation and not self._is_guards(each))

    def arrived(self) -> int:
        """Return how many events the functions have answered so far, those of reads among them."""
        return self._answered(lambda _: True)

    def _answered(self, is_meant: Callable[[dict[str, Any]], bool]) -> int:
        records = (relayed["record"] for relayed in self.aws.records())
        events = {record["eventID"] for record in records if is_meant(record)}
        return sum(run["event_id"] in events and run["failed"] is False for run in self.aws.runs())

    def alarm(self, name: str) -> dict[str, Any]:
        """Return an alarm of the stack as CloudWatch has it now."""
        cloudwatch = self.aws.client("cloudwatch")
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[f"{STACK}-{name}"])["MetricAlarms"]
        return dict(alarm)

    def measure(self, name: str, count: int) -> None:
        """Let the metric of an alarm have so many values now: the local AWS reads none out of logs."""
        cloudwatch, alarm = self.aws.client("cloudwatch"), self.alarm(name)
        counted = {"SampleCount": count, "Sum": 0, "Minimum": 0, "Maximum": 0}
        datum = {"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"]}
        cloudwatch.put_metric_data(
            Namespace=alarm["Namespace"], MetricData=[datum | {"StatisticValues": counted}]
        )

    def _is_guards(self, record: dict[str, Any]) -> bool:
        issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {})
        return bool(issuer.get("arn") == self.guard_role)

    @contextmanager
    def events_held(self, then: Delivery | None = None) -> Iterator[None]:
        """Let no event of the block begin its way until it ends; then they travel so, last first."""
        delivery = then or Delivery()
        self.aws.delivery(replace(delivery, reorder=sys.maxsize))
        try:
            yield
        finally:
            self.aws.delivery(delivery)

    @contextmanager
    def without_ledger(self) -> Iterator[None]:
        """Let the functions' calls to DynamoDB reach nobody until the block ends."""
        functions = self.aws.client("lambda")
        before = {
            listed["FunctionName"]: listed.get("Environment", {}).get("Variables", {})
            for listed in functions.list_functions()["Functions"]
        }
        for name, variables in before.items():
            nowhere = variables | {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": nowhere})
        try:
            yield
            self.wait_until_quiet()  # the update ends every environment, at work or not
        finally:
            for name, variables in before.items():
                functions.update_function_configuration(
                    FunctionName=name, Environment={"Variables": variables}
                )

    def wait_for_answers(self, operation: str, count: int = 1) -> None:
        """Wait until the function has answered this many deliveries of people's calls of an operation."""
        self.wait(f"{count} answers to {operation}", lambda: self.answers(operation) >= count)

    def wait(self, what: str, look: Callable[[], Any]) -> Any:
        """Look until there is something to see, and return it."""
        stop = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < stop:
            if seen := look():
                return seen
            time.sleep(0.05)
        log = self.aws.log_path.read_text(errors="replace").splitlines()[-25:]
        raise NothingHappenedError(
            f"waited {_PATIENCE_SECONDS:.0f} s for {what}; the local AWS says:\n" + "\n".join(log)
        )

    def guard_calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        """Return the Organizations calls that the guard made in the scenario, in order."""
        return [
            call
            for call in self.aws.journal()
            if call["role_arn"] == self.guard_role
            and call["at"] >= self.began
            and operation in (None, call["operation"])
        ]


def content_of(statement: dict[str, Any]) -> str:
    """Return the text of a policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
