"""guardrail.yaml as models: what may be protected, and how, with every value checked at synth.

`load` is the one way in: `config_source` reads text with line numbers, these models judge the
values, and `config_problems` words what they refuse. What comes out is rendered to guardrail.json,
which the function reads; pydantic itself never reaches the function. `python -m stacks.config`
writes guardrail.schema.json, from which editors show help and errors while one types.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from rootguard.notify.subscribers import Address
from stacks import config_problems, config_remarks, config_source, config_values
from stacks.config_source import ConfigError, Problem
from stacks.quarantine_rules import quarantined
from stacks.rehearsal_rules import rehearsed

__all__ = [
    "ConfigError",
    "DelegatedAdministrators",
    "GuardrailConfig",
    "PagerDuty",
    "Pages",
    "Problem",
    "Protection",
    "Quarantine",
    "Reading",
    "Rehearsal",
    "Slack",
    "Sweep",
    "load",
    "read",
]

SCHEMA_PATH = Path(__file__).parent.parent / "guardrail.schema.json"

Mode = Literal["enforce", "observe"]
OnViolation = Literal["revert", "alert"]
PolicyType = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]


def _published(pattern: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$", **more})


Name = Annotated[str, AfterValidator(config_values.name), _published(config_values.NAME)]
OrganizationName = Annotated[
    str, AfterValidator(config_values.organization_name), _published(config_values.ORGANIZATION_NAME)
]
Target = Annotated[
    str,
    AfterValidator(config_values.target),
    _published(f"{config_values.ROOT}|{config_values.OU_ID}|{config_values.ACCOUNT_ID}"),
]
Pin = Target
AccountId = Annotated[str, AfterValidator(config_values.account_id), _published(config_values.ACCOUNT_ID)]
OrganizationId = Annotated[
    str, AfterValidator(config_values.organization_id), _published(config_values.ORGANIZATION_ID)
]
AllowedPolicyId = Annotated[
    str,
    AfterValidator(config_values.allowed_policy_id),
    _published(config_values.POLICY_ID),
]
PrincipalArn = Annotated[
    str,
    AfterValidator(config_values.principal_arn),
    _published(config_values.PRINCIPAL_ARN, **{"not": {"pattern": config_values.WITHOUT_ITS_PATH}}),
]
ForensicRole = Annotated[
    str,
    AfterValidator(config_values.forensic_role),
    _published(config_values.FORENSIC_ROLE, **{"not": {"pattern": config_values.WITHOUT_ITS_PATH}}),
]
RootId = Annotated[str, AfterValidator(config_values.root_id), _published(config_values.ROOT_ID)]
OuName = Annotated[str, AfterValidator(config_values.ou_name), _published(config_values.NAME)]
TimeOfDay = Annotated[str, AfterValidator(config_values.time_of_day), _published(config_values.TIME)]
BlockedWindow = Annotated[str, AfterValidator(config_values.blocked_window), _published(config_values.WINDOW)]
BlockedDate = Annotated[str, AfterValidator(config_values.blocked_date), _published(config_values.DATE)]
EmailAddress = Annotated[str, AfterValidator(config_values.email_address), _published(config_values.EMAIL)]
SecretName = Annotated[
    str,
    AfterValidator(config_values.secret_name),
    _published(config_values.SECRET_NAME, **{"not": {"pattern": f"^{config_values.ROUTING_KEY}$"}}),
]
EventsUrl = Annotated[str, AfterValidator(config_values.events_url), _published(config_values.EVENTS_URL)]
Runbooks = Annotated[str, AfterValidator(config_values.runbooks), _published(config_values.RUNBOOKS)]
PhoneNumber = Annotated[str, AfterValidator(config_values.phone_number), _published(config_values.PHONE)]

# Repeats are refused by config_problems, which can name both places; editors need telling too.
_UNIQUE: dict[str, Any] = {"uniqueItems": True}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Protection(_Model):
    """Targets that are guarded alike: what may be attached there, who may change it, what else to do."""

    name: Name
    """What people call this protection; pages and logs name it."""

    targets: tuple[Target, ...] = Field(min_length=1, json_schema_extra=_UNIQUE)
    """What is guarded: "root", OU ids (ou-exam-12345678), account ids in quotes ("111122223333")."""

    include_descendants: bool = Field(default=False, strict=True)
    """true also guards every OU and account below the targets, at any depth."""

    policy_types: tuple[PolicyType, ...] = Field(
        default=("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
        min_length=1,
        json_schema_extra=_UNIQUE,
    )
    """The policy types guarded: those that can take access away."""

    allow: Annotated[tuple[AllowedPolicyId, ...], AfterValidator(config_values.without_full_access)] = Field(
        default=(), json_schema_extra=_UNIQUE
    )
    """Ids of policies (p-12345678) that may be attached here. AWS's own full access always may."""

    trusted_principals: tuple[PrincipalArn, ...] = Field(default=(), json_schema_extra=_UNIQUE)
    """Exact ARNs of IAM roles and users whose changes are accepted, such as a deployment pipeline's."""

    on_violation: OnViolation = "revert"
    """revert undoes the change and pages; alert only pages."""

    restore_policy_type: bool = Field(default=False, strict=True)
    """true enables a disabled policy type again and puts its attachments back; false only pages."""

    pin_accounts: tuple[Pin, ...] = Field(default=(), json_schema_extra=_UNIQUE)
    """Accounts that must stay where they are, and OUs (or "root") that no account may leave or enter."""


