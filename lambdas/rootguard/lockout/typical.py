"""The typical requests that every document is judged by: who asks for what, and in which contexts.

What workloads and people do all day, in a member account that no document names, by a role that none names:
an exception for someone named never covers them. What differs from one organization to the next (networks,
MFA, resource tags, the keys of single services) is left unknown.

No list of all of AWS's actions is needed: a document locks everyone out, or closes a service, by wildcards
and `NotAction`, and then denies the few actions below, or an action that no document can name (`NOBODY`).
A list would have to follow AWS week by week, and is megabytes to load at a cold start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rootguard.lockout.grammar import NOBODY
from rootguard.lockout.requests import ABSENT, PRESENT, Possibilities, Request, Requests, Span, Unknown, masks

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
"""Typical actions by policy type; an RCP's are of services that honour RCPs. Whoever has one of them left, or
none, is unable to work. A document that leaves more is an allow-list, which organizations do keep."""

_VITAL: Final = ACTIONS | {RCP: list(_FIRST_UNDER_RCPS)}
"""Without these nobody works, whatever else is open. An RCP names the services that it closes, one by one
("RCP syntax", AWS Organizations User Guide). Ever more honour RCPs: these did from the first."""

_SESSIONS: Final = "sts:assumerole"
"""The action that an RCP cannot deny without a lockout. Sessions last some hours at most; whoever may take no
role any more, be it a role or a service on behalf of a workload, is locked out when the last one ends."""

ACCOUNT: Final = NOBODY * 12
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/{NOBODY}"
_ROOT_USER: Final = f"arn:aws:iam::{ACCOUNT}:root"
_SERVICE, _ANYONE = "service", "anyone"

_REGION_FORM: Final = r"[a-z]{2,4}(-[a-z]+)?-(central|(north|south)?(east|west)|north|south)-[1-9]"
_OTHER_REGION: Final[Possibilities] = ((Unknown(re.compile(_REGION_FORM)),),)
"""A Region of which only the form is known: a document may permit one that is not among the three, but a
name without that form ("eu-wets-1") is no Region anywhere."""
_LIFETIME: Final[Possibilities] = ((Span(1_767_225_600, 4_102_444_800),),)
"""2026 to 2100, in which this is asked. The core reads no clock, and a policy stays: what a document denies
at some time in between, it denies."""
_REGIONS: Final = {name: ((name,),) for name in ("us-east-1", "eu-west-1", "ap-northeast-1")} | {
    NOBODY: _OTHER_REGION
}
_TRUE, _FALSE = (("true",),), (("false",),)
_UNKNOWN: Final = ABSENT + PRESENT
_UNNAMED: Final = (*ABSENT, (NOBODY,))


class Typical:
    """The typical requests that a policy of one type has a say in, and sets of them as bits.

    They reach each service of a typical action and each that a document names.
    """

    def __init__(self, policy_type: str, organization_id: str | None, named: tuple[str, ...]) -> None:
        actions, contexts = ACTIONS[policy_type], _contexts(policy_type, organization_id)
        # SCPs do not bind service principals; RCPs do ("Resources and entities not restricted by RCPs").
        bound = (_ROLE, _ROOT_USER, _SERVICE) if policy_type == RCP else (_ROLE, _ROOT_USER)
        situations = [
            (who, region, contexts[who] | {"aws:requestedregion": held})
            for who in bound
            for region, held in _REGIONS.items()
        ]
        tasks = [(*situation, action) for situation in situations for action in actions]
        usual = [
            Request(action, _ARNS[action].format(region=region, account=ACCOUNT, name=NOBODY), context)
            for _, region, context, action in tasks
        ]
        # For each service, an action that no document names. Denied, the whole service is closed.
        nameless = [
            Request(f"{service}:{NOBODY}", f"arn:aws:{service}:{region}:{ACCOUNT}:{NOBODY}/{NOBODY}", context)
            for service in dict.fromkeys([*(action.partition(":")[0] for action in actions), *named])
            for _, region, context in situations
        ]
        self.requests = Requests([*usual, *nameless])
        self._type = policy_type
        self._tasks = masks((who, action) for who, _, _, action in tasks)  # each in all Regions
        # What one principal does in one Region, a set each; and of all sets, what closes that Region to that
        # principal when it is denied.
        self.groups = list(masks((who, region) for who, region, _, _ in tasks).values())
        self.vital = sum(task for (_, action), task in self._tasks.items() if action in _VITAL[policy_type])
        self.usual = sum(self.groups)  # all but the nameless
        # One request of which only that is known which holds for all requests there are.
        self.anyone = Requests([Request("", "", contexts[_ANYONE])])

    def locks_everyone_out(self, denied: int) -> bool:
        """Tell whether nobody can work any more if these requests are denied."""

        def left(who: str, actions: Iterable[str]) -> int:
            return sum(self._tasks[who, action] & ~denied != 0 for action in actions)

        if left(_ROLE, ACTIONS[self._type]) <= 1 or not left(_ROLE, _VITAL[self._type]):
            return True
        return self._type == RCP and not any(left(who, [_SESSIONS]) for who in (_ROLE, _SERVICE))


typical = lru_cache(maxsize=8)(Typical)


def _contexts(policy_type: str, organization_id: str | None) -> dict[str, dict[str, Possibilities]]:
    """Return all that is known of the requests of a role, the root user, a service, and of anyone."""
    beginning = f"{organization_id}/r-" if organization_id else "o-"
    path = Unknown(re.compile(rf"{re.escape(beginning)}[a-z0-9/-]+"), beginning)
    own_id = Unknown(re.compile(r"o-[a-z0-9]{10,32}")) if organization_id is None else organization_id
    # An entity's path in the organization: its id, its root, then the OUs above.
    own, paths = ((own_id,),), ((path,),)
    role, root_user, member = ((_ROLE,),), ((_ROOT_USER,),), ((ACCOUNT,),)

    def by_scp(held: Possibilities) -> Possibilities:
        # Whom an SCP binds is a principal of the organization, never a service principal.
        return held if policy_type == SCP else _UNKNOWN

    # A role, the root user, an AWS service that acts for an account of the organization, and anyone whom such
    # a policy binds. What the first three ask goes over TLS and not through a service, and tags nothing.
    table: dict[str, tuple[Possibilities, Possibilities, Possibilities, Possibilities]] = {
        "currenttime epochtime": (_LIFETIME, _LIFETIME, _LIFETIME, _LIFETIME),
        "requestedregion": (_OTHER_REGION, _OTHER_REGION, _OTHER_REGION, _OTHER_REGION),
        "useragent": (PRESENT, PRESENT, PRESENT, PRESENT),
        # It comes from some address. Only what goes through a VPC endpoint has none.
        "sourceip": (PRESENT, PRESENT, _UNKNOWN, _UNKNOWN),
        "securetransport": (_TRUE, _TRUE, _TRUE, _UNKNOWN),
        "viaawsservice": (_FALSE, _FALSE, _FALSE, _UNKNOWN),
        "calledvia calledviafirst calledvialast": (ABSENT, ABSENT, ABSENT, _UNKNOWN),
        "requesttag/ tagkeys username": (ABSENT, ABSENT, ABSENT, _UNKNOWN),
        "resourceaccount": (member, member, member, _UNKNOWN),
        "resourceorgid": (own, own, own, _UNKNOWN),
        "resourceorgpaths": (paths, paths, paths, _UNKNOWN),
        "principalarn": (role, root_user, ABSENT, by_scp(PRESENT)),
        "principalaccount": (member, member, ABSENT, by_scp(PRESENT)),
        "principalorgid": (own, own, ABSENT, by_scp(own)),
        "principalorgpaths": (paths, paths, ABSENT, by_scp(paths)),
        "principaltype": ((("AssumedRole",),), (("Account",),), PRESENT, by_scp(PRESENT)),
        "userid": (((f"AROA{NOBODY}:{NOBODY}",),), member, _UNKNOWN, by_scp(PRESENT)),
        "tokenissuetime": (_LIFETIME, _UNKNOWN, _UNKNOWN, _UNKNOWN),
        "principaltag/ sourceidentity": (_UNNAMED, _UNNAMED, ABSENT, _UNKNOWN),
        "principalisawsservice": (_FALSE, _FALSE, _TRUE, by_scp(_FALSE)),
        "principalservicename principalservicenameslist sourcearn": (ABSENT, ABSENT, PRESENT, _UNKNOWN),
        "sourceaccount": (ABSENT, ABSENT, member, _UNKNOWN),
        "sourceorgid": (ABSENT, ABSENT, own, _UNKNOWN),
        "sourceorgpaths": (ABSENT, ABSENT, paths, _UNKNOWN),
    }
    return {
        who: {f"aws:{key}": row[place] for keys, row in table.items() for key in keys.split()}
        for place, who in enumerate((_ROLE, _ROOT_USER, _SERVICE, _ANYONE))
    }
