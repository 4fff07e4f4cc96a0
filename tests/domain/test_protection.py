"""The rendered guardrail.json as the function reads it, and which protection holds where."""

from __future__ import annotations

import pytest

from rootguard.domain.guardrail import (
    Guardrail,
    guardrail_from_json,
    is_named,
    protected_targets,
    protection_of,
)
from tests.given import ACCOUNT, CHILD_OU, OU, RCP, ROOT, SCP, guardrail, protection

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


def test_a_lockout_elsewhere_is_paged_only_if_it_is_asked_for() -> None:
    read = guardrail_from_json({"mode": "enforce", "protections": [ENTRY]})
    assert read.lockout_alert_accounts is None
    asked = {"mode": "enforce", "protections": [ENTRY], "lockout_alert_accounts": 10}
    assert guardrail_from_json(asked).lockout_alert_accounts == 10


@pytest.mark.parametrize(
    ("entry", "mode", "restored"),
    [
        ({"restore_policy_type": True}, "enforce", {SCP, RCP}),
        ({"restore_policy_type": True, "policy_types": [RCP]}, "enforce", {RCP}),
        ({"restore_policy_type": False}, "enforce", set()),
        ({"restore_policy_type": True}, "observe", set()),
        ({"restore_policy_type": True, "on_violation": "alert"}, "enforce", set()),
    ],
)
def test_the_types_that_are_restored(entry: dict[str, object], mode: str, restored: set[str]) -> None:
    read = guardrail_from_json({"mode": mode, "protections": [{**ENTRY, **entry}]})
    assert read.types_to_restore == restored


def test_the_named_targets_have_the_root_first_and_by_its_id() -> None:
    work = protection(name="work", targets=frozenset({OU, "root", ACCOUNT}), include_descendants=True)
    prod = protection(name="prod", targets=frozenset({"ou-exam-elsewhere"}))
    assert protected_targets(guardrail(prod, work), ROOT) == [
        (ROOT, work),
        ("ou-exam-elsewhere", prod),
        (ACCOUNT, work),
        (OU, work),
    ]


def test_root_is_named_by_its_word_and_by_its_id() -> None:
    assert is_named(ROOT, guardrail())
    assert is_named(ROOT, guardrail(protection(targets=frozenset({ROOT}))))
    assert is_named(OU, guardrail(protection(targets=frozenset({OU}))))
    assert not is_named(OU, guardrail(protection(include_descendants=True)))


def nothing_above(target_id: str) -> tuple[str, ...]:
    raise AssertionError(f"what lies above {target_id} was read")


def test_what_lies_above_is_read_only_if_an_ou_protects_its_descendants() -> None:
    only_root = guardrail(protection(include_descendants=True), protection(targets=frozenset({OU})))
    assert protection_of(ACCOUNT, only_root, nothing_above) == only_root.protections[0]
    below = guardrail(protection(targets=frozenset({OU}), include_descendants=True))
    assert protection_of(OU, below, nothing_above) == below.protections[0]
    assert protection_of(ROOT, below, nothing_above) is None
    with pytest.raises(AssertionError):
        protection_of(ACCOUNT, below, nothing_above)


@pytest.mark.parametrize("ancestors", [(), ("ou-exam-elsewhere",), (CHILD_OU, "ou-exam-elsewhere", ROOT)])
def test_a_way_up_that_is_not_known_ends_at_the_root(ancestors: tuple[str, ...]) -> None:
    ou_only = guardrail(protection(targets=frozenset({OU}), include_descendants=True))
    assert protection_of(ACCOUNT, ou_only, lambda _: ancestors) is None
    with_root = guardrail(*ou_only.protections, protection(include_descendants=True))
    assert protection_of(ACCOUNT, with_root, lambda _: ancestors) == with_root.protections[1]


def test_the_organization_as_a_whole_is_roots_before_others() -> None:
    work = protection(name="work", targets=frozenset({OU}))
    assert guardrail(work, protection()).of_organization().name == "root"
    assert guardrail(work).of_organization().name == "work"


def test_each_protection_that_pins_one_end_of_a_move_is_asked() -> None:
    pins = [protection(name=pin, pin_accounts=frozenset({pin})) for pin in (ACCOUNT, OU, CHILD_OU, "root")]
    found = guardrail(*pins).of_move(ACCOUNT, OU, CHILD_OU)
    assert [p.name for p in found] == [ACCOUNT, OU, CHILD_OU]
    assert [p.name for p in guardrail(*pins).of_move("1" * 12, ROOT, OU)] == [OU, "root"]
