"""`make deploy` and `make destroy`: what runs before the CDK, and what people are told.

The tools are stand-ins.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.stacks.synthesis import guardrail, template
from tests.test_make import checkout, make

__all__ = ["checkout"]

EVERYTHING = guardrail(
    {"targets": ["root"], "restore_policy_type": True},
    quarantine={"root_id": "r-exam"},
    rehearsal={"root_id": "r-exam"},
    pages={
        "slack": {"webhook_secret": "rootguard/slack"},
        "pagerduty": {"routing_key_secret": "rootguard/pagerduty"},
    },
)
STAND_IN = """#!/bin/bash
echo "{name} $*${{AWS_PROFILE:+ as $AWS_PROFILE}}"
[ "{name}" != rootguard ] || exit ${{DOCTOR_ENDS:-0}}
"""


@pytest.fixture
def installed(checkout: Path) -> Path:
    assert make(checkout, "install").returncode == 0
    for name, folder in (("rootguard", ".venv/bin"), ("cdk", "node_modules/.bin")):
        tool = checkout / folder / name
        tool.write_text(STAND_IN.format(name=name), "utf-8")
        tool.chmod(0o755)
    return checkout


def test_doctor_looks_first_and_the_diff_is_shown(installed: Path) -> None:
    done = make(installed, "deploy")
    assert done.returncode == 0, done.stderr
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "rootguard doctor --before",
        "cdk diff",
        "cdk deploy",
    ]


@pytest.mark.parametrize("ends", ["1", "2", "3"])
def test_nothing_is_deployed_if_something_is_broken(installed: Path, ends: str) -> None:
    done = make(installed, "deploy", DOCTOR_ENDS=ends)
    assert done.returncode != 0
    assert "cdk" not in done.stdout
    assert "Nothing was deployed." in done.stdout
    assert "make deploy DOCTOR=skip" in done.stdout


def test_whoever_knows_better_deploys_all_the_same(installed: Path) -> None:
    done = make(installed, "deploy", "DOCTOR=skip", DOCTOR_ENDS="1")
    assert done.returncode == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["cdk", "diff"], ["cdk", "deploy"]]


@pytest.mark.parametrize("profile", ["--profile payer", "--profile=payer"])
def test_doctor_and_the_diff_hear_of_what_concerns_them(installed: Path, profile: str) -> None:
    arguments = f"-c config=other.yaml -c region=us-gov-west-1 {profile} --require-approval never"
    done = make(installed, "deploy", f"ARGS={arguments}")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "rootguard doctor --before --config other.yaml as payer",
        "cdk diff -c config=other.yaml -c region=us-gov-west-1 --profile payer",
        f"cdk deploy {arguments}",
    ]


def test_destroy_says_what_remains_before_it_asks(installed: Path) -> None:
    done = make(installed, "destroy", "ARGS=-c region=us-gov-west-1")
    assert done.returncode == 0, done.stderr
    *told, last = done.stdout.splitlines()
    assert last == "cdk destroy -c region=us-gov-west-1"
    assert "get-resources --region us-gov-west-1" in "\n".join(told)
    named = set(re.findall(r"Rootguard-(\w+)…", "\n".join(told)))
    assert "its OU, its SCP and its RCP" in "\n".join(told)
    # CloudFormation puts the stack's name before a logical id, and the CDK eight digits behind it.
    kept = {
        name[:-8]
        for name, part in template(EVERYTHING)["Resources"].items()
        if part.get("DeletionPolicy") == "Retain" and not part["Type"].startswith("AWS::Organizations::")
    }
    assert named == kept
