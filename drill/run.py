"""A drill from start to end: a local AWS, the real stack on it, a scenario, and the report of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from drill import receivers
from drill.deployment import REPOSITORY, Deployment, DeploymentError, deploy
from drill.local_aws import LocalAws, LocalAwsError
from drill.scenarios import SCENARIOS, Scenario
from drill.stage import Note, NothingHappenedError, Stage

SHIPPED = REPOSITORY / "guardrail.yaml"
_WRITES = {
    "AttachPolicy": "attaches what was accepted there again",
    "UpdatePolicy": "gives the policy its accepted name and content back",
    "EnablePolicyType": "enables the policy type again",
    "MoveAccount": "moves the account back",
}
_CHANNELS = {
    "email": "an e-mail",
    "sms": "an SMS",
    "slack": "a Slack message",
    "pagerduty": "a PagerDuty event",
}
_MAKES_A_UNIT = {"quarantine", "rehearsal"}
"""Sections of guardrail.yaml for which a deployment makes an OU."""
_COMPARED = (
    "ListAccountsForParent",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListRoots",
    "ListTargetsForPolicy",
)
_READS = {"DescribePolicy": "reads the policy: what type is it, what does it deny?"}


class DrillError(RuntimeError):
    """The drill could not be held; the message says what failed and shows the log's end."""


class UnknownScenarioError(DrillError):
    """There is no scenario of that name; the message lists those there are."""


def run_scenario(name: str, on_step: Callable[[str], None]) -> dict[str, Any]:
    """Hold one drill on a local AWS of its own, and leave nothing of it behind.

    Args:
        name: one of `SCENARIOS`.
        on_step: called with what is about to be done, a few words each.

    Raises:
        UnknownScenarioError: there is no such scenario.
        DrillError: the local AWS or the deployment failed, or nothing happened.
    """
    with rehearsed(name, on_step) as (report, _):
        return report


@contextmanager
def rehearsed(name: str, on_step: Callable[[str], None]) -> Iterator[tuple[dict[str, Any], Stage]]:
    """Lend the report of a drill and its stage, on which more can happen. Raises as `run_scenario`."""
    if name not in SCENARIOS:
        raise UnknownScenarioError(f'no scenario "{name}"; there are: {", ".join(SCENARIOS)}')
    with _theatre(on_step) as theatre:
        yield _staged(SCENARIOS[name], theatre, on_step)


