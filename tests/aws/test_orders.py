"""Reports come doubled, late and out of order: what a ledger knows in the end is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.baseline import Approval, Placement
from rootguard.domain.drift import Subject, SubjectKind
from rootguard.domain.fights import Fight
from rootguard.domain.inventory import Above, Located
from rootguard.domain.policy import Policy
from tests.aws.conftest import Memories, Memory, no_warning
from tests.aws.examples import ACCOUNT, OTHER, OU, POLICY, RCP, ROOT, SCP, at, document, gone, present
from tests.fakes.exceptions import FakeExceptions
from tests.fakes.ledger import FakeLedger

SUBJECT = Subject(SubjectKind.ATTACHMENT, (POLICY, ROOT))
SECONDS = st.integers(0, 3)
POLICIES, TARGETS = st.sampled_from([POLICY, OTHER]), st.sampled_from([ROOT, OU])
APPROVALS = st.sampled_from(Approval)
WORDS = st.builds(gone, SECONDS, APPROVALS) | st.builds(
    present, SECONDS, st.sampled_from([SCP, RCP]), APPROVALS
)
NAMES = st.none() | st.sampled_from("AB")
TIMES = SECONDS.map(at)
Report = Callable[[Memory], object]


def call(method: str, *arguments: Any) -> Report:
    def report(memory: Memory) -> object:
        return getattr(memory.ledger, method)(*arguments)

    report.__name__ = f"{method}{arguments}"
    return report


def calls(method: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Report]:
    return st.builds(call, st.just(method), *arguments)


FIGHTS = st.builds(Fight, st.lists(TIMES, min_size=1, max_size=3).map(sorted).map(tuple), st.integers(0, 2))
REPORTS = st.one_of(
    calls("adopt", TARGETS, st.sets(st.sampled_from([SCP, RCP]))),
    calls("accept", POLICIES, TARGETS, WORDS),
    calls("accept_document", st.builds(document, SECONDS, st.sampled_from("AB"), APPROVALS)),
    calls("learn", st.builds(Policy, POLICIES, st.just(SCP), NAMES), TIMES),
    calls("place", st.just(ACCOUNT), st.builds(Placement, TARGETS, TIMES)),
    calls("keep_fight", st.just(SUBJECT), FIGHTS),
    calls("locate", st.just(SCP), POLICIES, st.builds(Located, st.frozensets(TARGETS), TIMES)),
    calls("keep_above", st.just(ACCOUNT), st.builds(Above, st.tuples(TARGETS), TIMES)),
    calls("keep_moved", TIMES),
)


def known(memory: Memory) -> dict[str, Any]:
    """All that a memory answers."""
    ledger = memory.ledger
    return {
        "adopted": {target: ledger.adopted(target) for target in (ROOT, OU)},
        "baseline": ledger.baseline(),
        "targets": {policy: ledger.accepted_targets(policy) for policy in (POLICY, OTHER)},
        "documents": ledger.documents([POLICY, OTHER]),
        "catalogue": {policy: ledger.recall("", policy, ROOT, SUBJECT).known for policy in (POLICY, OTHER)},
        "places": ledger.placements(),
        "fight": ledger.fight(SUBJECT),
        "located": ledger.located(SCP),
        "above": ledger.above([ACCOUNT]),
        "moved": ledger.moved_at(),
    }


@given(data=st.data())
@settings(max_examples=40)
def test_any_order_and_any_repetition_end_in_the_same_state(memories: Memories, data: st.DataObject) -> None:
    reports = data.draw(st.lists(REPORTS, min_size=1, max_size=8))
    again = data.draw(st.lists(st.sampled_from(reports), max_size=4))
    arriving = data.draw(st.permutations([*reports, *again]))
    one, other = memories(), memories()
    for report in reports:
        report(one)
    for report in arriving:
        report(other)
    assert known(one) == known(other)


@given(reports=st.lists(REPORTS, min_size=1, max_size=8))
@settings(max_examples=30)
def test_the_one_in_memory_knows_what_the_table_knows(
    reports: list[Report], dynamodb: Any, new_table: Callable[[str], str]
) -> None:
    table = Table(new_table("ledger"), Dynamo(dynamodb))
    fake = Memory(FakeLedger(), FakeExceptions())
    real = Memory(DynamoLedger(table, no_warning), FakeExceptions())
    for report in reports:
        report(fake)
        report(real)
    assert known(fake) == known(real)
