"""app.py as the CDK CLI runs it: a process with an environment, context and an output folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.mistakes import TRUSTED, with_protection
from tests.stacks.synthesis import OFFLINE, REPOSITORY


def run(outdir: Path, *first: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run app.py without credentials, as `cdk synth` does. Environment variables may be added.

    `first` are lines of Python that run before it.
    """
    flags = json.loads((REPOSITORY / "cdk.json").read_text("utf-8"))["context"]
    context = {**flags, "aws:cdk:bundling-stacks": [], **json.loads(environment.pop("CONTEXT", "{}"))}
    clean = {
        "PATH": os.environ["PATH"],
        # For the jsii runtime's cache: unpacking the CDK anew takes longer than all the rest.
        "HOME": str(Path.home()),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "CDK_OUTDIR": str(outdir / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    return subprocess.run(
        [sys.executable, "-c", "\n".join((*first, "import app", "app.main()"))],
        cwd=REPOSITORY,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_shipped_configuration_is_synthesized_validated_and_nagged(tmp_path: Path) -> None:
    done = run(tmp_path, CDK_DEFAULT_REGION="eu-west-1")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "cdk.out" / "manifest.json").read_text("utf-8"))
    stack = manifest["artifacts"]["Rootguard"]
    assert stack["environment"] == "aws://unknown-account/us-east-1"
    # CloudFormation hands a stack's own tags on to everything that takes any, also to what must not have them
    # in GovCloud and China.
    assert "tags" not in stack["properties"]
    assert unset_flags(manifest) == []


def unset_flags(manifest: dict[str, Any]) -> list[str]:
    """The CDK's feature flags that cdk.json leaves open: of these the CDK complains at each synth."""
    flags: dict[str, dict[str, Any]] = manifest["artifacts"]["aws-cdk-lib/feature-flag-report"]["properties"][
        "flags"
    ]
    return [
        name
        for name, flag in flags.items()
        if "userValue" not in flag
        # Nor would it change anything to set this one.
        and flag.get("unconfiguredBehavesLike", {}).get("v2", False) != flag["recommendedValue"]
    ]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"region": "eu-west-1"}, 'cannot work in region "eu-west-1"'),
        ({"config": "nowhere.yaml"}, "nowhere.yaml: cannot be read"),
    ],
)
def test_trouble_is_told_to_people_and_nothing_is_synthesized(
    tmp_path: Path, context: dict[str, str], expected: str
) -> None:
    done = run(tmp_path, CONTEXT=json.dumps(context))
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "cdk.out" / "Rootguard.template.json").exists()


@pytest.mark.parametrize(
    ("region", "of"), [(None, "aws-cn"), ("us-gov-west-1", "aws"), ("cn-northwest-1", "aws-us-gov")]
)
def test_a_trusted_principal_of_another_partition_is_refused(
    tmp_path: Path, region: str | None, of: str
) -> None:
    file = tmp_path / "guardrail.yaml"
    principal = f"arn:{of}:iam::111122223333:role/pipeline"
    file.write_text(with_protection(f"trusted_principals: ['{principal}']"), "utf-8")
    done = run(tmp_path, CONTEXT=json.dumps({"config": str(file), **({"region": region} if region else {})}))
    assert done.returncode == 1
    assert f'guardrail.yaml:4: {TRUSTED}: "{principal}" is of the partition {of}' in done.stderr
    assert not (tmp_path / "cdk.out" / "Rootguard.template.json").exists()


def test_for_a_management_account_the_forwarder_is_synthesized_and_nothing_else(tmp_path: Path) -> None:
    context = {"management_account": "111122223333", "config": "nowhere.yaml"}
    done = run(tmp_path, CONTEXT=json.dumps(context), CDK_DEFAULT_ACCOUNT="444455556666")
    assert done.returncode == 0, done.stderr
    made = {path.name for path in (tmp_path / "cdk.out").glob("*.template.json")}
    assert made == {"RootguardForwarder.template.json"}


@pytest.mark.parametrize("account", ["1111", "444455556666"])
def test_a_management_account_that_is_none_is_refused(tmp_path: Path, account: str) -> None:
    context = json.dumps({"management_account": account})
    done = run(tmp_path, CONTEXT=context, CDK_DEFAULT_ACCOUNT="444455556666")
    assert done.returncode == 1
    assert done.stderr.startswith("management_account: ")
    assert "Traceback" not in done.stderr


def test_what_is_probably_not_meant_is_warned_of_and_synthesized(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.yaml"
    file.write_text(with_protection("include_descendants: true\n  allow: [p-FullAWSAccess]"), "utf-8")
    done = run(tmp_path, CONTEXT=json.dumps({"config": str(file)}))
    assert done.returncode == 0, done.stderr
    said = (tmp_path / "cdk.out" / "manifest.json").read_text("utf-8")
    metadata = said + "".join(
        path.read_text("utf-8") for path in (tmp_path / "cdk.out").glob("*.metadata.json")
    )
    assert "nobody is trusted there" in metadata
    # The CDK takes the id out again at the first bracket.
    assert "docs/works-with.md has their ARNs. [ack: rootguard:nobody-is-trusted]" in metadata
    assert "need not be listed" in metadata


def test_text_messages_are_refused_in_china_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.yaml"
    file.write_text(with_protection("allow: []") + 'pages:\n  sms: ["+12065550100"]\n', "utf-8")
    done = run(tmp_path, CONTEXT=json.dumps({"config": str(file), "region": "cn-northwest-1"}))
    assert done.returncode == 1
    assert 'guardrail.yaml:6: pages.sms[0]: "+12065550100" cannot be reached' in done.stderr


@pytest.mark.parametrize("verb", ["synth", "diff", "bootstrap", "deploy", "destroy"])
def test_what_a_verb_is_given_goes_to_the_cdk(verb: str) -> None:
    command = ["make", "--dry-run", verb, "ARGS=-c region=us-gov-west-1"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    (asked,) = [line for line in done.stdout.splitlines() if f"/cdk {verb}" in line]
    assert asked.endswith(" -c region=us-gov-west-1")


def test_an_asset_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    context = json.dumps({"aws:cdk:bundling-stacks": ["**"]})
    nothing_kept = ("from stacks import bundling", "bundling.WHEELS = bundling.LAMBDAS / 'nowhere'")
    done = run(tmp_path, *nothing_kept, CONTEXT=context, **OFFLINE)
    assert done.returncode == 1
    assert "requirements.txt for the function failed" in done.stderr
    assert "the package index must be reachable" in done.stderr
    assert "Traceback" not in done.stderr
