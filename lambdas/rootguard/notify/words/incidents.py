"""The page of an incident: the whole story and what to do, in the order in which a woken person asks."""

from __future__ import annotations

from dataclasses import replace

from rootguard.domain.drift import PLACINGS, ChangeKind
from rootguard.domain.remedy import Restore
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.lockout.classification import evidence
from rootguard.notify import phrases
from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import AT_ONCE, IN_FORCE, brief, capital, clean, duration_label, time_label
from rootguard.notify.story import Story, first_sentence, is_it_safe, what
from rootguard.notify.words.grants import grants

_OUTCOMES = {
    Result.UNDONE: (Kind.UNDONE, "UNDONE"),
    Result.ALREADY_UNDONE: (Kind.ALREADY_UNDONE, "ALREADY UNDONE"),
    Result.NOT_UNDONE: (Kind.NOT_UNDONE, "NOT UNDONE"),
    Result.WATCHED: (Kind.WATCHED, "NOT TOUCHED"),
    Result.REFUSED: (Kind.REFUSED, "REFUSED"),
}
_HALF_UNDONE = "ENABLED AGAIN, NOT SAFE YET"
_ADDED = {Stage.ATTRIBUTED: ", ACTOR KNOWN", Stage.AGAIN: ", ONCE MORE"}
"""What a headline adds at some stages."""
_BY_HAND = {
    ChangeKind.ATTACHED: "detach-policy --policy-id {drift.policy_id} --target-id {target_id}",
    ChangeKind.UPDATED: "detach-policy --policy-id {drift.policy_id} --target-id {target_id}",
    ChangeKind.DETACHED: "attach-policy --policy-id {drift.policy_id} --target-id {target_id}",
    ChangeKind.TYPE_DISABLED: "enable-policy-type --root-id {target_id} --policy-type {drift.policy_type}",
    ChangeKind.ACCOUNT_MOVED: "move-account --account-id {target_id} "
    "--source-parent-id {drift.destination_id} --destination-parent-id {drift.source_id}",
}
_GIVE_BACK = "aws organizations update-policy --policy-id {} --content file://AS-IT-WAS.json"
_AT_ONCE = {
    ChangeKind.ATTACHED: f". Detach {{}} {AT_ONCE}",
    ChangeKind.UPDATED: f". Detach {{}} {AT_ONCE}",
    ChangeKind.DETACHED: f". Attach {{}} again {AT_ONCE}",
}
"""What a line says to do about a lockout in force. The command for it is in the steps."""
_AS_ROOT_USER = (
    "If AWS refuses that too, sign in as the management account's root user: no SCP applies to it."
)
_FOUND_IN = (
    "Save what the policy said before as AS-IT-WAS.json. It is in your repository, or in CloudTrail's last "
    "UpdatePolicy or CreatePolicy record of it before this one."
)


def page(story: Story) -> Page:
    """Return the page of an incident at its stage."""
    incident, drift = story.incident, story.drift
    kind, headline = _OUTCOMES[incident.result]
    if story.is_undecided:
        kind, headline = Kind.NOT_UNDONE, "UNDECIDED"
    elif story.is_undone and not incident.is_safe:
        # Only a policy type comes back in part; whoever reads no more than this must not go back to sleep.
        headline = _HALF_UNDONE
    by = f"By {phrases.actor_label(drift.actor)}" if drift.actor else capital(phrases.NO_EVENT_YET)
    lasted = _exposure(story)
    # ", after 19 s", but ", in force at most 19 s".
    after = f", {'after' if lasted[0].isdigit() else 'in force'} {lasted}" if lasted else ""
    title, aside = what(story), f"{after}. {by}"
    if story.is_lockout and story.is_in_force and story.stage in WAKING and story.kind in _AT_ONCE:
        title, at_once = _locked_out(story)
        # What was approved would come back if someone who is not trusted undid it at once.
        aside = f". {by}" if incident.verdict.obstacle is Obstacle.APPROVED else at_once
    page = Page(
        kind=kind,
        severity=_severity(story),
        about=clean(incident.id),
        at=drift.at,
        headline=f"{headline}{_ADDED.get(story.stage, '')}",
        title=title,
        sentences=(first_sentence(story), is_it_safe(story)),
        aside=aside,
        safe=incident.is_safe,
        fields=facts(
            *_what_and_where(story),
            who(story),
            *_when(story),
            ("Reached", _reached(story)),
            ("Grants", *(grants(written) if (written := story.around.resource_policy) is not None else ())),
        ),
        statements=statements(story),
        steps=_steps(story),
        origin=_origin(story),
    )
    if story.stage in WAKING:
        return page
    at = story.closed_at or drift.at
    page = replace(page, severity=Severity.INFO, at=at, safe=True, statements=())
    return _put_back(story, page) if story.stage is Stage.PUT_BACK else _over(story, page)


