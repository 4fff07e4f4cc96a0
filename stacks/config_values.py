"""What one value of guardrail.yaml may be: ids, ARNs and addresses, each with its fix.

Each check takes the text and returns it, or raises with what is wrong and what would be right.
The patterns are also what guardrail.schema.json publishes, so they keep to the part of regular
expressions that Python and JavaScript share. Sources: the Organizations API reference
(Policy, OrganizationalUnit, Root, Account), the IAM guide on identifiers, and ITU E.164.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import NoReturn

from pydantic_core import PydanticCustomError

from rootguard.domain.policy import FULL_ACCESS
from rootguard.rehearsal.calendar import in_order

Check = Callable[[str], str]

ROOT = "root"
ROOT_ID = r"r-[0-9a-z]{4,32}"
OU_ID = r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"
ACCOUNT_ID = r"[0-9]{12}"
ORGANIZATION_ID = r"o-[a-z0-9]{10,32}"
POLICY_ID = r"p-[0-9a-zA-Z_]{8,128}"
PRINCIPAL_ARN = (
    r"arn:(aws|aws-us-gov|aws-cn):iam::[0-9]{12}:(role|user)"
    r"/([0-9A-Za-z_+=,.@/-]+/)?[0-9A-Za-z_+=,.@-]+"
)
# Who may still act in quarantine. The account may be any, the role is one, but for the random end of the name
# that Identity Center gives: nobody else can make a role under that path.
FORENSIC_ROLE = (
    r"arn:(aws|aws-us-gov|aws-cn):iam::([0-9]{12}|\*):role/"
    r"(([0-9A-Za-z_+=,.@/-]+/)?[0-9A-Za-z_+=,.@-]+"
    r"|aws-reserved/sso\.amazonaws\.com/([a-z0-9-]+/)?AWSReservedSSO_[0-9A-Za-z_+=,.@-]+_\*)"
)
# Names that AWS itself gives to roles, the path that it gives with each, and that path for people. A record
# shows the path, so that an ARN without it never matches. Control Tower's roles are those that its guide
# creates with `--path /service-role/`.
_GIVEN_PATHS = (
    (
        r"AWSReservedSSO_[^/]+",
        r"aws-reserved/sso\.amazonaws\.com/([a-z0-9-]+/)?",
        "aws-reserved/sso.amazonaws.com/REGION/",
        " (REGION is where IAM Identity Center is; for us-east-1, leave it out)",
    ),
    (
        r"AWSControlTower(Admin|StackSetRole|CloudTrailRole|ConfigAggregatorRoleForOrganizations)",
        r"service-role/",
        "service-role/",
        "",
    ),
    (
        r"AWSServiceRoleFor[^/]+",
        r"aws-service-role/[a-z0-9.-]+/",
        "aws-service-role/SERVICE/",
        " (SERVICE is the service's name for IAM, such as organizations.amazonaws.com)",
    ),
)
_ELSEWHERE = "|".join(f"(?!{path}[^/]+$)(.+/)?{role}" for role, path, _, _ in _GIVEN_PATHS)
WITHOUT_ITS_PATH = f"^arn:[a-z-]+:iam::[0-9*]+:role/({_ELSEWHERE})$"
# With a dot in the domain, without which SNS refuses it.
EMAIL = r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+"
PHONE = r"\+[1-9][0-9]{6,14}"
# Controls, line breaks, what turns the direction of writing, and what is not to be seen.
_UNPRINTABLE = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb"
)
NAME = rf"[^\s{_UNPRINTABLE}]([^{_UNPRINTABLE}]{{0,62}}[^\s{_UNPRINTABLE}])?"
# EventBridge reads < and > as its own, and a quotation mark ends what it sends.
_NO_NAME = rf'<>"`\\{_UNPRINTABLE}'
ORGANIZATION_NAME = rf"[^\s{_NO_NAME}]([^{_NO_NAME}]{{0,62}}[^\s{_NO_NAME}])?"
# A secret's name ("CreateSecret", AWS Secrets Manager API Reference). Not its ARN, nor ever the secret.
SECRET_NAME = r"[A-Za-z0-9/_+=.@-]{1,512}"  # noqa: S105 - of which kind names are
ROUTING_KEY = r"[0-9A-Za-z]{32}"
RUNBOOKS = r"[!-~]{0,500}/"
# Of a day and of the week, as zonal autoshift writes them ("BlockedWindow", ARC Zonal Shift API Reference).
TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_DAY = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
WINDOW = rf"{_DAY}:{TIME}-{_DAY}:({TIME}|24:00)"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
# On this machine also without TLS: where a drill listens.
EVENTS_URL = r"https://[0-9A-Za-z.-]+|http://127\.0\.0\.1:[0-9]+(/[!-~]*)?"

# AWS's own policies that allow everything; without them on a target nothing would be allowed.
FULL_ACCESS_IDS = frozenset(FULL_ACCESS.values())
ALWAYS_ALLOWED = "full access is always allowed and never detached"


def refusal(trouble: str, fix: str) -> PydanticCustomError:
    """What a check raises: pydantic carries it to config_problems, which adds the place."""
    return PydanticCustomError("refused", "{trouble}; {fix}", {"trouble": trouble, "fix": fix})


def _refuse(value: str, trouble: str, fix: str) -> NoReturn:
    raise refusal(f'"{value}" {trouble}', fix)


def _is(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def target(value: str) -> str:
    """`root`, an OU's id, or an account's id of 12 digits."""
    if _is(f"{ROOT}|{OU_ID}|{ACCOUNT_ID}", value):
        return value
    if _is(ROOT_ID, value):
        _refuse(value, "is a root's id", 'write "root": an organization has exactly one')
    if value.lower() == ROOT:
        _refuse(value, "is not in small letters", 'write "root"')
    if value in FULL_ACCESS_IDS:
        _refuse(value, "is a policy, not a target", f"{ALWAYS_ALLOWED}: remove it")
    if _is(POLICY_ID, value):
        _refuse(value, "is a policy's id, not a target", "put it under `allow`, or remove it")
    if value.startswith("arn:"):
        _refuse(value, "is an ARN", "write the id alone, the part after the last /")
    if re.sub(r"[\s-]", "", value).isdecimal():
        _refuse(value, "is not an account's id", 'write its 12 digits in quotes: "111122223333"')
    _refuse(
        value,
        "is no target",
        "write \"root\", an OU's id like ou-exam-12345678, or an account's 12 digits in quotes",
    )


def account_id(value: str) -> str:
    """An account's id of 12 digits."""
    if not _is(ACCOUNT_ID, value):
        _refuse(value, "is not an account's id", 'write its 12 digits in quotes: "111122223333"')
    return value


