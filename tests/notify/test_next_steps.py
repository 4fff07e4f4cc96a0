"""What to do next: each page offers the ways that work for its change and its actor, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.story import Story
from tests.domain.records import detach as detachment
from tests.domain.records import disable, move, update
from tests.given import DENY_EC2, OU, POLICY, ROOT, attach, by_role, policy, real
from tests.notify import laid_out
from tests.notify.stories import RECORDS, found_by_a_sweep, story

USER = real("attach-policy-to-account-by-root-user")["userIdentity"] | {
    "type": "IAMUser",
    "arn": "arn:aws:iam::111122223333:user/diego",
}
SERVICE = {"type": "AWSService", "invokedBy": "organizations.amazonaws.com"}
MILD = policy(DENY_EC2)
EXCEPTION = f'`rootguard exception grant --policy {POLICY} --target {ROOT} --for 2h --reason "WHY"`'


def steps(told: Story) -> tuple[str, ...]:
    return laid_out.page(told).steps


def meant(record: Any, **changed: Any) -> str:
    return steps(story(record, **changed))[-1].removeprefix("If it was meant: ")


@pytest.mark.parametrize("identity", [by_role(), USER, SERVICE], ids=["role", "user", "service"])
def test_a_lockout_on_root_takes_an_exception(identity: dict[str, Any]) -> None:
    said = meant(attach(userIdentity=identity))
    assert said == f"have someone else grant an exception ({EXCEPTION}), and do it again."


def test_no_edit_is_offered_an_exception_which_is_for_what_a_policy_says_before_it() -> None:
    said = meant(update(userIdentity=by_role()))
    assert said.startswith("put it into a policy of its own, have someone else grant an exception for that (")
    assert f"--policy ITS-ID --target {ROOT} " in said
    assert POLICY not in said


@pytest.mark.parametrize(
    ("record", "way"),
    [
        (attach(), f"add {POLICY} to `allow`"),
        (update(DENY_EC2, name="Other"), None),
        (detachment(), None),
        (disable(), None),
        (move(), "take the pin out of `pin_accounts`"),
    ],
    ids=["attached", "edited", "detached", "type disabled", "moved"],
)
@pytest.mark.parametrize(
    ("identity", "trusting"),
    [
        (by_role(), "add the role to `trusted_principals`"),
        (USER, "add the user to `trusted_principals`"),
        (RECORDS[ChangeKind.ATTACHED]["userIdentity"], None),
        (SERVICE, None),
    ],
    ids=["role", "user", "root user", "service"],
)
def test_what_is_no_lockout_on_root_is_approved_of_in_a_way_that_works(
    record: dict[str, Any], way: str | None, identity: dict[str, Any], trusting: str | None
) -> None:
    said = meant(record | {"userIdentity": identity}, known=MILD)
    ways = " or ".join(filter(None, (way, trusting)))
    if ways:
        assert said == f"{ways} in guardrail.yaml, deploy, and do it again."
    else:
        assert said == "have it done by one of `trusted_principals` in guardrail.yaml."


def test_a_lockout_elsewhere_may_be_on_the_allow_list() -> None:
    assert f"add {POLICY} to `allow`" in meant(attach(OU))


@pytest.mark.parametrize("result", Result)
def test_no_service_is_asked_whether_it_is_a_stolen_credential(result: Result) -> None:
    told = steps(story(attach(userIdentity=SERVICE, sourceIPAddress="config.amazonaws.com"), result))
    (asked,) = [step for step in told if "stolen credential" in step]
    assert asked.startswith(
        "Find out who had the service config.amazonaws.com do it, in CloudTrail's records"
    )
    assert not any(step.startswith("Ask ") for step in told)


GIVE_BACK = f"aws organizations update-policy --policy-id {POLICY} --content file://AS-IT-WAS.json"
DETACH = f"aws organizations detach-policy --policy-id {POLICY} --target-id {ROOT}"


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_an_edit_into_a_lockout_comes_off_first_and_is_given_back_then(result: Result) -> None:
    told = steps(story(update(), result))
    assert told[0].endswith(f": {DETACH}")
    (back,) = [place for place, step in enumerate(told) if step.endswith(f": {GIVE_BACK}")]
    assert told[back + 1].startswith(
        "What it said before is in your repository, or in CloudTrail's last record"
    )


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_another_edit_is_given_back_with_the_place_where_its_content_is_found(result: Result) -> None:
    told = steps(story(update('{"Statement":[]}'), result))
    assert told[0].endswith(f": {GIVE_BACK}")
    assert not any(DETACH in step for step in told)
    assert any("CloudTrail's last record of it before this one" in step for step in told)


def test_in_a_fight_what_keeps_doing_it_is_stopped_first() -> None:
    told = steps(story(result=Result.WATCHED, obstacle=Obstacle.FIGHT))
    assert told[0] == "Find out what keeps doing it, and stop that first."
    assert told[1].endswith(DETACH)


def test_what_was_approved_since_needs_nothing_undone() -> None:
    told = steps(story(result=Result.WATCHED, obstacle=Obstacle.APPROVED_SINCE))
    assert told[0] == "Nothing is to be undone: it was approved of afterwards."
    assert not any("aws organizations" in step for step in told)


def test_nobody_is_asked_about_what_no_event_has_told_of() -> None:
    told = steps(found_by_a_sweep(story()))
    assert told[0] == "Find out who did it, in CloudTrail's event history: no event of it has come here yet."