def _severity(story: Story) -> Severity:
    """Return how dangerous it is as it is now, whatever kept Rootguard from undoing it."""
    incident = story.incident
    if incident.result is Result.REFUSED or (story.stage is Stage.ATTRIBUTED and story.is_undone):
        return Severity.INFO  # Nothing changed; or people were woken before, and who did it can wait.
    if incident.is_safe:
        return Severity.WARNING
    failed = story.is_undecided or incident.result is Result.NOT_UNDONE
    return Severity.CRITICAL if failed or (story.is_lockout and story.is_in_force) else Severity.ERROR


def _locked_out(story: Story) -> tuple[str, str]:
    """Return the title of a lockout in force, and what a line adds to it: what to know first, what to do."""
    reach = _reached(story).partition(" (")[0] if story.around.reach.accounts is not None else ""
    where = phrases.target_label(story.incident.target_id, brief(story.around.target_name or ""))
    if also := len(story.incident.verdict.also):
        where = f"{also + 1} targets"
    state = "may be LOCKED OUT" if story.is_undecided else "LOCKED OUT"
    policy = brief(story.named().replace('"', ""))
    return f"{where} {state}{f', {reach}' if reach else ''}", _AT_ONCE[story.kind].format(policy)


def _over(story: Story, page: Page) -> Page:
    """Return the page of an incident that a sweep found over; others undid it some time before."""
    lasted = _not_in_force(story) or _exposure(story) or f"at most {duration_label(page.at - story.drift.at)}"
    when = (("When", time_label(story.drift.at)), (IN_FORCE, lasted), ("Clean", time_label(page.at)))
    return replace(
        page,
        kind=Kind.CLEAN,
        headline="CLEAN",
        sentences=(f"It is over: {page.title}.", "It is safe now, and the incident is closed."),
        aside=f", in force {lasted}",
        fields=facts(*_what_and_where(story), who(story), *when),
        steps=(f"Nothing. This drafts the post-mortem:\nrootguard incident report {page.about}",),
    )


def _put_back(story: Story, page: Page) -> Page:
    """Return the page of what was approved after all: its event came late."""
    late, then = "Its event came late, and shows that it was approved.", "It stays as it is."
    if story.is_undone:
        late, then = f"A sweep undid it before its event came. {late}", "Rootguard put it back."
    return replace(
        page,
        kind=Kind.PUT_BACK,
        headline="PUT BACK",
        sentences=(
            f"{capital(page.title)}. {late} {then}",
            "It is safe now, and the incident is closed: nobody did anything wrong.",
        ),
        aside=". It was approved",
        fields=facts(
            *_what_and_where(story),
            ("When", f"found at {time_label(story.drift.at)}"),
            ("Put back", time_label(page.at)),
        ),
        steps=("Nothing. If it happens often, find out why CloudTrail's events come late.",),
        origin=page.origin[1:],
    )


def _what_and_where(story: Story) -> tuple[tuple[str, ...], ...]:
    """Return the policy, the target and the service, as far as the change names them."""
    drift, place, target_id = story.drift, story.place, story.incident.target_id
    policy = policy_facts(story) if drift.policy_id else ()
    moved = f"moved from {drift.source_id} to {drift.destination_id}" if drift.source_id else ""
    where, also = place if target_id in place else f"{place} ({target_id})", len(story.incident.verdict.also)
    more = f"and {also} more {'target' if also == 1 else 'targets'} of the policy" if also else ""
    return ("Policy", *policy), ("Where", where, more, moved), ("Service", clean(drift.service))


def policy_facts(story: Story) -> tuple[str, ...]:
    """Return the policy's name and id, its type, whether it is a lockout, and its accepted name."""
    found, denies = story.policy, phrases.denies_label(story.policy, story.drift.at)
    name = clean(found.name) if found and found.name else "name unknown"
    kind = phrases.type_label(found.type) if found else ""
    lockout = f"; {denies}: a lockout" if kind and denies else ""
    accepted = (action.policy.name for action in story.incident.done if isinstance(action, Restore))
    was = (f'called "{clean(old)}" again' for old in accepted if old and found and old != found.name)
    return (f"{name} ({story.drift.policy_id})", kind + lockout, *was)


