"""What is approved: by the allow list, trusted principals, exceptions; and what nobody may approve of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rootguard.domain.baseline import Acceptance, Approval
from rootguard.domain.guardrail import Guardrail, Mode, OnViolation
from rootguard.domain.remedy import Attach, Detach
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, SCP, attach, guardrail, protection
from tests.house import FULL, GRANTER, House

DENY_S3 = DENY_EC2.replace("ec2", "s3")
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
OTHER_ROLE = "arn:aws:iam::111122223333:role/operator"


@pytest.fixture(autouse=True)
def _trusting(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.first_contact()


def document(house: House, policy_id: str) -> str | None:
    return house.ledger.accepted_documents[policy_id].policy.content


def test_a_trusted_attach_is_accepted_with_its_type(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.event(house.record(attach(house.root, policy_id), by=PIPELINE))
    assert house.ledger.adopted(house.root).accepted[policy_id].policy_type == SCP


# What a violation is put back to


def test_what_came_off_root_leaves_something_that_allows(house: House) -> None:
    """Full access was not there at first contact, and the company's own was taken off meanwhile."""
    own = house.accepted(house.root, "Own", content=ALLOW)
    house.ledger.accept(FULL, house.root, Acceptance(False, SCP, house.now, Approval.TRUSTED))
    house.call("DetachPolicy", PolicyId=FULL, TargetId=house.root)
    house.placed(house.root, "Guardrail", content=DENY_EC2)
    stranger = house.placed(house.root, "Stranger", content=ALLOW)
    house.call("DetachPolicy", PolicyId=own, TargetId=house.root)
    house.event(house.record(attach(house.root, stranger)))
    assert stranger not in house.on(house.root)
    assert FULL in house.on(house.root)
    assert house.incidents[0].done == (Detach(stranger, house.root), Attach(FULL, house.root))


