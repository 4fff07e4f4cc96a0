"""The history format: what is read, what is refused and in which words, and what is written."""

from __future__ import annotations

import pytest

from simulation.history import (
    Ask,
    Call,
    ExpectCalls,
    ExpectPages,
    Fault,
    Grant,
    History,
    HistoryError,
    Kill,
    Redeliver,
    Redrive,
    Rehearse,
    SweepTimes,
    dump,
    parse,
)

ALL = """
why: everything that the format has
guardrail:
  mode: enforce
  quarantine: {ou_name: Isolated, forensic_roles: ["arn:aws:iam::*:role/Forensics"]}
  rehearsal: {within_seconds: 60, blocked_windows: ["Mon:09:05-Mon:09:20"], blocked_dates: ["2026-12-24"]}
  protections:
    - {name: root, targets: [root, Prod], trusted_principals: [pipeline], pin_accounts: [shop], allow: [A]}
organization:
  units: {Prod: root, Pay: Prod}
  accounts: {shop: Pay}
  policies:
    A: {says: deny ec2, on: [root, Prod, shop]}
    R: {says: {Version: "2012-10-17", Statement: []}, on: [], type: RESOURCE_CONTROL_POLICY}
sweep: {every: 120, first: 30}
end: 9000
steps:
  - {at: -20, by: diego, call: DetachPolicy, policy: A, target: root, event: 20}
  - {at: 200, by: pipeline, call: UpdatePolicy, policy: A, says: deny s3, event: [15, 400], interleave: 7}
  - {at: 210, by: refused mallory, call: CreatePolicy, policy: New, says: deny all}
  - {at: 300, by: ann, grant: New, target: root, for: 1h30m}
  - {at: 310, fault: {call: DescribePolicy, error: TooManyRequestsException, until: 3600, share: 0.9}}
  - {at: 311, fault: {ledger: down, until: 400}}
  - {at: 312, fault: {notices: down}}
  - {at: 313, fault: {topic: down, share: 0.5}}
  - {at: 314, fault: {reads: stale, seconds: 20}}
  - {at: 315, fault: {index: behind}}
  - {at: 316, fault: {clock: skew, seconds: -30}}
  - {at: 330, kill: after DetachPolicy}
  - {at: 331, kill: before AttachPolicy, function: guard}
  - {at: 500, again: 0}
  - {at: 600, redrive: true}
  - {at: 610, by: ann, call: CreateOrganizationalUnit, unit: Lab, parent: Prod}
  - {at: 611, by: ann, call: MoveAccount, account: shop, source: Pay, destination: Lab}
  - {at: 620, by: sara, isolate: [shop, shop], event: [], interleave: 4}
  - {at: 630, by: refused mallory, release: [shop], to: Lab, dry_run: true, proof: forged, event: [15, 30]}
  - {at: 640, by: sara, release: [shop]}
  - {at: 650, rehearse: due}
  - {at: 660, by: tom, rehearse: anyway, event: [15, 30], interleave: 2}
  - {at: 670, by: refused tom, rehearse: now, event: []}
  - {at: 680, by: diego, call: AttachPolicy, policy: Rootguard-Rehearsal, target: Rehearsal, event: 15}
expect:
  - {at: 1800, target: root, has: [A], lacks: [New]}
  - {at: 1800, policy: A, says: deny s3}
  - {at: 1800, account: shop, in: Pay}
  - {calls: UpdatePolicy, at_most: 1, after: 400}
  - {pages: 1}
  - {pages: 2, by: diego}
  - {pages_at_most: 4}
  - {pages_at_least: 1}
  - {sweeps: completed, at_least: 20}
  - {page: any, has: "text of $New"}
  - {page: none, has: nothing}
"""

REHEARSED = """why: x
guardrail: {rehearsal: {}}
steps:
  - {at: 1"""

ISOLATED = """why: x
guardrail: {quarantine: {}}
organization: {accounts: {shop: root}}
steps:
  - {at: 1, by: sara"""