def who(story: Story) -> tuple[str, ...]:
    """Return the fact of who did it: a label and its lines."""
    actor = story.drift.actor
    if actor is None:
        return "By", f"not known: {phrases.NO_EVENT_YET}"
    if actor.arn is None:
        return "By", phrases.actor_label(actor)
    # The ARN of a session lacks its role's path, and is refused in `trusted_principals`.
    role = f"role ARN {clean(actor.arn)}" if actor.kind == "AssumedRole" else ""
    return "By", phrases.actor_label(actor), role, clean(actor.session or ""), phrases.how_label(actor)


def _when(story: Story) -> tuple[tuple[str, ...], ...]:
    is_seen, times, lasted = story.drift.actor is None, story.incident.times, _exposure(story)
    if lasted:
        lasted += ": no event has said since when" if is_seen else ""
    else:
        lasted = phrases.STILL_IN_FORCE
    return (
        ("When", f"{'found at ' if is_seen else ''}{time_label(story.drift.at)}"),
        ("How often", f"{times} times" if times > 1 else ""),
        (IN_FORCE, _not_in_force(story) or lasted),
    )


def _reached(story: Story) -> str:
    """Return how many accounts it reached; empty if it happened to no target."""
    reach = story.around.reach
    if story.incident.result is Result.REFUSED:
        return "none"
    if not story.incident.target_id:
        return ""
    if reach.accounts is None:
        return "an unknown number of accounts (they could not be counted)"
    if not reach.complete:
        return f"more than {reach.accounts} accounts (counting was cut short)"
    return "1 account" if reach.accounts == 1 else f"{reach.accounts} accounts"


def _not_in_force(story: Story) -> str:
    if story.incident.result is Result.REFUSED:
        return "not at all"
    if story.incident.ends_lockout:
        return "not at all: it ended a lockout"
    approved = story.incident.verdict.obstacle is Obstacle.APPROVED_SINCE
    return "until it was approved" if approved else ""


def _exposure(story: Story) -> str:
    """Return how long it was in force, begun with a word if that is only a bound; empty while it is."""
    exposure = story.incident.exposure
    bound = "at most " if story.incident.result is Result.ALREADY_UNDONE else ""
    if story.drift.actor is None:
        bound = "longer than "
    return f"{bound}{duration_label(exposure)}" if exposure is not None else ""


def _origin(story: Story) -> tuple[str, ...]:
    verdict, event_id = story.incident.verdict, clean(story.drift.event_id)
    found = f"CloudTrail event {event_id}" if event_id else capital(phrases.NO_EVENT_YET)
    held = "No protection" if verdict.protection is None else f'Protection "{clean(verdict.protection)}"'
    blind = "The ledger did not answer: nobody looked at what was accepted, nor at exceptions."
    return (
        f"{found} ({story.kind.value})",
        f"{held}, rule {verdict.reason.rule} ({verdict.reason.value})",
        *([] if story.incident.remembered else [blind]),
    )


def statements(story: Story) -> tuple[str, ...]:
    """Return the statements that decide how much is denied; all of them if none does."""
    policy = story.policy
    found = evidence(policy.content, policy.type, policy.organization_id, at=story.drift.at) if policy else ()
    deciding = tuple(statement.text for statement in found if statement.decides)
    return deciding or tuple(statement.text for statement in found)


def _steps(story: Story) -> tuple[str, ...]:
    """Return the steps, a sentence or two each; a command is on a line of its own below its step."""
    log = "Then read the guard's log to see why it could not"
    if story.is_undecided:
        lead = f"Look at {story.place} now. Unless it is intended, undo it from the management account"
        return (*_undo(story, lead, refused=True), f"{log} decide.", _ask(story))
    match story.incident.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            back = () if story.incident.is_safe else (_bring_back(story),)
            check = "Check the accounts that it reached for calls that failed meanwhile."
            return (*back, _ask(story), check, _approve(story))
        case Result.NOT_UNDONE:
            lead = "Undo it now, from the management account"
            first = _anew(story) if story.is_policy_gone else _undo(story, lead, refused=True)
            return (*first, f"{log} undo it.", _ask(story))
        case Result.WATCHED:
            return (*_left(story), _ask(story))
        case Result.REFUSED:
            return (_ask(story),)


def _undo(story: Story, lead: str, *, refused: bool = False) -> tuple[str, ...]:
    """Return the steps that undo it by hand. `lead` ends before the command."""
    command, policy_id, target_id = _by_hand(story), story.drift.policy_id, story.incident.target_id
    if command is None:
        return (f"{lead}.",)
    first = (f"{lead}:\n{command}", *((_AS_ROOT_USER,) if refused else ()))
    if story.kind is not ChangeKind.UPDATED:
        return first
    if not story.is_lockout:
        return (_FOUND_IN, *first)
    attach = _BY_HAND[ChangeKind.DETACHED].format(drift=story.drift, target_id=target_id)
    give_back = f"Give the policy that content back:\n{_GIVE_BACK.format(policy_id)}"
    return (*first, _FOUND_IN, give_back, f"Attach it again:\naws organizations {attach}")