def test_an_accepted_policy_that_is_detached_is_attached_again(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.event(house.detach(policy_id, house.root))
    assert policy_id in house.on(house.root)
    assert house.results == ["undone"]


def test_full_access_that_is_taken_off_is_put_on_again(house: House) -> None:
    house.accepted(house.root)
    house.event(house.detach(FULL, house.root))
    assert FULL in house.on(house.root)


def test_a_policy_that_was_detached_and_edited_comes_back_as_it_was(house: House) -> None:
    policy_id = house.accepted(house.root)
    record = house.detach(policy_id, house.root)
    house.edit(policy_id, DENY_ALL)
    house.event(record)
    assert (policy_id in house.on(house.root), house.says(policy_id)) == (True, DENY_EC2)


def test_an_edited_and_renamed_policy_gets_everything_back(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.event(house.edit(policy_id, DENY_ALL, name="Harmless"))
    summary = house.call("DescribePolicy", PolicyId=policy_id)["Policy"]["PolicySummary"]
    assert (summary["Name"], house.says(policy_id)) == ("Accepted", DENY_EC2)
    assert house.incidents[0].lockout


def test_a_policy_whose_name_was_taken_meanwhile_gets_the_rest_back(house: House) -> None:
    policy_id = house.accepted(house.root)
    record = house.edit(policy_id, DENY_ALL, name="Harmless")
    house.call("CreatePolicy", Name="Accepted", Description="-", Type=SCP, Content=DENY_S3)
    house.event(record)
    assert house.says(policy_id) == DENY_EC2
    assert house.results == ["undone"]


def test_a_disabled_policy_type_is_enabled_again_only_if_that_is_asked_for(house: House) -> None:
    record = house.disable()
    house.event(record)
    assert (house.results, house.writes) == (["watched"], [])
    house.call("EnablePolicyType", RootId=house.root, PolicyType=SCP)
    house.rules = guardrail(protection(restore_policy_type=True))
    house.event(house.disable())
    assert house.on(house.root) == {FULL}


@pytest.mark.parametrize(
    "rules",
    [guardrail(mode=Mode.OBSERVE), guardrail(protection(on_violation=OnViolation.ALERT))],
    ids=["observe", "alert"],
)
def test_watching_pages_and_writes_nothing(house: House, rules: Guardrail) -> None:
    house.rules = rules
    policy_id = house.placed(house.root)
    house.event(house.record(attach(house.root, policy_id)))
    house.sweep(3)
    assert policy_id in house.on(house.root)
    assert (house.writes, house.results) == ([], ["watched"])


def test_a_policy_on_the_allow_list_may_be_attached_but_not_edited_into_a_lockout(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.rules = guardrail(protection(allow=frozenset({policy_id})))
    assert house.event(house.record(attach(house.root, policy_id)))["reason"] == "allow-listed"
    assert house.event(house.edit(policy_id, DENY_S3))["reason"] == "allow-listed"
    house.event(house.edit(policy_id, DENY_ALL))
    assert policy_id not in house.on(house.root)


# Trusted principals


def test_what_a_trusted_principal_attaches_and_detaches_is_accepted(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.event(house.record(attach(house.root, policy_id), by=PIPELINE))
    assert policy_id in house.accepts(house.root)
    assert document(house, policy_id) == DENY_EC2
    house.wait(seconds=5)
    house.event(house.detach(policy_id, house.root, by=PIPELINE))
    assert policy_id not in house.accepts(house.root)
    assert (house.writes, house.notices) == ([], [])


def test_a_trusted_edit_is_accepted_and_then_defended(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.event(house.edit(policy_id, DENY_S3, by=PIPELINE))
    assert document(house, policy_id) == DENY_S3
    house.wait(seconds=5)
    house.event(house.edit(policy_id, DENY_EC2))
    assert house.says(policy_id) == DENY_S3


def test_to_attach_a_policy_somewhere_else_does_not_approve_of_an_edit(
    house: House, tree: dict[str, str]
) -> None:
    trusting = protection(trusted_principals=frozenset({PIPELINE}))
    work = protection(
        name="work", targets=frozenset({tree["workload"]}), trusted_principals=frozenset({PIPELINE})
    )
    house.rules = guardrail(trusting, work)
    house.first_contact()
    policy_id = house.accepted(house.root)
    house.edit(policy_id, DENY_S3)  # its event is lost
    house.event(house.attach(policy_id, tree["workload"], by=PIPELINE))
    assert document(house, policy_id) == DENY_EC2
    house.sweep(2)
    assert house.says(policy_id) == DENY_EC2


def test_a_policy_that_is_accepted_nowhere_is_accepted_as_it_is_attached(house: House) -> None:
    policy_id = house.accepted(house.root)
    house.event(house.detach(policy_id, house.root, by=PIPELINE))
    house.wait(seconds=5)
    house.event(house.edit(policy_id, DENY_S3, by=PIPELINE))
    house.wait(seconds=5)
    house.event(house.attach(policy_id, house.root, by=PIPELINE))
    house.sweep(4)
    assert (house.says(policy_id), policy_id in house.on(house.root)) == (DENY_S3, True)
    assert house.pages == []


def test_nobodys_pipeline_locks_root_out(house: House) -> None:
    house.event(house.record(attach(house.root, house.placed(house.root)), by=PIPELINE))
    assert house.on(house.root) == {FULL}
    assert house.incidents[0].verdict.reason.value == "lockout-on-root"


def test_nobodys_pipeline_leaves_root_with_nothing_that_allows(house: House) -> None:
    house.accepted(house.root)
    house.event(house.detach(FULL, house.root, by=PIPELINE))
    assert FULL in house.on(house.root)
    assert house.incidents[0].verdict.reason.value == "lockout-on-root"


def test_a_pipeline_may_put_an_allow_list_in_the_place_of_full_access(house: House) -> None:
    house.event(house.record(attach(house.root, house.placed(house.root, content=ALLOW)), by=PIPELINE))
    assert house.event(house.detach(FULL, house.root, by=PIPELINE))["reason"] == "trusted-principal"
    assert FULL not in house.on(house.root)


def test_an_accepted_lockout_that_someone_ends_may_not_be_brought_back(house: House) -> None:
    policy_id = house.accepted(house.root, content=DENY_ALL)
    house.event(house.edit(policy_id, DENY_EC2))
    assert house.results == ["watched"]
    assert document(house, policy_id) == DENY_EC2
    house.wait(minutes=5)
    house.event(house.edit(policy_id, DENY_ALL))
    assert house.says(policy_id) == DENY_EC2


def test_an_accepted_lockout_that_someone_takes_off_root_stays_off(house: House) -> None:
    policy_id = house.accepted(house.root, content=DENY_ALL)
    house.event(house.detach(policy_id, house.root))
    house.sweep(3)
    assert policy_id not in house.on(house.root)
    assert house.results == ["watched"]


# Exceptions


def permitted(house: House, content: str = DENY_ALL) -> str:
    policy_id = house.placed(house.root, content=content)
    house.call("DetachPolicy", PolicyId=policy_id, TargetId=house.root)
    house.grant(policy_id, house.root, content)
    house.wait(minutes=1)
    return policy_id


def test_what_an_exception_covers_is_accepted_and_people_hear_that_it_was_used(house: House) -> None:
    policy_id = permitted(house)
    house.event(house.attach(policy_id, house.root, by=OTHER_ROLE))
    assert policy_id in house.on(house.root)
    assert policy_id in house.accepts(house.root)
    (notice,) = house.notices
    assert notice.key.endswith("/used")
    assert notice.data["permit"]["granted_by"] == GRANTER
    house.sweep(3)
    assert policy_id in house.on(house.root)


def test_an_exception_is_used_once(house: House) -> None:
    policy_id = permitted(house)
    house.event(house.attach(policy_id, house.root, by=OTHER_ROLE))
    house.wait(minutes=1)
    house.event(house.detach(policy_id, house.root, by=PIPELINE))
    house.wait(minutes=1)
    house.event(house.attach(policy_id, house.root, by=OTHER_ROLE))
    assert policy_id not in house.on(house.root)


def test_an_exception_counts_by_the_time_of_the_change(house: House) -> None:
    policy_id = permitted(house)
    record = house.attach(policy_id, house.root, by=OTHER_ROLE)
    house.wait(minutes=90)
    house.event(record)
    assert policy_id in house.on(house.root)


def test_a_change_before_an_exception_is_granted_is_not_covered_by_it(house: House) -> None:
    policy_id = house.placed(house.root)
    record = house.record(attach(house.root, policy_id), by=OTHER_ROLE)
    house.wait(seconds=5)
    house.grant(policy_id, house.root, DENY_ALL)
    house.event(record)
    assert policy_id not in house.on(house.root)


def test_nobody_uses_an_exception_of_their_own(house: House) -> None:
    policy_id = house.placed(house.root)
    record = house.record(attach(house.root, policy_id), by=OTHER_ROLE)
    granter = record["userIdentity"]["principalId"]
    house.grant(
        policy_id, house.root, DENY_ALL, granted_by=granter, granted_at=house.now - timedelta(hours=1)
    )
    house.event(record)
    assert policy_id not in house.on(house.root)


def test_an_exception_is_for_one_content(house: House) -> None:
    policy_id = permitted(house, DENY_EC2)
    house.edit(policy_id, DENY_ALL)
    house.event(house.attach(policy_id, house.root, by=OTHER_ROLE))
    assert policy_id not in house.on(house.root)


@pytest.mark.parametrize("name", ["PutResourcePolicy", "DeleteResourcePolicy", "DeleteOrganization"])
def test_what_touches_the_whole_organization_is_paged_and_nothing_written(house: House, name: str) -> None:
    house.event(house.record(attach(), eventName=name, requestParameters={}))
    assert (house.writes, house.results) == ([], ["watched"])
    house.sweep(6)
    assert (house.open, house.stages) == ([], ["found"])


def test_an_event_waits_while_a_policy_cannot_be_read(house: House) -> None:
    policy_id = house.placed(house.root, content=DENY_EC2)
    house.refuse("DescribePolicy", "TooManyRequestsException", times=3)
    assert (
        house.event(house.record(attach(house.root, policy_id), by=PIPELINE))["reason"] == "trusted-principal"
    )
    house.sweep(times=3)
    assert (house.writes, house.results) == ([], [])
