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
from rootguard.notify.phrases import IN_FORCE, NO_EVENT_YET, capital, clean, duration_label, time_label
from rootguard.notify.story import LASTING, Story, first_sentence, is_it_safe, what

_OUTCOMES = {
    Result.UNDONE: (Kind.UNDONE, "UNDONE"),
    Result.ALREADY_UNDONE: (Kind.ALREADY_UNDONE, "ALREADY UNDONE"),
    Result.NOT_UNDONE: (Kind.NOT_UNDONE, "NOT UNDONE"),
    Result.WATCHED: (Kind.WATCHED, "NOT TOUCHED"),
    Result.REFUSED: (Kind.REFUSED, "REFUSED"),
}
_HALF_UNDONE = "ENABLED AGAIN, NOT SAFE YET"
HEADLINES = (*(headline for _, headline in _OUTCOMES.values()), _HALF_UNDONE)  # the outcomes in capitals
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
_TRUSTABLE = {"AssumedRole": "the role", "IAMUser": "the user"}
"""Who can be one of `trusted_principals`: neither a root user nor a service has an ARN of IAM's."""
_AS_ROOT_USER = "If that is refused too, sign in as the management account's root user: no SCP binds it."
_FOUND_IN = (
    "What it said before is in your repository, or in CloudTrail's last record of it before this one, "
    "UpdatePolicy or CreatePolicy."
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
    by = f"By {phrases.actor_label(drift.actor)}" if drift.actor else capital(NO_EVENT_YET)
    lasted = _exposure(story)
    # ", after 19 s", but ", in force at most 19 s".
    after = f", {'after' if lasted[0].isdigit() else 'in force'} {lasted}" if lasted else ""
    page = Page(
        kind=kind,
        severity=_severity(story),
        about=clean(incident.id),
        at=drift.at,
        headline=f"{headline}{_ADDED.get(story.stage, '')}",
        title=what(story),
        sentences=(first_sentence(story), is_it_safe(story)),
        aside=f"{after}. {by}",
        safe=incident.is_safe,
        fields=facts(*_what_and_where(story), _who(story), *_when(story), ("Reached", _reached(story))),
        statements=_statements(story),
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
    return Severity.CRITICAL if failed or (story.is_lockout and not story.is_undone) else Severity.ERROR


def _over(story: Story, page: Page) -> Page:
    """Return the page of an incident that a sweep found over.

    Rootguard knows when it undid something. What others undid was undone at some time before the sweep.
    """
    lasted = _not_in_force(story) or _exposure(story) or f"at most {duration_label(page.at - story.drift.at)}"
    when = (("When", time_label(story.drift.at)), (IN_FORCE, lasted), ("Clean", time_label(page.at)))
    return replace(
        page,
        kind=Kind.CLEAN,
        headline="CLEAN",
        sentences=(f"It is over: {page.title}.", "It is safe now, and the incident is closed."),
        aside=f", in force {lasted}",
        fields=facts(*_what_and_where(story), _who(story), *when),
        steps=("Nothing. `rootguard incident report` drafts the post-mortem.",),
    )


def _put_back(story: Story, page: Page) -> Page:
    """Return the page of what was approved after all: its event came late."""
    late, then = "The event came late, and shows that it was approved.", "It stays as it is."
    if story.is_undone:
        again = {
            ChangeKind.ATTACHED: f"Rootguard attached the {story.named()} to {story.place} again.",
            ChangeKind.DETACHED: f"Rootguard detached the {story.named()} from {story.place} again.",
        }
        late = f"A sweep undid it before its event came. {late}"
        then = again.get(story.kind, "Rootguard put it back.")
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
    drift, place, target_id, found = story.drift, story.place, story.incident.target_id, story.policy
    name = clean(found.name) if found and found.name else "name unknown"
    kind, denies = phrases.type_label(found.type) if found else "", phrases.denies_label(found)
    lockout = f"; {denies}: a lockout" if kind and denies else ""
    accepted = (action.policy.name for action in story.incident.done if isinstance(action, Restore))
    was = (f'called "{clean(old)}" again' for old in accepted if old and found and old != found.name)
    policy = (f"{name} ({drift.policy_id})", kind + lockout, *was) if drift.policy_id else ()
    moved = f"moved from {drift.source_id} to {drift.destination_id}" if drift.source_id else ""
    where = place if target_id in place else f"{place} ({target_id})"
    return ("Policy", *policy), ("Where", where, moved), ("Service", clean(drift.service))


def _who(story: Story) -> tuple[str, ...]:
    actor = story.drift.actor
    if actor is None:
        return "By", f"not known: {NO_EVENT_YET}"
    came = (clean(actor.session or ""), phrases.how_label(actor)) if actor.arn is not None else ()
    return "By", phrases.actor_label(actor), *came


def _when(story: Story) -> tuple[tuple[str, ...], ...]:
    is_seen, times, lasted = story.drift.actor is None, story.incident.times, _exposure(story)
    if lasted:
        lasted += ": no event has said since when" if is_seen else ""
    else:
        lasted = "since then" if story.kind in LASTING else "since then, and still is"
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
    return "until it was approved of" if approved else ""


def _exposure(story: Story) -> str:
    """Return how long it was in force, begun with a word if that is only a bound; empty while it is."""
    exposure = story.incident.exposure
    bound = "at most " if story.incident.result is Result.ALREADY_UNDONE else ""
    if story.drift.actor is None:
        bound = "longer than "
    return f"{bound}{duration_label(exposure)}" if exposure is not None else ""


def _origin(story: Story) -> tuple[str, ...]:
    verdict, event_id = story.incident.verdict, clean(story.drift.event_id)
    found = f"CloudTrail event {event_id}" if event_id else capital(NO_EVENT_YET)
    held = "No protection" if verdict.protection is None else f'Protection "{clean(verdict.protection)}"'
    blind = "The ledger did not answer: nobody looked at what was accepted, nor at exceptions."
    return (
        f"{found} ({story.kind.value})",
        f"{held}, rule {verdict.reason.rule} ({verdict.reason.value})",
        *([] if story.incident.remembered else [blind]),
    )


def _statements(story: Story) -> tuple[str, ...]:
    """Return the statements that decide how much is denied; all of them if none does."""
    policy = story.policy
    found = evidence(policy.content, policy.type, policy.organization_id) if policy else ()
    deciding = tuple(statement.text for statement in found if statement.decides)
    return deciding or tuple(statement.text for statement in found)


def _steps(story: Story) -> tuple[str, ...]:
    """Return the steps, one sentence or two each."""
    command = _by_hand(story)
    there = f"from the management account{f': {command}' if command else '.'}"
    log = "Then read the function's log for why Rootguard could not"
    if story.is_undecided:
        look = f"Look at {story.place} now. If the change is not meant, undo it {there}"
        refused = (_AS_ROOT_USER,) if command else ()
        return (look, *refused, *_content(story), f"{log} decide.", _ask(story))
    match story.incident.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            back = () if story.incident.is_safe else (_bring_back(story),)
            check = "Check what failed meanwhile in the accounts that it reached."
            return (*back, _ask(story), check, _approve(story))
        case Result.NOT_UNDONE:
            first = _anew(story) if story.is_policy_gone else (f"Undo it now, {there}", _AS_ROOT_USER)
            return (*first, *_content(story), f"{log}.", _ask(story))
        case Result.WATCHED:
            return (*_left(story, command), _ask(story))
        case Result.REFUSED:
            return (_ask(story),)


def _by_hand(story: Story) -> str | None:
    """Return the command that undoes it by hand, if one can work. A lockout is detached first."""
    drift, target_id = story.drift, story.incident.target_id
    is_unplaced = drift.kind is ChangeKind.ACCOUNT_MOVED and not drift.source_id
    if not target_id or story.is_policy_gone or is_unplaced or drift.kind not in _BY_HAND:
        return None
    if drift.kind is ChangeKind.UPDATED and not story.is_lockout:
        return _GIVE_BACK.format(drift.policy_id)
    return "aws organizations " + _BY_HAND[drift.kind].format(drift=drift, target_id=target_id)


def _left(story: Story, command: str | None) -> tuple[str, ...]:
    obstacle = story.incident.verdict.obstacle
    if story.incident.ends_lockout:
        off = story.kind is ChangeKind.DETACHED
        forgotten = " Rootguard does not accept it there any more." if off else ""
        return (f"Nothing, if ending the lockout was intended.{forgotten}",)
    if obstacle is Obstacle.APPROVED_SINCE:
        return ("Nothing is to be undone: it was approved of afterwards.",)
    if story.kind is ChangeKind.UNIT_DELETED:
        return (f"Take {clean(story.incident.target_id)} out of guardrail.yaml, and deploy.",)
    if story.is_policy_gone:
        return _anew(story)
    stop = ("Find out what keeps doing it, and stop that first.",) if obstacle is Obstacle.FIGHT else ()
    return (*stop, f"If it is not meant: {command}", *_content(story)) if command else stop


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
        return "Ask who runs the account: is it meant? From now on no policy of the organization binds it."
    if story.drift.actor is None:
        return "Find out who did it, in CloudTrail's event history: no event of it has come here yet."
    question = "a mistake, or a stolen credential? If nobody knows, treat it as stolen."
    return phrases.ask(story.drift.actor, question)


def _content(story: Story) -> tuple[str, ...]:
    """Return the step that says what an edited policy is given back, and where that is found."""
    if story.kind is not ChangeKind.UPDATED or story.is_policy_gone or not story.incident.target_id:
        return ()
    if not story.is_lockout:
        return (_FOUND_IN,)
    command = _GIVE_BACK.format(story.drift.policy_id)
    again = f"Once it is detached, give it its content back, and attach it again: {command}"
    return (again, _FOUND_IN)


def _bring_back(story: Story) -> str:
    restoring = story.incident.restoring
    if restoring is None:
        return f"Attach your {phrases.types_label(story.drift.policy_type)} again, Root's first."
    return (
        "See in the restore function's log how many are attached again. They are those that Rootguard last "
        f"saw at {time_label(restoring.seen_at)}: attach by hand what is newer."
    )


def _approve(story: Story) -> str:
    """Return how it is let through the next time. On Root nobody is trusted with a lockout."""
    drift, actor, edited = story.drift, story.drift.actor, story.kind is ChangeKind.UPDATED
    if story.is_lockout and story.incident.at_root and story.kind in PLACINGS:
        # An exception is for what a policy says when it is granted, which is before an edit.
        what_where = f"--policy {'ITS-ID' if edited else drift.policy_id} --target {story.incident.target_id}"
        command = f'`rootguard exception grant {what_where} --for 2h --reason "WHY"`'
        if edited:
            own = "put it into a policy of its own, have someone else grant an exception for that"
            return f"If it was meant: {own} ({command}), and attach it."
        return f"If it was meant: have someone else grant an exception ({command}), and do it again."
    trustable = _TRUSTABLE.get(actor.kind) if actor and actor.arn else None
    ways = {
        f"add {drift.policy_id} to `allow`": story.kind is ChangeKind.ATTACHED,
        "take the pin out of `pin_accounts`": story.kind is ChangeKind.ACCOUNT_MOVED,
        f"add {trustable} to `trusted_principals`": trustable,
    }
    open_ways = " or ".join(way for way, is_open in ways.items() if is_open)
    if not open_ways:
        return "If it was meant: have it done by one of `trusted_principals` in guardrail.yaml."
    return f"If it was meant: {open_ways} in guardrail.yaml, deploy, and do it again."
