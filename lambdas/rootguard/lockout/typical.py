"""The typical requests that every document is judged by: who asks for what, and in which contexts.

What workloads and people do all day, in a member account that no document names, by a role that none names:
an exception for someone named never covers them. What differs from one organization to the next (networks,
MFA, resource tags, the keys of single services) is left unknown.

No list of all of AWS's actions is needed, nor would it help: a document locks everyone out, or closes a
service, by wildcards and `NotAction`, and then denies the few actions below, or an action that no document
can name (`NOBODY`). A list would have to follow AWS week by week, and is megabytes to load at a cold start.
Keys: "AWS global condition context keys", IAM User Guide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from rootguard.lockout.grammar import NOBODY
from rootguard.lockout.requests import ABSENT, PRESENT, Possibilities, Request, Requests, Span, Unknown

SCP: Final = "SERVICE_CONTROL_POLICY"
RCP: Final = "RESOURCE_CONTROL_POLICY"

_FIRST_UNDER_RCPS: Final = {
    "s3:getobject": "arn:aws:s3:::{name}/{name}",
    "sts:assumerole": "arn:aws:iam::{account}:role/{name}",
    "kms:decrypt": "arn:aws:kms:{region}:{account}:key/{name}",
    "sqs:sendmessage": "arn:aws:sqs:{region}:{account}:{name}",
    "secretsmanager:getsecretvalue": "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
}
_UNDER_RCPS: Final = _FIRST_UNDER_RCPS | {
    "dynamodb:getitem": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "ecr:batchgetimage": "arn:aws:ecr:{region}:{account}:repository/{name}",
    "logs:putlogevents": "arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:{name}",
}
_ARNS: Final = _UNDER_RCPS | {
    "ec2:runinstances": "arn:aws:ec2:{region}:{account}:instance/{name}",
    "ecs:runtask": "arn:aws:ecs:{region}:{account}:task-definition/{name}:1",
    "lambda:invokefunction": "arn:aws:lambda:{region}:{account}:function:{name}",
    "rds:describedbinstances": "arn:aws:rds:{region}:{account}:db:{name}",
}
ACTIONS: Final = {
    SCP: [action for action in _ARNS if not action.startswith(("sts:", "ecr:"))],
    RCP: list(_UNDER_RCPS),
}
"""Typical actions by policy type. A document that exempts any of an SCP's is an allow-list of services, which
organizations do keep on their root; one that exempts none leaves nobody able to work. An RCP's are of the
services that honour RCPs. If only one of them is exempt, nobody is able to work either."""

_VITAL: Final = ACTIONS | {RCP: list(_FIRST_UNDER_RCPS)}
"""Without these nobody works, whatever else is open. An RCP names the services that it closes, one by one:
AWS takes no `"Action": "*"` ("RCP syntax", AWS Organizations User Guide), and every year more of them honour
RCPs. So of an RCP it is those that did from the first: S3, STS, KMS, SQS and Secrets Manager."""

_SESSIONS: Final = "sts:assumerole"
"""The action that an RCP cannot deny without a lockout. Sessions last some hours at most; whoever may take no
role any more, be it a role or a service on behalf of a workload, is locked out when the last one ends."""

ACCOUNT: Final = NOBODY * 12
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/{NOBODY}"
_ROOT_USER: Final = f"arn:aws:iam::{ACCOUNT}:root"
_SERVICE: Final = "service"
_REGIONS: Final = ("us-east-1", "eu-west-1", "ap-northeast-1")

_OTHER_REGION: Final = Unknown(
    re.compile(r"[a-z]{2,4}(-[a-z]+)?-(central|(north|south)?(east|west)|north|south)-[1-9]")
)
"""A Region of which only the form is known: a document may permit one that is not among the three, but a
name without that form ("eu-wets-1") is no Region anywhere."""
_LIFETIME: Final[Possibilities] = ((Span(1_767_225_600, 4_102_444_800),),)
"""2026 to 2100, in which this is asked. The core reads no clock, and a policy stays: what a document denies
at some time in between, it denies."""
_TRUE, _FALSE = (("true",),), (("false",),)
_UNKNOWN: Final = ABSENT + PRESENT
_UNNAMED: Final = (*ABSENT, (NOBODY,))


class Typical:
    """The typical requests that a policy of one type has a say in, and sets of them as bits.

    Attributes:
        groups: what one principal does in one Region, a set each.
        vital: of all groups, what closes that Region to that principal when it is denied.
        nameless: for each service, an action that no document names. Denied, the whole service is closed.
        anyone: one request of which only that is known which holds for all requests there are.
    """

    def __init__(self, policy_type: str, organization_id: str | None) -> None:
        self._type = policy_type
        self._situations = list(_situations(policy_type, organization_id))
        self._tasks: dict[tuple[str, str], int] = defaultdict(int)  # who and action → in all Regions
        self.groups: list[int] = []
        requests: list[Request] = []
        actions = ACTIONS[policy_type]
        services = sorted({action.partition(":")[0] for action in actions})
        for who, region, context in self._situations:
            self.groups.append(((1 << len(actions)) - 1) << len(requests))
            for action in actions:
                self._tasks[who, action] |= 1 << len(requests)
                arn = _ARNS[action].format(region=region, account=ACCOUNT, name=NOBODY)
                requests.append(Request(action, arn, context))
        self.vital = sum(task for (_, action), task in self._tasks.items() if action in _VITAL[policy_type])
        self.requests = Requests([*requests, *self.nameless_actions(services)])
        self.nameless = self.requests.everywhere.sure & ~sum(self.groups)
        self.anyone = Requests([Request("", "", _anyone(policy_type, organization_id))])

    def locks_everyone_out(self, denied: int) -> bool:
        """Tell whether nobody can work any more if these requests are denied."""

        def left(who: str, actions: Iterable[str]) -> int:
            return sum(self._tasks[who, action] & ~denied != 0 for action in actions)

        # Whoever can still run one kind of task is locked out.
        if left(_ROLE, ACTIONS[self._type]) <= 1 or not left(_ROLE, _VITAL[self._type]):
            return True
        return self._type == RCP and not any(left(who, [_SESSIONS]) for who in (_ROLE, _SERVICE))

    def nameless_actions(self, services: Iterable[str]) -> list[Request]:
        """Return, for each service, requests for an action that no document names."""
        return [
            Request(f"{service}:{NOBODY}", f"arn:aws:{service}:{region}:{ACCOUNT}:{NOBODY}/{NOBODY}", context)
            for service in services
            for _, region, context in self._situations
        ]


typical = lru_cache(maxsize=8)(Typical)
"""The typical requests by a policy's type and, if it is known, the organization's id."""


def _organization(organization_id: str | None) -> tuple[Possibilities, Possibilities]:
    """Return its id, and an entity's path in it: the organization, its root, then the OUs above."""
    own = Unknown(re.compile(r"o-[a-z0-9]{10,32}")) if organization_id is None else organization_id
    beginning = f"{organization_id}/r-" if organization_id else "o-"
    path = Unknown(re.compile(rf"{re.escape(beginning)}[a-z0-9/-]+"), beginning)
    return ((own,),), ((path,),)


