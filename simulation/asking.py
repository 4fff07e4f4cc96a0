"""People ask the functions for isolation and rehearsal, with the payloads that the commands send.

They wait for the answer, as the command does: Lambda tries nothing again, and what failed people ask again.
What the schedule asks for is tried again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulation.clock import Clock
from simulation.deployment import Deployment
from simulation.identities import caller
from simulation.lambdas import Invocation, Lambdas, Order
from simulation.quarantine import ISOLATION
from simulation.rehearsal import REHEARSAL
from simulation.steps import Ask, Rehearse
from simulation.sts import Signer, Sts, of_another_account
from simulation.trace import Answered, Asked, AskedToRehearse, Record
from simulation.world import World

_OLD: Final = -600.0
"""How old a proof is that the function must not take, in seconds."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What people need to ask."""

    world: World
    clock: Clock
    lambdas: Lambdas
    sts: Sts
    deployment: Deployment
    note: Callable[[Record], None]

    def ask(self, number: int, step: Ask) -> None:
        """Invoke the function; note what was asked for, and what is answered."""
        names = {*step.accounts, *({step.to} if step.to else ())}
        ids = {name: self.world.id_of(name) for name in sorted(names)}
        asked = Asked(
            at=self.clock.now,
            step=number,
            by=step.by,
            verb=step.verb,
            accounts=tuple(dict.fromkeys(ids[name] for name in step.accounts)),
            twice=frozenset(ids[name] for name in step.accounts if step.accounts.count(name) > 1),
            destination=ids[step.to] if step.to else None,
            dry_run=step.dry_run,
            proven=step.proof == "own" and not step.refused,
            invocation=0 if step.refused else self.lambdas.next_number,
        )
        self.note(asked)
        if step.refused:
            self.note(Answered(self.clock.now, number, 0, None, "AccessDeniedException"))
            return
        self._interleave(step)
        order = Order(self._proven(step, ids), "asked", own_events=step.event)
        self.lambdas.ask(ISOLATION, order, lambda ended: self._answered(number, ended))

    def rehearse(self, number: int, step: Rehearse) -> None:
        """Invoke the function as the command or the schedule does; note that, and what is answered."""
        invocation = 0 if step.refused else self.lambdas.next_number
        self.note(AskedToRehearse(self.clock.now, number, step.by, step.when, invocation))
        if step.refused:
            self.note(Answered(self.clock.now, number, 0, None, "AccessDeniedException"))
            return
        self._interleave(step)
        is_due = step.when == "due"
        order = Order(
            self.deployment.rehearses(step), "schedule" if is_due else "asked", own_events=step.event
        )
        begin = self.lambdas.invoke if is_due else self.lambdas.ask
        begin(REHEARSAL, order, lambda ended: self._answered(number, ended))

    def _interleave(self, step: Ask | Rehearse) -> None:
        if step.interleave is not None:
            self.lambdas.interleavings.setdefault(self.clock.now, random.Random(step.interleave))  # noqa: S311

    def _answered(self, number: int, ended: Invocation) -> None:
        answer = ended.answer if ended.how == "well" else None
        said = answer if isinstance(answer, Mapping) else {}
        # Isolation answers why under "error", and the rehearsal under "refused".
        why = [text for key in ("error", "refused") if isinstance(text := said.get(key), str)]
        error = ended.error or next(iter(why), "")
        self.note(Answered(self.clock.now, number, ended.number, answer, error))

    def _proven(self, step: Ask, ids: Mapping[str, str]) -> dict[str, Any]:
        """Return the payload, with a proof that is good or not."""
        who = caller(step.by, self.clock.epoch)
        signer = self.sts.signer_of(of_another_account(who) if step.proof == "of another account" else who)
        if step.proof == "forged":
            signer = Signer(signer.access_key, "guessed")
        with self.clock.right(_OLD if step.proof == "old" else 0.0):
            payload = self.deployment.asked(step, ids, signer)
            if step.proof == "of another request":
                others = self.deployment.asked(step, {**ids, step.accounts[0]: _ANOTHER}, signer)
                payload["identity"] = others["identity"]
        if step.proof == "none":
            del payload["identity"]
        return payload


_ANOTHER: Final = "123456789012"
"""An account that nobody means."""
