"""`rootguard explain`: what the guard would do with a record, which rule says so, and why.

The verdict comes from the function's own path, `settle` and `plan`; only where the facts come from differs:
a file and stated assumptions, or AWS and the deployed stack's ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from cli.explain import facts_file
from cli import output
from cli.explain.assumptions import AssumingReader, unasked
from cli.exits import ExitCode
from cli.inputs import read_config, read_json, read_record
from rootguard.cloudtrail.read import Change, NotOurs, read_change
from rootguard.domain.approvals import policy_now
from rootguard.domain.facts import Facts, Recollection
from rootguard.domain.guardrail import Guardrail, guardrail_from_json
from rootguard.domain.remedy import Action, plan
from rootguard.domain.remedy import as_json as action_as_json
from rootguard.domain.verdict import Verdict
from rootguard.incidents.incident import is_incident
from rootguard.lockout import classify
from rootguard.notify.words.phrases import clean
from rootguard.notify.words.summary import summary
from rootguard.reconcile.memory import ask, settle


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer: the verdict, the writes it takes, why in words, and what was assumed on the way."""

    verdict: Verdict
    actions: tuple[Action, ...]
    why: str
    assumptions: tuple[str, ...]
    classification: str | None = None
    """How much the policy denies, where its content is known: total, broad, narrow or none."""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as JSON data."""
        return {
            **self.verdict.as_json(),
            "actions": [action_as_json(action) for action in self.actions],
            "summary": " ".join((self.why, *self.assumptions)),
            "assumptions": list(self.assumptions),
            "classification": self.classification,
        }


def run(event: str, config: Path, facts: Path | None, *, as_json: bool) -> ExitCode:
    """Explain, print, and return the exit code. Raises TroubleError."""
    guardrail = guardrail_from_json(read_config(config).render())
    change = read_change(read_record(event))
    explanation = from_aws(change, guardrail) if facts is None else from_file(change, guardrail, facts)
    if as_json:
        output.write_json(explanation.as_json())
    else:
        from cli.explain.look import show  # noqa: PLC0415

        show(explanation, output.stdout())
    return ExitCode.FINDING if is_incident(explanation.verdict) else ExitCode.FINE


def from_file(change: Change | NotOurs, guardrail: Guardrail, path: Path) -> Explanation:
    """Explain by what the file says and by assumption. Pure but for reading the file."""
    known = facts_file.parse(read_json(str(path), once=True), str(path))
    # The guard sees a record seconds after it was made; the clock would change the answer from day to day.
    at = change.at if isinstance(change, Change) else datetime.now(UTC)
    reader = AssumingReader(known)
    verdict, facts = settle(change, known.as_facts(at), guardrail, partial(ask, reader))
    more = unasked(verdict, facts, now_is_given=known.now is not None, without_ledger="")
    return _explained(change, verdict, facts, (*reader.made, *more))


def from_aws(change: Change | NotOurs, guardrail: Guardrail) -> Explanation:
    """Explain by what AWS and the ledger say. Raises TroubleError where AWS refuses."""
    from cli.aws import Aws  # noqa: PLC0415 - boto3 is slow to load, and --facts must do without
    from cli.explain.live import Knowledge  # noqa: PLC0415

    known = Knowledge(Aws(otherwise=", or give what is known with --facts"))
    # A call that failed is never the guard's own change, so its role is not worth a look.
    succeeded = isinstance(change, Change) and change.error_code is None
    own_role_arn = known.guard_role_arn if succeeded else None
    facts = Facts(own_role_arn, datetime.now(UTC), memory=Recollection.NOT_ASKED)
    verdict, facts = settle(change, facts, guardrail, known.answer)
    more = unasked(verdict, facts, now_is_given=True, without_ledger=known.without_ledger)
    return _explained(change, verdict, facts, tuple(more))


def _explained(
    change: Change | NotOurs,
    verdict: Verdict,
    facts: Facts,
    assumptions: tuple[str, ...],
) -> Explanation:
    return Explanation(
        verdict=verdict,
        actions=plan(verdict, facts),
        # A record's words may hold what steers a terminal, or half a character that no JSON reader takes.
        why=clean(summary(verdict, change, facts)),
        assumptions=assumptions,
        classification=_classification(change, facts),
    )


def _classification(change: Change | NotOurs, facts: Facts) -> str | None:
    policy = policy_now(change, facts) if isinstance(change, Change) else None
    if policy is None or policy.content is None:
        return None
    return classify(policy.content, policy.type, policy.organization_id).denial.value
