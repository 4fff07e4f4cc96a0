"""The notice that somebody wrote a lockout: a policy that was created, or edited, and locks everyone out.

For chat and mail, not for the pager: often it is written some time before it is attached.
"""

from __future__ import annotations

from typing import Final

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.notify import phrases
from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import capital, clean, time_label
from rootguard.notify.story import Story, what
from rootguard.notify.words.incidents import policy_facts, statements, who

_ISOLATE: Final = (
    "If it is meant to isolate accounts: `rootguard isolate` moves them to where such policies are attached."
)


def page(drift: Drift) -> Page:
    """Return the page. The drift has its policy, and an event that says who did it."""
    story = Story(Incident(drift, Verdict(Outcome.IGNORE, Reason.STANDS_NOWHERE_PROTECTED), Result.WATCHED))
    policy, actor = drift.policy, phrases.actor_label(drift.actor)
    denies = phrases.denies_label(policy, drift.at) or phrases.lockout_label(policy.type if policy else "")
    in_force = "It is safe so far: a new policy is attached nowhere yet."
    undo = f"Unless it is needed, delete it:\naws organizations delete-policy --policy-id {drift.policy_id}"
    if drift.kind is ChangeKind.UPDATED:
        in_force = "It is in force wherever the policy is attached."
        undo = "Unless it is needed, give the policy its earlier content back."
    return Page(
        kind=Kind.WRITTEN,
        severity=Severity.INFO,
        about=clean(f"written {drift.policy_id} {drift.event_id}"),
        at=drift.at,
        headline="LOCKOUT WRITTEN",
        title=what(story),
        sentences=(f"{capital(what(story))} by {actor}. It {denies}.", in_force),
        aside=f". By {actor}",
        fields=facts(("Policy", *policy_facts(story)), who(story), ("When", time_label(drift.at))),
        statements=statements(story),
        steps=(
            *([phrases.ask(drift.actor, "what it is for.")] if drift.actor else []),
            _ISOLATE,
            undo,
        ),
        origin=(f"CloudTrail event {clean(drift.event_id)} ({drift.kind.value})",),
    )