def test_everything_is_read() -> None:
    history = parse(ALL, "all.yaml")
    assert history.sweep == SweepTimes(every=120, first=30)
    assert history.ends_at == 9000
    assert history.steps[0] == Call(
        -20, "diego", "DetachPolicy", {"policy": "A", "target": "root"}, event=(20,)
    )
    assert history.steps[1].interleave == 7  # type: ignore[union-attr]
    assert history.steps[2].refused  # type: ignore[union-attr]
    assert history.steps[3] == Grant(300, "ann", "New", "root", 5400)
    assert history.steps[4] == Fault(
        310, "call", "DescribePolicy", "TooManyRequestsException", share=0.9, until=3600
    )
    assert history.steps[10] == Fault(316, "clock", seconds=-30)
    assert history.steps[12] == Kill(331, "before", "AttachPolicy", "guard")
    assert history.steps[13:15] == (Redeliver(500, 0), Redrive(600))
    assert history.steps[17:20] == (
        Ask(620, "sara", "isolate", ("shop", "shop"), event=(), interleave=4),
        Ask(
            at=630,
            by="mallory",
            verb="release",
            accounts=("shop",),
            to="Lab",
            dry_run=True,
            refused=True,
            proof="forged",
            event=(15, 30),
        ),
        Ask(640, "sara", "release", ("shop",)),
    )
    assert history.steps[20:23] == (
        Rehearse(650, "due"),
        Rehearse(660, "anyway", "tom", event=(15, 30), interleave=2),
        Rehearse(670, "now", "tom", refused=True, event=()),
    )
    assert history.expect[3] == ExpectCalls("UpdatePolicy", at_most=1, after=400)
    assert history.expect[5] == ExpectPages(exactly=2, by="diego")


def test_what_is_written_is_read_as_the_same() -> None:
    history = parse(ALL, "all.yaml")
    assert parse(dump(history), "again.yaml") == history
    assert parse(dump(History("the least")), "again.yaml") == History("the least")


def test_each_step_and_each_expectation_is_one_line() -> None:
    lines = dump(parse(ALL, "all.yaml")).splitlines()
    assert sum(line.startswith("- {at: ") for line in lines) == 24 + 3


