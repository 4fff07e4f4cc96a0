"""Putting one attachment back, slowly enough that others can use the API too.

A message is only a hint: what it names is attached only if the inventory says that it was attached there. So
nobody gets a policy attached by writing to the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rootguard.domain.remedy import Attach
from rootguard.ports import LedgerReader, Organizations, OrganizationsError, Telemetry

SECONDS: Final = 1.1
"""How long one attachment takes at least. AWS takes two writes a second, and two of these may run at once."""

_GONE: Final = frozenset({"PolicyNotFoundException", "TargetNotFoundException"})


@contextmanager
def paced(clock: Callable[[], float], sleep: Callable[[float], None]) -> Iterator[None]:
    """Take SECONDS at least. The clock returns seconds, from any start."""
    started = clock()
    try:
        yield
    finally:
        sleep(max(SECONDS - (clock() - started), 0.0))


def put_back(
    policy_type: str,
    attachment: Attach,
    organizations: Organizations,
    ledger: LedgerReader,
    telemetry: Telemetry,
) -> None:
    """Attach a policy where it was; that it is there already, or that one of the two is gone, is fine.

    Raises:
        OrganizationsError, LedgerError: it was not attached; the queue gives the message again.
    """
    policy_id, target_id = attachment.policy_id, attachment.target_id
    came_of = "put back"
    seen = ledger.located(policy_type, (policy_id,)).get(policy_id)
    if seen is None or target_id not in (seen.targets | (seen.before or frozenset())):
        came_of = "not in the inventory"
    else:
        try:
            organizations.attach(policy_id, target_id)
        except OrganizationsError as error:
            if error.code not in _GONE:
                raise
            came_of = f"gone: {error.code}"
    telemetry.log(came_of, policy_id=policy_id, target_id=target_id)
