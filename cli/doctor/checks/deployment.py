"""Can it be deployed, is it, and is what is deployed what is here?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cli.doctor.check import Check, Section
from cli.doctor.facts import deployment as facts
from cli.doctor.facts.code import Deployed, deployed
from cli.doctor.finding import Finding, broken, ok, warning
from cli.doctor.probe import Stack

BOOTSTRAP_VERSION: Final = 6
"""What the stack's assets need ("Bootstrapping", AWS CDK Developer Guide); each synth writes it down."""
_FEW: Final = 3


def is_bootstrapped(version: int | None) -> Iterator[Finding]:
    """Judge whether the CDK can deploy here."""
    if version is None:
        yield broken(
            "the CDK was never bootstrapped in this account and Region",
            "make deploy has no bucket for the functions' code, and no roles.",
            "make bootstrap",
        )
    elif version < BOOTSTRAP_VERSION:
        yield broken(
            f"the CDK's bootstrap stack has version {version}",
            f"make deploy needs version {BOOTSTRAP_VERSION} or newer.",
            "make bootstrap",
        )
    else:
        yield ok(f"the CDK's bootstrap stack has version {version}")


def is_stable(stack: Stack | None) -> Iterator[Finding]:
    """Judge the stack's state."""
    if stack is None:
        yield warning("not deployed yet", "Nothing is protected.", "make deploy")
        return
    status = stack.status
    if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
        yield ok(status)
    elif status in ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"):
        yield warning(
            f"{status}: the first deployment failed",
            "Nothing is protected. docs/deploying.md says how to read why.",
            "make deploy",
        )
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        yield warning(
            f"{status}: the last deployment failed",
            "The earlier deployment still runs.",
            "make diff",
        )
    elif status.endswith("_IN_PROGRESS"):
        yield warning(
            f"{status}: a deployment runs",
            "These lines may change.",
            "rootguard doctor",
        )
    else:
        yield broken(
            status,
            "CloudFormation could neither finish a deployment nor roll it back.",
            "aws cloudformation describe-stack-events --stack-name Rootguard",
        )


def is_what_is_here(found: Deployed) -> Iterator[Finding]:
    """Judge whether the guard decides by this guardrail.yaml, with this code."""
    keys = [key for key in found.here if found.here[key] != found.there.get(key)]
    if keys:
        yield warning(
            f"guardrail.yaml differs from what is deployed: {', '.join(_named(found, keys))}",
            "The guard decides by what is deployed.",
            "make deploy",
        )
    if found.modules:
        more = len(found.modules) - _FEW
        shown = ", ".join(found.modules[:_FEW]) + (f" and {more} more" if more > 0 else "")
        yield warning(
            f"the deployed guard is not of this checkout: {shown}",
            "Another version was deployed, or someone changed the function. See make diff first.",
            "make deploy",
        )
    if not keys and not found.modules:
        yield ok("the guard has this guardrail.yaml and this code; make diff compares the rest")


def _named(found: Deployed, keys: list[str]) -> Iterator[str]:
    """Yield what differs, by the keys of guardrail.yaml; of protections, each by its name."""
    for key in keys:
        if key != "protections":
            yield key
            continue
        here, there = (
            {each["name"]: each for each in side.get(key, ())} for side in (found.here, found.there)
        )
        for name in dict.fromkeys((*here, *there)):
            if here.get(name) != there.get(name):
                yield f'protection "{name}"'


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("bootstrap", Section.DEPLOYMENT, ("ssm:GetParameter",), facts.bootstrap, is_bootstrapped),
    Check("stack", Section.DEPLOYMENT, ("cloudformation:DescribeStacks",), facts.stack, is_stable),
    Check(
        "drift",
        Section.DEPLOYMENT,
        ("lambda:GetFunction", "scheduler:GetSchedule"),
        deployed,
        is_what_is_here,
        needs_stack=True,
    ),
)