def test_a_history_ends_half_an_hour_after_its_last_step_and_not_before_its_last_time() -> None:
    steps = "steps:\n  - {at: 100, redrive: true}\n"
    assert parse(f"why: x\n{steps}", "x").ends_at == 1900
    late = "expect:\n  - {at: 5000, target: root, has: []}\n"
    assert parse(f"why: x\n{steps}{late}", "x").ends_at == 5000
    assert parse(f"why: x\nend: 200\n{steps}", "x").ends_at == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: []\n", 'x.yaml:1: the key "why" is missing; add why: ….'),
        ("why: x\nsteppes: []\n", 'x.yaml:2: steppes: unknown key "steppes"; use why, guardrail'),
        ("why: x\nwhy: y\n", 'x.yaml:2: why: the key "why" is there twice; keep one.'),
        ("why: x\nsteps: {}\n", "x.yaml:2: steps: expected a list, not keys"),
        ("why: x\nsteps:\n  - {at: 1}\n", "x.yaml:3: steps[0]: not a step; give it one of the keys call"),
        ("why: x\nsteps:\n  - {at: one, redrive: true}\n", 'steps[0].at: expected a number, not "one"'),
        (
            "why: x\nsteps:\n  - {at: 1, by: a, call: AttachPolicy, policy: A, target: root}\n",
            'x.yaml:3: steps[0].policy: unknown policy "A"',
        ),
        (
            "why: x\nsteps:\n  - {at: 1, by: a, call: AttachPolicy, policy: p-FullAWSAccess, target: X}\n",
            'steps[0].target: unknown target "X"; name one that the history has: root.',
        ),
        (
            "why: x\nsteps:\n  - {at: 1, by: a, call: DetachPolicy, target: root}\n",
            "steps[0]: DetachPolicy needs policy; add policy: ….",
        ),
        ("why: x\nsteps:\n  - {at: 1, by: a, call: Nope}\n", "steps[0].call: unknown word 'Nope'"),
        (
            "why: x\nsteps:\n  - {at: 1, by: a b c, call: DeletePolicy, policy: p-FullAWSAccess}\n",
            'steps[0].by: "a b c" is nobody',
        ),
        (
            "why: x\nsteps:\n  - {at: 1, fault: {ledger: up}}\n",
            "steps[0].fault.ledger: unknown word 'up'; use down.",
        ),
        (
            "why: x\nsteps:\n  - {at: 1, fault: {reads: stale}}\n",
            'steps[0].fault: the key "seconds" is missing',
        ),
        (
            "why: x\nsteps:\n  - {at: 1, fault: {ledger: down, topic: down}}\n",
            "steps[0].fault: a fault is one thing",
        ),
        (
            "why: x\nsteps:\n  - {at: 9, fault: {ledger: down, until: 3}}\n",
            "steps[0].fault.until: 3 is out of bounds; write a number of at least 9.",
        ),
        (
            "why: x\nsteps:\n  - {at: 1, kill: DetachPolicy}\n",
            'steps[0].kill: "DetachPolicy" is no place to kill',
        ),
        ("why: x\nsteps:\n  - {at: 1, again: 3}\n", "steps[0].again: step 3 is no call"),
        ("why: x\nsteps:\n  - {at: 1, redrive: false}\n", "steps[0].redrive: expected true"),
        (
            "why: x\norganization: {policies: {A: {says: allow all}}}\n",
            'policies.A.says: "allow all" is no policy; write deny all, deny SERVICE or a whole document.',
        ),
        (
            "why: x\norganization: {units: {A: B, B: root}}\n",
            'organization.units.A: the unit "B" is not known here',
        ),
        ("why: x\nsweep: {every: 90}\n", "sweep.every: 90 is not a number of minutes"),
        ("why: x\nexpect:\n  - {at: 1}\n", "expect[0]: not an expectation; give it one of the keys target"),
        ("why: x\nexpect:\n  - {target: root}\n", 'expect[0]: the key "at" is missing'),
        ("why: x\nexpect:\n  - {calls: X}\n", "expect[0]: the number of calls is missing"),
        ('why: x\nexpect:\n  - {page: any, has: "$Nope"}\n', 'expect[0].has: unknown name "$Nope"'),
        ("why: x\nexpect:\n  - {pages: -1}\n", "expect[0].pages: -1 is out of bounds"),
        (
            "why: x\nguardrail: {mode: strange}\n",
            'x.yaml:2: guardrail: mode: "strange" is not one of the choices',
        ),
        (
            "why: x\nguardrail: {protections: [{name: root, targets: [Nope]}]}\n",
            'x.yaml:2: guardrail: targets: unknown target "Nope"',
        ),
        (
            "why: x\norganization: {units: {A: root}, accounts: {A: root}}\n",
            'x.yaml:1: the name "A" stands for two things; give one of them another name.',
        ),
        (
            "why: x\nsteps:\n  - {at: 1, by: sara, isolate: [shop]}\n",
            "x.yaml:3: steps[0]: there is no quarantine to isolate accounts in; add guardrail: {quarantine",
        ),
        (
            f"{ISOLATED}, isolate: []}}\n",
            "steps[0].isolate: no account is named; write isolate: [ACCOUNT, …].",
        ),
        (f"{ISOLATED}, isolate: [lab]}}\n", 'steps[0].isolate[0]: unknown account "lab"; name one that'),
        (f"{ISOLATED}, isolate: [shop], to: root}}\n", 'steps[0].to: unknown key "to"; use at, by, isolate'),
        (f"{ISOLATED}, release: [shop], to: Nope}}\n", 'steps[0].to: unknown parent "Nope"'),
        (
            f"{ISOLATED}, release: [shop], dry_run: 1}}\n",
            "steps[0].dry_run: expected true; write dry_run: true",
        ),
        (
            f"{ISOLATED}, release: [shop], proof: good}}\n",
            "steps[0].proof: unknown word 'good'; use own, none",
        ),
        (
            "why: x\nguardrail: {quarantine: {}}\norganization: {units: {Quarantine: root}}\n",
            'x.yaml:1: the quarantine OU is called "Quarantine", too; give the unit another name.',
        ),
        (
            "why: x\nguardrail: {quarantine: {forensic_roles: 5}}\n",
            "x.yaml:2: guardrail: quarantine.forensic_roles: ",
        ),
        (
            "why: x\nsteps:\n  - {at: 1, rehearse: due}\n",
            "x.yaml:3: steps[0]: there is no rehearsal; add guardrail: {rehearsal: {}}.",
        ),
        (
            f"{REHEARSED}, rehearse: soon}}\n",
            "x.yaml:4: steps[0].rehearse: unknown word 'soon'; use due, now or anyway",
        ),
        (f"{REHEARSED}, by: ann, rehearse: due}}\n", "steps[0].by: the schedule asks, and nobody; write"),
        (f"{REHEARSED}, rehearse: anyway}}\n", 'steps[0]: the key "by" is missing; add by: NAME, or'),
        (f"{REHEARSED}, rehearse: due, proof: old}}\n", 'steps[0].proof: unknown key "proof"; use at, by,'),
        (
            "why: x\nguardrail: {rehearsal: {within: 5}}\n",
            "x.yaml:2: guardrail: rehearsal.within: ",
        ),
        (
            "why: x\nguardrail: {rehearsal: {}}\norganization: {units: {Rehearsal: root}}\n",
            'x.yaml:1: the rehearsal OU is called "Rehearsal", too; give the unit another name.',
        ),
        ("why: [x\n", "x.yaml:2: not usable YAML"),
        ("", "x.yaml:1: the file is empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_how_to_fix_it(text: str, said: str) -> None:
    with pytest.raises(HistoryError) as refused:
        parse(text, "x.yaml")
    assert said in str(refused.value)
    assert "; " in str(refused.value)
