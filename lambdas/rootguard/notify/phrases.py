"""The phrases that every form of a page shares: who, what, where, how long."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from rootguard.cloudtrail.read import UNKNOWN
from rootguard.domain.drift import Actor
from rootguard.domain.policy import (
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    Policy,
    is_account_id,
    is_root_id,
)
from rootguard.lockout.classification import classify
from rootguard.lockout.judgement import Denial

_SHORT_TYPES = {SERVICE_CONTROL_POLICY: "SCP", RESOURCE_CONTROL_POLICY: "RCP"}
_TYPE_NAMES = {
    "AISERVICES_OPT_OUT_POLICY": "AI services opt-out policy",
    "BEDROCK_POLICY": "Amazon Bedrock policy",
    "CHATBOT_POLICY": "chat applications policy",
    "DECLARATIVE_POLICY_EC2": "declarative policy for EC2",
    "GUARDDUTY_POLICY": "Amazon GuardDuty policy",
    "INSPECTOR_POLICY": "Amazon Inspector policy",
    "S3_POLICY": "Amazon S3 policy",
    "SECURITYHUB_POLICY": "Security Hub policy",
}
"""Types whose names are not their words ("Managing organization policies", AWS Organizations User Guide)."""
# Controls, line and paragraph separators, and format characters (which can turn text around).
_UNPRINTABLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_EXEMPT_LIMIT = 3
_CUT_SIGN_LIMIT = 32
TRUSTABLE = {"AssumedRole": "role", "IAMUser": "user"}
"""Who can be one of `trusted_principals`: neither a root user nor a service has an ARN of IAM's."""
_NAMELESS = {
    UNKNOWN: "someone whom the record does not name",
    "AWSService": "a service that the record does not name",
}

NO_EVENT_YET = "found by a sweep; its event has not arrived yet"  # what is said in place of who did it
STOLEN = "If nobody can explain it, treat the credential as stolen"
IN_FORCE = "In force"  # the label of how long a change was in force
STILL_IN_FORCE = "still in force"
AT_ONCE = "now"  # how a line ends whose command is in the steps


def clean(text: str) -> str:
    """Return `text` on one line, without characters that could forge another line of a page."""
    return "".join("?" if unicodedata.category(c) in _UNPRINTABLE else c for c in text)


def cut(text: str, limit: int) -> str:
    """Return the text in at most `limit` bytes of UTF-8, never empty; it says how much is left out."""
    whole = text.encode("utf-8", "replace")
    if len(whole) <= limit:
        return whole.decode() if text.strip() else "-"
    kept = whole[: limit - _CUT_SIGN_LIMIT].decode("utf-8", "ignore")
    return f"{kept}… (+{len(text) - len(kept)} characters)"


def brief(name: str, limit: int = 28) -> str:
    """Return a name for a line that has little room."""
    return name if len(name) <= limit else f"{name[: limit - 2]}.."


def label_of(policy: Policy | None, policy_id: str, *, with_id: bool = False) -> str:
    """Return a policy as people name it; by its id if it could not be read."""
    if policy is None:
        return f"policy {clean(policy_id)}"
    kind = _SHORT_TYPES.get(policy.type) or type_label(policy.type) or "policy"
    known_id = f" ({policy.id})" if with_id else ""
    return f'{kind} "{clean(policy.name)}"{known_id}' if policy.name else f"{kind} {policy.id}"


def target_label(target_id: str, name: str | None = None) -> str:
    """Return a target as people name it: Root, an OU or an account, with its name if that is known."""
    if not target_id:
        return "the organization"
    if is_root_id(target_id):
        return "Root"
    kind = "account" if is_account_id(target_id) else "OU"
    return f'{kind} "{clean(name)}"' if name else f"{kind} {clean(target_id)}"


def who_label(name: str) -> str:
    """Return a name that someone goes by. IAM takes no backtick in one: it would pass for code."""
    return clean(name).replace("`", "'")


def actor_label(actor: Actor | None) -> str:
    """Return who acted, in words: a role with its session, a user, a root user, a service."""
    if actor is None:
        return "someone whom no event has named yet"
    kind, name = actor.kind, who_label((actor.arn or "").rpartition("/")[2])
    if kind == "Root":
        account = (actor.arn or "").split(":")[4:5]
        return f"the root user of account {who_label(account[0])}" if account else "the root user"
    if kind == "AWSService" and not name and actor.source_ip:
        return f"the service {who_label(actor.source_ip)}"
    if not name:
        return _NAMELESS.get(kind, f"{who_label(kind)} without a name in the record")
    session = who_label((actor.session or "").rpartition("/")[2]) if kind == "AssumedRole" else ""
    label = f"{TRUSTABLE.get(kind, who_label(kind))} {name}"
    return f"{session} ({label})" if session else label


def ask(actor: Actor, question: str) -> str:
    """Return the step that asks who acted. A service has no mind of its own: someone had it act."""
    who = actor_label(actor)
    if actor.kind not in ("AWSService", UNKNOWN):
        return f"Ask {who} {question}"
    did = "did it" if actor.kind == UNKNOWN else f"had {who} do it"
    return f"Find out in CloudTrail's records just before who {did}, and {question}"


def how_label(actor: Actor) -> str:
    """Return from where and by which way the call came."""
    origin = f"from {clean(actor.source_ip)}" if actor.source_ip else "from an unknown address"
    way = "in the console" if actor.from_console else "by API or CLI"
    mfa = {True: "with MFA", False: "without MFA", None: "MFA not recorded"}[actor.mfa]
    return f"{origin}, {way}, {mfa}"


def numbered(steps: Iterable[str]) -> list[str]:
    """Return steps with their numbers; a step's command keeps a line of its own, so that it can be pasted."""
    return [f"{number}. {step}".replace("\n", "\n     ") for number, step in enumerate(steps, start=1)]


def duration_label(duration: timedelta) -> str:
    """Return a duration in its two largest units, such as "25 min 3 s"."""
    minutes, seconds = divmod(max(round(duration.total_seconds()), 0), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def time_label(at: datetime) -> str:
    """Return a UTC time to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def type_label(policy_type: str) -> str:
    """Return a policy type in words, such as "service control policy"."""
    return _TYPE_NAMES.get(policy_type) or clean(policy_type).lower().replace("_", " ")


def types_label(policy_type: str) -> str:
    """Return all policies of a type in words, such as "SCPs"."""
    short = _SHORT_TYPES.get(policy_type)
    return f"{short}s" if short else type_label(policy_type).replace("policy", "policies")


def denies_label(policy: Policy | None, at: datetime) -> str | None:
    """Return how much a policy denies from a moment on, in words for "it …"; None if that is no lockout."""
    found = classify(policy.content, policy.type, policy.organization_id, at=at) if policy else None
    if policy is None or found is None or found.denial is not Denial.TOTAL:
        return None
    names = [clean(name) for name in found.exempt[:_EXEMPT_LIMIT]]
    left = len(found.exempt) + found.more - len(names)
    exempt = ", ".join([*names, f"{left} more"] if left else names)
    return lockout_label(policy.type) + (f" but {exempt}" if exempt else "")


def lockout_label(policy_type: str) -> str:
    """Return what a lockout does, in words that complete "it …"; an RCP governs some services only."""
    return "locks everyone out" if policy_type == RESOURCE_CONTROL_POLICY else "denies everything to everyone"


def capital(text: str) -> str:
    """Return the words as a sentence begins."""
    return text[:1].upper() + text[1:]
