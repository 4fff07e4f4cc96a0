"""What is deployed: functions, tables, queues, topics and rules, and how they are wired.

This and `environments` are all that the simulator knows of Rootguard: names of handlers, environment
variables, and what feeds what. A test holds it against the template that synth writes. Change it together
with the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from simulation import commands, environments
from simulation.dynamodb.table import Keys, TableLayout
from simulation.environments import (
    DEAD_LETTERS,
    EXCEPTIONS,
    GUARD_ROLE,
    NOTICES,
    NOTICES_DEAD_LETTERS,
    NOTIFIER_ROLE,
    RESTORE,
    RESTORE_DEAD_LETTERS,
    RESTORE_ROLE,
    TABLE,
    TOPIC,
    WATCH,
    WATCH_ROLE,
    isolates,
    rehearses,
    restores,
    watches,
)
from simulation.identities import MANAGEMENT_ACCOUNT
from simulation.quarantine import ISOLATION, ISOLATION_ROLE
from simulation.queues import queue_url, topic_arn
from simulation.rehearsal import REHEARSAL, REHEARSAL_ROLE
from simulation.steps import Ask, Grant, Rehearse
from simulation.sts import Signer
from stacks.config import GuardrailConfig
from stacks.names import (
    DEAD_LETTERS_OUTPUT,
    EXCEPTIONS_OUTPUT,
    FUNCTION_OUTPUT,
    GRANTER_OUTPUT,
    ROLE_OUTPUT,
    TABLE_OUTPUT,
    TOPIC_OUTPUT,
)

OnlyIf = Callable[[GuardrailConfig], bool]


def always(_: GuardrailConfig) -> bool:
    """Tell that something is there whatever the guardrail says."""
    return True


@dataclass(frozen=True, slots=True)
class Function:
    """A function. Times are in seconds; `dead_letters` is the queue of its on-failure destination.

    `waits` is what the guardrail adds to its time-out.
    """

    name: str
    handler: str
    role_arn: str
    environment: environments.Environment
    timeout: int
    retries: int = 2
    dead_letters: str = ""
    has_guardrail: bool = False
    only_if: OnlyIf = always
    waits: Callable[[GuardrailConfig], int] = lambda _: 0

    def under(self, config: GuardrailConfig) -> Function:
        """Return it with the time-out that it has under a guardrail."""
        return replace(self, timeout=self.timeout + self.waits(config))


@dataclass(frozen=True, slots=True)
class Feed:
    """A queue that feeds a function. `visibility` is how many seconds a failed message is hidden."""

    queue: str
    function: str
    dead_letters: str
    batch: int
    visibility: int
    attempts: int
    most_at_once: int
    reports_failures: bool = False
    only_if: OnlyIf = always


@dataclass(frozen=True, slots=True)
class Rule:
    """The events that wake a function: calls of these names that succeed, or are refused with these codes.

    `reads` are calls that only read. A rule that is ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS gets them.
    `by` is the role that must have called; anyone, if it is empty.
    """

    function: str
    event_names: frozenset[str]
    denials: frozenset[str]
    reads: frozenset[str] = frozenset()
    by: str = ""

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Tell whether EventBridge hands an event with this record to the function."""
        if record["eventName"] not in self.event_names | self.reads:
            return False
        if self.by and _role_in(record) != self.by:
            return False
        return "errorCode" not in record or record["errorCode"] in self.denials


@dataclass(frozen=True, slots=True)
class Deployment:
    """All of it.

    Attributes:
        tables: layouts by name.
        notices: the queues that a fault of the notices meets.
        sweeper: the function that the schedule invokes.
        sweep: returns what the schedule sends, from the time when the sweep is due and its minutes.
        sweep_metric: the metric that says that a sweep was completed.
        outputs: what the stack says of itself to the command line.
        grant: puts an exception on record with the caller's own credentials.
        asked: makes what the command sends to the isolation function.
        rehearses: makes what the schedule, or the command, sends to the rehearsal function.
    """

    functions: tuple[Function, ...]
    feeds: tuple[Feed, ...]
    queues: tuple[str, ...]
    topics: tuple[str, ...]
    tables: Mapping[str, TableLayout]
    rules: tuple[Rule, ...]
    notices: frozenset[str]
    sweeper: str
    sweep: Callable[[str, int], Mapping[str, Any]]
    sweep_metric: str
    outputs: Mapping[str, str]
    grant: Callable[[Grant, str, str], str | None]
    asked: Callable[[Ask, Mapping[str, str], Signer], dict[str, Any]]
    rehearses: Callable[[Rehearse], Mapping[str, Any]]

    def deployed(self, config: GuardrailConfig) -> tuple[Function, ...]:
        """Return the functions that are there under a guardrail, each with its time-out."""
        return tuple(each.under(config) for each in self.functions if each.only_if(config))


