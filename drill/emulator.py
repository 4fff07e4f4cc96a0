"""Everything that the local AWS uses of ministack's inside, named in one place.

ministack is pinned exactly, since what is used here is private to it: `check` compares the version
and looks for each name, and says which one is gone. No other module touches ministack, but for
`emulator_conditions.py`, `emulator_functions.py` and `emulator_scps.py`. It must be imported in a process
whose environment is already set (`server.py`), as ministack reads it then.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from drill.caller import Caller
from drill.records import Record

VERSION = "1.5.33"
USED = {
    "ministack.app": ("app", "pin_request_origin"),
    "ministack.core.iam_actions": (
        "dynamodb_service_context",
        "extract_iam_action",
        "identity_denial_message",
        "_resource_policy_denial",
    ),
    "ministack.core.iam_evaluator": (
        "EvalContext",
        "_conditions_met",
        "_resolve_condition_key",
        "enforce",
        "evaluate",
        "evaluate_resource_policy",
        "parse_policy_document",
        "resolve_credential",
        "resolve_principal",
    ),
    "ministack.core.lambda_runtime": ("reset",),
    "ministack.core.responses": ("get_account_id", "get_region", "request_scope"),
    "ministack.core.router": ("extract_access_key_id",),
    "ministack.services.cloudformation.provisioners": ("_REPLACING_PROPERTIES", "_RESOURCE_HANDLERS"),
    "ministack.services.cloudwatch": ("record_metric",),
    "ministack.services.dynamodb": ("_tables",),
    "ministack.services.eventbridge": (
        "_dispatch_event",
        "_dispatch_to_event_bus",
        "_dispatch_to_lambda",
        "_invoke_target",
        "_matches_pattern_view",
        "_pattern_event_view",
        "_rules",
        "_targets",
    ),
    "ministack.services.iam": ("_roles",),
    "ministack.services.lambda_svc": (
        "_execute_function",
        "_execution_record_for_config",
        "_get_func_record_for_ref",
        "function_policy_for_arn",
        "invoke_async_with_retry",
    ),
    "ministack.services.organizations": ("_orgs", "handle_request"),
    "ministack.services.sns": (
        "_fanout",
        "_matches_filter_policy",
        "_resolve_message_for_protocol",
        "_topic_by_arn_any_scope",
    ),
    "ministack.services.sqs": (
        "_ensure_msg_fields",
        "_md5_msg_attrs",
        "_queue_by_arn",
        "queue_policy_allows",
    ),
    "ministack.services.sts": ("_sessions",),
}
CALLER_HEADER = "x-drill-caller"

Document = Mapping[str, Any]
"""A policy document."""
Handler = Callable[[dict[str, str], dict[str, Any], bytes], tuple[int, dict[str, str], bytes]]


class EmulatorChangedError(RuntimeError):
    """The installed emulator is not the one that this code was written against."""


def module(name: str) -> Any:
    """Return a module of ministack's."""
    return importlib.import_module(f"ministack.{name}")


def check() -> None:
    """Raise `EmulatorChangedError` unless ministack is the pinned one with every name used here."""
    fix = (
        f"Install ministack=={VERSION} (requirements-dev.txt), or adapt drill/emulator.py to the "
        "version that is here."
    )
    try:
        found = version("ministack")
    except PackageNotFoundError:
        found = "none"
    if found != VERSION:
        raise EmulatorChangedError(f"ministack {VERSION} was expected, {found} is installed. {fix}")
    for place, names in USED.items():
        gone = [name for name in names if not hasattr(importlib.import_module(place), name)]
        if gone:
            raise EmulatorChangedError(f"ministack {VERSION} has no {place}.{', '.join(gone)}. {fix}")


def application() -> Callable[..., Awaitable[None]]:
    """Return ministack's ASGI application."""
    app: Callable[..., Awaitable[None]] = module("app").app
    return app


def empty_tables() -> None:
    """Take all items out of DynamoDB's tables. The tables stay."""
    for table in module("services.dynamodb")._tables.all_values():  # noqa: SLF001 - it has no call for that
        table["items"].clear()


def count_plain_http_as_secure() -> None:
    """Let `aws:SecureTransport` be true: the drill speaks HTTP, on the loopback interface only."""
    app = module("app")
    original = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: original(source_ip, secure_transport=True)


