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
    for word in ("guardrail.yaml is valid", "Root", "SCP RCP", "revert", "Nobody is paged"):
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
    for word in ("ou-exam-12345678", "444455556666", "yes", "RCP", "oncall@example.com", "+12065550100"):
        assert word in shown
    assert "Slack" in shown
    assert "[bold]" in shown
    # In observe mode nothing is reverted, whatever the protection says.
    assert "alert" in shown
    assert "revert " not in shown
    assert "mode is observe" in shown


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
        "SCP",
        "violation",
        "revert",
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
