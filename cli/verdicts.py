"""How the command shows verdicts and the writes that they take."""

from __future__ import annotations

from typing import Final

from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore
from rootguard.domain.verdict import Outcome

STYLES: Final = {
    Outcome.ALLOW: "green",
    Outcome.IGNORE: "cyan",
    Outcome.ALERT: "yellow",
    Outcome.REVERT: "red",
}


def step(action: Action) -> str:
    """Return a write in a few words."""
    match action:
        case Detach(policy_id, target_id):
            return f"detach {policy_id} from {target_id}"
        case Attach(policy_id, target_id):
            return f"attach {policy_id} to {target_id}"
        case Restore(policy_id, target_id):
            return f"restore {policy_id} on {target_id}"
        case EnableType(policy_type, target_id):
            return f"enable-type {policy_type} in {target_id}"
        case Move(target_id, source_id, destination_id):
            return f"move {target_id} from {source_id} to {destination_id}"