def serve_organizations(handler: Handler) -> None:
    """Let `handler` answer for Organizations, after ministack has checked the signature.

    Without an action ministack only authenticates; `handler` asks IAM itself, on the right ARNs.
    """
    actions = module("core.iam_actions")
    original = actions.extract_iam_action

    def action(service: str, *rest: Any) -> Any:
        named = None if service == "organizations" else original(service, *rest)
        return "sqs:SendMessage" if named == "sqs:SendMessageBatch" else named  # as AWS authorizes a batch

    async def handle(
        _method: str, _path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        return handler(headers, query, body)

    actions.extract_iam_action = action
    module("services.organizations").handle_request = handle


def know_resource_types(
    handlers: dict[str, dict[str, Callable[..., Any]]], replacing: dict[str, tuple[str, ...]]
) -> None:
    """Let CloudFormation make resources of these types, and another one if a `replacing` property changes."""
    provisioners = module("services.cloudformation.provisioners")
    provisioners._RESOURCE_HANDLERS.update(handlers)  # noqa: SLF001
    provisioners._REPLACING_PROPERTIES.update(replacing)  # noqa: SLF001


def name_organization(organization_id: str) -> None:
    """Let `aws:PrincipalOrgID` of the current account be this id."""
    module("services.organizations")._orgs["self"] = {"Id": organization_id}  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Permissions:
    """What IAM allows the holder of an access key; a `Gate` of `organizations_api.py`."""

    access_key: str

    def denial(self, action: str, resource: str, keys: dict[str, str]) -> str | None:
        """Return AWS's message for a call that is denied, None for one that is allowed."""
        refused = module("core.iam_evaluator").enforce(
            self.access_key, action, "organizations", region(), resource_arn=resource, service_context=keys
        )
        if refused is None:
            return None
        actions, arn = module("core.iam_actions"), getattr(refused, "principal_arn", "")
        if policy := getattr(refused, "resource_policy_arn", ""):  # an SCP: `emulator_scps.py`
            return str(actions._resource_policy_denial("organizations", action, arn, policy))  # noqa: SLF001
        explicit = getattr(refused, "decision", "") == "Deny"
        return str(actions.identity_denial_message(action, arn, resource, explicit))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that nobody sent: who would like to do what, on which resource.

    `principal` is the ARN of a user or a role; `keys` are the condition keys that the service sends.
    """

    principal: str
    action: str
    resource: str
    region: str
    keys: Mapping[str, str]


def decision(policies: Iterable[Document], boundary: Document | None, asked: Asked) -> str:
    """Return what IAM decides by policy documents alone: Allow, Deny or ImplicitDeny."""
    evaluator = module("core.iam_evaluator")
    parse = evaluator.parse_policy_document
    context = evaluator.EvalContext(
        principal_arn=asked.principal,
        principal_type="User" if ":user/" in asked.principal else "AssumedRole",
        principal_account=asked.principal.split(":")[4],
        action=asked.action,
        resource_arn=asked.resource,
        region=asked.region,
        service_context={key.lower(): value for key, value in asked.keys.items()},
    )
    limits = [] if boundary is None else [[parse(boundary)]]
    return str(evaluator.evaluate(context, [parse(each) for each in policies], *limits).decision)


def access_key(headers: dict[str, str], query: dict[str, Any]) -> str:
    """Return the access key that signed the current request."""
    return str(module("core.router").extract_access_key_id(headers, query))


def region() -> str:
    """Return the region of the current request."""
    return str(module("core.responses").get_region())


def caller(key: str, headers: dict[str, str], started: float) -> Caller:
    """Return who signed the current request.

    What no signature tells (console or API, MFA, address) comes from the header that
    `principals.py` adds. `started` stands for the session's start where none is known.
    """
    account = module("core.responses").get_account_id()
    who = module("core.iam_evaluator").resolve_credential(key, account)
    claims = json.loads(headers.get(CALLER_HEADER, "{}"))
    seen: dict[str, Any] = {
        "arn": who.principal_arn,
        "account": who.account_id,
        "access_key": key,
        "source_ip": claims.get("source_ip", "127.0.0.1"),
        "user_agent": headers.get("user-agent", ""),
        "console": claims.get("console", False),
        "mfa": claims.get("mfa", False),
    }
    if who.principal_type == "AssumedRole":
        _, role_name, session_name = who.principal_arn.split("/", 2)
        role = module("services.iam")._roles.get_scoped(account, None, role_name)  # noqa: SLF001
        session = module("services.sts")._sessions.get(key, {})  # noqa: SLF001
        return Caller(
            type="AssumedRole",
            principal_id=f"{role['RoleId']}:{session_name}",
            role_arn=role["Arn"],
            role_id=role["RoleId"],
            session_start=session.get("IssuedAt", started),
            **seen,
        )
    seen["session_start"] = started if seen["console"] else None
    if who.principal_type == "Root":
        return Caller(type="Root", principal_id=account, **seen)
    return Caller(type="IAMUser", principal_id=who.principal_id, user_name=who.principal_name, **seen)


def put_event(event: Record) -> None:
    """Put an event of AWS's own on the default bus: PutEvents would refuse it, and change its time and id."""
    with module("core.responses").request_scope(event["account"], event["region"]):
        module("services.eventbridge")._dispatch_event(  # noqa: SLF001
            {
                "EventId": event["id"],
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Detail": json.dumps(event["detail"]),
                "EventBusName": "default",
                "Time": event["time"],
                "Resources": event["resources"],
                "Account": event["account"],
                "Region": event["region"],
            }
        )


def capture_pages(page: Callable[[str, str, str, str], None]) -> None:
    """Call `page(channel, endpoint, subject, text)` for each e-mail and SMS a topic sends out.

    ministack stops at the log there. It confirms such subscriptions by itself, so the drill takes
    them as confirmed; on AWS a person has to follow the link in the first e-mail.
    """
    sns = module("services.sns")
    original = sns._fanout  # noqa: SLF001

    def fanout(  # noqa: PLR0913, PLR0917 - ministack's own signature
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        **rest: str,
    ) -> None:
        # First, so that who sees the e-mail finds the rest on its way.
        original(topic_arn, msg_id, message, subject, message_structure, message_attributes, **rest)
        topic = sns._topic_by_arn_any_scope(topic_arn) or {}  # noqa: SLF001
        for subscription in topic.get("subscriptions", []):
            channel = subscription["protocol"]
            if channel not in ("email", "sms") or not subscription["confirmed"]:
                continue
            text = sns._resolve_message_for_protocol(message, message_structure, channel)  # noqa: SLF001
            if sns._matches_filter_policy(subscription, message_attributes or {}, text):  # noqa: SLF001
                page(channel, subscription["endpoint"], subject, text)

    sns._fanout = fanout  # noqa: SLF001
