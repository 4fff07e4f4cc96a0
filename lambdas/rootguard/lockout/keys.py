"""Condition keys: which requests carry them, and what they hold there.

Keys: "AWS global condition context keys", IAM User Guide, for `aws:` and for the cross-service keys; those of
one service: "Actions, resources, and condition keys for AWS services", Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rootguard.lockout.grammar import DOUBT, NOBODY
from rootguard.lockout.work import ACCOUNT, RCP, Call

World = dict[str, tuple[str, ...]]
"""What keys hold: lower-case key → values. A key that is not there is absent."""

TIME, REGION, NETWORK, MFA = (
    "aws:currenttime",
    "aws:requestedregion",
    "aws:sourceip",
    "aws:multifactorauthpresent",
)
MFA_AGE: Final = "aws:multifactorauthage"
TIMES: Final = (TIME, "aws:epochtime", "aws:tokenissuetime")
ENDPOINT: Final = (
    "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid",
    "aws:vpceorgpaths", "aws:vpcsourceip",
)  # fmt: skip
ORGANIZATION: Final = ("aws:principalorgid", "aws:resourceorgid", "aws:sourceorgid")
PATHS: Final = ("aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths")
WHO: Final = ("aws:principaltag/", "aws:sourceidentity", "aws:federatedprovider")
"""Who asks, beside what a kind of principal fixes. Values that a document names there are exceptions, never
the ordinary case."""
_OTHERS: Final = [
    "aws:assumedroot", "aws:calledviaawsmcp", "aws:chatbotsourcearn", "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc", "aws:referer", "aws:requesttag/", "aws:resourcetag/",
    "aws:signinsessionarn", "aws:tagkeys", "aws:viaawsmcpservice",
]  # fmt: skip
_CROSS_SERVICE: Final = [
    "codebuild:buildarn", "codebuild:projectarn", "ec2:roledelivery", "ec2:sourceinstancearn",
    "glue:credentialissuingservice", "glue:roleassumedby", "identitystore:userid",
    "lambda:sourcefunctionarn", "ssm:sourceinstancearn",
]  # fmt: skip
_PROVIDERS: Final = ("aws", "saml", "credentials-iot", DOUBT[:-1])
"""Whose keys any request may carry, beside those of a host: what a session holds of its identity provider
("IAM and AWS STS condition context keys", IAM User Guide)."""
_ON_EVERY_CALL: Final = [
    "s3:authtype", "s3:signatureage", "s3:signatureversion", "s3:tlsversion", "s3:x-amz-content-sha256",
]  # fmt: skip

_REGION_FORM: Final = re.compile(
    r"[a-z]{2,4}(-[a-z]+)?-(central|(north|south)?(east|west)|north|south)-[1-9]"
)
"""A Region's form. A name without it ("eu-wets-1") is no Region anywhere."""
UNNAMED_REGION: Final = f"{NOBODY * 2}-{NOBODY * 4}-1"
"""A Region that no document names. Without it a list of all Regions of today would be everything."""
REGIONS: Final = [
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3",
    "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ap-south-1", "ap-south-2",
    "ap-east-1", "ap-east-2", "ca-central-1", "ca-west-1", "sa-east-1", "mx-central-1", "me-central-1",
    "me-south-1", "af-south-1", "il-central-1", "us-gov-east-1", "us-gov-west-1", "cn-north-1",
    "cn-northwest-1", "eusc-de-east-1",
]  # fmt: skip
"""Regions that a pattern such as "eu-*" may mean ("AWS Regions", AWS Regions and Availability Zones)."""
_ANY: Final = f"[^:]*{NOBODY}[^:]*"  # part of an instance of a pattern
_PRINCIPAL: Final = (
    rf"arn:(aws|{_ANY}):(iam|sts|{_ANY}):({_ANY})?:([0-9]{{12}}|{_ANY}):"
    rf"(root|(user|role|federated-user)/.*|[^/]*{NOBODY}.*)"
)
_FORMS: Final = {
    key: re.compile(form, re.DOTALL)
    for key, form in {
        REGION: rf"{_REGION_FORM.pattern}|{_ANY}",
        "aws:principalarn": rf"{_PRINCIPAL}|(?=.*{NOBODY})([^:]*:){{0,4}}[^:]*",
        "aws:principalaccount": rf"[0-9]{{12}}|{_ANY}",
        "aws:principaltype": rf"Account|User|FederatedUser|AssumedRole|Anonymous|AWSService|{_ANY}",
        "aws:sourcevpc": rf"(?i:vpc)-.*|[^-]*{NOBODY}.*",
        "aws:sourcevpce": rf"(?i:vpce)-.*|[^-]*{NOBODY}.*",
    }.items()
}
"""What a key holds, as far as its form is known; of a pattern, that an instance of it may have the form."""
_ORGANIZATION_FORM: Final = re.compile(r"o-[a-z0-9]{10,32}")

