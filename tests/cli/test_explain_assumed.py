"""`rootguard explain` with facts that leave something open: what is assumed, and that it is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Written
from tests.cli.explaining import SCP, exception, guarding
from tests.given import OWN_ROLE, PIPELINE, POLICY, attach, by_role


def test_an_unknown_policy_counts_as_an_scp(explained: Any) -> None:
    document = explained(attach(), {"policies": {POLICY: {"name": "Quarantine"}}})
    said = f"Assuming {POLICY} is an SCP: the facts do not say."
    assert document["reason"] == "violation"
    assert document["assumptions"] == [said]
    assert document["summary"].endswith(said)
    assert '"Quarantine"' in document["summary"]


def test_what_is_assumed_to_be_an_scp_is_left_to_a_protection_that_covers_scps(
    explained: Any, written: Written
) -> None:
    config = guarding(written, policy_types=["RESOURCE_CONTROL_POLICY"])
    assert explained(attach(), {}, "-c", config)["reason"] == "policy-type-not-covered"


def test_unknown_ancestry_counts_as_below_the_root_only(explained: Any, written: Written) -> None:
    config = guarding(written, targets=["ou-exam-workload"], include_descendants=True)
    document = explained(attach("444455556666"), {}, "-c", config)
    assert document["reason"] == "target-not-protected"
    assert "Assuming 444455556666 is below the root only" in document["summary"]


def test_an_unknown_own_role_counts_as_another(explained: Any) -> None:
    document = explained(attach(userIdentity=by_role()), {"policies": {POLICY: SCP}})
    assert document["assumptions"] == ["Assuming the caller is not Rootguard itself: its role is not known."]


@pytest.mark.parametrize(
    ("facts", "reason", "said"),
    [
        ({"baseline": {"r-exam": {POLICY: {}}}}, "in-baseline", "Assuming nobody rewrote"),
        ({}, "trusted-principal", "Assuming no lockout in"),
        (
            {"exceptions": [exception()], "now": "2023-04-25T00:33:44Z"},
            "violation",
            "Assuming no exception matches",
        ),
    ],
)
def test_unknown_content_is_told_where_it_would_have_decided(
    explained: Any, written: Written, facts: dict[str, Any], reason: str, said: str
) -> None:
    trusted = [PIPELINE] if reason == "trusted-principal" else []
    config = guarding(written, trusted_principals=trusted)
    known = {"own_role_arn": OWN_ROLE, "policies": {POLICY: {"type": "SERVICE_CONTROL_POLICY"}}}
    document = explained(attach(userIdentity=by_role()), {**known, **facts}, "-c", config)
    assert document["reason"] == reason
    assert document["assumptions"][-1].startswith(said)
