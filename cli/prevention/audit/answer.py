"""What the audit found, worst first. Plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cli.prevention.audit.attaching import Attaching, attaching
from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.delegated import Delegate
from cli.prevention.audit.itself import granting_itself
from cli.prevention.audit.judgement import NOT_ALLOWED, Ground, Judgement
from cli.prevention.audit.known import keys_of
from cli.prevention.audit.principals import Kind, Principal
from cli.prevention.organization import Organization


class Expected(StrEnum):
    """Why somebody is meant to reach Root."""

    TRUSTED = "trusted"
    OWN = "rootguard"


class Can(StrEnum):
    """Whether a principal can attach to Root, the worst first."""

    YES = "yes"
    UNCERTAIN = "uncertain"
    INDIRECTLY = "indirectly"


@dataclass(frozen=True, slots=True)
class Finding:
    """A principal that can attach a policy to Root, perhaps can, or can give itself the permission.

    Attributes:
        attaching: what its policies say as they are.
        itself: how it can give itself the permission, if they do not let it attach.
        expected: why it is meant to; None if nothing says so.
    """

    principal: Principal
    attaching: Attaching
    expected: Expected | None = None
    itself: Judgement = NOT_ALLOWED

    @property
    def can(self) -> Can:
        """In one word, whether it can."""
        return {Certainty.YES: Can.YES, Certainty.UNCERTAIN: Can.UNCERTAIN}.get(
            self.attaching.can, Can.INDIRECTLY
        )


@dataclass(frozen=True, slots=True)
class Audit:
    """Who can attach a policy to Root.

    Attributes:
        findings: of the management account, worst first.
        delegates: whom the resource policy names, those who reach Root first.
        users, roles: how many were judged.
        own_unknown: why Rootguard's own roles could not be marked; empty if they were.
    """

    organization: Organization
    findings: tuple[Finding, ...]
    delegates: tuple[Delegate, ...]
    users: int
    roles: int
    own_unknown: str = ""

    @property
    def unexpected(self) -> tuple[Finding, ...]:
        """The findings that nothing explains."""
        return tuple(finding for finding in self.findings if finding.expected is None)

    @property
    def reaching(self) -> tuple[Delegate, ...]:
        """The delegates that reach Root, or perhaps do."""
        return tuple(each for each in self.delegates if each.attaching.can is not Certainty.NO)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data. `can` is as `Can` says; of a delegate yes, uncertain or no."""
        organization = self.organization
        return {
            "organization": {
                "id": organization.id,
                "root_id": organization.root_id,
                "management_account_id": organization.management_account_id,
            },
            "judged": {"users": self.users, "roles": self.roles},
            "principals": [_finding(finding) for finding in self.findings],
            "delegates": [
                {"principal": each.principal, **_attaching(each.attaching)} for each in self.delegates
            ],
            "rootguard_roles_unknown": self.own_unknown or None,
        }


def findings(
    principals: Iterable[Principal],
    organization: Organization,
    trusted: frozenset[str],
    own: frozenset[str],
) -> tuple[Finding, ...]:
    """Judge each principal; return those that can attach to Root, perhaps can, or could soon, worst first.

    Args:
        principals: the users and roles of the management account.
        organization: whose Root it is.
        trusted: the ARNs that guardrail.yaml trusts on Root.
        own: the ARNs of the roles that the stack made.
    """
    found = []
    for principal in principals:
        direct, itself = _judged(principal, organization)
        if max(direct.can, itself.certainty) is not Certainty.NO:
            is_own, is_trusted = principal.arn in own, principal.arn in trusted
            expected = Expected.OWN if is_own else Expected.TRUSTED if is_trusted else None
            found.append(Finding(principal, direct, expected, itself))
    return tuple(sorted(found, key=_worst_first))


def _judged(principal: Principal, organization: Organization) -> tuple[Attaching, Judgement]:
    """Judge whether a principal can attach, and only if it cannot, whether it can let itself."""
    direct = attaching(
        principal.policies,
        principal.boundary,
        lambda policy_type: keys_of(principal, organization, policy_type),
        organization,
    )
    is_direct = direct.can is not Certainty.NO
    return direct, NOT_ALLOWED if is_direct else granting_itself(principal, organization)


def _worst_first(finding: Finding) -> tuple[object, ...]:
    """People who can, then people who perhaps can, then services; last, who is meant to."""
    principal = finding.principal
    return (
        finding.expected is not None,
        finding.expected is Expected.OWN,
        principal.is_of_a_service,
        principal.is_service_linked,
        list(Can).index(finding.can),
        principal.kind is not Kind.USER,
        principal.arn,
    )


def _finding(finding: Finding) -> dict[str, Any]:
    principal = finding.principal
    return {
        "arn": principal.arn,
        "kind": principal.kind.value,
        "permission_set": principal.permission_set,
        "expected": finding.expected.value if finding.expected else None,
        "assumed_by": list(principal.trust.principals),
        "only_services": principal.is_of_a_service,
        **_attaching(finding.attaching),
        "can": finding.can.value,
        "grants_itself": _itself(finding.itself),
    }


def _itself(judgement: Judgement) -> dict[str, Any] | None:
    if judgement.certainty is Certainty.NO:
        return None
    return {
        "can": judgement.certainty.word,
        "grants": [_ground(ground) for ground in judgement.grants],
        "doubts": [_ground(ground) for ground in judgement.doubts],
    }


def _attaching(found: Attaching) -> dict[str, Any]:
    return {
        "can": found.can.word,
        "policy_types": list(found.policy_types),
        "only_policies": list(found.only) or None,
        "grants": [_ground(ground) for ground in found.grants],
        "doubts": [_ground(ground) for ground in found.doubts],
    }


def _ground(ground: Ground) -> dict[str, Any]:
    return {
        "part": ground.part.value,
        "policy": ground.policy,
        "statement": ground.statement or None,
        "depends_on": list(ground.unknown),
    }
