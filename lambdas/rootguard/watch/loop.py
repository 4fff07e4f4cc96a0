"""One run of the watch, from one sweep to the next.

    list Root's SCPs, and every other time its RCPs ─▶ is it as accepted? ─ no ─▶ a hint to the guard, once
                └──────────────── wait for the next tick ◀──────────────────┘

It reads what the guard ordered and nothing else: no ledger, no policy. So a hint is no more than that: the
guard looks for itself, and decides. A look that fails costs that look. AWS takes five ListPoliciesForTarget
a second from an account; the watch makes three in two ticks, and tries none again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from rootguard.domain.watch import Belonging, WatchHint, WatchOrder
from rootguard.ports import OrganizationsError, OrganizationsReader, OutboxError, Telemetry, WatchedGuard


def watch(  # noqa: PLR0913 - all that is outside
    order: WatchOrder,
    *,
    organizations: OrganizationsReader,
    guard: WatchedGuard,
    telemetry: Telemetry,
    clock: Callable[[], datetime],
    wait: Callable[[float], None],
) -> dict[str, int]:
    """Look at Root until the next sweep is due; return how many looks there were, and how many failed.

    Args:
        order: what to do.
        organizations: reads Root, and tries no call again.
        guard: takes the hints.
        telemetry: hears of looks that failed.
        clock: returns the time, UTC.
        wait: waits for so many seconds.

    Raises:
        OrganizationsError: every look failed: nobody watched.
        OutboxError: the guard did not take the last hint, although each look sent it again.
    """
    began, every = clock(), timedelta(seconds=order.every_seconds)
    told: dict[str, frozenset[str]] = {}
    number = ticks = looks = failed = 0
    failure: OrganizationsError | None = None
    unheard: dict[str, OutboxError] = {}
    while clock() < order.until:
        # By the ticks there were, not by the time: if every other one is left out, RCPs have their turn, too.
        in_turn = order.belonging if ticks % 2 == 0 else order.belonging[:1]
        ticks, looks = ticks + 1, looks + len(in_turn)
        for each in in_turn:
            try:
                _look(order, each, told, organizations, guard)
                unheard.pop(each.policy_type, None)
            except OrganizationsError as error:
                failed, failure = failed + 1, error
                telemetry.warn("could not look at Root", error=str(error))
            except OutboxError as error:
                failed, unheard[each.policy_type] = failed + 1, error
                telemetry.warn("could not wake the guard", error=str(error))
        # A tick whose time passed while AWS was slow is left out.
        passed = clock() - began
        number = max(passed // every, number) + 1  # a wait may end a little early
        wait((number * every - passed).total_seconds())
    if unheard:
        raise next(iter(unheard.values()))
    if failure is not None and failed == looks:
        raise failure
    return {"looks": looks, "failed": failed}


def _look(
    order: WatchOrder,
    belonging: Belonging,
    told: dict[str, frozenset[str]],
    organizations: OrganizationsReader,
    guard: WatchedGuard,
) -> None:
    """List Root's policies of one type. A difference is told once, until it is another one."""
    differs = belonging.differs(organizations.attached(order.root_id, belonging.policy_type))
    if differs and differs != told.get(belonging.policy_type):
        guard.wake(WatchHint(tuple(sorted(differs)), order.until))
    told[belonging.policy_type] = differs
