"""What no combination of change, facts and guardrail may do, tried at random over every kind of change."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.cloudtrail.read import Change, ChangeKind, read_change
from rootguard.domain.approvals import locks_out
from rootguard.domain.decide import decide
from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy, Facts, Policy, Recollection, is_root_id
from rootguard.domain.guardrail import AncestorsOf, Guardrail, Mode, OnViolation, Protection
from rootguard.domain.questions import PolicyOf, Question, Recall, StandingOn, TargetsOf
from rootguard.domain.remedy import Attach, Detach, EnableType, Move, Restore, plan
from rootguard.domain.verdict import Outcome, Verdict
from tests.domain.records import EVERY_KIND, delete, detach, disable, enable, move, update
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_ALL,
    DENY_EC2,
    OU,
    OWN_ROLE,
    PIPELINE,
    POLICY,
    RCP,
    ROOT,
    SCP,
    attach,
    by_role,
    facts,
    policy,
)

PARENTS = {ACCOUNT: CHILD_OU, CHILD_OU: OU, OU: ROOT}
LISTED = "p-allowlisted"

policy_ids = st.sampled_from([POLICY, LISTED, *FULL_ACCESS.values()])
targets = st.sampled_from([ROOT, "r-other", OU, CHILD_OU, ACCOUNT])
parents = st.sampled_from([ROOT, OU, CHILD_OU])
types = st.sampled_from([SCP, RCP, "TAG_POLICY"])
contents = st.sampled_from([DENY_ALL, DENY_EC2, "{}"])
records = st.one_of(
    st.builds(attach, targets, policy_ids),
    st.builds(detach, targets, policy_ids),
    st.builds(update, contents, policy_ids, st.sampled_from(["Guardrails", "Renamed"]), types),
    st.builds(delete, policy_ids),
    st.builds(disable, types),
    st.builds(enable, types),
    st.builds(move, parents, parents),
    st.sampled_from([*EVERY_KIND.values()]),
)
identities = st.sampled_from([by_role(), by_role(OWN_ROLE), attach()["userIdentity"]])
errors = st.sampled_from([None, None, None, "AccessDenied", "ConstraintViolationException"])
protections = st.builds(
    Protection,
    name=st.sampled_from(["one", "two", "three"]),
    targets=st.frozensets(st.sampled_from(["root", OU, CHILD_OU, ACCOUNT]), min_size=1),
    include_descendants=st.booleans(),
    policy_types=st.frozensets(st.sampled_from([SCP, RCP]), min_size=1),
    allow=st.just(frozenset({LISTED})),
    trusted_principals=st.frozensets(st.just(PIPELINE)),
    on_violation=st.sampled_from(OnViolation),
    restore_policy_type=st.booleans(),
    pin_accounts=st.frozensets(st.sampled_from(["root", OU, CHILD_OU, ACCOUNT])),
)
guardrails = st.builds(
    Guardrail, st.sampled_from(Mode), st.lists(protections, min_size=1, max_size=3).map(tuple)
)
accepted = st.builds(
    BaselinePolicy, st.just("Guardrails"), st.sampled_from([DENY_ALL, DENY_EC2, None]), st.none() | types
)
baselines = st.dictionaries(targets, st.dictionaries(policy_ids, accepted, max_size=3), max_size=4)


@st.composite
def known(draw: st.DrawFn) -> Facts:
    """Facts that leave no question open: every policy, parent and listing is known."""
    known_policies = [
        Policy(policy_id, draw(types), "Quarantine", content=draw(contents))
        for policy_id in (POLICY, LISTED, *FULL_ACCESS.values())
    ]
    return facts(
        *known_policies,
        root_id=ROOT,
        parents=PARENTS,
        targets={p.id: draw(st.frozensets(targets, max_size=3)) for p in known_policies},
        baseline=draw(baselines),
        memory=draw(st.sampled_from([Recollection.RECALLED, Recollection.UNREACHABLE])),
        attachments=draw(st.dictionaries(targets, st.frozensets(policy_ids))),
    )


def judged(event: object, given_facts: Facts, policy_of: Guardrail) -> Verdict:
    verdict = decide(read_change(event), given_facts, policy_of)
    assert isinstance(verdict, Verdict), verdict
    return verdict


def is_protected(target: str, policy_of: Guardrail) -> bool:
    """Whether any protection names the target or, with its descendants, something above it."""
    own, above = {"root" if target == ROOT else target}, set[str]()
    while target in PARENTS:
        target = PARENTS[target]
        above.add("root" if target == ROOT else target)
    return any(
        p.targets & own or (p.include_descendants and p.targets & above) for p in policy_of.protections
    )


@given(records, identities, errors, known(), guardrails)
@settings(max_examples=600)
def test_a_write_needs_enforce_a_protected_place_and_someone_whom_nothing_approves_of(
    record: Any, identity: Any, error: str | None, given_facts: Facts, policy_of: Guardrail
) -> None:
    event = record | {"userIdentity": identity, "errorCode": error}
    verdict = judged(event, given_facts, policy_of)
    actions = plan(verdict, given_facts)
    if not actions:
        return
    assert verdict.outcome is Outcome.REVERT
    assert error is None
    assert identity != by_role(OWN_ROLE)
    assert policy_of.mode is Mode.ENFORCE
    holding = [p for p in policy_of.protections if p.name == verdict.protection]
    assert any(p.on_violation is OnViolation.REVERT for p in holding)
    lockout = verdict.reason.code == "lockout-on-root"
    assert lockout or not (identity == by_role() and all(PIPELINE in p.trusted_principals for p in holding))
    change = read_change(event)
    assert isinstance(change, Change)
    for action in actions:
        match action:
            case Detach(policy_id, target_id):
                assert policy_id == change.policy_id not in FULL_ACCESS.values()
                assert is_protected(target_id, policy_of)
                assert target_id != "r-other"
                if change.kind is ChangeKind.UPDATED:
                    # Edited into a lockout of Root, and nothing known to give back: even one on `allow`.
                    assert is_root_id(target_id)
                    assert locks_out(change.policy)
                    continue
                assert change.kind is ChangeKind.ATTACHED
                assert target_id == change.target_id
                assert policy_id != LISTED
                assert given_facts.type_of(policy_id) in (SCP, RCP) or given_facts.accepted(
                    policy_id, target_id
                )
            case Attach(policy_id, target_id):
                assert target_id == change.target_id != "r-other"
                assert is_protected(target_id, policy_of)
                back = change.kind is ChangeKind.DETACHED and given_facts.accepted(policy_id, target_id)
                assert back or policy_id in FULL_ACCESS.values()
                assert given_facts.policies.get(policy_id, "unread") is not None
            case Restore(policy_id, target_id, was):
                # After a detach too: what is attached again says what was accepted.
                assert change.kind in (ChangeKind.UPDATED, ChangeKind.DETACHED)
                assert policy_id == change.policy_id not in FULL_ACCESS.values()
                assert is_protected(target_id, policy_of)
                assert was == given_facts.accepted(policy_id, target_id)
                assert not (is_root_id(target_id) and was.content == DENY_ALL and was.type in (None, SCP))
            case EnableType(policy_type, target_id):
                assert change.kind is ChangeKind.TYPE_DISABLED
                assert (policy_type, target_id) == (change.policy_type, ROOT)
                assert any(p.restore_policy_type and policy_type in p.policy_types for p in holding)
            case Move(target_id, source_id, destination_id):
                assert (target_id, source_id, destination_id) == (
                    change.target_id,
                    change.destination_id,
                    change.source_id,
                )
                pins = frozenset[str]().union(*(p.pin_accounts for p in holding))
                assert pins & {target_id, source_id, destination_id} or "root" in pins


@given(records, identities, known(), guardrails)
def test_observe_decides_alike_but_never_writes(
    record: Any, identity: Any, given_facts: Facts, policy_of: Guardrail
) -> None:
    event = record | {"userIdentity": identity}
    enforced = judged(event, given_facts, Guardrail(Mode.ENFORCE, policy_of.protections))
    observed = judged(event, given_facts, Guardrail(Mode.OBSERVE, policy_of.protections))
    assert plan(observed, given_facts) == ()
    assert observed.outcome is not Outcome.REVERT
    assert (observed.outcome is Outcome.ALERT) == (enforced.outcome in (Outcome.ALERT, Outcome.REVERT))


@given(records, identities, errors, known(), guardrails)
def test_only_what_is_allowed_for_good_reason_is_adopted(
    record: Any, identity: Any, error: str | None, given_facts: Facts, policy_of: Guardrail
) -> None:
    verdict = judged(record | {"userIdentity": identity, "errorCode": error}, given_facts, policy_of)
    if verdict.adopt:
        assert verdict.outcome is Outcome.ALLOW
        assert identity == by_role()  # there are no exceptions in these facts
        assert verdict.reason.rule in {5, 6}
    assert (verdict.hindrance is not None) == (verdict.outcome is Outcome.ALERT and verdict.reason.rule == 8)


@given(
    records,
    identities,
    guardrails,
    st.dictionaries(targets, st.none() | targets),
    baselines,
    st.frozensets(targets),
    st.none() | types,
    st.booleans(),
)
@settings(max_examples=300)
def test_every_question_can_be_answered_once_and_the_deciding_ends(
    record: Any,
    identity: Any,
    policy_of: Guardrail,
    links: dict[str, str | None],
    baseline: Any,
    standing: frozenset[str],
    policy_type: str | None,
    ledger: bool,
) -> None:
    change = read_change(record | {"userIdentity": identity})
    given_facts = facts(policies={}, memory=Recollection.NOT_ASKED)
    asked: set[Question] = set()
    while isinstance(answer := decide(change, given_facts, policy_of), Question):
        assert answer not in asked
        asked.add(answer)
        match answer:
            case PolicyOf(policy_id):
                found = policy(id=policy_id, type=policy_type) if policy_type else None
                given_facts = given_facts.with_policy(policy_id, found)
            case TargetsOf(policy_id):
                given_facts = given_facts.with_targets(policy_id, standing)
            case StandingOn(target_id, _):
                given_facts = given_facts.with_attachments(target_id, frozenset())
            case Recall():
                remembered = given_facts.remembering(baseline)
                given_facts = remembered if ledger else given_facts.without_memory()
            case AncestorsOf(child_id):
                given_facts = given_facts.with_parents({child_id: links.get(child_id)})
    assert isinstance(answer, Verdict)
