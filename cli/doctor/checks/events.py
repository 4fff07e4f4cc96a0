"""Does an event, or the clock, reach the functions?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from cli.doctor.check import Check, Section
from cli.doctor.checks.trails import bring_events
from cli.doctor.facts import sweeps, waking
from cli.doctor.facts.latency import Latency, latency
from cli.doctor.facts.sweeps import Baseline, Heartbeat
from cli.doctor.facts.trails import trails
from cli.doctor.facts.waking import Rule, Waker
from cli.doctor.finding import REVERT_DRIFT, Finding, broken, ok, warning
from rootguard.notify.phrases import duration_label, time_label

_DELAY: Final = timedelta(minutes=2)
"""How long a metric that is a line in a log may take until CloudWatch shows it."""
SLOW: Final = timedelta(minutes=2)
"""CloudTrail has been seen to take 14 to 39 seconds, and 90 in the slowest hundredth."""
_PERIODS: Final = 3
"""As many as the alarm SweepsMissing waits for."""


def are_armed(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Judge whether each rule is enabled, and still has its target."""
    why = "What this rule matches reaches nobody."
    for rule in rules:
        if rule.state is None:
            yield broken(f"{rule.name} is gone", why, REVERT_DRIFT)
        elif not rule.state.startswith("ENABLED"):
            yield broken(f"{rule.name} is {rule.state}", why, f"aws events enable-rule --name {rule.name}")
        if rule.state is not None and rule.wanted not in rule.targets:
            yield broken(
                f"{rule.name} does not have its target {rule.wanted.rpartition(':')[2]}",
                why,
                f"aws events put-targets --rule {rule.name} --targets Id=Target0,Arn={rule.wanted}",
            )
        if rule.state is not None and not rule.may:
            yield broken(
                f"{rule.wanted.rpartition(':')[2]} does not let {rule.name} invoke it",
                "Lambda refuses each event of this rule: it becomes a dead letter.",
                REVERT_DRIFT,
            )
    if rules and all(_is_armed(rule) for rule in rules):
        yield ok(f"{len(rules)} rules are enabled, with their targets")
    if not rules:
        yield broken("the stack has no rule", "No event reaches the guard.", "make deploy")


def _is_armed(rule: Rule) -> bool:
    return (rule.state or "").startswith("ENABLED") and rule.wanted in rule.targets and rule.may


def run_on_time(schedules: Sequence[Waker]) -> Iterator[Finding]:
    """Judge whether the schedules are enabled."""
    why = "What this schedule starts does not run: sweeps, the check of subscriptions, or rehearsals."
    for schedule in schedules:
        if schedule.state is None:
            yield broken(f"{schedule.name} is gone", why, REVERT_DRIFT)
        elif schedule.state != "ENABLED":
            yield broken(
                f"{schedule.name} is {schedule.state}",
                why,
                REVERT_DRIFT,
            )
    if all(schedule.state == "ENABLED" for schedule in schedules):
        yield ok(f"{', '.join(schedule.name for schedule in schedules)}: enabled")


def take_messages(mappings: Sequence[Waker]) -> Iterator[Finding]:
    """Judge whether each function still takes messages from its queue."""
    why = "Messages wait in this queue, and nobody is notified."
    for mapping in mappings:
        if mapping.state is None:
            yield broken(f"the mapping {mapping.name} is gone", why, REVERT_DRIFT)
        elif mapping.state not in ("Enabled", "Enabling", "Creating", "Updating"):
            yield broken(
                f"the mapping of {mapping.name} is {mapping.state}",
                why,
                f"aws lambda update-event-source-mapping --uuid {mapping.id} --enabled",
            )
    if all(mapping.state in ("Enabled", "Enabling", "Creating", "Updating") for mapping in mappings):
        yield ok(f"{len(mappings)} {'queue is' if len(mappings) == 1 else 'queues are'} worked through")