def _anyone(policy_type: str, organization_id: str | None) -> dict[str, Possibilities]:
    """Return what holds for every request that such a policy has a say in, whoever asks."""
    table: dict[str, Possibilities] = {
        "currenttime epochtime": _LIFETIME,
        "requestedregion": ((_OTHER_REGION,),),
        "useragent": PRESENT,
    }
    if policy_type == SCP:
        # Whom an SCP binds is a principal of the organization, never a service principal.
        own, paths = _organization(organization_id)
        table |= {"principalarn principalaccount principaltype userid": PRESENT, "principalorgid": own}
        table |= {"principalorgpaths": paths, "principalisawsservice": _FALSE}
    return _spelled_out(table)


def _spelled_out(table: Mapping[str, Possibilities]) -> dict[str, Possibilities]:
    """Return a context from rows that name several keys, each without its prefix."""
    return {f"aws:{key}": held for keys, held in table.items() for key in keys.split()}


def _situations(
    policy_type: str, organization_id: str | None
) -> Iterator[tuple[str, str, dict[str, Possibilities]]]:
    """Yield who asks, in which Region, and all that is known of it."""
    own, paths = _organization(organization_id)
    role, root_user, member = ((_ROLE,),), ((_ROOT_USER,),), ((ACCOUNT,),)
    # A role, the root user, and an AWS service that acts for an account of the organization. What they ask
    # goes over TLS and not through a service, and tags nothing.
    table: dict[str, tuple[Possibilities, Possibilities, Possibilities]] = {
        # It comes from some address. Only what goes through a VPC endpoint has none.
        "sourceip": (PRESENT, PRESENT, _UNKNOWN),
        "securetransport": (_TRUE, _TRUE, _TRUE),
        "viaawsservice": (_FALSE, _FALSE, _FALSE),
        "calledvia calledviafirst calledvialast": (ABSENT, ABSENT, ABSENT),
        "requesttag/ tagkeys": (ABSENT, ABSENT, ABSENT),
        "resourceaccount": (member, member, member),
        "resourceorgid": (own, own, own),
        "resourceorgpaths": (paths, paths, paths),
        "principalarn": (role, root_user, ABSENT),
        "principalaccount": (member, member, ABSENT),
        "principalorgid": (own, own, ABSENT),
        "principalorgpaths": (paths, paths, ABSENT),
        "principaltype": ((("AssumedRole",),), (("Account",),), PRESENT),
        "userid": (((f"AROA{NOBODY}:{NOBODY}",),), member, _UNKNOWN),
        "username": (ABSENT, ABSENT, ABSENT),
        "tokenissuetime": (_LIFETIME, _UNKNOWN, _UNKNOWN),
        "principaltag/ sourceidentity": (_UNNAMED, _UNNAMED, ABSENT),
        "principalisawsservice": (_FALSE, _FALSE, _TRUE),
        "principalservicename principalservicenameslist sourcearn": (ABSENT, ABSENT, PRESENT),
        "sourceaccount": (ABSENT, ABSENT, member),
        "sourceorgid": (ABSENT, ABSENT, own),
        "sourceorgpaths": (ABSENT, ABSENT, paths),
    }
    # SCPs do not bind service principals; RCPs do ("Resources and entities not restricted by RCPs").
    bound = (_ROLE, _ROOT_USER, _SERVICE) if policy_type == RCP else (_ROLE, _ROOT_USER)
    for place, who in enumerate(bound):
        context = _anyone(policy_type, organization_id)
        context |= _spelled_out({keys: row[place] for keys, row in table.items()})
        for region in _REGIONS:
            yield who, region, context | {"aws:requestedregion": ((region,),)}
        yield who, NOBODY, context