def organization_id(value: str) -> str:
    """An organization's id."""
    if not _is(ORGANIZATION_ID, value):
        _refuse(
            value,
            "is not an organization's id",
            "write it like o-exampleorgid: `aws organizations describe-organization` shows it",
        )
    return value


def allowed_policy_id(value: str) -> str:
    """A policy's id."""
    if not _is(POLICY_ID, value):
        _refuse(
            value,
            "is not a policy's id",
            "write the id, like p-12345678, that the Organizations console shows beside the name",
        )
    return value


def without_full_access(policy_ids: tuple[str, ...]) -> tuple[str, ...]:
    """An `allow` list without what is always allowed."""
    return tuple(policy_id for policy_id in policy_ids if policy_id not in FULL_ACCESS_IDS)


def principal_arn(value: str) -> str:
    """The exact ARN of one IAM role or user."""
    if "*" in value or "?" in value:
        _refuse(value, "has a wildcard", "name each role or user by its exact ARN")
    if re.search(WITHOUT_ITS_PATH, value):
        _refuse(
            value,
            "lacks the role's path, so it would never match",
            f"write the ARN as IAM shows it: {_with_path(value)}",
        )
    if _is(PRINCIPAL_ARN, value):
        return value
    if ":assumed-role/" in value:
        _refuse(
            value,
            "is a session: whoever assumes a role chooses its name",
            f"write the role's own ARN, with its path, as IAM shows it: {_with_path(value)}",
        )
    _refuse(
        value,
        "is not the ARN of an IAM role or user",
        "write it in full: arn:aws:iam::111122223333:role/NAME",
    )


def forensic_role(value: str) -> str:
    """A role's ARN that is exact, but for the account and the random end of Identity Center's names."""
    if re.search(WITHOUT_ITS_PATH, value):
        _refuse(
            value,
            "lacks the role's path, so it would never match",
            f"write the ARN as IAM shows it: {_with_path(value)}",
        )
    if not _is(FORENSIC_ROLE, value):
        _refuse(
            value,
            "is not the ARN of a role, exact but for its account",
            "write one role: arn:aws:iam::111122223333:role/Forensics, or arn:aws:iam::*:role/Forensics for "
            "the role of that name in every account; another * may only be the random end of an Identity "
            "Center role, AWSReservedSSO_NAME_*",
        )
    return value


