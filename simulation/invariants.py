"""What must always be true, as DESIGN.md says it, each with a check against the oracle.

`broken_in` runs a history and returns what is broken. The checks read what people did and what AWS saw. They
never read what the guard believes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulation.checks import isolation_pages, isolations, pages, rehearsals, service, states, writes
from simulation.checks.evidence import Broken, Evidence, evidence_of
from simulation.checks.excused import count_excused
from simulation.deployment import DEPLOYMENT, Deployment
from simulation.history import History
from simulation.run import Outcome, run

Check: TypeAlias = "Callable[[Evidence], Iterator[Broken]]"


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must always be true.

    Attributes:
        sentence: what a person reads if it is broken.
        words: where it comes from: the words of the design.
    """

    name: str
    sentence: str
    words: str
    check: Check


INVARIANTS: Final = (
    Invariant(
        "root-lockout",
        "Root kept a lockout past the next completed sweep.",
        "Root [keeps] no lockout past the next [completed sweep]",
        states.no_lockout,
    ),
    Invariant(
        "unapproved-stays",
        "A protected target kept what nobody approved of past the next completed sweep but one.",
        "No protected target keeps an unapproved policy past the next completed sweep but one",
        states.undone_by_sweeps,
    ),
    Invariant(
        "event-undoes",
        "An invocation handled the event of a violation and left the violation in force.",
        "undoes, within seconds, a policy change that would lock an organization out",
        states.undone_by_events,
    ),
    Invariant(
        "quiet-is-clean",
        "Some quiet sweeps after the last change, the live state was not the accepted state.",
        "two sweeps after everything is quiet, `diff` is empty",
        states.quiet_is_clean,
    ),
    Invariant(
        "always-a-policy",
        "A target was left without any policy of an enabled type.",
        "A target is never left without any policy of a type",
        states.always_a_policy,
    ),
    Invariant(
        "full-access-stays",
        "The guard tried to detach full access.",
        "a full-access policy never is [detached]",
        writes.full_access_stays,
    ),
    Invariant(
        "approved-stays",
        "The guard undid what was approved of.",
        "An approved policy is never detached",
        writes.approved_stays,
    ),
    Invariant(
        "only-accepted-comes-back",
        "The guard put back what nobody had accepted.",
        "a copy, a redelivered dead letter or a retry of what was undone approves nothing",
        writes.accepts_only_by_approval,
    ),
    Invariant(
        "only-protected",
        "The guard wrote outside protected targets.",
        "nothing is written outside protected targets",
        writes.only_protected,
    ),
    Invariant(
        "observe-writes-nothing",
        "The guard wrote although the guardrail only observes.",
        "alert always when `mode: observe`",
        writes.observing_writes_nothing,
    ),
    Invariant(
        "undo-first",
        "The guard wrote elsewhere before it undid a violation.",
        "between event and detach the guard neither writes anywhere nor loads what renders",
        writes.nothing_before_the_undo,
    ),
    Invariant(
        "fights-end",
        "In a fight the guard did not stop after its bound, or did not back off further in the next round.",
        "In a fight with other automation it stops after a bound, […] and backs off further each round",
        writes.fights_end,
    ),
    Invariant(
        "every-violation-paged",
        "A violation was never paged.",
        "Every violation is paged at least once",
        pages.every_violation_is_paged,
    ),
    Invariant(
        "actor-named",
        "The guard handled the event of a violation, and no page says who did it.",
        "When its event comes later, the incident learns who did it",
        pages.actors_are_named,
    ),
    Invariant(
        "paged-once",
        "A person saw the same page twice.",
        "once is what a person sees [… per] incident, stage and actor",
        pages.paged_once,
    ),
    Invariant(
        "nothing-invented",
        "A page tells of what nobody did, or blames someone who did not do it.",
        "What the guard itself did is never reported as somebody's change",
        pages.nothing_is_invented,
    ),
    Invariant(
        "ledger-not-needed",
        "Without its ledger the guard did not detach, or did not page.",
        "If the ledger is unreachable, Rootguard still detaches and still pages",
        service.ledger_is_not_needed,
    ),
    Invariant(
        "sweeps-go-on",
        "A sweep that met no fault was not completed, or an invocation that met none failed.",
        "One missing target, policy or permission never stops the sweep of the rest",
        service.sweeps_go_on,
    ),
    Invariant(
        "only-asked-for",
        "The isolation function wrote something that no operator with a valid proof asked for.",
        "only asked-for accounts move",
        isolations.only_asked_for,
    ),
    Invariant(
        "twice-is-meant",
        "An account that has to be named twice was named once, and it or another account of that request was "
        "isolated.",
        "All accounts are checked before the first one is moved. If one is refused, none is moved",
        isolations.refuses_what_it_must,
    ),
    Invariant(
        "origin-on-record",
        "An account was in quarantine, and its tag or the ledger did not say where it came from.",
        "Where an account came from is on record in the ledger, and in its tag, before it is moved",
        isolations.origin_is_on_record,
    ),
    Invariant(
        "isolation-resumes",
        "A request to isolate met no fault, and one of its accounts was not in quarantine afterwards.",
        "a killed isolation resumes",
        isolations.resumes,
    ),
    Invariant(
        "release-brings-home",
        "A release met no fault, and an account was not back where it came from, or still had its tag.",
        "a released account is back where it came from and has no tag",
        isolations.brings_home,
    ),
    Invariant(
        "isolation-stays",
        "The guard moved an account that the isolation function had moved.",
        "the guard never undoes what the isolation function did",
        isolations.stays,
    ),
    Invariant(
        "isolation-paged",
        "An account was isolated or released, and no page says so.",
        "every completed request is paged at least once",
        isolation_pages.requests_are_paged,
    ),
    Invariant(
        "isolation-paged-once",
        "A person saw the same page of an isolation twice.",
        "once for a person",
        isolation_pages.requests_are_paged_once,
    ),
    Invariant(
        "rehearsal-leaves-nothing",
        "A rehearsal left its SCP attached, or accepted.",
        "a rehearsal leaves nothing behind",
        rehearsals.leaves_nothing,
    ),
    Invariant(
        "rehearsal-only-its-own",
        "The rehearsal's function wrote something else than its SCP on its OU, or when it must not.",
        "one harmless SCP on one empty OU",
        rehearsals.attaches_only_its_own,
    ),
    Invariant(
        "rehearsal-wakes-nobody",
        "People were woken for a rehearsal that the guard undid in time.",
        "Its incident is marked as a rehearsal, so nobody is woken",
        rehearsals.wakes_nobody,
    ),
    Invariant(
        "rehearsal-no-fight",
        "The guard took a rehearsal for a fight with other automation.",
        "once more, and it would take it for a fight with other automation",
        rehearsals.makes_no_fight,
    ),
)
BY_NAME: Final[Mapping[str, Invariant]] = {invariant.name: invariant for invariant in INVARIANTS}


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that a run broke, when, and how."""

    invariant: Invariant
    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run broke, the earliest first, and how often each limit excused something."""

    findings: tuple[Finding, ...]
    limits: Mapping[str, int]


def judge(history: History, outcome: Outcome) -> Judgement:
    """Return what a run broke: the first of each invariant."""
    evidence = evidence_of(history, outcome)
    count_excused(evidence)
    findings = [
        Finding(invariant, broken.at, broken.what)
        for invariant in INVARIANTS
        if (broken := next(invariant.check(evidence), None)) is not None
    ]
    limits = {limit.name: count for limit, count in sorted(evidence.excuses.counts.items())}
    return Judgement(tuple(sorted(findings, key=lambda finding: finding.at)), limits)


def broken_in(history: History, deployment: Deployment = DEPLOYMENT) -> Judgement:
    """Run a history and judge it."""
    return judge(history, run(history, deployment=deployment))
