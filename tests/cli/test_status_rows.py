"""The rows of `rootguard status`, decided on plain data, and the screen that they make."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from cli.doctor.facts.functions import Function
from cli.doctor.facts.paging import Subscriptions
from cli.doctor.facts.rehearsals import Rehearsals
from cli.doctor.facts.sweeps import Adopted, Baseline, Heartbeat
from cli.doctor.finding import Finding, Level, broken, ok, warning
from cli.doctor.probe import Stack
from cli.status import alive, incidents, paged, protected, rehearsed, swept
from cli.status.alive import Parts
from cli.status.incidents import Unclosed
from cli.status.look import show
from cli.status.paged import Hearers
from cli.status.protected import Protections
from cli.status.row import Seen
from cli.status.rows import ROWS
from rootguard.incidents.incident import Result
from rootguard.notify.subscribers import Address, State, Subscriber
from rootguard.rehearsal.record import Outcome as RehearsalOutcome
from rootguard.rehearsal.record import Record as RehearsalRecord
from stacks.config import GuardrailConfig
from tests.cli.telling import incident, story
from tests.given import NOW, SCP

MINUTE = timedelta(minutes=1)
TOPIC = "arn:aws:sns:us-east-1:111122223333:Rootguard-Topic"
IN_FORCE = story(incident(Result.NOT_UNDONE))
UNDONE = story(incident(Result.UNDONE))
PARTS = Parts(
    Stack("arn:aws:cloudformation:us-east-1:111122223333:stack/Rootguard/1", "CREATE_COMPLETE", NOW, {}),
    (Function("Rootguard-Guard", "Active"),),
    (),
    (),
    (),
    {"guard": 0},
)


def levels(findings: Iterable[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def config(*protections: dict[str, Any], **more: Any) -> GuardrailConfig:
    return GuardrailConfig.model_validate({"protections": protections, **more})


def screen(*seen: Seen, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    show(seen, "111122223333, us-east-1", NOW, console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_what_is_in_force_is_worse_than_what_was_undone_and_comes_first() -> None:
    found = list(incidents.judge(Unclosed((UNDONE, IN_FORCE))))
    assert levels(found) == [Level.BROKEN, Level.WARNING]
    assert found[0].fix == f"rootguard incident show {IN_FORCE.id}"
    assert list(incidents.judge(Unclosed(()))) == [ok("none open")]


def test_many_incidents_leave_room_for_the_rest() -> None:
    found = list(incidents.judge(Unclosed((UNDONE,) * 12 + (IN_FORCE,))))
    assert (found[0].level, found[-1].what) == (Level.BROKEN, "and 9 more")
    assert found[-1].level is Level.WARNING


def test_a_record_that_cannot_be_read_is_not_taken_for_none() -> None:
    (found,) = incidents.judge(Unclosed((), ("INCIDENT#x cannot be read.",)))
    assert (found.level, found.what) == (Level.WARNING, "INCIDENT#x cannot be read")


def test_a_failure_that_is_over_keeps_nobody_awake() -> None:
    failed = Function("Rootguard-Guard", "Active", errors=3, last_error_at=NOW)
    rule = replace(PARTS, functions=(failed,))
    assert Level.WARNING not in levels(alive.judge(rule))
    switched_off = replace(PARTS, functions=(Function("Rootguard-Guard", "Active", reserved=0),))
    assert Level.BROKEN in levels(alive.judge(switched_off))
    assert Level.BROKEN in levels(alive.judge(replace(PARTS, letters={"guard": 2})))


def test_a_script_gets_how_the_last_rehearsal_went() -> None:
    record = replace(RehearsalRecord("r-1", NOW), outcome=RehearsalOutcome.SUCCEEDED, took=23_000)
    at = {"at": NOW.isoformat(), "outcome": "SUCCEEDED", "seconds": 23.0}
    assert rehearsed.data(Rehearsals(True, True, record, NOW)) == at
    none = {"at": None, "outcome": None, "seconds": None}
    assert rehearsed.data(Rehearsals(False, False, None, NOW)) == none


def test_the_last_sweep_is_told_by_its_age() -> None:
    heart = Heartbeat(NOW - MINUTE, NOW, MINUTE, NOW - timedelta(days=9), "log")
    (found,) = swept.judge(heart)
    assert (found.level, found.what.startswith("1 min 0 s ago, at ")) == (Level.OK, True)
    assert levels(swept.judge(replace(heart, last=NOW - timedelta(hours=1)))) == [Level.BROKEN]


@pytest.mark.parametrize(
    ("mode", "on_violation", "does"),
    [
        ("enforce", "revert", "undone"),
        ("enforce", "alert", "only paged"),
        ("observe", "revert", "only paged"),
    ],
)
def test_each_protection_says_whether_it_undoes(mode: str, on_violation: str, does: str) -> None:
    given = config({"name": "root", "targets": ["root"], "on_violation": on_violation}, mode=mode)
    (found,) = protected.judge(Protections(given, Baseline((Adopted("r-exam", (), NOW),), NOW)))
    assert (found.level, found.what) == (Level.OK, f"root: r-exam; SCPs and RCPs, {does}")


def test_a_target_that_is_not_adopted_is_named_and_many_protections_are_cut_short() -> None:
    given = config(*({"name": f"p{n}", "targets": [f"{n:012}"]} for n in range(10)))
    targets = tuple(Adopted(f"{n:012}", (SCP,) if n == 3 else (), NOW) for n in range(10))
    found = list(protected.judge(Protections(given, Baseline(targets, NOW))))
    assert found[0].what.startswith("000000000003 was not adopted yet")
    assert found[-1].what == "and 3 more protections"


def test_who_hears_nothing_is_told_before_who_does() -> None:
    states = {"a@example.com": State.CONFIRMED, "b@example.com": State.GONE}
    found = tuple(Subscriber(Address("email", each), state) for each, state in states.items())
    channel = Subscriber(Address("sqs", "Rootguard-SlackQueue1F2E"), State.CONFIRMED)
    hearers = Hearers(Subscriptions(TOPIC, (*found, channel)), {"Rootguard-SlackQueue1F2E": "Slack"})
    missing, heard = paged.judge(hearers)
    assert (missing.level, "b@example.com is not subscribed" in missing.what) == (Level.BROKEN, True)
    assert heard.what == "2 of 3: a@example.com (e-mail), Slack"
    assert levels(paged.judge(Hearers(Subscriptions(TOPIC, ()), {}))) == [Level.BROKEN]


def test_what_is_wrong_comes_first() -> None:
    lines = screen(
        Seen("Alive", (ok("2 functions work"),)),
        Seen("Last sweep", (warning("no sweep yet", "It is new.", "rootguard doctor"),)),
        Seen("Paged", (broken("nobody", "It goes unheard.", "make deploy"), ok("1 of 2: a@example.com"))),
    )
    assert lines[0].startswith("✗ Rootguard: 1 broken, 1 to look at")
    assert [line.split()[1] for line in lines if line[:1] in "✗!✓" and line[2:3].strip()][1:] == [
        "Paged",
        "Last",
        "Alive",
    ]


@pytest.mark.parametrize("width", [80, 160])
def test_a_bad_day_fits_on_one_screen_and_commands_stay_whole(width: int) -> None:
    found = tuple(incidents.judge(Unclosed((IN_FORCE, UNDONE))))
    command = f"aws sns subscribe --topic-arn {TOPIC} --protocol sms --notification-endpoint +12065550100"
    lines = screen(
        Seen("Incidents", found),
        Seen("Alive", (broken("Rootguard-Guard is switched off", "Lambda never starts it.", "make deploy"),)),
        Seen("Last sweep", (broken("no sweep since 08:00", "A lost lockout is not found.", "make deploy"),)),
        Seen("Protected", (ok("root: r-exam; SCPs and RCPs, undone"),)),
        Seen("Paged", (broken("+12065550100 is not subscribed", "It gets no page.", command),)),
        width=width,
    )
    assert len(lines) <= 24
    assert any(line.endswith(command) for line in lines)


def test_each_row_has_a_name_of_its_own() -> None:
    titles = [row.title for row in ROWS]
    assert len(set(titles)) == len(titles)
    # As wide as the column of titles is.
    assert max(map(len, titles)) <= len("Last sweep") + 1