def _role_in(record: Mapping[str, Any]) -> object:
    issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {})
    return issuer.get("arn")


def _sweep(due: str, minutes: int) -> Mapping[str, Any]:
    return {"source": "rootguard.sweep", "at": due, "every_minutes": minutes}


def _rehearses(step: Rehearse) -> Mapping[str, Any]:
    return {"scheduled": True} if step.when == "due" else commands.rehearse(step)


DEPLOYMENT: Final = Deployment(
    functions=(
        Function(
            name="guard",
            handler="rootguard.handlers.guard.handler",
            role_arn=GUARD_ROLE,
            environment=environments.guard,
            timeout=60,
            dead_letters=DEAD_LETTERS,
            has_guardrail=True,
        ),
        Function(
            name="notifier",
            handler="rootguard.handlers.notifier.handler",
            role_arn=NOTIFIER_ROLE,
            environment=environments.notifier,
            timeout=20,
        ),
        Function(
            name="restore",
            handler="rootguard.handlers.restore.handler",
            role_arn=RESTORE_ROLE,
            environment=environments.restore,
            timeout=30,
            has_guardrail=True,
            only_if=restores,
        ),
        Function(
            name=ISOLATION,
            handler="rootguard.handlers.isolation.handler",
            role_arn=ISOLATION_ROLE,
            environment=environments.isolation,
            timeout=300,
            has_guardrail=True,
            only_if=isolates,
        ),
        Function(
            name=REHEARSAL,
            handler="rootguard.handlers.rehearsal.handler",
            role_arn=REHEARSAL_ROLE,
            environment=environments.rehearsal,
            timeout=120,
            only_if=rehearses,
            waits=environments.within,
        ),
        Function(
            name=WATCH,
            handler="rootguard.handlers.watch.handler",
            role_arn=WATCH_ROLE,
            environment=environments.watch,
            timeout=900,
            retries=0,
            only_if=watches,
        ),
    ),
    feeds=(
        Feed(
            queue=NOTICES,
            function="notifier",
            dead_letters=NOTICES_DEAD_LETTERS,
            batch=1,
            visibility=120,
            attempts=5,
            most_at_once=2,
            reports_failures=True,
        ),
        Feed(
            queue=RESTORE,
            function="restore",
            dead_letters=RESTORE_DEAD_LETTERS,
            batch=1,
            visibility=180,
            attempts=5,
            most_at_once=2,
            only_if=restores,
        ),
    ),
    queues=(DEAD_LETTERS, NOTICES, NOTICES_DEAD_LETTERS, RESTORE, RESTORE_DEAD_LETTERS),
    topics=(TOPIC,),
    tables={
        TABLE: TableLayout(Keys("pk", "sk"), (("listing", Keys("kind", "entry")),), expires="expires"),
        EXCEPTIONS: TableLayout(
            Keys("pk", "sk"),
            (("by-scope", Keys("sk", "pk")),),
            expires="expires",
            only_keys=frozenset({"by-scope"}),
        ),
    },
    rules=(
        Rule(
            function="guard",
            event_names=frozenset(
                {
                    "AccountDepartedOrganization",
                    "AccountJoinedOrganization",
                    "AttachPolicy",
                    "CloseAccount",
                    "CreatePolicy",
                    "DeleteOrganization",
                    "DeleteOrganizationalUnit",
                    "DeletePolicy",
                    "DeleteResourcePolicy",
                    "DeregisterDelegatedAdministrator",
                    "DetachPolicy",
                    "DisablePolicyType",
                    "EnablePolicyType",
                    "InviteOrganizationToTransferResponsibility",
                    "LeaveOrganization",
                    "MoveAccount",
                    "PutResourcePolicy",
                    "RegisterDelegatedAdministrator",
                    "RemoveAccountFromOrganization",
                    "TerminateResponsibilityTransfer",
                    "UpdatePolicy",
                    "UpdateResponsibilityTransfer",
                }
            ),
            denials=frozenset({"AccessDenied", "AccessDeniedException"}),
        ),
        Rule("guard", frozenset(), frozenset(), reads=frozenset({"ListRoots"}), by=GUARD_ROLE),
    ),
    notices=frozenset({NOTICES}),
    sweeper="guard",
    sweep=_sweep,
    sweep_metric="SweepCompleted",
    outputs={
        ROLE_OUTPUT: GUARD_ROLE,
        FUNCTION_OUTPUT: "guard",
        TOPIC_OUTPUT: topic_arn(TOPIC),
        DEAD_LETTERS_OUTPUT: queue_url(DEAD_LETTERS),
        TABLE_OUTPUT: TABLE,
        EXCEPTIONS_OUTPUT: EXCEPTIONS,
        GRANTER_OUTPUT: f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:policy/RootguardExceptionGranter",
    },
    grant=commands.grant,
    asked=commands.asked,
    rehearses=_rehearses,
)
