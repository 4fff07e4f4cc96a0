"""What a ledger promises: held against the one in memory and the one on DynamoDB alike."""

from __future__ import annotations

import pytest

from rootguard.domain.baseline import Approval, Placement, TargetBaseline
from rootguard.domain.drift import Subject, SubjectKind
from rootguard.domain.fights import Fight
from rootguard.domain.inventory import Round
from rootguard.domain.policy import Policy
from rootguard.ports import EventMark, Ledger, Recall
from tests.aws.conftest import Memory
from tests.aws.examples import (
    ACCOUNT,
    DENY_ALL,
    DIEGO,
    LONGER,
    LONGEST,
    OTHER,
    OU,
    POLICY,
    RCP,
    ROOT,
    SCP,
    at,
    document,
    gone,
    permit,
    policy,
    present,
)

SUBJECT = Subject(SubjectKind.ATTACHMENT, (POLICY, ROOT))


@pytest.mark.parametrize(
    "known",
    [
        policy(),
        Policy(POLICY, SCP, "", content=""),
        Policy(POLICY, ""),
        Policy(POLICY, SCP, "FullAWSAccess", content=LONGEST),
        Policy(POLICY, SCP, "\u200b#", content='{"a":\r\n"\x00"}', organization_id="o-exampleorgid"),
        Policy(POLICY, SCP, "half \ud800 a pair"),
    ],
    ids=["usual", "empty", "unknown", "longest", "odd", "surrogate"],
)
def test_the_catalogue_gives_back_what_was_learnt(ledger: Ledger, known: Policy) -> None:
    assert ledger.recall("", POLICY, ROOT, SUBJECT).known is None
    ledger.learn(known, at(0))
    assert ledger.recall("", POLICY, ROOT, SUBJECT).known == known
    assert ledger.recall("", OTHER, ROOT, SUBJECT).known is None


def test_the_catalogue_keeps_the_latest_word(ledger: Ledger) -> None:
    for second, name in [(10, "B"), (5, "A"), (20, "C"), (10.5, "B")]:
        ledger.learn(policy(name=name), at(second))
    assert ledger.recall("", POLICY, ROOT, SUBJECT).known == policy(name="C")


def test_an_event_has_one_mark_and_it_is_the_first(ledger: Ledger) -> None:
    for came_of, second in [("revert", 1), ("allow", 2), ("ignore", 0)]:
        ledger.mark("event", EventMark(came_of, at(second)))
    assert ledger.recall("event", "", "", SUBJECT).event == EventMark("revert", at(1))
    assert ledger.recall("another", "", "", SUBJECT).event is None


def test_adoptions_of_a_target_add_up(ledger: Ledger) -> None:
    assert ledger.adopted(ROOT) == TargetBaseline()
    for types in ({SCP}, {RCP}, {SCP}, ()):
        ledger.adopt(ROOT, types)
    assert ledger.adopted(ROOT) == TargetBaseline(frozenset({SCP, RCP}))
    assert ledger.adopted(OU) == TargetBaseline()


def test_a_target_that_is_forgotten_has_no_baseline_any_more(ledger: Ledger) -> None:
    for target in (ROOT, OU):
        ledger.adopt(target, {SCP})
        ledger.accept(POLICY, target, present())
        ledger.accept(OTHER, target, gone())
    ledger.unadopt(ROOT)
    ledger.unadopt(ROOT)
    assert ledger.adopted(ROOT) == TargetBaseline()
    assert ledger.baseline() == {OU: {POLICY: present()}}
    assert ledger.adopted(OU).policies[OTHER] == gone()


def test_a_policy_is_accepted_or_gone_as_the_latest_word_says(ledger: Ledger) -> None:
    ledger.accept(POLICY, ROOT, gone(30))
    ledger.accept(POLICY, ROOT, present(20))
    assert ledger.adopted(ROOT).policies[POLICY] == gone(30)
    assert ledger.accepted_targets(POLICY) == frozenset()
    ledger.accept(POLICY, ROOT, present(40, RCP, Approval.EXCEPTION))
    assert ledger.adopted(ROOT).policies[POLICY] == present(40, RCP, Approval.EXCEPTION)
    assert ledger.adopted(ROOT).policies == {POLICY: present(40, RCP, Approval.EXCEPTION)}
    assert ledger.accepted_targets(POLICY) == {ROOT}


def test_said_at_the_same_time_that_it_is_there_wins(ledger: Ledger) -> None:
    for policy_id, words in {POLICY: (gone(9), present(9)), OTHER: (present(9), gone(9))}.items():
        for word in words:
            ledger.accept(policy_id, ROOT, word)
    assert set(ledger.adopted(ROOT).accepted) == {POLICY, OTHER}


def test_a_policys_targets_are_those_where_it_is_accepted(ledger: Ledger) -> None:
    for target in (ROOT, OU):
        ledger.accept(POLICY, target, present())
    ledger.accept(LONGER, OU, present())
    assert ledger.accepted_targets(POLICY) == {ROOT, OU}
    ledger.accept(POLICY, OU, gone(1))
    assert ledger.accepted_targets(POLICY) == {ROOT}
    assert ledger.accepted_targets(OTHER) == frozenset()


