"""What no order of reports may lead to: doubled, late, tried again, by whomever."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Life, Record, closed, happened, suspect
from rootguard.incidents.notice import Notice, Stage
from tests.given import POLICY
from tests.incidents.reports import after, denied, event, incident, swept

NAMING = frozenset({Stage.FOUND, Stage.ATTRIBUTED, Stage.AGAIN})
ACTORS = ("diego", "sara", "bob")


@dataclass
class Story:
    """What became of a subject's record, report by report."""

    record: Record | None = None
    records: list[Record] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [notice.key for notice in self.notices]

    def report(self, of: Incident, minute: float) -> Notice | None:
        record, notice = happened(self.record, of, after(minute))
        self._keep(record, notice)
        return notice

    def see(self, minute: float) -> None:
        self._keep(suspect(self.record, swept(minute), after(minute)), None)

    def close(self, minute: float) -> None:
        if self.record is not None:
            self._keep(*closed(self.record, after(minute)))

    def _keep(self, record: Record, notice: Notice | None) -> None:
        self.record = replace(record, revision=record.revision + 1)
        self.records.append(self.record)
        if notice is not None:
            self.notices.append(notice)


actors = st.sampled_from(ACTORS)
minutes = st.integers(0, 9)
histories = st.lists(st.tuples(actors, minutes), min_size=1, max_size=8)
"""Who did it, and when: each of them an event of its own."""


def undone(number: int, actor: str, minute: float, result: Result = Result.UNDONE) -> Incident:
    at = after(minute + 0.5) if result is Result.UNDONE else None
    return incident(event(f"event {number}", actor, minute), result, undone_at=at)


def story_of(history: list[tuple[str, int]], story: Story | None = None) -> Story:
    story = story or Story()
    for number, (actor, minute) in enumerate(history):
        story.report(undone(number, actor, minute), 10 + number)
    return story


@given(histories)
def test_each_actor_is_paged_once_and_nobody_twice(history: list[tuple[str, int]]) -> None:
    story = story_of(history)
    assert Counter(notice.stage for notice in story.notices)[Stage.FOUND] == 1
    assert len(set(story.keys)) == len(story.keys)
    assert len(story.notices) == len({actor for actor, _ in history})
    assert {n.data["drift"]["change"]["actor"]["arn"] for n in story.notices} == {a for a, _ in history}


@given(histories, st.randoms())
def test_in_which_order_the_events_come_decides_not_who_is_paged(
    history: list[tuple[str, int]], random: object
) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = story_of(history), story_of(shuffled)
    assert len(one.notices) == len(other.notices)
    assert one.record is not None
    assert other.record is not None
    assert set(one.record.actors) == set(other.record.actors)


@given(histories, st.data())
def test_a_copy_of_an_event_pages_nobody_again_and_changes_nothing(
    history: list[tuple[str, int]], data: st.DataObject
) -> None:
    story = story_of(history)
    before = story.record
    assert before is not None
    number = data.draw(st.integers(0, len(history) - 1))
    result = data.draw(st.sampled_from([Result.UNDONE, Result.ALREADY_UNDONE]))
    notice = story.report(undone(number, *history[number], result), 30)
    assert notice is None or notice.key in story.keys[:-1]
    assert story.record is not None
    assert replace(story.record, revision=before.revision) == before


results = st.sampled_from([Result.UNDONE, Result.NOT_UNDONE, Result.WATCHED])


@given(st.lists(results, min_size=1, max_size=6))
def test_one_event_that_is_tried_again_pages_each_outcome_once(attempts: list[Result]) -> None:
    story = Story()
    for number, result in enumerate(attempts):
        story.report(incident(event(), result), number)
    again = Story()
    for number, result in enumerate(attempts):
        for _ in range(2):
            again.report(incident(event(), result), number)
    assert set(again.keys) == set(story.keys)
    assert set(story.keys) <= {f"{story.record and story.record.id}/{end}" for end in ENDS}
    assert story.record is not None
    assert story.record.incident is not None
    assert story.record.incident.times == 1


