"""What is looked up for people: each is left out if it cannot be read, and nothing is begun too late."""

from __future__ import annotations

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.notifier import Enrichment
from rootguard.notify.story import Around, Reach
from tests.domain.records import delete, detach
from tests.fakes.directory import FakeDirectory
from tests.fakes.people import FakeTelemetry
from tests.given import ACCOUNT, OU, POLICY, policy
from tests.notify.stories import RECORDS, on, story

REACH = Reach(1204)


def enrichment(directory: FakeDirectory, seconds: float = 20.0) -> Enrichment:
    return Enrichment(directory, lambda: seconds, FakeTelemetry())


def test_an_ou_has_a_name_and_reaches_accounts() -> None:
    directory = FakeDirectory(names={OU: "Workloads"}, reaches={OU: REACH})
    assert enrichment(directory).around(on(OU).incident) == Around("Workloads", reach=REACH)
    assert directory.asked == [("name", OU), ("reach", OU)]


def test_root_needs_no_name_and_a_policy_that_is_known_no_read() -> None:
    directory = FakeDirectory()
    enrichment(directory).around(story().incident)
    assert [what for what, _ in directory.asked] == ["reach"]


def test_a_policy_without_a_name_is_looked_up() -> None:
    directory = FakeDirectory(policies={POLICY: policy()})
    around = enrichment(directory).around(story(known=None).incident)
    assert (around.policy, around.policy_is_gone) == (policy(), False)


@pytest.mark.parametrize("result", [Result.WATCHED, Result.NOT_UNDONE])
def test_a_policy_that_a_command_needs_is_looked_up_although_it_is_known(result: Result) -> None:
    around = enrichment(FakeDirectory(policies={POLICY: None})).around(story(detach(), result).incident)
    assert around.policy_is_gone


def test_a_deleted_policy_is_not_looked_for() -> None:
    directory = FakeDirectory()
    assert not enrichment(directory).around(story(delete(), Result.WATCHED).incident).policy_is_gone
    assert ("policy", POLICY) not in directory.asked


def test_what_is_only_over_needs_no_count() -> None:
    directory = FakeDirectory()
    enrichment(directory).around(on(OU).incident, count=False)
    assert directory.asked == [("name", OU)]


@pytest.mark.parametrize(
    "incident",
    [
        story(result=Result.REFUSED).incident,
        story(RECORDS[ChangeKind.UNIT_DELETED], Result.WATCHED).incident,
        story(RECORDS[ChangeKind.RESOURCE_POLICY_PUT], Result.WATCHED).incident,
    ],
    ids=["refused", "an OU that is gone", "the whole organization"],
)
def test_nothing_is_counted_that_was_not_reached_or_is_not_there(incident: Incident) -> None:
    directory = FakeDirectory()
    enrichment(directory).around(incident)
    assert not [what for what, _ in directory.asked if what == "reach"]


def test_each_is_left_out_alone_if_it_cannot_be_read() -> None:
    directory = FakeDirectory(names={ACCOUNT: "prod"}, reaches={ACCOUNT: REACH}, fail={"name"})
    reads = enrichment(directory)
    assert reads.around(on(ACCOUNT).incident) == Around(None, reach=REACH)
    assert reads.telemetry.warnings == ["the page goes out with less"]  # type: ignore[attr-defined]
    directory.fail = {"reach", "policy"}
    assert reads.around(on(ACCOUNT, known=None).incident) == Around("prod")


@pytest.mark.parametrize(("seconds", "asked"), [(20.0, ["name", "reach"]), (13.9, ["name"]), (8.9, [])])
def test_nothing_is_begun_that_could_keep_the_page_back(seconds: float, asked: list[str]) -> None:
    directory = FakeDirectory()
    enrichment(directory, seconds).around(on(OU).incident)
    assert [what for what, _ in directory.asked] == asked


def test_an_exceptions_policy_is_looked_up_or_left_out() -> None:
    directory = FakeDirectory(policies={POLICY: policy()})
    assert enrichment(directory).policy(POLICY) == policy()
    directory.fail = {"policy"}
    assert enrichment(directory).policy(POLICY) is None


def test_a_resource_policy_is_read_back_if_someone_put_one() -> None:
    directory = FakeDirectory(resource='{"Statement": []}')
    put = story(RECORDS[ChangeKind.RESOURCE_POLICY_PUT], Result.WATCHED).incident
    assert enrichment(directory).around(put).resource_policy == directory.resource
    refused = story(RECORDS[ChangeKind.RESOURCE_POLICY_PUT], Result.REFUSED).incident
    assert enrichment(directory).around(refused).resource_policy is None
    assert enrichment(FakeDirectory(fail=["resource policy"])).around(put).resource_policy is None
