"""`rootguard explain` with files that it cannot use: each is told, and AWS is never loaded for a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import REPOSITORY, Rootguard, Written, process
from tests.cli.explaining import EVERYTHING
from tests.given import POLICY, attach


@pytest.mark.parametrize(
    ("content", "but"),
    [
        ({"Records": [attach(), attach()]}, ", not a log file of several (take one of `Records`)"),
        ({"Records": []}, ", not a log file of several (take one of `Records`)"),
        ({"Records": [7]}, ", not a log file of several (take one of `Records`)"),
        (
            {"Events": [{"CloudTrailEvent": json.dumps(attach())}]},
            ", not the answer of lookup-events (take the text of one `CloudTrailEvent`)",
        ),
        (
            {"EventName": "AttachPolicy", "CloudTrailEvent": json.dumps(attach())},
            ", not an event of lookup-events (take the text of its `CloudTrailEvent`)",
        ),
        ([attach()], ""),
        ([], ""),
        ({}, ""),
        ({"source": "rootguard.sweep"}, ""),
        ("null", ""),
        ("NaN", ""),
        ("7", ""),
        ('"text"', ""),
    ],
    ids=repr,
)
def test_what_is_no_record_is_bad_input(
    rootguard: Rootguard, written: Written, content: Any, but: str
) -> None:
    result = rootguard("explain", written("event.json", content), "--facts", written("facts.json", {}))
    assert (result.exit_code, result.stdout) == (2, "")
    expected = "one record or one EventBridge event is expected"
    assert result.stderr == f"event.json: no CloudTrail record: {expected}{but}.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a":\n 1,}', "event.json:2:4: not JSON"),
        (b"", "event.json:1:1: not JSON"),
        (b'{\n"a": "\xe9"}', "event.json:2: not UTF-8"),
        (b"[" * 100_000, "event.json: not JSON that can be read"),
        (b"1" * 5_000, "event.json: not JSON that can be read"),
        (b" " * (10 * 1024 * 1024 + 1), "event.json: longer than"),
    ],
)
def test_an_event_file_that_is_no_json_is_bad_input(
    rootguard: Rootguard, written: Written, content: bytes, said: str
) -> None:
    result = rootguard("explain", written("event.json", content), "--facts", written("facts.json", {}))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said)


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ('{"own_role_arn": "a", "own_role_arn": "b"}', "own_role_arn"),
        (f'{{"policies": {{"{POLICY}": null, "p-12345678": null, "{POLICY}": {{}}}}}}', POLICY),
    ],
)
def test_facts_that_say_something_twice_are_bad_input(
    rootguard: Rootguard, written: Written, facts: str, key: str
) -> None:
    result = rootguard("explain", written("e.json", attach()), "--facts", written("facts.json", facts))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f'facts.json: "{key}" is twice')


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_file_that_cannot_be_read_is_bad_input(rootguard: Rootguard, written: Written, name: str) -> None:
    for arguments in (
        (name, "--facts", written("f.json", {})),
        (written("e.json", attach()), "--facts", name),
    ):
        result = rootguard("explain", *arguments)
        assert result.exit_code == 2
        assert "cannot be read" in result.stderr


def test_a_file_in_utf_16_is_read(rootguard: Rootguard, written: Written) -> None:
    event = written("event.json", json.dumps(attach()).encode("utf-16"))
    result = rootguard("explain", event, "--facts", written("facts.json", EVERYTHING), "--json")
    assert json.loads(result.stdout)["verdict"] == "revert"


def test_a_broken_configuration_is_bad_input_with_its_problems(
    rootguard: Rootguard, written: Written
) -> None:
    config = written("mine.yaml", "mode: enforc\nprotections: []\n")
    result = rootguard("explain", written("e.json", attach()), "-c", config)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == ["mine.yaml:1", "mine.yaml:2"]


def test_with_facts_nothing_of_aws_is_loaded(folder: Path, written: Written) -> None:
    event, facts = written("event.json", attach()), written("facts.json", EVERYTHING)
    no_aws = "import sys; sys.modules |= dict.fromkeys(('boto3', 'botocore', 'aws_cdk'))"
    result = process(
        "explain",
        event,
        "--facts",
        facts,
        "--json",
        first=no_aws,
        env={"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'lambdas'}"},
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert json.loads(result.stdout)["verdict"] == "revert"
