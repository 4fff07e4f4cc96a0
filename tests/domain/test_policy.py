"""A policy: when two of them are the same, what is known of one, and how ids are written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rootguard.domain.policy import (
    FULL_ACCESS,
    Policy,
    full_access_of,
    is_account_id,
    is_policy_id,
    is_policy_type,
    is_root_id,
    is_target_id,
    is_unedited,
    organization_in,
    root_first,
    says_the_same,
)
from tests.given import ACCOUNT, CHILD_OU, DENY_ALL, DENY_EC2, OU, POLICY, RCP, ROOT, SCP, policy


def test_a_document_is_the_same_however_it_is_written() -> None:
    spaced = json.dumps(json.loads(DENY_ALL), indent=2, sort_keys=True)
    assert says_the_same(policy(DENY_ALL), policy(spaced))
    assert not says_the_same(policy(DENY_ALL), policy(DENY_EC2))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "nul"])
def test_what_is_no_json_is_the_same_only_if_its_text_is(text: str) -> None:
    assert says_the_same(policy(text), policy(text))
    assert not says_the_same(policy(text), policy(DENY_ALL))


def test_what_is_not_known_says_nothing() -> None:
    unread = Policy(POLICY, SCP)
    assert not says_the_same(unread, unread)
    assert not says_the_same(None, policy())
    assert not says_the_same(policy(), None)
    assert says_the_same(policy(name="another"), policy())


@pytest.mark.parametrize(
    ("changed", "unedited"),
    [
        ({}, True),
        ({"content": DENY_ALL.replace(":", " : ")}, True),
        ({"content": DENY_EC2}, False),
        ({"name": "Renamed"}, False),
        ({"description": "Another"}, False),
        ({"name": None, "description": None}, True),
        ({"type": RCP, "organization_id": "o-exampleorgid"}, True),
    ],
    ids=str,
)
def test_name_and_description_are_part_of_a_policy_if_they_are_known(
    changed: dict[str, Any], unedited: bool
) -> None:
    before = policy(description="-")
    assert is_unedited(replace(before, **changed), before) is unedited
    assert is_unedited(before, replace(before, **changed)) is unedited


def test_a_policy_survives_json() -> None:
    of = policy(description="-", organization_id="o-exampleorgid")
    assert Policy.from_json(json.loads(json.dumps(of.as_json()))) == of


def test_full_access_is_known_by_its_id() -> None:
    assert {full_access_of(policy_id) for policy_id in FULL_ACCESS.values()} == {SCP, RCP}
    assert full_access_of(POLICY) is None


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (ROOT, "root target"),
        (OU, "target"),
        (ACCOUNT, "account target"),
        (POLICY, "policy"),
        ("p-FullAWSAccess", "policy"),
        (SCP, "type"),
        ("r-ABCD", ""),
        ("ou-exam", ""),
        ("p-short", ""),
        (f"{ACCOUNT}\n", ""),
        ("٤٤٤٤٥٥٥٥٦٦٦٦", ""),
        ("", ""),
        (None, ""),
        (444455556666, ""),
    ],
)
def test_ids_are_told_apart_by_how_they_are_written(value: object, kinds: str) -> None:
    checks = {
        "root": is_root_id,
        "account": is_account_id,
        "target": is_target_id,
        "policy": is_policy_id,
        "type": is_policy_type,
    }
    assert {name for name, is_right in checks.items() if is_right(value)} == set(kinds.split())


def test_a_policys_arn_names_its_organization() -> None:
    arn = "arn:aws:organizations::111122223333:policy/o-exampleorgid/service_control_policy/p-bvdv3rx3"
    assert organization_in(arn) == "o-exampleorgid"
    assert organization_in("arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess") is None
    assert organization_in(None) is None


def test_targets_are_sorted_from_the_top() -> None:
    assert sorted([ACCOUNT, CHILD_OU, ROOT, OU], key=root_first) == [ROOT, CHILD_OU, OU, ACCOUNT]
