"""`rootguard explain`: what the guard would do with a record, which rule says so, and why.

The verdict comes from the function's own rules. Only the facts come from elsewhere: from a file and stated
assumptions, or from AWS and the deployed stack's ledger.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path

from cli import output
from cli.exits import ExitCode
from cli.explain import facts_file
from cli.explain.explanation import Explanation
from cli.explain.facts_reader import FactsReader
from cli.explain.summary import summary
from cli.explain.unasked import unasked
from cli.inputs import read_config, read_json, read_record
from rootguard.cloudtrail.read import NotOurs, read_change
from rootguard.domain import lockouts
from rootguard.domain.drift import ATTACHMENTS, ChangeKind, Drift
from rootguard.domain.guardrail import Guardrail, guardrail_from_json
from rootguard.domain.policy import Policy, is_root_id
from rootguard.domain.reader import Reader, UnreadableError
from rootguard.domain.remedy import Action, remedy_of
from rootguard.domain.rules import decide
from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.domain.widespread import paged_if_widespread
from rootguard.lockout.judgement import Judgement, judge
from rootguard.lockout.work import CALLS
from rootguard.notify.phrases import clean
from stacks.config import GuardrailConfig


def run(event: str, config: Path, facts: Path | None, *, as_json: bool) -> ExitCode:
    """Explain, print, and return the exit code. Raises TroubleError."""
    wanted = read_config(config)
    found = read_change(read_record(event))
    # A file that cannot be used is reported, whatever the record says.
    known = facts_file.parse(read_json(str(facts), once=True), str(facts)) if facts is not None else None
    if isinstance(found, NotOurs):
        explanation = _explained(found, Verdict(Outcome.IGNORE, found.reason))
    elif known is not None:
        explanation = from_file(found, guardrail_from_json(wanted.render()), known)
    else:
        explanation = from_aws(found, wanted)
    if as_json:
        output.write_json(explanation.as_json())
    else:
        from cli.explain.look import show  # noqa: PLC0415 - a script does without

        show(explanation, output.stdout())
    return ExitCode.FINDING if explanation.verdict.is_incident else ExitCode.FINE


def from_file(drift: Drift, guardrail: Guardrail, file: facts_file.FactsFile) -> Explanation:
    """Explain by what the file says and by assumption. Pure."""
    reader = FactsReader(file, drift)
    own_root = file.organization.root_id or drift.target_id
    if is_root_id(drift.target_id) and drift.target_id != own_root:  # the guard sees no other organization
        return _explained(drift, Verdict(Outcome.IGNORE, Reason.TARGET_NOT_PROTECTED))
    verdict = _judged(drift, reader, guardrail)
    remedy = remedy_of(drift, verdict, reader)
    actions = tuple(write for action in remedy for write in reader.writes(action))
    policy = drift.policy or reader.seen(drift.policy_id)
    more = tuple(unasked(drift, verdict, reader, policy, is_timeless=reader.is_timeless))
    said = reader.assumptions
    together = _judged_together(drift, verdict, policy, reader, known=file.attachments)
    return replace(_explained(drift, verdict, actions, policy, (*said, *more)), together=together)


def from_aws(drift: Drift, config: GuardrailConfig) -> Explanation:
    """Explain by what AWS and the ledger say. Raises TroubleError if AWS refuses."""
    from cli.explain.live import Live  # noqa: PLC0415 - boto3 is slow to load, and --facts must do without

    live = Live(drift, config)
    with live.asking():
        verdict = _judged(drift, live.reader, live.guardrail)
        actions = remedy_of(drift, verdict, live.reader)
    policy = drift.policy or live.seen(verdict)
    more = unasked(drift, verdict, live.reader, policy, is_timeless=False)
    with live.asking():
        together = _judged_together(drift, verdict, policy, live.reader)
    explained = _explained(drift, verdict, actions, policy, (*live.remarks(verdict), *more))
    return replace(explained, together=together)


def _judged(drift: Drift, reader: Reader, guardrail: Guardrail) -> Verdict:
    return paged_if_widespread(decide(drift, reader, guardrail), drift, reader, guardrail)


def _explained(
    found: Drift | NotOurs,
    verdict: Verdict,
    actions: tuple[Action, ...] = (),
    policy: Policy | None = None,
    assumptions: Iterable[str] = (),
) -> Explanation:
    return Explanation(
        found=found,
        verdict=verdict,
        actions=actions,
        # A record's words may hold what steers a terminal, or half a character that no JSON reader takes.
        why=clean(summary(verdict, found, actions, policy)),
        assumptions=tuple(assumptions),
        alone=_judged_alone(found, policy),
    )


def _judged_alone(found: Drift | NotOurs, policy: Policy | None) -> Judgement | None:
    if isinstance(found, NotOurs) or policy is None or policy.content is None:
        return None
    return judge((policy.content,), policy.type, policy.organization_id, at=found.at, alone=False)


def _judged_together(
    drift: Drift,
    verdict: Verdict,
    policy: Policy | None,
    reader: Reader,
    known: Container[str] | None = None,
) -> Judgement | None:
    """Return how much all that is attached there denies after a change; None if it cannot be read.

    `known` are the targets of which it is known what is attached; if it is not given, of all.
    """
    policy_type = drift.policy_type or (policy.type if policy else "")
    target_id = drift.target_id or verdict.target_id or ""  # An edit names no target; its verdict does.
    if drift.error_code or drift.kind not in (*ATTACHMENTS, ChangeKind.UPDATED) or policy_type not in CALLS:
        return None
    if not target_id or (known is not None and target_id not in known):
        return None
    try:
        return lockouts.together(replace(drift, target_id=target_id), policy_type, reader)
    except UnreadableError:
        return None
