"""`rootguard validate`: what is protected, and every problem at its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Rootguard, Written

BROKEN = """\
mode: enforc
protections:
  - name: root
    targets: [root, r-abcd]
"""


def test_the_file_that_ships_is_valid_and_shown(rootguard: Rootguard) -> None:
    result = rootguard("validate")
    assert result.exit_code == 0
    assert result.stderr == ""
    for word in (
        "guardrail.yaml is valid",
        "Root",
        "SCPs and RCPs",
        "revert",
        "Nobody is paged",
        "every minute",
    ):
        assert word in result.stdout


def test_everything_that_is_set_is_shown_in_80_columns(rootguard: Rootguard, written: Written) -> None:
    written(
        "guardrail.yaml",
        {
            "mode": "observe",
            "protections": [
                {
                    "name": "[bold]workloads",
                    "targets": ["ou-exam-12345678", "444455556666"],
                    "include_descendants": True,
                    "policy_types": ["RESOURCE_CONTROL_POLICY"],
                    "allow": ["p-12345678", "p-12345679"],
                    "trusted_principals": ["arn:aws:iam::111122223333:role/pipeline"],
                    "pin_accounts": ["111122223333"],
                }
            ],
            "pages": {
                "email": ["oncall@example.com"],
                "sms": ["+12065550100"],
                "slack": {"webhook_secret": "rootguard/slack"},
            },
        },
    )
    shown = rootguard("validate").stdout
    assert max(map(len, shown.splitlines())) <= 80
    for word in (
        "ou-exam-12345678",
        "444455556666",
        "all OUs and accounts below",
        "RCPs",
        "oncall@example.com",
        "+12065550100",
    ):
        assert word in shown
    assert "Slack" in shown
    assert "[bold]" in shown
    assert "arn:aws:iam::111122223333:role/pipeline" in shown
    assert "p-12345679" in shown
    # In observe mode nothing is reverted, whatever the protection says.
    assert "alert: only page (mode: observe)" in shown
    assert "revert" not in shown
    assert "moves are only paged" in shown
    assert "observe: nothing is undone" in shown


@pytest.mark.parametrize("columns", [40, 60, 70, 73, 74, 80, 120])
def test_nothing_is_cut_in_a_terminal_of_any_width(
    rootguard: Rootguard, written: Written, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    targets = ["root", "ou-exam-12345678", "444455556666"]
    strict = {"name": "everything-we-have", "targets": targets, "allow": ["p-12345678"]}
    lenient = {"name": "sandbox", "targets": ["ou-exam-87654321"], "on_violation": "alert"}
    config = written("mine.yaml", {"protections": [strict, lenient]})
    shown = rootguard("validate", "-c", config).stdout
    assert max(map(len, shown.splitlines())) <= columns
    for word in (
        "everything-we-have",
        "Root",
        *targets[1:],
        "ou-exam-87654321",
        "SCPs",
        "revert:",
        "p-12345678",
    ):
        assert word in shown.split()


def test_json_holds_the_whole_policy_with_defaults(rootguard: Rootguard) -> None:
    result = rootguard("validate", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["valid"] is True
    assert document["config"] == "guardrail.yaml"
    assert document["mode"] == "enforce"
    assert document["problems"] == []
    assert document["protections"][0]["targets"] == ["root"]
    assert document["protections"][0]["on_violation"] == "revert"


def test_every_problem_is_told_with_its_line(rootguard: Rootguard, written: Written) -> None:
    written("mine.yaml", BROKEN)
    result = rootguard("validate", "--config", "mine.yaml")
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second, count = result.stderr.splitlines()
    assert first.startswith("mine.yaml:1: mode:")
    assert second.startswith("mine.yaml:4: protections[0].targets[1]:")
    assert count == "2 problems."


def test_json_holds_every_problem(rootguard: Rootguard, written: Written) -> None:
    written("mine.yaml", BROKEN)
    result = rootguard("validate", "--config", "mine.yaml", "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    document = json.loads(result.stdout)
    assert document["valid"] is False
    assert [(p["file"], p["line"], p["field"]) for p in document["problems"]] == [
        ("mine.yaml", 1, "mode"),
        ("mine.yaml", 4, "protections[0].targets[1]"),
    ]
    assert all(problem["trouble"] and problem["fix"] for problem in document["problems"])


@pytest.mark.parametrize("content", [b"mode: \xff", b"", b"mode: [", b"- 1"])
def test_what_is_no_configuration_at_all_is_a_finding_too(
    rootguard: Rootguard, written: Written, content: bytes
) -> None:
    written("mine.yaml", content)
    result = rootguard("validate", "-c", "mine.yaml")
    assert result.exit_code == 1
    assert result.stderr.startswith("mine.yaml")


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_what_cannot_be_read_is_bad_input(rootguard: Rootguard, folder: Path, name: str) -> None:
    result = rootguard("validate", "-c", name)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{name}: cannot be read")


def test_json_comes_also_where_nothing_can_be_read(rootguard: Rootguard) -> None:
    result = rootguard("validate", "-c", "nowhere.yaml", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["problems"][0]["line"] is None


def trusting(*arns: str, **more: object) -> dict[str, object]:
    entry = {"name": "root", "targets": ["root"], "restore_policy_type": True, "pin_accounts": ["root"]}
    return {"trusted_principals": list(arns), "protections": [entry], "sweep": {"every_minutes": 5}, **more}


def test_what_the_file_does_is_shown(rootguard: Rootguard, written: Written) -> None:
    config = written("mine.yaml", trusting("arn:aws:iam::111122223333:role/pipeline"))
    shown = " ".join(rootguard("validate", "-c", config).stdout.split())
    for words in (
        "Mode enforce",
        "Sweep every 5 minutes",
        "Trusts arn:aws:iam::111122223333:role/pipeline",
        "Pins root (moves are moved back)",
        "Restore yes",
    ):
        assert words in shown


def test_what_is_probably_not_meant_or_needless_is_shown(rootguard: Rootguard, written: Written) -> None:
    entry = {"name": "a", "targets": ["root"], "include_descendants": True, "allow": ["p-FullAWSAccess"]}
    config = written("mine.yaml", {"protections": [entry]})
    result = rootguard("validate", "-c", config)
    shown = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert "Warning: mine.yaml:1: protections[0]: everything below" in shown
    assert "Note: mine.yaml:1: protections[0].allow[0]:" in shown
    document = json.loads(rootguard("validate", "-c", config, "--json").stdout)
    assert [len(document[kind]) for kind in ("problems", "warnings", "notes")] == [0, 1, 1]


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_file_can_come_by_stdin(rootguard: Rootguard, more: tuple[str, ...]) -> None:
    right = rootguard("validate", "-c", "-", *more, stdin=json.dumps(trusting()))
    wrong = rootguard("validate", "-c", "-", stdin=BROKEN)
    assert (right.exit_code, wrong.exit_code) == (0, 1)
    assert "stdin" in right.stdout
    assert wrong.stderr.startswith("stdin:1: mode:")


@pytest.mark.parametrize(
    ("region", "partition", "code"),
    [
        (None, "aws", 0),
        (None, "aws-cn", 1),
        ("us-gov-west-1", "aws-us-gov", 0),
        ("cn-northwest-1", "aws", 1),
        ("eu-west-1", "aws", 2),
    ],
)
def test_what_synth_refuses_in_a_region_is_refused(
    rootguard: Rootguard, written: Written, region: str | None, partition: str, code: int
) -> None:
    config = written("mine.yaml", trusting(f"arn:{partition}:iam::111122223333:role/pipeline"))
    result = rootguard("validate", "-c", config, *(("--region", region) if region else ()))
    assert result.exit_code == code
    said = {0: "", 1: f"is of the partition {partition}", 2: 'cannot work in region "eu-west-1"'}
    assert said[code] in result.stderr


def test_permissions_are_those_that_the_stack_gives(rootguard: Rootguard, written: Written) -> None:
    config = written("mine.yaml", trusting())
    document = json.loads(rootguard("validate", "-c", config, "--permissions", "--json").stdout)
    guard = {statement["Action"]: statement["Resource"] for statement in document["permissions"]["guard"]}
    assert set(guard) == {
        f"organizations:{action}"
        for action in ("DetachPolicy", "AttachPolicy", "UpdatePolicy", "EnablePolicyType", "MoveAccount")
    }
    assert "arn:aws:organizations::ACCOUNT:root/o-*/r-*" in guard["organizations:DetachPolicy"]
    assert [statement["Action"] for statement in document["permissions"]["restore"]] == [
        "organizations:AttachPolicy"
    ]
    shown = rootguard("validate", "-c", config, "--permissions").stdout
    assert "DetachPolicy" in shown
    assert "What the role of restore may write" in shown


def test_without_a_write_permission_it_says_so(rootguard: Rootguard, written: Written) -> None:
    config = written("mine.yaml", trusting(mode="observe"))
    result = rootguard("validate", "-c", config, "--permissions", "--region", "us-gov-west-1")
    assert "none in Organizations" in result.stdout
    assert "DetachPolicy" not in result.stdout


def test_permissions_without_node_say_what_to_install(
    rootguard: Rootguard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    result = rootguard("validate", "--permissions")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Node 20" in result.stderr
