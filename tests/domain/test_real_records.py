"""The real records: each has its verdict under the guardrail.yaml that ships, and where all is protected."""

from __future__ import annotations

import pytest

from rootguard.domain.remedy import Detach, EnableType, Move, Restore
from tests.domain.verdicts import ACCEPTED, fresh, judge, known, reported, writes
from tests.given import ACCOUNT, EVENTS, OWN_ROLE, POLICY, RCP, ROOT, SCP, guardrail, protection, real

EVERYTHING = guardrail(
    protection(include_descendants=True, restore_policy_type=True, pin_accounts=frozenset({ACCOUNT}))
)
NOTHING = "ignore not-a-policy-change 3"
FAILED = "ignore call-failed 1"
ELSEWHERE = "ignore target-not-protected 3"
NOWHERE = "ignore stands-nowhere-protected 3"
UNDONE = "revert violation 8"
VERDICTS = {
    "attach-policy-to-account-by-root-user": (ELSEWHERE, UNDONE),
    "attach-policy-to-ou-failed-by-iam-user": (FAILED, FAILED),
    "close-account-result-service-event": (NOTHING, NOTHING),
    "create-scp-by-root-user": (NOWHERE, NOWHERE),
    "disable-scp-type-by-root-user": ("alert violation 8", UNDONE),
    "eventbridge-move-account-by-assumed-role": (ELSEWHERE, UNDONE),
    "leave-organization-denied-by-assumed-role": (FAILED, FAILED),
    "update-scp-by-root-user": (NOWHERE, UNDONE),
}
BOTH = frozenset({SCP, RCP})


def test_every_real_record_is_among_them() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == set(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_each_real_record_has_its_verdict_as_shipped(name: str) -> None:
    outcome, code, rule, _ = reported(judge(real(name), fresh()))
    assert f"{outcome} {code} {rule}" == VERDICTS[name][0]


@pytest.mark.parametrize("name", VERDICTS)
def test_each_real_record_has_its_verdict_where_everything_is_protected(name: str) -> None:
    reader = known(adopted={ROOT: BOTH, ACCOUNT: BOTH})
    outcome, code, rule, _ = reported(judge(real(name), reader, EVERYTHING))
    assert f"{outcome} {code} {rule}" == VERDICTS[name][1]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("attach-policy-to-account-by-root-user", Detach(POLICY, ACCOUNT)),
        ("disable-scp-type-by-root-user", EnableType(SCP, ROOT)),
        ("eventbridge-move-account-by-assumed-role", Move(ACCOUNT, "ou-exam-lmdswesj", "ou-exam-hhd1qqua")),
        ("update-scp-by-root-user", Restore(POLICY, ROOT, ACCEPTED)),
    ],
)
def test_each_real_change_is_undone_by_its_opposite(name: str, action: object) -> None:
    reader = known(adopted={ROOT: BOTH, ACCOUNT: BOTH})
    assert writes(real(name), reader, EVERYTHING) == (action,)


def test_a_real_move_by_the_guard_itself_is_left() -> None:
    reader = known(own_roles=frozenset({OWN_ROLE, "arn:aws:iam::111122223333:role/Admin"}))
    verdict = judge(real("eventbridge-move-account-by-assumed-role"), reader, EVERYTHING)
    assert verdict.reason.value == "own-change"
