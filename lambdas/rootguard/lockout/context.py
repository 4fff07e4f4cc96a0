"""What is known of a request: for each condition key, the values it may hold.

A key is known ("false"), known to be absent, or not known, and then in more than one way: a tag is either
absent or holds a value that no document names, a network may be anything, an organization's id is unknown
but has a form. So a key has a tuple of *possibilities*, and a condition is asked of each of them.
Keys: "AWS global condition context keys", IAM User Guide, for `aws:` and for the cross-service keys; those of
one service: "Actions, resources, and condition keys for AWS services", Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SERVICE_CONTROL_POLICY: Final = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL_POLICY: Final = "RESOURCE_CONTROL_POLICY"

NOBODY: Final = "\ue000"
"""A name that no document can spell: a private character, which is taken out of every document that is read.
A wildcard matches it; an exception never names it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """One value that is not known, but for its form, and for what it begins with."""

    form: re.Pattern[str]
    beginning: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One number or time (seconds since 1970, UTC) that lies somewhere from `low` to `high`."""

    low: float
    high: float


Values = tuple[str, ...]
"""A key's values in a request: none where the key is absent, several for a multivalued key."""

Possibility = Values | Unknown | Span
Possibilities = tuple[Possibility, ...]

ANYTHING: Final = Unknown(re.compile(r".*", re.DOTALL))
ABSENT: Final[Possibilities] = ((),)
PRESENT: Final[Possibilities] = (ANYTHING,)
UNKNOWN: Final[Possibilities] = ((), ANYTHING)
UNNAMED: Final[Possibilities] = ((), (NOBODY,))

_SESSIONS: Final = ("aws", "saml", "credentials-iot")
"""Whose keys any request may carry: AWS's global ones, and what a session holds of the identity provider
("IAM and AWS STS condition context keys", IAM User Guide; "Authorizing direct calls to AWS services using the
AWS IoT Core credential provider", IoT Core Developer Guide). Other providers' names are those of a host."""
_CROSS_SERVICE: Final = frozenset(
    {
        "codebuild:buildarn",
        "codebuild:projectarn",
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "glue:credentialissuingservice",
        "glue:roleassumedby",
        "identitystore:userid",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
    }
)


def service_of(key: str) -> str | None:
    """Return the one service whose requests alone may carry a lower-case key; None where any may."""
    prefix, colon, _ = key.partition(":")
    everywhere = not colon or prefix in _SESSIONS or "." in prefix or key in _CROSS_SERVICE
    return None if everywhere else prefix


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """Who asks, and in which circumstances.

    Attributes:
        context: lower-case key → possibilities. A key that ends in "/" stands for all of its kind
            (`aws:principaltag/`). What is not in it is not known.
    """

    context: Mapping[str, Possibilities]

    def possibilities(self, key: str) -> Possibilities:
        """Return what a lower-case key may hold."""
        family, slash, _ = key.partition("/")
        return self.context.get(key) or self.context.get(family + slash) or UNKNOWN
