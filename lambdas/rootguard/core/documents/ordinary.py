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

from rootguard.core.documents.circumstances import ACCOUNT, ROLE, anyone, situations
from rootguard.core.documents.context import NOBODY, Situation
from rootguard.core.documents.requests import Request, Requests
from rootguard.core.facts import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY

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

_ANY_RESOURCE: Final = "arn:aws:{service}:{region}:{account}:{name}/{name}"


@dataclass(frozen=True, slots=True)
class Ordinary:
    """The ordinary requests for one policy type, and sets of them.

    Attributes:
        role: what an ordinary role does, in every Region, a set for each action. All but one of the actions
            denied is a total denial.
        groups: what one principal does in one Region, a set each.
        nameless: for each service, an action that no document names. Denied, the whole service is closed.
        anyone: one request of which only that is known which holds for all requests there are.
    """

    requests: Requests
    role: tuple[int, ...]
    groups: tuple[int, ...]
    nameless: int
    anyone: Requests


@lru_cache(maxsize=8)
def ordinary(policy_type: str, organization_id: str | None) -> Ordinary:
    """Return the ordinary requests that a policy of this type has a say in."""
    actions = ACTIONS[policy_type]
    services = sorted({action.partition(":")[0] for action in actions})
    requests: list[Request] = []
    role, groups = [0] * len(actions), []
    nameless = 0
    for who, region, situation in situations(policy_type, organization_id):
        first = len(requests)
        requests += (
            Request(action, _resource(arn, "", region), situation) for action, arn in actions.items()
        )
        middle = len(requests)
        requests += _nameless(services, region, situation)
        group = (1 << middle) - (1 << first)
        groups.append(group)
        if who == ROLE:
            role = [done | 1 << place for place, done in enumerate(role, start=first)]
        nameless |= (1 << len(requests)) - (1 << middle)
    somebody = Request("", "", anyone(policy_type, organization_id))
    return Ordinary(Requests(requests), tuple(role), tuple(groups), nameless, Requests([somebody]))


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