KIND, ROLE, SERVICE = "", "role", "AWS service"
"""A world holds its kind of principal under a key that no clause has."""
_SSO: Final = f"role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{NOBODY}_{NOBODY}"
_KINDS: Final = {
    ROLE: (f"role/{NOBODY}", "AssumedRole", f"AROA{NOBODY}:{NOBODY}"),
    "Identity Center role": (_SSO, "AssumedRole", f"AROA{NOBODY}:{NOBODY}"),
    "IAM user": (f"user/{NOBODY}", "User", f"AIDA{NOBODY}"),
    "root user": ("root", "Account", ACCOUNT),
}
_NEVER: Final = {
    "IAM user": {"aws:sourceidentity", "aws:federatedprovider", "aws:tokenissuetime"},
    "root user": {*WHO, "aws:tokenissuetime"},
    SERVICE: {*WHO, MFA, MFA_AGE, "aws:tokenissuetime"},
}
"""What a kind never carries of the keys that vary apart from it."""


def who(policy_type: str, own_id: str, path: str) -> list[World]:
    """Return each kind of principal that is bound, in one organization's terms.

    SCPs bind no service principals; RCPs do ("Resources and entities not restricted by RCPs", AWS
    Organizations User Guide). What they ask goes over TLS, not through a service, and is for a resource of
    the own organization.
    """
    worlds = [
        {KIND: kind, "aws:principalarn": f"arn:aws:iam::{ACCOUNT}:{arn}", "aws:principaltype": principal_type}
        | {"aws:userid": user_id, "aws:principalaccount": ACCOUNT, "aws:principalisawsservice": "false"}
        | {"aws:principalorgid": own_id, "aws:principalorgpaths": path}
        | ({"aws:username": NOBODY} if kind == "IAM user" else {})
        for kind, (arn, principal_type, user_id) in _KINDS.items()
    ]
    if policy_type == RCP:
        name = f"{NOBODY}.amazonaws.com"
        worlds.append(
            {KIND: SERVICE, "aws:principalservicename": name, "aws:principalservicenameslist": name}
            | {"aws:principalisawsservice": "true", "aws:principaltype": "AWSService"}
            | {"aws:sourcearn": f"arn:aws:{NOBODY}:{UNNAMED_REGION}:{ACCOUNT}:{NOBODY}"}
            | {"aws:sourceaccount": ACCOUNT, "aws:sourceorgid": own_id, "aws:sourceorgpaths": path}
        )
    of_all = {"aws:resourceaccount": ACCOUNT, "aws:resourceorgid": own_id, "aws:resourceorgpaths": path}
    of_all |= {"aws:securetransport": "true", "aws:viaawsservice": "false", "aws:useragent": NOBODY}
    return [{key: (value,) for key, value in (of_all | world).items()} for world in worlds]


FIXED: Final = {
    *(key for world in who(RCP, "", "") for key in world if key),
    *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"),
}
"""The keys that the kind of principal decides, and what only a call through a service carries."""
_OF_ROLE, *_, _OF_SERVICE = who(RCP, "", "")
OF_SERVICES: Final = {"aws:principalisawsservice", *(_OF_SERVICE.keys() - _OF_ROLE.keys())}
"""Keys that tell of a service principal."""
NEVER_OF_ROLES: Final = FIXED - _OF_ROLE.keys()
"""Those of them that no request of a role carries, such as "aws:username"."""
_GLOBAL: Final = {*FIXED, *TIMES, REGION, NETWORK, *ENDPOINT, MFA, MFA_AGE, *WHO, *_OTHERS}


