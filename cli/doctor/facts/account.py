"""The account that is signed in to, its organization and its Region."""

from __future__ import annotations

from dataclasses import dataclass

from cli.doctor.probe import Probe


@dataclass(frozen=True, slots=True)
class Account:
    """The account. `management` is the id of the organization's management account; None if in none."""

    id: str
    management: str | None


@dataclass(frozen=True, slots=True)
class Where:
    """Where the caller is signed in, and where this command looks for the stack."""

    partition: str
    region: str


@dataclass(frozen=True, slots=True)
class PolicyTypes:
    """The policy types that guardrail.yaml guards, and the state of each type that Root names."""

    guarded: tuple[str, ...]
    states: dict[str, str]
    root: str


def account(probe: Probe) -> Account:
    """Read whose account this is."""
    organization = probe.organization
    # MasterAccountId is the management account ("Organization", AWS Organizations API Reference).
    management = None if organization is None else str(organization["MasterAccountId"])
    return Account(probe.aws.account(), management)


def features(probe: Probe) -> str | None:
    """Read the organization's feature set, ALL or CONSOLIDATED_BILLING; None without an organization."""
    return None if probe.organization is None else str(probe.organization["FeatureSet"])


def where(probe: Probe) -> Where:
    """Read the partition of the credentials, and the Region."""
    return Where(probe.aws.arn().split(":")[1], probe.aws.region)


def policy_types(probe: Probe) -> PolicyTypes:
    """Read which policy types are enabled."""
    guarded = dict.fromkeys(kind for entry in probe.config.protections for kind in entry.policy_types)
    states = {each["Type"]: each["Status"] for each in probe.root.get("PolicyTypes", ())}
    return PolicyTypes(tuple(guarded), states, str(probe.root["Id"]))
