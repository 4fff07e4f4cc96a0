"""`rootguard exception list` and `revoke`: what became of exceptions, and who can end them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from drill.local_aws import LocalAws
from rootguard.aws.ledger import DynamoLedger
from tests.aws.conftest import Granting
from tests.cli.conftest import Rootguard
from tests.cli.deployed import (
    DIEGO,
    SARA,
    As,
    aws,
    create,
    granted,
    ledger,
    policy,
    root,
    sara,
    sign_in,
    started,
)
from tests.cli.test_exception import listed, wish
from tests.given import DENY_EC2

__all__ = ["aws", "granted", "ledger", "policy", "root", "sara", "sign_in", "started"]


def test_an_empty_list_says_so(rootguard: Rootguard, sara: str) -> None:
    assert rootguard("exception", "list").stdout == "No exceptions.\n"


def test_the_list_shows_the_open_ones_and_with_all_what_became_of_the_others(
    rootguard: Rootguard,
    aws: LocalAws,
    granted: Granting,
    ledger: DynamoLedger,
    sara: str,
    root: str,
) -> None:
    now = datetime.now(UTC)
    for name in ("Used", "Revoked", "Open"):
        other = create(aws, DENY_EC2, name)
        rootguard(*wish(other))
        (permit,) = granted.permits(other, root)
        if name == "Used":
            ledger.use(permit, "event", now)
        if name == "Revoked":
            rootguard("exception", "revoke", "--policy", other, "--target", "root")
    (known,) = granted.permits(other, root)
    ended = create(aws, DENY_EC2, "Ended")
    over = {"expires_at": now - timedelta(minutes=1), "granted_at": now - timedelta(hours=1)}
    granted.grant(replace(known, policy_id=ended, **over))
    assert [entry["state"] for entry in listed(rootguard)] == ["open"]
    assert sorted(entry["state"] for entry in listed(rootguard, "--all")) == [
        "expired",
        "open",
        "revoked",
        "used",
    ]
    shown = rootguard("exception", "list", "--all").stdout
    # How much of its two hours is left depends on how fast this machine is.
    assert re.match(rf"open     {known.policy_id} on Root \({root}\), for (2 h 0|1 h 59) min more\n", shown)
    assert f"granted by {sara}: ticket 4711" in shown


def test_a_revoked_exception_permits_nothing_and_can_be_granted_anew(
    rootguard: Rootguard, granted: Granting, sara: str, root: str, policy: str
) -> None:
    rootguard(*wish(policy))
    result = rootguard("exception", "revoke", "--policy", policy, "--target", root, "--json")
    assert result.exit_code == 0
    (revoked,) = json.loads(result.stdout)["revoked"]
    assert revoked["policy_id"] == policy
    (permit,) = granted.permits(policy, root)
    assert not permit.permits(datetime.now(UTC))
    assert rootguard(*wish(policy), "--for", "3h").exit_code == 0


def test_only_the_granter_revokes(rootguard: Rootguard, sign_in: As, policy: str) -> None:
    sara = sign_in(SARA)
    rootguard(*wish(policy))
    sign_in(DIEGO)
    result = rootguard("exception", "revoke", "--policy", policy, "--target", "root")
    assert result.exit_code == 1
    assert "nothing to revoke" in result.stdout
    assert f"only {sara} can revoke it" in result.stdout
    assert [entry["state"] for entry in listed(rootguard)] == ["open"]


def test_nothing_to_revoke_is_a_finding(rootguard: Rootguard, sara: str, policy: str) -> None:
    result = rootguard("exception", "revoke", "--policy", policy, "--target", "root", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"revoked": []})
