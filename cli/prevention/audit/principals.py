"""The users and roles of an account, with all that says what they may do. Plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_PERMISSION_SET: Final = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_SERVICE_LINKED: Final = ":role/aws-service-role/"


class Kind(StrEnum):
    """What a principal is."""

    ROLE = "role"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Document:
    """A policy that a principal has.

    Attributes:
        name: the policy's, with the group that brings it or that it is inline.
        content: JSON text; None if the account's details do not have it.
    """

    name: str
    content: str | None


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may assume a role, by its trust policy.

    Attributes:
        principals: accounts, roles, identity providers and services, as the policy names them.
        only_services: nobody but services of AWS may assume it.
        may_tag: whoever assumes it may bring tags along, which count before the role's own.
    """

    principals: tuple[str, ...] = ()
    only_services: bool = False
    may_tag: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or role of the management account.

    Attributes:
        arn: with its path.
        id: what begins its `aws:userid`.
        tags: its own, by key.
        policies: its inline and managed policies, and those of its groups.
        boundary: its permissions boundary, if it has one.
        trust: who may assume it; nobody for a user.
    """

    kind: Kind
    arn: str
    id: str
    policies: tuple[Document, ...]
    boundary: Document | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    trust: Trust = Trust()

    @property
    def name(self) -> str:
        """Its name, without the path."""
        return self.arn.rpartition("/")[2]

    @property
    def permission_set(self) -> str | None:
        """The permission set of IAM Identity Center that made this role; None for any other."""
        found = _PERMISSION_SET.fullmatch(self.name)
        return found[1] if found and ":role/aws-reserved/sso.amazonaws.com/" in self.arn else None

    @property
    def is_service_linked(self) -> bool:
        """Whether it is a role that AWS makes for one of its services, and nobody else can assume."""
        return _SERVICE_LINKED in self.arn

    @property
    def is_changed_by_aws_alone(self) -> bool:
        """Whether IAM refuses whoever changes it but AWS's own services: UnmodifiableEntityException."""
        return self.is_service_linked or ":role/aws-reserved/" in self.arn

    @property
    def is_of_a_service(self) -> bool:
        """Whether only services can act as it."""
        return self.is_service_linked or self.trust.only_services
