"""The assumptions behind a verdict that no rule asked about, in sentences.

The rules take these facts as they come: a role that is not known is not Rootguard's own, and a document that
is not known is no lockout, is as it was accepted, and is none that an exception permits.
"""

from __future__ import annotations

from collections.abc import Iterator

from rootguard.domain.drift import Drift
from rootguard.domain.policy import Policy, is_root_id
from rootguard.domain.reader import Reader
from rootguard.domain.verdict import Reason, Verdict


def unasked(
    drift: Drift, verdict: Verdict, reader: Reader, policy: Policy | None, *, is_timeless: bool
) -> Iterator[str]:
    """Yield the sentences.

    Args:
        drift: what was judged.
        verdict: what came of it.
        reader: the facts it was judged by.
        policy: the policy as far as it is known.
        is_timeless: whether nobody said at what time the facts are so.
    """
    change = drift.change
    if change is None or change.error_code is not None:
        return
    if not reader.own_roles and change.actor.kind == "AssumedRole":
        yield "Assuming the caller is not Rootguard itself: its role is not known."
    rule = verdict.reason.rule
    if not drift.policy_id or rule < Reason.IN_BASELINE.rule:
        return
    may_be_permitted = rule > Reason.TRUSTED_PRINCIPAL.rule and reader.permits(
        drift.policy_id, verdict.target_id
    )
    if may_be_permitted and is_timeless:
        yield "Assuming the time of the record: the facts give no `now`."
    if policy is None or policy.content is not None:
        return
    unknown = f"{drift.policy_id}: its content is not known."
    if verdict.reason is Reason.IN_BASELINE:
        yield f"Assuming nobody rewrote {unknown}"
    elif verdict.reason is Reason.TRUSTED_PRINCIPAL and is_root_id(verdict.target_id):
        yield f"Assuming no lockout in {unknown}"
    elif may_be_permitted and verdict.reason is Reason.VIOLATION:
        yield f"Assuming no exception matches {unknown}"
