"""Who asks, and in which circumstances: the principals, Regions and condition keys of ordinary requests.

The principal, its account and its tags are such as no document can name, so an exception for someone named
never covers them. What differs from one organization to the next (networks, MFA, resource tags, the keys of
single services) is left unknown. Keys: "AWS global condition context keys", IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rootguard.lockout.context import (
    ABSENT,
    ANYTHING,
    NOBODY,
    PRESENT,
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    UNKNOWN,
    UNNAMED,
    Possibilities,
    Situation,
    Span,
    Unknown,
)

ACCOUNT: Final = NOBODY * 12
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/{NOBODY}"
ROOT_USER: Final = f"arn:aws:iam::{ACCOUNT}:root"
SERVICE: Final = "service"

_REGIONS: Final = ("us-east-1", "eu-west-1", "ap-northeast-1")
_REGION = re.compile(
    r"[a-z]{2,4}(-[a-z]+)?-(central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]"
)
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_OTHER_REGION: Final = Unknown(_REGION)
"""A Region of which only the form is known: a document may permit one that is not among the three, but a
name without that form ("eu-wets-1") is no Region anywhere."""

_LIFETIME: Final = Span(1_767_225_600, 4_102_444_800)
"""2026 to 2100, in which this is asked. The core reads no clock, and a policy stays: what a document denies
at some time in between, it denies."""


def situations(policy_type: str, organization_id: str | None) -> Iterator[tuple[str, str, Situation]]:
    """Yield who asks, in which Region, and all that is known of it."""
    shared = anyone(policy_type, organization_id).context
    own, paths = _organization(organization_id), _paths(organization_id)
    people = {ROLE: _role(), ROOT_USER: _root_user()}
    if policy_type == RESOURCE_CONTROL_POLICY:
        # SCPs do not bind service principals; RCPs do ("Resources and entities not restricted by RCPs").
        people[SERVICE] = _service(own, paths)
    for who, context in people.items():
        for region in (*_REGIONS, None):
            where: Possibilities = (_OTHER_REGION,) if region is None else ((region,),)
            yield (
                who,
                region or NOBODY,
                Situation({**shared, **_plain(own, paths), **context, "aws:requestedregion": where}),
            )


def _organization(organization_id: str | None) -> Possibilities:
    return (Unknown(_ORGANIZATION),) if organization_id is None else ((organization_id,),)


def _paths(organization_id: str | None) -> Possibilities:
    """Return what an entity's path holds: the organization, its root, then the OUs above the entity."""
    own = f"{organization_id}/r-" if organization_id else "o-"
    return (Unknown(re.compile(rf"{re.escape(own)}[a-z0-9/-]+"), own),)


def anyone(policy_type: str, organization_id: str | None) -> Situation:
    """Return what holds for every request that such a policy has a say in, whoever asks."""
    shared: dict[str, Possibilities] = {
        "aws:currenttime": (_LIFETIME,),
        "aws:epochtime": (_LIFETIME,),
        "aws:requestedregion": (_OTHER_REGION,),
        "aws:useragent": PRESENT,
    }
    if policy_type == SERVICE_CONTROL_POLICY:
        # Whom an SCP binds is a principal of the organization, never a service principal.
        shared |= {
            "aws:principalarn": PRESENT,
            "aws:principalaccount": PRESENT,
            "aws:principalorgid": _organization(organization_id),
            "aws:principalorgpaths": _paths(organization_id),
            "aws:principaltype": PRESENT,
            "aws:userid": PRESENT,
            "aws:principalisawsservice": (("false",),),
        }
    return Situation(shared)


def _plain(own: Possibilities, paths: Possibilities) -> Mapping[str, Possibilities]:
    """Return what is plain about an ordinary request: over TLS, not through a service, tagging nothing.

    It comes from some address. Only what goes through a VPC endpoint has no `aws:SourceIp`.
    """
    return {
        "aws:sourceip": PRESENT,
        "aws:securetransport": (("true",),),
        "aws:viaawsservice": (("false",),),
        "aws:calledvia": ABSENT,
        "aws:calledviafirst": ABSENT,
        "aws:calledvialast": ABSENT,
        "aws:requesttag/": ABSENT,
        "aws:tagkeys": ABSENT,
        "aws:resourceaccount": ((ACCOUNT,),),
        "aws:resourceorgid": own,
        "aws:resourceorgpaths": paths,
        "aws:principalarn": PRESENT,
        "aws:principalaccount": ((ACCOUNT,),),
        "aws:principalorgid": own,
        "aws:principalorgpaths": paths,
        "aws:principalisawsservice": (("false",),),
        "aws:principalservicename": ABSENT,
        "aws:principalservicenameslist": ABSENT,
        "aws:sourcearn": ABSENT,
        "aws:sourceaccount": ABSENT,
        "aws:sourceorgid": ABSENT,
        "aws:sourceorgpaths": ABSENT,
        "aws:username": ABSENT,
        "aws:principaltag/": UNNAMED,
        "aws:sourceidentity": UNNAMED,
    }


def _role() -> Mapping[str, Possibilities]:
    return {
        "aws:principalarn": ((ROLE,),),
        "aws:principaltype": (("AssumedRole",),),
        "aws:userid": ((f"AROA{NOBODY}:{NOBODY}",),),
        "aws:tokenissuetime": (_LIFETIME,),
    }


def _root_user() -> Mapping[str, Possibilities]:
    return {
        "aws:principalarn": ((ROOT_USER,),),
        "aws:principaltype": (("Account",),),
        "aws:userid": ((ACCOUNT,),),
    }


def _service(own: Possibilities, paths: Possibilities) -> Mapping[str, Possibilities]:
    """Return what is known of an AWS service that acts for an account of the organization."""
    return {
        "aws:sourceip": UNKNOWN,
        "aws:principalarn": ABSENT,
        "aws:principalaccount": ABSENT,
        "aws:principalorgid": ABSENT,
        "aws:principalorgpaths": ABSENT,
        "aws:principaltype": PRESENT,
        "aws:principalisawsservice": (("true",),),
        "aws:principalservicename": PRESENT,
        "aws:principalservicenameslist": (ANYTHING,),
        "aws:sourcearn": PRESENT,
        "aws:sourceaccount": ((ACCOUNT,),),
        "aws:sourceorgid": own,
        "aws:sourceorgpaths": paths,
        "aws:principaltag/": ABSENT,
        "aws:sourceidentity": ABSENT,
    }
