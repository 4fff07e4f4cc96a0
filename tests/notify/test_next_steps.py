"""What to do next: each page offers the ways that work for its change and its actor, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.guardrail import Mode
from rootguard.incidents.incident import Incident, Result
from tests.domain.records import EVERY_KIND, disable, move, update
from tests.domain.records import detach as detachment
from tests.domain.verdicts import ACCEPTED, FULL, judge, known, permit
from tests.given import (
    DENY_EC2,
    OU,
    POLICY,
    ROOT,
    attach,
    by_role,
    guardrail,
    policy,
    protection,
    real,
)
from tests.notify import words
from tests.notify.test_render_kinds import page

USER = real("attach-policy-to-account-by-root-user")["userIdentity"] | {
    "type": "IAMUser",
    "arn": "arn:aws:iam::111122223333:user/diego",
}
SERVICE = {"type": "AWSService", "invokedBy": "organizations.amazonaws.com"}
MILD = replace(known(), policies={POLICY: policy(DENY_EC2)})
EXCEPTION = f'`rootguard exception grant --policy {POLICY} --target {ROOT} --for 2h --reason "WHY"`'


def steps(incident: Incident) -> tuple[str, ...]:
    return words.page(incident).steps


def meant(record: Any, **changed: Any) -> str:
    return steps(page(record, Result.UNDONE, **changed))[-1].removeprefix("If it was meant: ")


@pytest.mark.parametrize("identity", [by_role(), USER, SERVICE], ids=["role", "user", "service"])
def test_a_lockout_on_root_takes_an_exception(identity: dict[str, Any]) -> None:
    said = meant(attach(userIdentity=identity))
    assert said == f"have someone else grant an exception ({EXCEPTION}), and do it again."


def test_no_edit_is_offered_an_exception_which_is_for_what_a_policy_says_before_it() -> None:
    granted = known(exceptions=(permit(content_sha256="of what it said before"),))
    assert judge(update(userIdentity=by_role()), granted).outcome.value == "revert"
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
        (EVERY_KIND[ChangeKind.ATTACHED]["userIdentity"], None),
        (SERVICE, None),
    ],
    ids=["role", "user", "root user", "service"],
)
def test_what_is_no_lockout_on_root_is_approved_of_in_a_way_that_works(
    record: dict[str, Any], way: str | None, identity: dict[str, Any], trusting: str | None
) -> None:
    said = meant(record | {"userIdentity": identity}, given_facts=MILD)
    ways = " or ".join(filter(None, (way, trusting)))
    if ways:
        assert said == f"{ways} in guardrail.yaml, deploy, and do it again."
    else:
        assert said == "have it done by one of `trusted_principals` in guardrail.yaml."


def test_a_lockout_elsewhere_may_stand_on_the_allow_list() -> None:
    there = known(baseline={OU: {"p-FullAWSAccess": FULL, POLICY: ACCEPTED}})
    assert f"add {POLICY} to `allow`" in meant(attach(OU), given_facts=there)
    allowing = guardrail(protection(targets=frozenset({OU}), allow=frozenset({POLICY})))
    assert judge(attach(OU), there, allowing).outcome.value == "allow"


@pytest.mark.parametrize("result", Result)
def test_no_service_is_asked_whether_it_is_a_stolen_credential(result: Result) -> None:
    told = steps(page(attach(userIdentity=SERVICE, sourceIPAddress="config.amazonaws.com"), result))
    (asked,) = [step for step in told if "stolen credential" in step]
    assert asked.startswith(
        "Find out who had the service config.amazonaws.com do it, in CloudTrail's records"
    )
    assert not any(step.startswith("Ask ") for step in told)


GIVE_BACK = f"aws organizations update-policy --policy-id {POLICY} --content file://AS-IT-WAS.json"
DETACH = f"aws organizations detach-policy --policy-id {POLICY} --target-id {ROOT}"


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_an_edit_into_a_lockout_comes_off_first_and_is_given_back_then(result: Result) -> None:
    told = steps(page(update(), result, mode=Mode.OBSERVE))
    assert told[0].endswith(f": {DETACH}")
    (back,) = [place for place, step in enumerate(told) if step.endswith(f": {GIVE_BACK}")]
    assert told[back + 1].startswith(
        "What it said before is in your repository, or in CloudTrail's last record"
    )


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_another_edit_is_given_back_with_the_place_where_its_content_is_found(result: Result) -> None:
    told = steps(page(update('{"Statement":[]}'), result, mode=Mode.OBSERVE))
    assert told[0].endswith(f": {GIVE_BACK}")
    assert not any(DETACH in step for step in told)
    assert any("CloudTrail's last record of it before this one" in step for step in told)
