"""What nobody but a deployment may do to the parts of Rootguard: the functions, what wakes them, and so on.

The parts are those that the stack has: each is known by its type in CloudFormation, and by its name. Most
names begin with the stack's, and are covered together, so a part that is added later is covered as well. A
type without a line here stops the synth.

The calls are those by which a part can be changed, silenced or removed: all that `constructs.tamper_calls`
pages, and some more. They are written by their verbs, which hold for calls to come as well, and take little
of the room that a managed policy has. Each is authorized on the type of resource that its line names (Service
Authorization Reference, the page of each service); elsewhere, a statement with it would deny nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from stacks.prevention.statement import Conditions, Statement


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the stack.

    Attributes:
        type: its type in CloudFormation.
        path: where it is in the tree of constructs, for people.
        name: the name that it was given; None if CloudFormation names it, beginning with the stack's name.
        arn: its ARN, if no name is in it.
    """

    type: str
    path: str
    name: str | None = None
    arn: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack is deployed."""

    partition: str
    region: str
    account: str
    stack_name: str

    def arn(self, service: str, path: str) -> str:
        """Return an ARN in this account. IAM, and CloudWatch for dashboards, have no Region in theirs."""
        region = "" if service == "iam" or path.startswith("dashboard/") else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{path}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of part.

    Attributes:
        sid: the statement that keeps parts of this type.
        service: IAM's prefix of the service.
        path: the end of the ARN, with {name} for the name; empty if the resource knows its ARN.
        named: the property in CloudFormation that gives the name.
        calls: what is denied.
    """

    sid: str
    service: str
    path: str
    named: str
    calls: str

    @property
    def actions(self) -> tuple[str, ...]:
        """As IAM calls them."""
        return _calls(self.service, self.calls)


RUNNING: Final = "KeepWhatRuns"
PAGING: Final = "KeepWhatPages"
KEEPING: Final = "KeepWhatIsStored"
ALLOWING: Final = "KeepWhatItMay"
STACK: Final = "KeepTheStack"
TRAILS: Final = "KeepTheTrails"
INVOKING: Final = "KeepEventsTrue"
MAPPINGS: Final = "KeepTheQueuesMappings"
SUBSCRIPTIONS: Final = "KeepSubscriptions"

KINDS: Final = {
    "AWS::Lambda::Function": Kind(
        RUNNING, "lambda", "function:{name}", "function_name", "Add* Create* Delete* Put* Remove* Update*"
    ),
    "AWS::Events::Rule": Kind(RUNNING, "events", "rule/{name}", "name", "Delete* Disable* Put* Remove*"),
    "AWS::Events::EventBus": Kind(
        RUNNING, "events", "event-bus/{name}", "name", "Delete* Put* Remove* Update*"
    ),
    "AWS::Scheduler::Schedule": Kind(
        RUNNING, "scheduler", "schedule/default/{name}", "name", "Delete* Update*"
    ),
    "AWS::SNS::Topic": Kind(PAGING, "sns", "{name}", "topic_name", "Add* Delete* Put* Remove* SetTopic*"),
    "AWS::KMS::Key": Kind(PAGING, "kms", "", "", "Disable* Put* Schedule*"),
    "AWS::CloudWatch::Alarm": Kind(
        PAGING, "cloudwatch", "alarm:{name}", "alarm_name", "Delete* Disable* Put*"
    ),
    "AWS::CloudWatch::Dashboard": Kind(
        PAGING, "cloudwatch", "dashboard/{name}", "dashboard_name", "Delete* Put*"
    ),
    # Messages may be sent and deleted: that is how dead letters are delivered again.
    "AWS::SQS::Queue": Kind(
        KEEPING, "sqs", "{name}", "queue_name", "Add* DeleteQueue Purge* Remove* SetQueue*"
    ),
    # Who may write which items, each table's own policy says.
    "AWS::DynamoDB::Table": Kind(
        KEEPING,
        "dynamodb",
        "table/{name}",
        "table_name",
        "DeleteResourcePolicy DeleteTable* PutResourcePolicy UpdateContinuousBackups UpdateTable* "
        "UpdateTimeToLive",
    ),
    "AWS::Logs::LogGroup": Kind(
        KEEPING, "logs", "log-group:{name}", "log_group_name", "Delete* PutRetentionPolicy"
    ),
    # The ledger knows its writers by their names, and whoever passes a role to a function acts as it.
    "AWS::IAM::Role": Kind(
        ALLOWING, "iam", "role/{name}", "role_name", "Attach* Create* Delete* Detach* PassRole Put* Update*"
    ),
    "AWS::IAM::ManagedPolicy": Kind(
        ALLOWING, "iam", "policy/{name}", "managed_policy_name", "Create* Delete* Set*"
    ),
}
"""Type in CloudFormation → how such a part is kept."""