def run_scenarios(scenarios: Iterable[Scenario], on_step: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Hold several drills on one local AWS, and yield the report of each.

    The stack is deployed anew where a scenario's guardrail differs from the last one's, so scenarios with
    the same guardrail had better follow each other. Raises DrillError.
    """
    with _theatre(on_step) as theatre:
        for scenario in scenarios:
            yield _staged(scenario, theatre, on_step)[0]


@contextmanager
def _theatre(on_step: Callable[[str], None]) -> Iterator[Theatre]:
    try:
        on_step("Start a local AWS, with IAM enforced")
        with LocalAws.start() as aws:
            yield Theatre(aws, on_step)
    except (LocalAwsError, DeploymentError, NothingHappenedError) as error:
        raise DrillError(str(error)) from error


def _staged(
    scenario: Scenario, theatre: Theatre, on_step: Callable[[str], None]
) -> tuple[dict[str, Any], Stage]:
    stage = theatre.stage(scenario)
    on_step(f"Replay: {scenario.title}")
    return rehearse(scenario, stage), stage


def by_guardrail() -> list[Scenario]:
    """Return all scenarios in their order, but those with the same guardrail beside each other."""
    groups: dict[str, list[Scenario]] = {}
    for scenario in SCENARIOS.values():
        groups.setdefault(f"{scenario.guardrail} {scenario.protection}", []).append(scenario)
    return [scenario for group in groups.values() for scenario in group]


class Theatre:
    """A local AWS on which one scenario after another is staged."""

    def __init__(self, aws: LocalAws, on_step: Callable[[str], None] = lambda _: None) -> None:
        """Start with nothing deployed."""
        self._aws = aws
        self._on_step = on_step
        self._deployed: tuple[str, Deployment] | None = None
        self._with_units: Stage | None = None
        secrets = aws.client("secretsmanager")
        for channel in receivers.channels(aws.endpoint).values():
            secrets.create_secret(Name=channel.secret, SecretString=channel.value)

    def stage(self, scenario: Scenario) -> Stage:
        """Return a fresh organization in which the stack is deployed with the scenario's guardrail."""
        if scenario.guardrail.keys() & _MAKES_A_UNIT:
            return self._stage_with_units(scenario)
        path = guardrail_for(scenario, self._aws)
        guardrail = path.read_text("utf-8")
        if self._deployed is None or self._deployed[0] != guardrail:
            self._on_step("Bootstrap it, synthesize the stack and deploy it with the CDK")
            self._deployed = guardrail, deploy(self._aws, path)
            self._on_step("Build an organization")
        return Stage.build(self._aws, self._deployed[1])

    def _stage_with_units(self, scenario: Scenario) -> Stage:
        """Return a stage whose organization comes first: the deployment makes OUs in it, so it stays."""
        if self._with_units is None:
            self._on_step("Build an organization, for the deployment to make its OUs in")
            stage = Stage.build(self._aws, Deployment({}))
            stage.enable_rcps()
            path = guardrail_for(scenario, self._aws, stage.root)
            self._on_step("Bootstrap it, synthesize the stack and deploy it with the CDK")
            stage.deployment = deploy(self._aws, path)
            self._deployed = path.read_text("utf-8"), stage.deployment
            stage.schedule(is_on=False)
            stage.wait_until_quiet()
            stage.renew_the_functions()
            stage.wait_for_the_function()
            self._with_units = stage
        self._with_units.begin()
        return self._with_units


def guardrail_for(scenario: Scenario, aws: LocalAws, root: str = "") -> Path:
    """Write the guardrail.yaml of a scenario: the one that ships, its differences, and people to page.

    `root` is the id of the organization's root, under which OUs are made.
    """
    document = yaml.safe_load(SHIPPED.read_text("utf-8"))
    channels = {name: channel.keys for name, channel in receivers.channels(aws.endpoint).items()}
    pages = {"email": ["oncall@example.com"], "sms": ["+12065550100"], **channels}
    document |= {**scenario.guardrail, "pages": document["pages"] | pages}
    document["protections"][0] |= scenario.protection
    for section in _MAKES_A_UNIT & scenario.guardrail.keys():
        document[section] = {**document[section], "root_id": root}
    path = aws.home / "guardrail.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path


def rehearse(scenario: Scenario, stage: Stage) -> dict[str, Any]:
    """Play a scenario on a stage and report it, as JSON data."""
    before = stage.policies_on(stage.root)
    scenario.play(stage)
    stage.wait_until_quiet()
    incident = next((note.at for note in stage.notes if note.moment == "incident"), None)
    detached = next((call["at"] for call in stage.guard_calls("DetachPolicy") if not call["error"]), None)
    failures = [sentence for sentence, holds in scenario.must.items() if not holds(stage)]
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "passed": not failures,
        "failures": failures,
        "timeline": _timeline(stage),
        "seconds_to_detach": round(detached - incident, 3) if incident and detached else None,
        "organizations_calls_before_detach": _calls_before_detach(stage),
        "root_policies_before": before,
        "root_policies_meanwhile": stage.root_meanwhile,
        "root_policies_after": stage.policies_on(stage.root),
        "pages": [
            {key: page[key] for key in ("channel", "endpoint", "subject", "text")} for page in stage.pages()
        ],
    }


def _calls_before_detach(stage: Stage) -> list[str]:
    calls = [call["operation"] for call in stage.guard_calls()]
    return calls[: calls.index("DetachPolicy")] if "DetachPolicy" in calls else calls


def _timeline(stage: Stage) -> list[dict[str, Any]]:
    notes = [*stage.notes, *_guard_notes(stage), *_page_notes(stage)]
    notes.sort(key=lambda note: note.at)
    start = notes[0].at if notes else 0.0
    return [
        {"at_seconds": round(note.at - start, 3), "who": note.who, "what": note.what, "moment": note.moment}
        for note in notes
    ]


def _guard_notes(stage: Stage) -> list[Note]:
    notes = []
    was_incident = any(note.moment == "incident" for note in stage.notes)
    detaches = "detaches it: everyone is back in" if was_incident else "detaches it"
    for call in stage.guard_calls():
        at, operation, error = call["at"], call["operation"], call["error"]
        if error:
            notes.append(Note(at, "Rootguard", f"calls {operation}; AWS answers {error}"))
        elif operation in _READS:
            notes.append(Note(at, "Rootguard", _READS[operation]))
        elif operation == "DetachPolicy":
            notes.append(Note(at, "Rootguard", detaches, moment="clean"))
        elif operation in _WRITES:
            notes.append(Note(at, "Rootguard", _WRITES[operation], moment="clean"))
        elif operation in _COMPARED:
            notes.append(
                Note(at, "Rootguard", f"compares what is there with what was accepted ({operation})")
            )
        else:
            notes.append(Note(at, "Rootguard", f"gathers details for the page ({operation})"))
    return notes


def _page_notes(stage: Stage) -> list[Note]:
    reads = "reads in Slack that a lockout was written"
    gets = [Note(page["at"], "on-call", f"gets {_CHANNELS[page['channel']]}") for page in stage.pages()]
    notices = (notice for notice in stage.notices() if notice["channel"] == "slack")
    return [*gets, *(Note(notice["at"], "on-call", reads) for notice in notices)]