def test_all_that_may_be_attached_is_listed_by_target_and_policy(ledger: Ledger) -> None:
    assert ledger.baseline() == {}
    ledger.accept(POLICY, ROOT, present(1))
    ledger.accept(POLICY, OU, present(2, "", Approval.ADOPTED))
    ledger.accept(OTHER, OU, gone(3))
    assert ledger.baseline() == {ROOT: {POLICY: present(1)}, OU: {POLICY: present(2, "", Approval.ADOPTED)}}


def test_a_policy_has_one_accepted_document_the_latest(ledger: Ledger) -> None:
    for second, content in [(10, "B"), (20, LONGEST), (5, "A")]:
        ledger.accept_document(document(second, content))
    assert ledger.documents([POLICY, OTHER]) == {POLICY: document(20, LONGEST)}
    assert ledger.documents([]) == {}


def test_hundreds_of_documents_are_read_at_once(ledger: Ledger) -> None:
    names = [f"p-{number:09}" for number in range(205)]
    for name in names[::50]:
        word = document()
        ledger.accept_document(type(word)(policy(id=name), word.at, word.by))
    assert set(ledger.documents(names)) == set(names[::50])


def test_an_account_belongs_where_it_was_accepted_last(ledger: Ledger) -> None:
    assert ledger.recall("", "", ACCOUNT, SUBJECT).placement is None
    for second, parent in ((20, OU), (10, ROOT)):
        ledger.place(ACCOUNT, Placement(parent, at(second)))
    assert ledger.recall("", "", ACCOUNT, SUBJECT).placement == Placement(OU, at(20))
    assert ledger.placements() == {ACCOUNT: Placement(OU, at(20))}
    ledger.unplace(ACCOUNT)
    ledger.unplace(ACCOUNT)
    assert ledger.recall("", "", ACCOUNT, SUBJECT).placement is None
    assert ledger.placements() == {}


def test_a_fight_is_remembered_by_its_subject(ledger: Ledger) -> None:
    assert ledger.fight(SUBJECT) == Fight()
    for fight in (Fight((at(0),)), Fight((at(0), at(30)), 2), Fight((at(10),)), Fight((at(30),), 1), Fight()):
        ledger.keep_fight(SUBJECT, fight)
    assert ledger.fight(SUBJECT) == Fight((at(0), at(30)), 2)
    assert ledger.fight(Subject(SubjectKind.CONTENT, (POLICY,))) == Fight()


def test_an_exception_is_used_by_one_event(ledger: Ledger) -> None:
    another = permit(granted_by=DIEGO)
    assert ledger.with_uses([permit(), another]) == (permit(), another)
    assert ledger.use(permit(), "event", at(60))
    assert ledger.use(permit(), "event", at(60)), "a retry"
    assert not ledger.use(permit(), "another", at(61))
    assert ledger.with_uses([another, permit()]) == (another, permit(used_at=at(60), used_by="event"))
    assert ledger.with_uses([]) == ()


def test_the_coverage_is_what_was_kept_last(ledger: Ledger) -> None:
    assert ledger.coverage() == ""
    for coverage in ("one", "two"):
        ledger.keep_coverage(coverage)
    assert ledger.coverage() == "two"


def test_an_event_recalls_all_that_is_known_about_it(memory: Memory) -> None:
    ledger = memory.ledger
    nothing = ledger.recall("event", POLICY, ROOT, SUBJECT)
    assert nothing == Recall()
    ledger.mark("event", EventMark("allow", at(0)))
    ledger.adopt(ROOT, {SCP})
    ledger.accept(POLICY, ROOT, present())
    ledger.accept(OTHER, ROOT, present())
    ledger.accept_document(document())
    ledger.learn(policy(name="Now"), at(9))
    ledger.keep_fight(SUBJECT, Fight((at(0),)))
    memory.ledger.keep_round(SCP, Round("p-12345678", complete=True))
    assert ledger.recall("event", POLICY, ROOT, SUBJECT) == Recall(
        event=EventMark("allow", at(0)),
        adopted=TargetBaseline(frozenset({SCP})),
        acceptance=present(),
        document=document(),
        known=policy(name="Now"),
        fight=Fight((at(0),)),
        rounds={SCP: Round("p-12345678", complete=True)},
    )


def test_nothing_is_known_of_what_has_no_id(ledger: Ledger) -> None:
    ledger.accept(POLICY, ROOT, present())
    ledger.learn(policy(DENY_ALL), at(0))
    for policy_id, target_id in (("", ""), (POLICY, ""), ("", ROOT)):
        assert ledger.recall("", policy_id, target_id, SUBJECT).acceptance is None
    assert ledger.recall("", POLICY, "", SUBJECT).known == policy(DENY_ALL)