class Slack(_Model):
    """A Slack channel, by its incoming webhook."""

    webhook_secret: SecretName
    """The name of the secret in Secrets Manager, in this account and Region, whose value is the URL."""


class PagerDuty(_Model):
    """A PagerDuty service, by its Events API v2 integration."""

    routing_key_secret: SecretName
    """The name of the secret in Secrets Manager, in this account and Region, whose value is the key."""

    resolve_when_clean: bool = Field(default=True, strict=True)
    """true resolves PagerDuty's incident when a sweep finds ours clean; false leaves that to people."""

    events_url: EventsUrl = "https://events.pagerduty.com"
    """Where PagerDuty takes events: https://events.eu.pagerduty.com in its EU service region."""


class Pages(_Model):
    """Who is woken. SNS asks each e-mail address to confirm before it sends anything else."""

    email: tuple[EmailAddress, ...] = Field(default=(), json_schema_extra=_UNIQUE)
    """E-mail addresses that get the whole story."""

    sms: tuple[PhoneNumber, ...] = Field(default=(), json_schema_extra=_UNIQUE)
    """Phone numbers in E.164 form, in quotes ("+12065550100"), that get one short line. Not in China."""

    slack: Slack | None = None
    """A Slack channel that gets every page, and the end of each incident; null for none."""

    pagerduty: PagerDuty | None = None
    """A PagerDuty service that opens an incident for each page that needs someone awake; null for none."""

    runbooks: Runbooks = "docs/runbooks/"
    """What leads to the runbooks: a URL or path up to the last slash. Each page ends with its own."""

    @property
    def channels(self) -> tuple[Slack | PagerDuty, ...]:
        """The channels beside SNS's own that are asked for."""
        return tuple(channel for channel in (self.slack, self.pagerduty) if channel)

    def addresses(self, queues: Iterable[str]) -> tuple[Address, ...]:
        """Return who should be subscribed to the pages. `queues` are the names of the channels' queues."""
        by_protocol = {"email": self.email, "sms": self.sms, "sqs": queues}
        return tuple(Address(protocol, each) for protocol, ends in by_protocol.items() for each in ends)


class Sweep(_Model):
    """The scheduled comparison of the live state with the baseline: it finds changes whose event was lost."""

    every_minutes: int = Field(default=1, ge=1, le=60, strict=True)
    """Minutes between two sweeps, 1 to 60."""


class Watch(_Model):
    """A look at Root every few seconds: it finds a lockout whose event is late or lost."""

    when: Literal["always", "never"] = "never"
    """always watches from each sweep to the next; never leaves it to events and sweeps."""

    every_seconds: int = Field(default=5, ge=3, le=30, strict=True)
    """Seconds between two looks, 3 to 30. Three calls in two looks are a tenth of what AWS takes."""


class Quarantine(_Model):
    """An OU into which accounts are moved to isolate them: an SCP and an RCP there deny everything."""

    root_id: RootId
    """The id of the organization's root (r-exam), under which the OU is made."""

    forensic_roles: tuple[ForensicRole, ...] = Field(default=(), json_schema_extra=_UNIQUE)
    """ARNs of the roles that may still act there; * as the account means the role of that name in any."""

    ou_name: OuName = "Quarantine"
    """What the OU is called."""


class Rehearsal(_Model):
    """A weekly rehearsal: a harmless SCP goes onto an empty OU, and the guard has to detach it."""

    root_id: RootId
    """The id of the organization's root (r-exam), under which the OU is made."""

    at: TimeOfDay = "10:00"
    """The time of the day in UTC, in quotes ("10:30"), at which one begins that is due."""

    within_seconds: int = Field(default=300, ge=10, le=600, strict=True)
    """Seconds that the guard may take. What takes longer is cleaned up, and pages as critical."""

    blocked_windows: tuple[BlockedWindow, ...] = Field(default=(), max_length=15, json_schema_extra=_UNIQUE)
    """Windows of the week in which none begins, in UTC: Mon:08:30-Mon:18:00. Each is within one day."""

    blocked_dates: tuple[BlockedDate, ...] = Field(default=(), max_length=15, json_schema_extra=_UNIQUE)
    """Dates on which none begins, in quotes ("2026-12-24")."""

    ou_name: OuName = "Rehearsal"
    """What the OU is called."""


