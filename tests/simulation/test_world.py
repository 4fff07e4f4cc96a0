"""Names and ids of a run's organization."""

from __future__ import annotations

import re

from drill.organization_policies import SCP
from simulation import guardrails
from simulation.history import OrganizationBefore, PolicyBefore, parse
from simulation.identities import account_id, policy_id, unit_id
from simulation.world import World

BEFORE = OrganizationBefore(
    units={"Prod": "root", "Pay": "Prod"},
    accounts={"shop": "Pay"},
    policies={"A": PolicyBefore("deny ec2", ("root", "Pay", "shop"))},
)


def world() -> World:
    return World(BEFORE, lambda: 0.0)


def test_ids_follow_from_names_and_have_the_form_of_aws() -> None:
    assert re.fullmatch(r"p-[0-9a-f]{8}", policy_id("A"))
    assert re.fullmatch(r"ou-sim0-[0-9a-f]{8}", unit_id("Prod"))
    assert re.fullmatch(r"\d{12}", account_id("shop"))
    made = world()
    assert made.id_of("A") == policy_id("A")
    assert made.id_of("Pay") == unit_id("Pay")
    assert made.id_of("shop") == account_id("shop")
    assert made.name_of(policy_id("A")) == "A"
    assert made.id_of("p-FullAWSAccess") == "p-FullAWSAccess"


def test_it_begins_as_the_history_says() -> None:
    made = world()
    assert made.attached("Pay") == {policy_id("A"), "p-FullAWSAccess", "p-RCPFullAWSAccess"}
    assert made.attached("Prod") == {"p-FullAWSAccess", "p-RCPFullAWSAccess"}
    assert made.parent("shop") == unit_id("Pay")
    assert made.content("A") is not None
    assert made.content("B") is None
    assert SCP in made.organization.policies.enabled_types


def test_a_name_that_is_used_again_stands_for_another_policy() -> None:
    made = world()
    for target in ("root", "Pay", "shop"):
        made.call("DetachPolicy", {"policy": "A", "target": target})
    made.call("DeletePolicy", {"policy": "A"})
    made.call("CreatePolicy", {"policy": "A", "says": "deny s3"})
    assert made.id_of("A") != policy_id("A")
    made.call("AttachPolicy", {"policy": "A", "target": "Prod"})
    assert made.id_of("A") in made.attached("Prod")


def test_the_guardrail_is_the_one_that_ships_with_ids_for_names() -> None:
    text = """
why: x
guardrail:
  lockout_alert_accounts: 3
  protections:
    - name: prod
      targets: [root, Prod, shop]
      allow: [A]
      trusted_principals: [pipeline, ann, "arn:aws:iam::111122223333:role/other"]
organization: {units: {Prod: root}, accounts: {shop: Prod}, policies: {A: {says: deny ec2}}}
sweep: {every: 300}
"""
    config = guardrails.config(parse(text, "x"))
    assert config.lockout_alert_accounts == 3
    assert config.mode == "enforce"
    assert config.sweep.every_minutes == 5
    (protection,) = config.protections
    assert protection.targets == ("root", unit_id("Prod"), account_id("shop"))
    assert protection.allow == (policy_id("A"),)
    assert protection.trusted_principals == (
        "arn:aws:iam::111122223333:role/OrgPipeline",
        "arn:aws:iam::111122223333:user/ann",
        "arn:aws:iam::111122223333:role/other",
    )
    assert guardrails.config(parse("why: x", "x")).protections[0].targets == ("root",)
