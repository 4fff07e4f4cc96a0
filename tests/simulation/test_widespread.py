"""A lockout that nothing undoes is paged once, whatever fails meanwhile; what was approved stays."""

from __future__ import annotations

import pytest

from simulation.history import parse
from simulation.invariants import broken_in
from simulation.run import run

GIVEN = """
why: a lockout that reaches an account is paged, wherever it is
guardrail:
  lockout_alert_accounts: 0
  protections:
  - {name: units, targets: [Prod], trusted_principals: [pipeline]}
organization:
  units: {Prod: root, Sandbox: root}
  accounts: {shop: Prod, lab: Sandbox}
  policies:
    Base: {says: deny ec2, 'on': [Prod, Sandbox]}
end: 1900
steps:
- {at: 100, by: pipeline, call: CreatePolicy, policy: All, says: deny all, event: 15}
"""
TRUSTED = "- {at: 200, by: pipeline, call: AttachPolicy, policy: All, target: Prod, event: [15, 90]}"
ELSEWHERE = "- {at: 200, by: diego, call: AttachPolicy, policy: All, target: Sandbox, event: [15, 90]}"
EDITED = "- {at: 200, by: diego, call: UpdatePolicy, policy: All, says: deny all, event: 15}"
LAST_ALLOW = "- {at: 200, by: diego, call: DetachPolicy, policy: p-FullAWSAccess, target: Sandbox, event: 15}"
FAULTS = [
    "",
    "- {at: 190, kill: before SendMessage}",
    "- {at: 190, kill: before BatchGetItem}",
    "- {at: 190, fault: {call: ListAccountsForParent, error: AccessDeniedException, until: 250}}",
    "- {at: 190, fault: {ledger: down, until: 210}}",
]
STAYS = "  - {at: 1900, target: Prod, has: [All, Base]}\n"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("change", [TRUSTED, ELSEWHERE, LAST_ALLOW])
def test_a_lockout_that_nothing_undoes_is_paged_once(change: str, fault: str) -> None:
    expect = "expect:\n  - {pages: 1}\n" + (STAYS if change == TRUSTED else "")
    history = parse("\n".join(filter(None, [GIVEN.strip(), fault, change, expect])), "here")
    assert run(history).unmet == ()
    assert [found.what for found in broken_in(history).findings] == []


def test_a_lockout_that_is_written_wakes_nobody() -> None:
    expect = 'expect:\n  - {pages: 0}\n  - {page: any, has: "LOCKOUT WRITTEN"}\n'
    assert run(parse(f"{GIVEN.strip()}\n{EDITED}\n{expect}", "here")).unmet == ()