ENDS = ("found", "not-undone", "undone")


@st.composite
def reports(draw: st.DrawFn) -> list[tuple[str, str, float, Result, Obstacle | None]]:
    """Events and sweeps in any order, and with any outcome; time goes on."""
    steps = draw(st.lists(st.sampled_from(["event", "sweep", "see", "close"]), min_size=1, max_size=14))
    minute, found = 0.0, []
    for step in steps:
        minute += draw(st.sampled_from([0.5, 1, 5, 150]))
        obstacle = draw(st.sampled_from([None, None, Obstacle.FIGHT, Obstacle.ALERT_ONLY]))
        result = Result.WATCHED if obstacle else draw(results | st.just(Result.ALREADY_UNDONE))
        found.append((step, draw(actors), minute, result, obstacle))
    return found


@given(reports())
def test_an_incidents_id_never_changes_while_it_is_open(
    steps: list[tuple[str, str, float, Result, Obstacle | None]],
) -> None:
    story = Story()
    for number, (step, actor, minute, result, obstacle) in enumerate(steps):
        if step == "event":
            story.report(incident(event(str(number), actor, minute), result, obstacle), minute)
        elif step == "sweep":
            story.report(incident(swept(minute), result, obstacle), minute)
        elif step == "see":
            story.see(minute)
        else:
            story.close(minute)
    for before, then in pairwise(story.records):
        assert before.life is not Life.OPEN or then.life is Life.SUSPECTED or before.id == then.id
        assert not (before.life is Life.OPEN and then.life is Life.SUSPECTED)
        assert then.incident is None or then.incident.id == then.id
        assert (then.life is Life.CLEAN) == (then.closed_at is not None)
        assert then.key == f"attachment/{POLICY}/r-exam/AttachPolicy"
    found = [notice.key for notice in story.notices if notice.stage is Stage.FOUND]
    assert len(found) == len(set(found))
    for notice in story.notices:
        assert notice.key.startswith(f"{notice.data['id']}/{notice.stage.value}")


@given(reports())
def test_a_mere_suspicion_never_pages(
    steps: list[tuple[str, str, float, Result, Obstacle | None]],
) -> None:
    story = Story()
    for step, _, minute, _, _ in steps:
        if step == "close":
            story.close(minute)
        else:
            story.see(minute)
    assert story.notices == []


@given(st.lists(st.tuples(actors, st.integers(0, 6_000)), min_size=1, max_size=12))
def test_an_actors_attempts_are_paged_once_in_any_day(attempts: list[tuple[str, int]]) -> None:
    stories = {actor: Story() for actor in ACTORS}
    paged: dict[str, list[int]] = {actor: [] for actor in ACTORS}
    for number, (actor, minute) in enumerate(sorted(attempts, key=lambda attempt: attempt[1])):
        notice = stories[actor].report(denied(str(number), actor, minute), 9_000)
        if notice is not None:
            paged[actor].append(minute)
    for actor, times in paged.items():
        assert bool(times) == any(who == actor for who, _ in attempts)
        assert all(later - earlier >= 24 * 60 for earlier, later in pairwise(times))


@given(histories)
def test_without_the_ledger_the_same_report_has_the_same_key(history: list[tuple[str, int]]) -> None:
    for number, (actor, minute) in enumerate(history):
        of = undone(number, actor, minute)
        first, second = happened(None, of, after(20))[1], happened(None, of, after(40))[1]
        assert first is not None
        assert second is not None
        assert first.key == second.key


@given(histories)
def test_each_story_ends_once(history: list[tuple[str, int]]) -> None:
    story = story_of(history)
    story.close(40)
    assert [n.stage for n in story.notices].count(Stage.OVER) == 1
    assert story.notices[-1].stage is Stage.OVER
    assert story.record is not None
    assert story.notices[-1].data["id"] == story.record.id