def family_of(key: str) -> str:
    """Return the key, or of one that names a tag what it begins with, such as "aws:principaltag/"."""
    name, slash, _ = key.partition("/")
    return name + slash


def carries(kind: str, key: str) -> bool:
    """Tell whether requests of a kind of principal may carry a key."""
    return family_of(key) not in _NEVER.get(kind, ())


def is_global(key: str) -> bool:
    """Tell whether a key is one of AWS's global ones."""
    return family_of(key) in _GLOBAL


def holds_several(key: str) -> bool:
    """Tell whether a key may hold several values at once; of one that is none of AWS's own, nobody knows."""
    return not is_global(key) or key in ("aws:tagkeys", "aws:calledvia", "aws:vpceorgpaths", *PATHS)


@lru_cache(maxsize=1_024)
def is_misspelt(key: str) -> bool:
    """Tell whether no request ever has a key: it has no prefix, or is within two letters of a global one.

    AWS takes any key. A misspelt one is absent, so a negated operator on it always holds. What is farther
    from all known names may be a new key of AWS's: that one is there or not.
    """
    prefix, colon, name = family_of(key).partition(":")
    if not colon:
        return True
    return prefix == "aws" and not is_global(key) and any(_is_near(name, known[4:], 2) for known in _GLOBAL)


def _is_near(one: str, other: str, edits: int) -> bool:
    """Tell whether so many letters put in, left out or replaced make one text of another."""
    if abs(len(one) - len(other)) > edits or not edits:
        return one == other
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    cut, other_cut = (one[at:], one[at + 1 :]), (other[at:], other[at + 1 :])
    changed = ((cut[1], other_cut[1]), (cut[1], other_cut[0]), (cut[0], other_cut[1]))
    return one == other or any(_is_near(a, b, edits - 1) for a, b in changed)


def is_of_call(key: str) -> bool:
    """Tell whether a key goes with the call itself: a service's own key, and the tags of what it is for."""
    prefix, _, _ = key.partition(":")
    if prefix == "aws":
        return family_of(key) in ("aws:requesttag/", "aws:tagkeys", "aws:resourcetag/")
    return prefix not in _PROVIDERS and "." not in prefix and key not in _CROSS_SERVICE


def goes_with(key: str, call: Call) -> bool:
    """Tell whether a call carries such a key.

    Which calls carry a service's key is megabytes to know, and changes week by week. Here tags of the request
    and the service's keys go with the call that creates something, tags of the resource with each that has
    one. So a deny unless such a key has some value closes a service but for one call, as it mostly does.
    """
    prefix, _, name = key.partition(":")
    if prefix not in ("aws", call.service):
        # STS tells the tags of the role that is taken, iam:ResourceTag/….
        return prefix == "iam" and call.service == "sts" and name.startswith("resourcetag/")
    if name.startswith("resourcetag/"):
        return call.resource != "*"
    return call.creates or key in _ON_EVERY_CALL


def is_region(text: str) -> bool:
    """Tell whether a text has a Region's form."""
    return _REGION_FORM.fullmatch(text) is not None


def may_hold(key: str, values: Iterable[str]) -> bool:
    """Tell whether a request can hold such values: what has another form is a mistake, and names nobody."""
    form = _FORMS.get(key)
    return form is None or all(form.fullmatch(value) for value in values)


def organizations(texts: Iterable[str], organization_id: str | None) -> list[str]:
    """Return what the own organization's id may be: the known one, or else each named one and another."""
    if organization_id is not None:
        return [organization_id]
    named = (_ORGANIZATION_FORM.fullmatch(text.partition("/")[0]) for text in texts)
    return [*dict.fromkeys(match[0] for match in named if match), f"o-{NOBODY * 10}"]
