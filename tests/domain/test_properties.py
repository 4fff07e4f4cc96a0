"""What no combination of change, world and guardrail may lead to, tried at random."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.cloudtrail.read import NotOurs, read_change
from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval, Placement
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.guardrail import Guardrail, Mode, OnViolation, Protection
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import FULL_ACCESS, Policy, is_root_id
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore, remedy_of
from rootguard.domain.rules import decide
from rootguard.domain.verdict import Outcome, Verdict
from tests.cloudtrail.test_malformed import json_values, mutilated
from tests.domain.records import EVERY_KIND, delete, detach, disable, enable, move, update
from tests.fakes.reader import FakeReader
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_ALL,
    DENY_EC2,
    NOW,
    OU,
    OWN_ROLE,
    PIPELINE,
    POLICY,
    RCP,
    ROOT,
    SCP,
    attach,
    by_role,
)

PARENTS = {ACCOUNT: CHILD_OU, CHILD_OU: OU, OU: ROOT}
LISTED, OTHER = "p-allowlisted", "p-another1"

policy_ids = st.sampled_from([POLICY, LISTED, OTHER, *FULL_ACCESS.values()])
targets = st.sampled_from([ROOT, OU, CHILD_OU, ACCOUNT])
parents = st.sampled_from([ROOT, OU, CHILD_OU])
types = st.sampled_from([SCP, RCP, "TAG_POLICY"])
contents = st.sampled_from([DENY_ALL, DENY_EC2, "{}"])
times = st.sampled_from([NOW - timedelta(days=1), NOW])
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
identities = st.sampled_from([by_role(), by_role(OWN_ROLE), attach()["userIdentity"], None])
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
words = st.dictionaries(
    st.tuples(policy_ids, targets),
    st.builds(Acceptance, st.booleans(), types | st.just(""), times, st.sampled_from(Approval)),
    max_size=6,
)
placements = st.dictionaries(st.just(ACCOUNT), st.builds(Placement, parents, times))


@st.composite
def worlds(draw: st.DrawFn) -> FakeReader:
    """A reader that answers whatever is asked."""
    ids = [POLICY, LISTED, OTHER, *FULL_ACCESS.values()]
    policies = {name: Policy(name, draw(types), "Quarantine", content=draw(contents)) for name in ids}
    documents = {
        name: AcceptedDocument(
            Policy(name, policies[name].type, "Guardrails", content=draw(st.none() | contents)),
            draw(times),
            draw(st.sampled_from(Approval)),
        )
        for name in draw(st.sets(st.sampled_from(ids)))
    }
    return FakeReader(
        remembers=draw(st.booleans()),
        adopted=draw(st.dictionaries(targets, st.frozensets(types))),
        words=draw(words),
        documents=documents,
        placements=draw(placements),
        policies=policies,
        attachments=draw(st.dictionaries(targets, st.frozensets(policy_ids))),
        parents=PARENTS,
    )


def judged(event: object, world: FakeReader, guardrail: Guardrail) -> tuple[Verdict, tuple[Action, ...]]:
    found = read_change(event)
    if isinstance(found, NotOurs):
        return Verdict(Outcome.IGNORE, found.reason), ()
    verdict = decide(found, world, guardrail)
    return verdict, remedy_of(found, verdict, world)


def is_protected(target: str, guardrail: Guardrail) -> bool:
    """Whether any protection names the target or, with its descendants, something above it."""
    own, above = {"root" if target == ROOT else target}, set[str]()
    while target in PARENTS:
        target = PARENTS[target]
        above.add("root" if target == ROOT else target)
    return any(
        p.targets & own or (p.include_descendants and p.targets & above) for p in guardrail.protections
    )


@given(records, identities, errors, worlds(), guardrails)
@settings(max_examples=300)
def test_a_write_needs_enforce_a_protected_place_and_someone_whom_nothing_approves_of(
    record: Any, identity: Any, error: str | None, world: FakeReader, guardrail: Guardrail
) -> None:
    event = record | {"userIdentity": identity, "errorCode": error}
    verdict, actions = judged(event, world, guardrail)
    if not actions:
        return
    assert verdict.outcome is Outcome.REVERT
    assert error is None
    assert identity != by_role(OWN_ROLE)
    assert guardrail.mode is Mode.ENFORCE
    holding = [p for p in guardrail.protections if p.name == verdict.protection]
    assert any(p.on_violation is OnViolation.REVERT for p in holding)
    lockout = verdict.reason.value == "lockout-on-root"
    assert lockout or not (identity == by_role() and all(PIPELINE in p.trusted_principals for p in holding))
    change = read_change(event)
    assert isinstance(change, Drift)
    for action in actions:
        check(action, change, world, guardrail)
        match action:
            case EnableType(policy_type, _):
                assert any(p.restore_policy_type and policy_type in p.policy_types for p in holding)
            case Move(target_id, source_id, destination_id):
                pins = frozenset[str]().union(*(p.pin_accounts for p in holding))
                ends = {target_id, source_id, change.source_id}
                assert pins & ends or "root" in pins
                belongs = world.placement(target_id)
                assert destination_id == (belongs.parent_id if belongs else change.source_id)


def check(action: Action, change: Drift, world: FakeReader, guardrail: Guardrail) -> None:
    """Check that an action is the opposite of the change, at a protected place."""
    match action:
        case Detach(policy_id, target_id):
            assert policy_id == change.policy_id not in FULL_ACCESS.values()
            assert is_protected(target_id, guardrail)
            if change.kind is ChangeKind.UPDATED:
                # Edited into a lockout of Root, and nothing known to give back: even one on `allow`.
                assert is_root_id(target_id)
                return
            assert change.kind is ChangeKind.ATTACHED
            assert (target_id, policy_id == LISTED) == (change.target_id, False)
        case Attach(policy_id, target_id):
            assert is_protected(target_id, guardrail)
            word = world.acceptance(policy_id, target_id)
            back = change.kind is ChangeKind.DETACHED and word is not None and word.present
            assert back or policy_id in FULL_ACCESS.values()
        case Restore(policy_id, target_id, was):
            # After a detach too: what is attached again says what was accepted.
            assert change.kind in (ChangeKind.UPDATED, ChangeKind.DETACHED)
            assert policy_id == change.policy_id not in FULL_ACCESS.values()
            assert is_protected(target_id, guardrail)
            document = world.document(policy_id)
            assert document is not None
            assert was == document.policy
            if change.kind is ChangeKind.UPDATED:
                everywhere = {target_id, *world.targets(policy_id), *world.accepted_targets(policy_id)}
                assert not (is_lockout(was, world.now) and any(map(is_root_id, everywhere)))
        case EnableType(policy_type, target_id):
            assert change.kind is ChangeKind.TYPE_DISABLED
            assert (policy_type, target_id) == (change.policy_type, ROOT)
        case Move(target_id, source_id, _):
            assert change.kind is ChangeKind.ACCOUNT_MOVED
            assert (target_id, source_id) == (change.target_id, change.destination_id)


@given(records, identities, worlds(), guardrails)
def test_observe_decides_alike_but_never_writes(
    record: Any, identity: Any, world: FakeReader, guardrail: Guardrail
) -> None:
    event = record | {"userIdentity": identity}
    enforced, _ = judged(event, world, Guardrail(Mode.ENFORCE, guardrail.protections))
    observed, actions = judged(event, world, Guardrail(Mode.OBSERVE, guardrail.protections))
    assert actions == ()
    assert observed.outcome is not Outcome.REVERT
    assert observed.is_incident == enforced.is_incident


@given(records, identities, errors, worlds(), guardrails)
@settings(max_examples=150)
def test_only_what_is_allowed_for_good_reason_is_accepted(
    record: Any, identity: Any, error: str | None, world: FakeReader, guardrail: Guardrail
) -> None:
    verdict, _ = judged(record | {"userIdentity": identity, "errorCode": error}, world, guardrail)
    if verdict.accept:
        assert verdict.outcome is Outcome.ALLOW
        # There are no exceptions in these worlds.
        assert identity == by_role() or verdict.reason.value == "first-contact"
        assert verdict.reason.rule in {5, 6}
    assert (verdict.obstacle is not None) == (verdict.outcome is Outcome.ALERT and verdict.reason.rule == 8)


@given(records, worlds(), guardrails)
@settings(max_examples=150)
def test_a_lockout_is_never_accepted_on_root(record: Any, world: FakeReader, guardrail: Guardrail) -> None:
    found = read_change(record | {"userIdentity": by_role()})
    assert isinstance(found, Drift)
    verdict = decide(found, world, guardrail)
    if found.kind is ChangeKind.ATTACHED and found.target_id == ROOT and verdict.accept:
        assert not is_lockout(world.policies[found.policy_id], world.now)
    if found.kind is ChangeKind.UPDATED and verdict.accept and is_lockout(found.policy, world.now):
        assert verdict.target_id != ROOT


@given(records, worlds(), guardrails)
@settings(max_examples=150)
def test_the_same_question_has_the_same_answer(record: Any, world: FakeReader, guardrail: Guardrail) -> None:
    assert judged(record, world, guardrail) == judged(record, world, guardrail)


@given(mutilated(), worlds(), guardrails)
@settings(max_examples=150)
def test_a_mutilated_record_never_leads_to_a_write_elsewhere(
    record: Any, world: FakeReader, guardrail: Guardrail
) -> None:
    _, actions = judged(record, world, guardrail)
    change = read_change(record)
    for action in actions:
        assert isinstance(change, Drift)
        assert change.error_code is None
        check(action, change, world, guardrail)


@given(json_values, worlds(), guardrails)
def test_what_is_no_record_never_leads_to_a_write(
    event: object, world: FakeReader, guardrail: Guardrail
) -> None:
    verdict, actions = judged(event, world, guardrail)
    assert (verdict.outcome, actions, world.asked) == (Outcome.IGNORE, (), [])