def beats(heart: Heartbeat) -> Iterator[Finding]:
    """Judge whether sweeps complete."""
    patience = _PERIODS * heart.every + _DELAY
    if heart.last is not None and heart.now - heart.last <= patience:
        yield ok(f"a sweep completed at {time_label(heart.last)}")
    elif heart.last is None and heart.now - heart.deployed_at <= patience:
        yield warning(
            "no sweep has completed yet",
            f"The stack was deployed {duration_label(heart.now - heart.deployed_at)} ago.",
            "rootguard doctor",
        )
    else:
        last = "in 12 hours" if heart.last is None else f"since {time_label(heart.last)}"
        yield broken(
            f"no sweep has completed {last}",
            "A lockout whose event is lost is not found.",
            f"aws logs filter-log-events --log-group-name {heart.log} --filter-pattern ERROR",
        )


def is_adopted(baseline: Baseline) -> Iterator[Finding]:
    """Judge whether each listed target has a baseline, and say since when."""
    for adopted in baseline.targets:
        if adopted.missing:
            yield warning(
                f"{adopted.target} was not adopted yet: {', '.join(adopted.missing)}",
                "Nothing is accepted there yet. The next sweep accepts what is attached.",
                "rootguard plan",
            )
        elif adopted.since is None:
            yield ok(f"{adopted.target} was adopted, and all that was found then has changed since")
        else:
            days = (baseline.now - adopted.since).days
            age = {0: "today", 1: "a day ago"}.get(days, f"{days} days ago")
            yield ok(f"{adopted.target} was adopted {age}, at {time_label(adopted.since)}")


def arrive(last: Latency) -> Iterator[Finding]:
    """Judge whether events arrive, and how long they take."""
    patience = _PERIODS * last.every + SLOW + _DELAY
    if last.at is None and last.now - last.deployed_at <= patience:
        yield warning(
            "no event has arrived yet",
            f"The stack was deployed {duration_label(last.now - last.deployed_at)} ago.",
            "rootguard doctor",
        )
    elif last.at is None or last.now - last.at > patience:
        since = "in 12 hours" if last.at is None else f"since {time_label(last.at)}"
        yield broken(
            f"no event has arrived {since}, not even of the sweeps' own reads",
            "CloudTrail does not reach EventBridge: only sweeps find a lockout, and nobody is named.",
            "aws cloudtrail describe-trails",
        )
    elif last.seconds > SLOW.total_seconds():
        yield warning(
            f"{duration_label(timedelta(seconds=round(last.seconds)))} from the call to the guard, "
            f"at {time_label(last.at)}",
            "CloudTrail or EventBridge is slow, or the guard had to wait. A lockout is in force for as long.",
            "rootguard rehearse",
        )
    else:
        yield ok(f"{last.seconds:.0f} s from the call to the guard, at {time_label(last.at)}")


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check(
        "trail",
        Section.EVENTS,
        ("cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"),
        trails,
        bring_events,
    ),
    Check(
        "rules",
        Section.EVENTS,
        ("events:DescribeRule", "events:ListTargetsByRule", "lambda:GetPolicy"),
        waking.rules,
        are_armed,
        needs_stack=True,
    ),
    Check(
        "schedules",
        Section.EVENTS,
        ("scheduler:GetSchedule",),
        waking.schedules,
        run_on_time,
        needs_stack=True,
    ),
    Check(
        "queues",
        Section.EVENTS,
        ("lambda:GetEventSourceMapping",),
        waking.mappings,
        take_messages,
        needs_stack=True,
    ),
    Check(
        "heartbeat",
        Section.EVENTS,
        ("cloudwatch:GetMetricData",),
        sweeps.heartbeat,
        beats,
        needs_stack=True,
    ),
    Check(
        "event-latency",
        Section.EVENTS,
        ("cloudwatch:GetMetricData",),
        latency,
        arrive,
        needs_stack=True,
    ),
    Check(
        "baseline",
        Section.EVENTS,
        ("dynamodb:Query", "organizations:ListRoots"),
        sweeps.baseline,
        is_adopted,
        needs_stack=True,
    ),
)