def _by_hand(story: Story) -> str | None:
    """Return the command that undoes it by hand, if one can work. A lockout is detached first."""
    drift, target_id = story.drift, story.incident.target_id
    is_unplaced = drift.kind is ChangeKind.ACCOUNT_MOVED and not drift.source_id
    if not target_id or story.is_policy_gone or is_unplaced or drift.kind not in _BY_HAND:
        return None
    if drift.kind is ChangeKind.UPDATED and not story.is_lockout:
        return _GIVE_BACK.format(drift.policy_id)
    return "aws organizations " + _BY_HAND[drift.kind].format(drift=drift, target_id=target_id)


def _left(story: Story) -> tuple[str, ...]:
    obstacle = story.incident.verdict.obstacle
    if story.incident.ends_lockout:
        off = story.kind is ChangeKind.DETACHED
        forgotten = " Rootguard does not accept it there any more." if off else ""
        return (f"Nothing, if ending the lockout was intended.{forgotten}",)
    if obstacle is Obstacle.APPROVED_SINCE:
        return ("Nothing: it was approved afterwards.",)
    if story.kind is ChangeKind.UNIT_DELETED:
        return (f"Take {clean(story.incident.target_id)} out of guardrail.yaml, and deploy.",)
    if story.is_policy_gone:
        return _anew(story)
    stop = ("Find out what keeps doing it, and stop that first.",) if obstacle is Obstacle.FIGHT else ()
    lead = "Unless it is intended, undo it now from the management account"
    if obstacle is Obstacle.APPROVED:
        lead += ", as a trusted principal or by an exception, since it is accepted there"
    return (*stop, *(_undo(story, lead) if _by_hand(story) else ()))


def _anew(story: Story) -> tuple[str, ...]:
    """Return what to do about a policy that does not exist any more: no command on it can work."""
    if story.kind is ChangeKind.ATTACHED:
        return ("The policy does not exist any more, so it is attached nowhere: see that no other one is.",)
    attach = f", and attach it to {story.place}" if story.incident.target_id else ""
    return (
        f"If the policy is still needed, create it anew with the content that was accepted{attach}.",
        "It is in your repository, or in CloudTrail's last UpdatePolicy or CreatePolicy record of it.",
    )


def _ask(story: Story) -> str:
    if story.kind is ChangeKind.ACCOUNT_DEPARTED:
        return "Ask who runs the account whether it was intended: no policy of the organization binds it now."
    if story.drift.actor is None:
        return "Find out who did it in CloudTrail's event history: its event has not arrived here yet."
    return phrases.ask(story.drift.actor, f"whether this was a mistake. {phrases.STOLEN}.")


def _bring_back(story: Story) -> str:
    restoring = story.incident.restoring
    if restoring is None:
        return f"Attach your {phrases.types_label(story.drift.policy_type)} again, Root's first."
    seen = f"They are those that Rootguard last saw at {time_label(restoring.seen_at)}"
    return f"See in the restore function's log what is attached again. {seen}: attach by hand what is newer."


def _approve(story: Story) -> str:
    """Return how it is let through the next time. On Root nobody is trusted with a lockout."""
    drift, actor = story.drift, story.drift.actor
    if story.is_lockout and story.incident.at_root and story.kind in PLACINGS:
        grant = "have someone else grant an exception for it"
        if story.kind is ChangeKind.UPDATED:
            # An exception is for what a policy says when it is granted, which is before an edit.
            return f"If it was intended: write it as a new policy, {grant}, then attach that one."
        command = f"--policy {drift.policy_id} --target {story.incident.target_id} --for 2h"
        command = f'rootguard exception grant {command} --reason "WHY"'
        return f"If it was intended: {grant}, then do it again:\n{command}"
    arn = phrases.who_label(actor.arn) if actor and actor.arn and actor.kind in phrases.TRUSTABLE else ""
    ways = {
        f"add {drift.policy_id} to `allow`": story.kind is ChangeKind.ATTACHED,
        "take the pin out of `pin_accounts`": story.kind is ChangeKind.ACCOUNT_MOVED,
        f"add {arn} to `trusted_principals`": arn,
    }
    open_ways = " or ".join(way for way, is_open in ways.items() if is_open)
    if not open_ways:
        return "If it was intended: have one of the `trusted_principals` in guardrail.yaml do it."
    return f"If it was intended: {open_ways} in guardrail.yaml, deploy, then do it again."