def root_id(value: str) -> str:
    """The id of the organization's root, which CloudFormation needs to make an OU below it."""
    if not _is(ROOT_ID, value):
        _refuse(
            value,
            "is not a root's id",
            "write the id, like r-exam, that `aws organizations list-roots` shows",
        )
    return value


def ou_name(value: str) -> str:
    """A name for an OU, on one line of at most 64 printable characters."""
    if not _is(NAME, value):
        _refuse(value, "is not a name of an OU", "write 1 to 64 printable characters, no space at either end")
    return value


def time_of_day(value: str) -> str:
    """A time of the day, in UTC."""
    if not _is(TIME, value):
        _refuse(value, "is no time of the day", 'write hours and minutes in UTC, in quotes: "10:30"')
    return value


def blocked_window(value: str) -> str:
    """A window of the week, in UTC, that begins and ends on the same day."""
    if not _is(WINDOW, value):
        _refuse(value, "is no window of the week", "write its start and its end in UTC: Mon:08:30-Mon:18:00")
    if not in_order(value):
        _refuse(
            value,
            "does not end later on the same day",
            "write one over midnight as two: Mon:18:00-Mon:24:00 and Tue:00:00-Tue:08:00",
        )
    return value


def blocked_date(value: str) -> str:
    """A date."""
    if not _is(DATE, value):
        _refuse(value, "is no date", 'write it as year, month and day, in quotes: "2026-12-24"')
    try:
        date.fromisoformat(value)
    except ValueError:
        _refuse(value, "is in no calendar", "write a date that there is")
    return value


def _with_path(arn: str) -> str:
    """The right shape for a role's ARN that lacks its path, or for that of one of its sessions."""
    start, _, rest = arn.partition("role/")
    # A session's ARN ends with the session's name: …:assumed-role/ROLE/SESSION.
    is_session = start.endswith("assumed-")
    role = rest.split("/")[0 if is_session else -1]
    start = start.removesuffix("assumed-").replace(":sts:", ":iam:")
    path, hint = next(((path, hint) for name, _, path, hint in _GIVEN_PATHS if _is(name, role)), ("", ""))
    return f"{start}role/{path}{role}{hint}"


def email_address(value: str) -> str:
    """An address that SNS can send a subscription confirmation to."""
    if not _is(EMAIL, value):
        _refuse(value, "is not an e-mail address", "write it like oncall@example.com")
    return value


def phone_number(value: str) -> str:
    """A phone number in E.164 form, which SNS asks for."""
    if not _is(PHONE, value):
        _refuse(
            value,
            "is not a phone number in E.164 form",
            'write + country code and number, in quotes, without spaces: "+12065550100"',
        )
    return value


def secret_name(value: str) -> str:
    """The name of a secret in Secrets Manager, in the stack's account and region."""
    is_secret = "://" in value or _is(ROUTING_KEY, value)
    if is_secret or value.startswith("arn:") or not _is(SECRET_NAME, value):
        _refuse(
            # What stands here instead may be the secret itself: it is not repeated.
            "…" if is_secret else value,
            "is not the name of a secret in Secrets Manager",
            "write the secret's name, such as rootguard/slack; the URL or key itself is the secret's value",
        )
    return value


def events_url(value: str) -> str:
    """Where a PagerDuty service region takes events."""
    if not _is(EVENTS_URL, value):
        _refuse(
            value,
            "is not where PagerDuty takes events",
            "write https://events.pagerduty.com, or https://events.eu.pagerduty.com in its EU service region",
        )
    return value


def runbooks(value: str) -> str:
    """What leads to the runbooks: the start of a URL or path, to which `undone.md` and so on are added."""
    if not _is(RUNBOOKS, value):
        _refuse(
            value,
            "is not the start of a URL or of a path",
            "write all that comes before undone.md, up to the last slash: https://wiki.example.com/rootguard/",
        )
    return value


def organization_name(value: str) -> str:
    """What people call the organization, without the signs that EventBridge reads as its own."""
    if not _is(ORGANIZATION_NAME, value):
        _refuse(
            value,
            "is not a name of an organization",
            'write 1 to 64 printable characters, none of them < > " ` or a backslash, such as Example Corp',
        )
    return value


def name(value: str) -> str:
    """What people call a protection, on one line of at most 64 printable characters."""
    if not _is(NAME, value):
        _refuse(value, "is not a name", "write 1 to 64 printable characters, no space at either end")
    return value
