"""The ordinary requests that every document is judged by.

What workloads and people do all day, in a member account that no document names, by a role that none names.
No list of all of AWS's actions is needed, nor would it help: a document locks everyone out, or closes a
service, by wildcards and `NotAction`, and then denies the few actions below, or an action that no document
can name (`NOBODY`). A list would have to follow AWS week by week, and is megabytes to load at a cold start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rootguard.lockout.circumstances import ACCOUNT, ROLE, SERVICE, anyone, situations
from rootguard.lockout.context import NOBODY, RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY, Situation
from rootguard.lockout.requests import Request, Requests

ACTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    SERVICE_CONTROL_POLICY: {
        "ec2:runinstances": "arn:aws:ec2:{region}:{account}:instance/{name}",
        "s3:getobject": "arn:aws:s3:::{name}/{name}",
        "lambda:invokefunction": "arn:aws:lambda:{region}:{account}:function:{name}",
        "dynamodb:getitem": "arn:aws:dynamodb:{region}:{account}:table/{name}",
        "kms:decrypt": "arn:aws:kms:{region}:{account}:key/{name}",
        "sqs:sendmessage": "arn:aws:sqs:{region}:{account}:{name}",
        "secretsmanager:getsecretvalue": "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
        "logs:putlogevents": "arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:{name}",
        "ecs:runtask": "arn:aws:ecs:{region}:{account}:task-definition/{name}:1",
        "rds:describedbinstances": "arn:aws:rds:{region}:{account}:db:{name}",
    },
    RESOURCE_CONTROL_POLICY: {
        "s3:getobject": "arn:aws:s3:::{name}/{name}",
        "sts:assumerole": "arn:aws:iam::{account}:role/{name}",
        "kms:decrypt": "arn:aws:kms:{region}:{account}:key/{name}",
        "sqs:sendmessage": "arn:aws:sqs:{region}:{account}:{name}",
        "secretsmanager:getsecretvalue": "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
        "dynamodb:getitem": "arn:aws:dynamodb:{region}:{account}:table/{name}",
        "ecr:batchgetimage": "arn:aws:ecr:{region}:{account}:repository/{name}",
        "logs:putlogevents": "arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:{name}",
    },
}
"""Ordinary actions and their resources, by policy type. A document that spares any of an SCP's is an
allow-list of services, which organizations do keep on their root; one that spares none leaves nobody able to
work. An RCP's are of services that honour RCPs. One of them spared makes nobody able to work either."""

_VITAL: Final[Mapping[str, tuple[str, ...]]] = {
    SERVICE_CONTROL_POLICY: tuple(ACTIONS[SERVICE_CONTROL_POLICY]),
    RESOURCE_CONTROL_POLICY: (
        "s3:getobject",
        "sts:assumerole",
        "kms:decrypt",
        "sqs:sendmessage",
        "secretsmanager:getsecretvalue",
    ),
}
"""Without these nobody works, whatever else is open. An RCP names the services that it closes, one by one:
AWS takes no `"Action": "*"` ("RCP syntax", AWS Organizations User Guide), and every year more of them honour
RCPs. So of an RCP it is those that did from the first."""

_SESSIONS: Final = "sts:assumerole"
"""The action that an RCP cannot deny without a lockout. Sessions last some hours at most; whoever may take no
role any more, be it a role or a service on behalf of a workload, is locked out when the last one ends."""

_ANY_RESOURCE: Final = "arn:aws:{service}:{region}:{account}:{name}/{name}"


@dataclass(frozen=True, slots=True)
class Lockout:
    """One way to lock everyone out: to deny all of these sets of requests, or all but a few.

    Attributes:
        tasks: a set for each; it is denied if all of it is.
        spared_at_most: how many of them may be left open.
    """

    tasks: tuple[int, ...]
    spared_at_most: int = 0

    def is_met(self, denied: int) -> bool:
        """Tell whether that much is among the requests that are denied."""
        return sum(1 for task in self.tasks if task & ~denied) <= self.spared_at_most


@dataclass(frozen=True, slots=True)
class Ordinary:
    """The ordinary requests for one policy type, and sets of them.

    Attributes:
        lockouts: what makes a denial total, each by itself.
        groups: what one principal does in one Region, a set each.
        vital: of each group, what closes that Region to that principal when it is denied.
        nameless: for each service, an action that no document names. Denied, the whole service is closed.
        anyone: one request of which only that is known which holds for all requests there are.
    """

    requests: Requests
    lockouts: tuple[Lockout, ...]
    groups: tuple[int, ...]
    vital: tuple[int, ...]
    nameless: int
    anyone: Requests


@lru_cache(maxsize=8)
def ordinary(policy_type: str, organization_id: str | None) -> Ordinary:
    """Return the ordinary requests that a policy of this type has a say in."""
    actions = ACTIONS[policy_type]
    services = sorted({action.partition(":")[0] for action in actions})
    requests: list[Request] = []
    done: dict[tuple[str, str], int] = {}
    groups, vital, nameless = [], [], 0
    for who, region, situation in situations(policy_type, organization_id):
        first = len(requests)
        requests += (
            Request(action, _resource(arn, "", region), situation) for action, arn in actions.items()
        )
        middle = len(requests)
        requests += _nameless(services, region, situation)
        groups.append((1 << middle) - (1 << first))
        places = {action: 1 << place for place, action in enumerate(actions, start=first)}
        vital.append(sum(places[action] for action in _VITAL[policy_type]))
        for action, place in places.items():
            done[who, action] = done.get((who, action), 0) | place
        nameless |= (1 << len(requests)) - (1 << middle)
    somebody = Request("", "", anyone(policy_type, organization_id))
    return Ordinary(
        Requests(requests),
        tuple(_lockouts(policy_type, done)),
        tuple(groups),
        tuple(vital),
        nameless,
        Requests([somebody]),
    )


def _lockouts(policy_type: str, done: Mapping[tuple[str, str], int]) -> Iterator[Lockout]:
    """Yield what locks everyone out, from what each of them does in all Regions: (who, action) → requests."""
    # Whoever can still run one kind of task is locked out.
    yield Lockout(tuple(done[ROLE, action] for action in ACTIONS[policy_type]), spared_at_most=1)
    if policy_type == RESOURCE_CONTROL_POLICY:
        yield Lockout(tuple(done[ROLE, action] for action in _VITAL[policy_type]))
        yield Lockout((done[ROLE, _SESSIONS], done[SERVICE, _SESSIONS]))


def nameless_actions(policy_type: str, organization_id: str | None, services: Iterable[str]) -> Requests:
    """Return, for each service, requests for an action that no document names."""
    wanted = tuple(services)
    return Requests(
        request
        for _, region, situation in situations(policy_type, organization_id)
        for request in _nameless(wanted, region, situation)
    )


def _nameless(services: Iterable[str], region: str, situation: Situation) -> Iterator[Request]:
    for service in services:
        yield Request(f"{service}:{NOBODY}", _resource(_ANY_RESOURCE, service, region), situation)


def _resource(arn: str, service: str, region: str) -> str:
    return arn.format(service=service, region=region, account=ACCOUNT, name=NOBODY)
