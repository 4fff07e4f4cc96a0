"""The rendered guardrail.json as the function reads it."""

from __future__ import annotations

import pytest

from rootguard.domain.guardrail import Guardrail, guardrail_from_json
from tests.given import ACCOUNT, guardrail, protection

ENTRY = {
    "name": "root",
    "targets": ["root"],
    "include_descendants": False,
    "policy_types": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"],
    "allow": [],
    "trusted_principals": [],
    "on_violation": "revert",
    "restore_policy_type": False,
    "pin_accounts": [],
}


def test_the_rendered_file_becomes_frozen_data() -> None:
    assert guardrail_from_json({"mode": "enforce", "protections": [ENTRY]}) == guardrail()


def test_what_is_asked_for_beside_attachments_is_read() -> None:
    entry = ENTRY | {"restore_policy_type": True, "pin_accounts": ["root", ACCOUNT]}
    assert guardrail_from_json({"mode": "enforce", "protections": [entry]}) == guardrail(
        protection(restore_policy_type=True, pin_accounts=frozenset({"root", ACCOUNT}))
    )


@pytest.mark.parametrize(
    "broken", [{}, {"mode": "on"}, {"mode": "enforce"}, {"mode": "enforce", "protections": [{}]}]
)
def test_what_the_synth_did_not_render_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        guardrail_from_json(broken)


@pytest.mark.parametrize("key", sorted(ENTRY))
def test_every_key_of_a_protection_is_needed(key: str) -> None:
    entry = {name: value for name, value in ENTRY.items() if name != key}
    with pytest.raises(KeyError, match=key):
        guardrail_from_json({"mode": "enforce", "protections": [entry]})


def test_a_guardrail_is_hashable_and_so_cannot_change() -> None:
    assert isinstance(hash(guardrail_from_json({"mode": "observe", "protections": [ENTRY]})), int)
    assert isinstance(guardrail(), Guardrail)
