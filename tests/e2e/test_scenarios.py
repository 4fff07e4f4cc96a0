"""Each scenario, end to end: the real stack, deployed by the real CDK, on a local AWS that enforces IAM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drill.run import by_guardrail
from drill.scenarios import SCENARIOS, Scenario


def test_the_report_of_the_incident_tells_the_whole_story(
    drill: Callable[[Scenario], dict[str, Any]],
) -> None:
    report = drill(SCENARIOS["deny-all-on-root"])
    # None where the event of CreatePolicy was answered before that of AttachPolicy.
    assert report["organizations_calls_before_detach"] in ([], ["DescribePolicy"])
    assert report["root_policies_before"] == report["root_policies_after"]
    assert report["seconds_to_detach"] > 0
    moments = [entry["moment"] for entry in report["timeline"] if entry["moment"]]
    assert moments == ["incident", "clean"]
    email = next(page for page in report["pages"] if page["channel"] == "email")
    for part in ('SCP "QuarantineDenyAll"', "user diego", "in the console, with MFA", "6 accounts"):
        assert part in email["text"]
    assert email["subject"].startswith('Rootguard UNDONE: SCP "QuarantineDenyAll" attached to Root [o-')
    assert "Org       o-" in email["text"]
    assert len(next(page for page in report["pages"] if page["channel"] == "sms")["text"]) <= 140


@pytest.mark.parametrize("scenario", by_guardrail(), ids=lambda scenario: scenario.name)
def test_a_scenario_ends_as_it_must(scenario: Scenario, drill: Callable[[Scenario], dict[str, Any]]) -> None:
    report = drill(scenario)
    assert report["failures"] == []
    assert report["passed"]