WITHIN: Final = {
    "AWS::CDK::Metadata": "nothing",
    "AWS::Events::EventBusPolicy": "the bus",
    "AWS::Lambda::EventInvokeConfig": "the function, whose name it has",
    "AWS::Lambda::EventSourceMapping": MAPPINGS,
    "AWS::Lambda::Permission": "the function's own policy",
    # It undoes what others do there. AWS deletes no OU with accounts in it, and no policy that is attached.
    "AWS::Organizations::OrganizationalUnit": "the guard, which protects what is attached there",
    "AWS::Organizations::Policy": "the guard, which protects both OUs to which they belong",
    "AWS::SNS::Subscription": SUBSCRIPTIONS,
    "AWS::SNS::TopicPolicy": "the topic",
    "AWS::SQS::QueuePolicy": "the queue",
}
"""Types that have no ARN of their own, or none with a name in it, and what keeps them."""


class UncoveredPartError(LookupError):
    """The stack has a part that these policies would not keep."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(
            f"{resource.path} is an {resource.type}, of which stacks/prevention/parts.py has no line: say in "
            "KINDS by which calls such a part is changed or removed, or in WITHIN what keeps it."
        )


def statements(
    resources: Iterable[Resource], place: Place, but_for_deployments: Conditions
) -> list[Statement]:
    """Return the statements that keep the parts of the stack.

    Raises:
        UncoveredPartError: a resource is of a type that has no line here.
    """
    actions: dict[str, dict[str, None]] = {}
    arns: dict[str, dict[str, None]] = {}
    for resource in resources:
        kind = KINDS.get(resource.type)
        if kind is None:
            if resource.type not in WITHIN:
                raise UncoveredPartError(resource)
            continue
        actions.setdefault(kind.sid, {}).update(dict.fromkeys(kind.actions))
        arns.setdefault(kind.sid, {})[_arn(kind, resource, place)] = None
    kept = [
        Statement(sid, tuple(sorted(actions[sid])), tuple(sorted(arns[sid])), but_for_deployments)
        for sid in (RUNNING, PAGING, KEEPING, ALLOWING)
        if sid in actions
    ]
    return [*kept, *_around(place, but_for_deployments)]


def _arn(kind: Kind, resource: Resource, place: Place) -> str:
    if resource.arn is not None:
        return resource.arn
    name = resource.name
    if name is None or name.startswith(f"{place.stack_name}-"):
        name = f"{place.stack_name}-*"
    return place.arn(kind.service, kind.path.format(name=name))


def _around(place: Place, but_for_deployments: Conditions) -> Iterator[Statement]:
    """Yield what no resource of the stack stands for."""
    functions = place.arn("lambda", f"function:{place.stack_name}-*")
    yield Statement(
        INVOKING,
        # To invoke the guard is to hand it an event that nobody checks. Isolation checks who asks, and is
        # there to be invoked by people.
        ("lambda:InvokeFunction",),
        (place.arn("lambda", f"function:{place.stack_name}-Guard*"),),
        but_for_deployments,
    )
    yield Statement(
        MAPPINGS,
        ("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"),
        (place.arn("lambda", "event-source-mapping:*"),),
        {**but_for_deployments, "ArnLike": {"lambda:FunctionArn": functions}},
    )
    yield Statement(
        SUBSCRIPTIONS,
        # IAM is not told the topic, so this is for every topic of the Region.
        ("sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
        ("*",),
        {**but_for_deployments, "StringEquals": {"aws:RequestedRegion": place.region}},
    )
    yield Statement(
        STACK,
        _calls("cloudformation", "Create* Delete* Execute* Set* Update*"),
        (place.arn("cloudformation", f"stack/{place.stack_name}/*"),),
        but_for_deployments,
    )
    yield Statement(
        TRAILS,
        _calls("cloudtrail", "Delete* PutEventSelectors StopLogging Update*"),
        # Any trail may be the one that it sees by, and its home Region may be another.
        (f"arn:{place.partition}:cloudtrail:*:{place.account}:trail/*",),
        but_for_deployments,
    )


def _calls(service: str, calls: str) -> tuple[str, ...]:
    return tuple(f"{service}:{call}" for call in calls.split())
