"""Names to ids and ARNs. Each follows from its name alone, so a history means the same on every machine."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from drill.caller import Caller
from drill.organization_tree import Ids
from simulation.steps import FULL_ACCESS, ROOT

MANAGEMENT_ACCOUNT: Final = "111122223333"
REGION: Final = "us-east-1"
ORGANIZATION_ID: Final = "o-simulation"
ROOT_ID: Final = "r-sim0"
PIPELINE: Final = "pipeline"
PIPELINE_ROLE: Final = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/OrgPipeline"


def policy_id(name: str, generation: int = 0) -> str:
    """Return a policy's id. AWS's own are named by it. `generation` counts earlier policies of the name."""
    return name if name in FULL_ACCESS else f"p-{_hex('policy', name, generation)[:8]}"


def unit_id(name: str, generation: int = 0) -> str:
    """Return a unit's id."""
    return f"ou-{ROOT_ID.removeprefix('r-')}-{_hex('unit', name, generation)[:8]}"


def account_id(name: str, generation: int = 0) -> str:
    """Return an account's id."""
    return str(10**11 + int(_hex("account", name, generation)[:9], 16))


def target_id(name: str, units: frozenset[str]) -> str:
    """Return the id of the root, of a unit if `units` has the name, or of an account."""
    if name == ROOT:
        return ROOT_ID
    return unit_id(name) if name in units else account_id(name)


def principal_arn(name: str) -> str:
    """Return the exact ARN of the pipeline's role, or of a person's IAM user."""
    if name.startswith("arn:"):
        return name
    return PIPELINE_ROLE if name == PIPELINE else f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:user/{name}"


def caller(name: str, at: float) -> Caller:
    """Return a person, or the pipeline, as CloudTrail shows them. `at` is in seconds since the epoch."""
    if name == PIPELINE:
        return role_caller(PIPELINE_ROLE, "build", at)
    return Caller(
        type="IAMUser",
        arn=principal_arn(name),
        principal_id=user_id(name),
        account=MANAGEMENT_ACCOUNT,
        access_key=f"AKIA{_hex('key', name)[:16].upper()}",
        user_name=name,
        source_ip="203.0.113.7",
        user_agent="aws-cli/2.31.0",
    )


def role_caller(role_arn: str, session: str, at: float) -> Caller:
    """Return a role's session."""
    name = role_arn.rpartition("/")[2]
    role_id = f"AROA{_hex('role', name)[:16].upper()}"
    return Caller(
        type="AssumedRole",
        arn=f"arn:aws:sts::{MANAGEMENT_ACCOUNT}:assumed-role/{name}/{session}",
        principal_id=f"{role_id}:{session}",
        account=MANAGEMENT_ACCOUNT,
        access_key=f"ASIA{_hex('key', name)[:16].upper()}",
        role_arn=role_arn,
        role_id=role_id,
        session_start=at,
        source_ip="203.0.113.9",
        user_agent="Boto3/1.43",
    )


def user_id(name: str) -> str:
    """Return a caller's `aws:userid`."""
    return caller(name, 0).principal_id if name == PIPELINE else f"AIDA{_hex('user', name)[:16].upper()}"


def event_id(*parts: object) -> str:
    """Return a UUID that follows from its parts."""
    text = _hex("event", *parts)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"


class PlannedIds(Ids):
    """Ids of a model: the one that was planned for the thing to be created next, and else AWS's patterns."""

    def __init__(self) -> None:
        """Plan those of an organization and its root, which are created first."""
        super().__init__("simulation")
        self._texts = [ORGANIZATION_ID.partition("-")[2], ROOT_ID.partition("-")[2]]
        self._account: str | None = None

    def plan(self, wanted: str) -> None:
        """Let the next thing have this id. Call `forget` afterwards: it may not have been created."""
        if wanted.isdigit():
            self._account = wanted
        else:
            self._texts = [wanted.rpartition("-")[2]]

    def forget(self) -> None:
        """Plan nothing."""
        self._texts, self._account = [], None

    def text(self, length: int) -> str:
        """Return the last part of the planned id, or letters and digits."""
        return self._texts.pop(0) if self._texts else super().text(length)

    def account(self) -> str:
        """Return the planned id, or twelve digits."""
        planned, self._account = self._account, None
        return planned or super().account()


def _hex(*parts: object) -> str:
    return sha256("|".join(map(str, parts)).encode()).hexdigest()
