"""What AWS sends in its own layout, past all code of Rootguard's: the words of alarms and of tamper notices.

An alarm's e-mail holds its description, its SMS and its subject the name only. A notice of tampering is one
line, for e-mail and SMS alike. `rootguard preview` shows both from the same words.
"""

from typing import Final

from rootguard.notify.messages import LIST_ROOT, TAMPERED

# The command is on a line of its own, so that it can be pasted from the e-mail.
LOOK_FIRST: Final = (
    "First look at the policies on Root and on the protected targets: detach what does not belong there, "
    f"attach what is missing. This lists the SCPs on Root:\n{LIST_ROOT}"
)


def sweeps_missing(every_minutes: int) -> str:
    """The description of the alarm that no sweep was completed."""
    return (
        f"No sweep was completed in {3 * every_minutes} minutes: the guard is off or fails, or "
        f"Organizations does not answer it. {LOOK_FIRST}\nThen see whether the schedule, the function "
        "and its role are still there, and read the function's log. An OK follows once it sweeps again. "
        "Right after the first deployment this only says that it has not begun."
    )


def events_missing(every_minutes: int) -> str:
    """The description of the alarm that no event came, not even of the sweeps' own reads."""
    return (
        f"CloudTrail no longer reaches EventBridge: no event came in {3 * every_minutes} minutes, not even "
        "of the sweeps' own reads. Until one comes, only sweeps find a lockout, and nobody is named. "
        f"{LOOK_FIRST}\nThen run `rootguard doctor`: a trail was stopped or deleted, logs no management "
        "events, or the rule is disabled. If SweepsMissing rings as well, begin there. An OK follows once "
        "events come again. Right after the first deployment this only says that none has come yet."
    )


def described(description: str, organization: str | None) -> str:
    """An alarm's description, which begins with the organization's name if it has one."""
    return f"[{organization}] {description}" if organization else description


def tamper_notice(  # noqa: PLR0913 - what a record says of a call
    *,
    what: str,
    service: str,
    parts: str,
    who: str,
    source: str,
    at: str,
    error: str,
    event_id: str,
    organization: str | None,
) -> str:
    """The notice of a call on a part of Rootguard. What the record does not have is left out of it."""
    named = f" Organization: {organization}." if organization else ""
    return (
        f"{TAMPERED}{what} ({service}) on {parts} by {who} from {source} at {at}. "
        "It may NOT be safe: Rootguard may be blind. If nobody planned it, treat that credential as stolen, "
        f"list the policies on Root now, and deploy Rootguard again.{named} CloudTrail event {event_id}. "
        f"AWS refused the call if an error follows: {error}"
    )
