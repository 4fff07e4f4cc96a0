"""`rootguard drill`: how a drill is watched, told and ended. The drill itself is a stand-in here."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.cli.conftest import Rootguard

EMAIL = """\
UNDONE. Rootguard detached the SCP "Quarantine" from Root.

By        diego (role Admin)
1. Ask diego (role Admin) whether this was a mistake. If nobody can explain it, treat the \
credential as stolen.
     rootguard exception grant --policy p-lockout1
"""
BLOCKS = [{"type": "header", "text": {"type": "plain_text", "text": "UNDONE, safe now: [red] off Root"}}]
EVENT = {"event_action": "trigger", "dedup_key": "1", "payload": {"summary": "[red]", "severity": "error"}}
RESULT: dict[str, Any] = {
    "scenario": "deny-all-on-root",
    "title": "a Deny * SCP is attached to Root",
    "passed": True,
    "failures": [],
    "timeline": [
        {"at_seconds": 0.0, "who": "role Admin", "what": "attaches [red] to Root", "moment": "incident"},
        {"at_seconds": 0.5, "who": "EventBridge", "what": "wakes the guard", "moment": None},
        {"at_seconds": 1.25, "who": "Rootguard", "what": "detaches [red] from Root", "moment": "clean"},
    ],
    "seconds_to_detach": 1.25,
    "organizations_calls_before_detach": ["DescribePolicy"],
    "root_policies_before": ["p-FullAWSAccess"],
    "root_policies_after": ["p-FullAWSAccess"],
    "pages": [
        {"channel": "email", "endpoint": "oncall@example.com", "subject": "Rootguard UNDONE", "text": EMAIL},
        {"channel": "sms", "text": "Rootguard UNDONE: SCP off Root after 1 s."},
        {"channel": "slack", "text": json.dumps({"blocks": BLOCKS})},
        {"channel": "pagerduty", "text": json.dumps(EVENT)},
    ],
}


class DrillError(RuntimeError):
    pass


class UnknownScenarioError(DrillError):
    pass


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a drill end with this result or error."""

    def play(result: dict[str, Any] | None = None, error: BaseException | None = None) -> None:
        def run_scenario(name: str, on_step: Callable[[str], None]) -> dict[str, Any]:
            on_step("start the local AWS")
            on_step("replay the incident")
            if error:
                raise error
            return {**RESULT, **(result or {}), "scenario": name}

        stand_in = ModuleType("drill.run")
        stand_in.__dict__.update(
            run_scenario=run_scenario, DrillError=DrillError, UnknownScenarioError=UnknownScenarioError
        )
        monkeypatch.setitem(sys.modules, "drill.run", stand_in)

    return play


def test_json_is_the_result_as_it_is(rootguard: Rootguard, played: Callable[..., None]) -> None:
    played()
    result = rootguard("drill", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == RESULT


def test_the_scenario_is_handed_on(rootguard: Rootguard, played: Callable[..., None]) -> None:
    played()
    assert json.loads(rootguard("drill", "-s", "another", "--json").stdout)["scenario"] == "another"


def test_without_a_name_it_is_the_incident_of_2023(rootguard: Rootguard, played: Callable[..., None]) -> None:
    played()
    assert json.loads(rootguard("drill", "--json").stdout)["scenario"] == "deny-all-on-root"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--all", "-s", "deny-all-on-root"), "--scenario and --all"),
        (("--all", "-s", "nope"), "--scenario and --all"),
        (("--list", "-s", "nope"), "--scenario and --list"),
        (("--list", "--all"), "--list and --all"),
        (("--keep", "--all"), "--all and --keep"),
        (("--keep", "--stop", "-s", "deny-all-on-root"), "--keep and --stop"),
        (("--stop", "-s", "deny-all-on-root"), "--scenario and --stop"),
    ],
)
def test_options_that_exclude_each_other_are_refused(
    rootguard: Rootguard, played: Callable[..., None], options: tuple[str, ...], named: str
) -> None:
    played()
    result = rootguard("drill", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{named} exclude each other: give one of them.\n"


def test_steps_are_told_on_stderr_a_plain_line_each(
    rootguard: Rootguard, played: Callable[..., None]
) -> None:
    played()
    told = rootguard("drill", "--json").stderr.splitlines()
    assert [line.rsplit("  ", 1)[0] for line in told] == ["✓ start the local AWS", "✓ replay the incident"]


def test_people_see_the_story(rootguard: Rootguard, played: Callable[..., None]) -> None:
    played()
    result = rootguard("drill")
    shown = result.stdout
    assert result.exit_code == 0
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for line in (
        "0.00 s  ✗  role Admin   attaches [red] to Root",
        "0.50 s     EventBridge  wakes the guard",
        "1.25 s  ✓  Rootguard    detaches [red] from Root",
        "Root before",
        "Root after",
        "E-mail to oncall@example.com",
        "SMS  Rootguard UNDONE: SCP off Root after 1 s.",
        "─ Slack ─",
        "UNDONE, safe now: [red] off Root",
        "─ PagerDuty ─",
        "severity      error",
        "calls before the detach: DescribePolicy",
        "✓ PASSED  Clean again after 1.2 s, and paged. On 2023-12-05 it took 25 minutes.",
    ):
        assert line in shown
    # The e-mail is wrapped, but every word of it is there, and lists keep their indent.
    assert re.search(r"│     [a-z, ]*stolen\.", shown)
    assert "│       rootguard exception grant --policy p-lockout1" in shown


def test_a_drill_that_did_not_end_well_is_a_finding(
    rootguard: Rootguard, played: Callable[..., None]
) -> None:
    after = ["p-FullAWSAccess", "p-lockout1"]
    timeline = RESULT["timeline"][:1]
    played(
        {
            "passed": False,
            "failures": ["Root has [what] it had before"],
            "seconds_to_detach": None,
            "root_policies_after": after,
            "pages": [],
            "timeline": timeline,
        }
    )
    result = rootguard("drill")
    assert result.exit_code == 1
    assert "✗ FAILED" in result.stdout
    assert "not true: Root has [what] it had before" in result.stdout
    assert "p-lockout1" in result.stdout


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (UnknownScenarioError("there is no such drill; there are: deny-all-on-root"), 2),
        (DrillError("cdk deploy failed"), 3),
    ],
)
def test_a_drill_that_could_not_run_says_why(
    rootguard: Rootguard, played: Callable[..., None], error: DrillError, exit_code: int
) -> None:
    played(error=error)
    result = rootguard("drill")
    assert (result.exit_code, result.stdout) == (exit_code, "")
    last_step, message = result.stderr.splitlines()[-2:]
    assert last_step.startswith("✗ replay the incident")
    assert message == str(error)


def test_ctrl_c_ends_with_one_line(rootguard: Rootguard, played: Callable[..., None]) -> None:
    played(error=KeyboardInterrupt())
    result = rootguard("drill")
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == "Interrupted."
