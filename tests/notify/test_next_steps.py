"""What to do next: each page offers the ways that work for its change and its actor, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.story import Story
from stacks import config_values
from tests.domain.records import detach as detachment
from tests.domain.records import disable, move, update
from tests.given import DENY_EC2, OU, PIPELINE, POLICY, ROOT, attach, by_role, policy, real
from tests.notify import laid_out
from tests.notify.stories import RECORDS, found_by_a_sweep, story

USER = real("attach-policy-to-account-by-root-user")["userIdentity"] | {
    "type": "IAMUser",
    "arn": "arn:aws:iam::111122223333:user/diego",
}
SERVICE = {"type": "AWSService", "invokedBy": "organizations.amazonaws.com"}
WITH_PATH = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_1a2b"
"""As Identity Center makes them. The path is not in the ARN of the role's sessions."""
MILD = policy(DENY_EC2)
EXCEPTION = f'rootguard exception grant --policy {POLICY} --target {ROOT} --for 2h --reason "WHY"'


def steps(told: Story) -> tuple[str, ...]:
    return laid_out.page(told).steps


def meant(record: Any, **changed: Any) -> str:
    return steps(story(record, **changed))[-1].removeprefix("If it was intended: ")


@pytest.mark.parametrize("identity", [by_role(), USER, SERVICE], ids=["role", "user", "service"])
def test_a_lockout_on_root_takes_an_exception(identity: dict[str, Any]) -> None:
    said = meant(attach(userIdentity=identity))
    assert said == f"have someone else grant an exception for it, then do it again:\n{EXCEPTION}"


def test_no_edit_is_offered_an_exception_which_is_for_what_a_policy_says_before_it() -> None:
    said = meant(update(userIdentity=by_role()))
    assert (
        said == "write it as a new policy, have someone else grant an exception for it, then attach that one."
    )


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
        (by_role(), f"add {PIPELINE} to `trusted_principals`"),
        (by_role(WITH_PATH), f"add {WITH_PATH} to `trusted_principals`"),
        (USER, "add arn:aws:iam::111122223333:user/diego to `trusted_principals`"),
        (RECORDS[ChangeKind.ATTACHED]["userIdentity"], None),
        (SERVICE, None),
    ],
    ids=["role", "role with a path", "user", "root user", "service"],
)
def test_what_is_no_lockout_on_root_is_approved_of_in_a_way_that_works(
    record: dict[str, Any], way: str | None, identity: dict[str, Any], trusting: str | None
) -> None:
    said = meant(record | {"userIdentity": identity}, known=MILD)
    ways = " or ".join(filter(None, (way, trusting)))
    if ways:
        assert said == f"{ways} in guardrail.yaml, deploy, then do it again."
    else:
        assert said == "have one of the `trusted_principals` in guardrail.yaml do it."


def test_a_lockout_elsewhere_may_be_on_the_allow_list() -> None:
    assert f"add {POLICY} to `allow`" in meant(attach(OU))


@pytest.mark.parametrize("result", Result)
def test_no_service_is_asked_whether_it_is_a_stolen_credential(result: Result) -> None:
    told = steps(story(attach(userIdentity=SERVICE, sourceIPAddress="config.amazonaws.com"), result))
    (asked,) = [step for step in told if "stolen" in step]
    assert asked == (
        "Find out in CloudTrail's records just before who had the service config.amazonaws.com do it, and "
        "whether this was a mistake. If nobody can explain it, treat the credential as stolen."
    )
    assert not any(step.startswith("Ask ") for step in told)


GIVE_BACK = f"aws organizations update-policy --policy-id {POLICY} --content file://AS-IT-WAS.json"
SAVE = (
    "Save what the policy said before as AS-IT-WAS.json. It is in your repository, or in CloudTrail's last "
    "UpdatePolicy or CreatePolicy record of it before this one."
)
DETACH = f"aws organizations detach-policy --policy-id {POLICY} --target-id {ROOT}"


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_an_edit_into_a_lockout_comes_off_first_and_is_given_back_then(result: Result) -> None:
    told = steps(story(update(), result))
    commands = [step.partition("\n")[2] for step in told if "\n" in step]
    assert commands == [DETACH, GIVE_BACK, DETACH.replace("detach", "attach")]
    assert told.index(SAVE) < next(place for place, step in enumerate(told) if GIVE_BACK in step)


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_another_edit_is_given_back_with_the_place_where_its_content_is_found(result: Result) -> None:
    told = steps(story(update('{"Statement":[]}'), result))
    assert told[0] == SAVE
    assert told[1].endswith(f":\n{GIVE_BACK}")
    assert not any(DETACH in step for step in told)


@pytest.mark.parametrize(
    ("identity", "lines"),
    [
        (
            by_role(WITH_PATH, "diego"),
            (
                "diego (role AWSReservedSSO_Ops_1a2b)",
                f"role ARN {WITH_PATH}",
                "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Ops_1a2b/diego",
            ),
        ),
        (USER, ("user diego", "arn:aws:iam::111122223333:user/diego")),
    ],
    ids=["role", "user"],
)
def test_the_page_has_the_arn_that_trusted_principals_takes(
    identity: dict[str, Any], lines: tuple[str, ...]
) -> None:
    page = laid_out.page(story(attach(userIdentity=identity)))
    (by,) = [field.lines for field in page.fields if field.label == "By"]
    assert by[:-1] == lines
    assert config_values.principal_arn(lines[1].removeprefix("role ARN ")) in (WITH_PATH, lines[1])


def test_in_a_fight_what_keeps_doing_it_is_stopped_first() -> None:
    told = steps(story(result=Result.WATCHED, obstacle=Obstacle.FIGHT))
    assert told[0] == "Find out what keeps doing it, and stop that first."
    assert told[1].endswith(DETACH)


def test_what_was_approved_since_needs_nothing_undone() -> None:
    told = steps(story(result=Result.WATCHED, obstacle=Obstacle.APPROVED_SINCE))
    assert told[0] == "Nothing: it was approved afterwards."
    assert not any("aws organizations" in step for step in told)


def test_nobody_is_asked_about_what_no_event_has_told_of() -> None:
    told = steps(found_by_a_sweep(story()))
    assert told[0] == "Find out who did it in CloudTrail's event history: its event has not arrived here yet."