class DelegatedAdministrators(_Model):
    """Member accounts that may change policies, and forward the events of it (docs/deploying.md)."""

    organization: OrganizationId
    """The organization's id (o-exampleorgid). Only while an account is in it are its events taken."""

    accounts: tuple[AccountId, ...] = Field(min_length=1, json_schema_extra=_UNIQUE)
    """The accounts' ids, in quotes ("444455556666"). Deploy a forwarder in each."""


class GuardrailConfig(_Model):
    """Which policies may be attached where, and whom to wake if others are."""

    name: OrganizationName | None = None
    """What people call the organization; each page has it. Without it, pages have the organization's id."""

    mode: Mode = "enforce"
    """enforce undoes violations and pages; observe only pages, whatever the protections say."""

    trusted_principals: tuple[PrincipalArn, ...] = Field(default=(), json_schema_extra=_UNIQUE)
    """Exact ARNs of IAM roles and users whose changes are accepted in every protection."""

    protections: tuple[Protection, ...] = Field(min_length=1)
    """What is guarded. A target is in one protection only."""

    lockout_alert_accounts: int | None = Field(default=10, ge=0, strict=True)
    """Pages when a policy that denies everything to everyone lands outside every protection and reaches
    more accounts than this; null never does."""

    pages: Pages = Pages()
    """Who is woken."""

    sweep: Sweep = Sweep()
    """The scheduled comparison with the baseline."""

    watch: Watch = Watch()
    """The look at Root between two sweeps."""

    quarantine: Quarantine | None = None
    """Where accounts are isolated, by `rootguard isolate`; null makes no such place."""

    rehearsal: Rehearsal | None = None
    """The weekly rehearsal, also begun by `rootguard rehearse`; null for none."""

    delegated_administrators: DelegatedAdministrators | None = None
    """Member accounts that may change policies, and forward the events of it; null for none."""

    @property
    def reverting(self) -> tuple[Protection, ...]:
        """The protections whose violations are undone rather than only paged."""
        if self.mode != "enforce":
            return ()
        return tuple(entry for entry in self.protections if entry.on_violation == "revert")

    def trusted_in(self, protection: Protection) -> tuple[str, ...]:
        """Everyone whose changes are accepted in a protection: those of all protections, and its own."""
        return tuple(dict.fromkeys((*self.trusted_principals, *protection.trusted_principals)))

    def render(self) -> dict[str, Any]:
        """What the function reads as guardrail.json: all that it decides by, defaults filled in."""
        rendered = self.model_dump(mode="json", include={"mode", "protections", "lockout_alert_accounts"})
        for entry, protection in zip(rendered["protections"], self.protections, strict=True):
            entry["trusted_principals"] = list(self.trusted_in(protection))
        if self.watch.when != "never":
            rendered["watch_every_seconds"] = self.watch.every_seconds
        if self.quarantine is not None:
            rendered = quarantined(rendered)
        return rendered if self.rehearsal is None else rehearsed(rendered)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that can be used, and what its author should hear all the same.

    Attributes:
        config: what it says.
        warnings: what is probably not meant.
        notes: what is needless.
    """

    config: GuardrailConfig
    warnings: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def load(path: Path, partition: str | None = None) -> GuardrailConfig:
    """Read and check guardrail.yaml: `read` without its warnings and notes."""
    return read(path, partition).config


def read(path: Path, partition: str | None = None, content: bytes | None = None) -> Reading:
    """Read and check guardrail.yaml.

    Args:
        path: the file, or what to call it if its content is given.
        partition: the stack's, if it is known: then what is not in it, or does not exist there, is refused.
        content: what is in it, if that was read already.

    Raises:
        ConfigError: with every problem of the file, each naming line, field, trouble and remedy.
    """
    source, problems = config_source.read(path, content)
    problems += config_problems.repeated(source)
    problems += config_problems.too_many(source)
    problems += config_problems.taken(source)
    problems += config_problems.unwatchable(source)
    if partition is not None:
        problems += config_problems.foreign(source, partition)
        problems += config_problems.not_offered(source, partition)
    try:
        config = GuardrailConfig.model_validate(source.data)
    except ValidationError as error:
        problems += config_problems.explained(source, error, GuardrailConfig)
        raise ConfigError(_in_file_order(problems)) from error
    if problems:
        raise ConfigError(_in_file_order(problems))
    trusting = [bool(config.trusted_in(protection)) for protection in config.protections]
    return Reading(config, config_remarks.warnings(source, trusting), config_remarks.notes(source))


def _in_file_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of guardrail.yaml, with each field's help."""
    schema = GuardrailConfig.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rootguard: guardrail.yaml",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def schema_text() -> str:
    """guardrail.schema.json, exactly as it is checked in."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_PATH.write_text(schema_text(), encoding="utf-8")
