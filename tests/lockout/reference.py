"""A second evaluator: it knows one concrete request at a time, and is plainly right.

What counts as ordinary work is the table of the first. All else is written anew, from "Policy evaluation
logic", IAM User Guide: it shares no line with that. It is asked about requests that a test lists; where the
first has to find out which requests differ by a document, this one is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import product

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY as RCP
from rootguard.lockout.work import CALLS, Call, rest_of
from tests.lockout.conditions import Context, Named, Statement
from tests.lockout.kind import each_of

Calls = frozenset[Call]
REGION = "eu-west-1"
FIRST_OF_RCPS = {"s3", "sts", "kms", "sqs", "secretsmanager"}
NEVER_CARRIED = {
    "IAM user": {"aws:tokenissuetime", "aws:sourceidentity"},
    "root user": {"aws:tokenissuetime", "aws:sourceidentity", "aws:principaltag/team"},
    "AWS service": {
        "aws:tokenissuetime", "aws:sourceidentity", "aws:principaltag/team", "aws:multifactorauthpresent",
        "aws:multifactorauthage",
    },
}  # fmt: skip
UNNAMED: Context = {
    "aws:principaltag/team": ("zz",), "aws:username": ("zz",), "aws:principalaccount": ("999999999999",),
    "aws:resourceaccount": ("999999999999",), "aws:principalorgid": ("o-zzzzzzzzzz",),
    "aws:resourceorgid": ("o-zzzzzzzzzz",),
}  # fmt: skip
"""What variables stand for."""
FULL_ACCESS = Statement(allows=True, actions=Named(("*",)), resources=Named(("*",)), conditions=())


@dataclass(frozen=True)
class Requests:
    """All requests that can differ by what a document says.

    Attributes:
        principals: what each kind of principal may hold.
        moments: what requests hold at each moment to come.
        circumstances: what else requests can hold, whoever asks.
        of_calls: what only some calls carry: which calls, and each variant.
        anyone: key by key, or of keys that vary together, all that anybody's request may hold, be it far
            from ordinary.
    """

    principals: Mapping[str, Sequence[Context]]
    moments: Sequence[Context]
    circumstances: Sequence[Context]
    of_calls: Sequence[tuple[Callable[[Call], bool], Sequence[Context]]]
    anyone: Sequence[Sequence[Context]]

    def by(self, kinds: Iterable[str], moment: Context) -> Iterator[Context]:
        """Yield what each request by some kinds of principals holds at a moment."""
        for kind in kinds:
            never = NEVER_CARRIED.get(kind, set())
            for who, others in product(self.principals[kind], self.circumstances):
                yield {**{key: held for key, held in {**others, **moment}.items() if key not in never}, **who}


@lru_cache(maxsize=1_000)
def calls_of(policy_type: str, services: frozenset[str]) -> Calls:
    """Return the ordinary calls, and for each service one that stands for all else that it does."""
    table = CALLS[policy_type]
    return frozenset([*table, *map(rest_of, services | {call.service for call in table})])


@lru_cache(maxsize=1_000)
def rests_of(policy_type: str, services: frozenset[str]) -> Calls:
    """Return the calls of which each stands for a whole service."""
    calls = calls_of(policy_type, services)
    return calls & {rest_of(call.service) for call in calls}


@lru_cache(maxsize=10_000)
def calls_by_action(actions: Named, policy_type: str, services: frozenset[str]) -> Calls:
    """Return the calls whose action is named."""
    return frozenset(call for call in calls_of(policy_type, services) if actions.names(call.action))


@lru_cache(maxsize=10_000)
def calls_by_resource(resources: Named, policy_type: str, services: frozenset[str], region: str) -> Calls:
    """Return the calls whose resource is named, if it is in this Region."""
    calls = calls_of(policy_type, services)
    return frozenset(call for call in calls if resources.names(call.resource.replace("{region}", region)))


@lru_cache(maxsize=1_000)
def ordinary(policy_type: str) -> dict[str, Calls]:
    calls = CALLS[policy_type]
    return {
        service: frozenset(c for c in calls if c.service == service) for service in {c.service for c in calls}
    }


class Trial:
    """One set of statements before all requests.

    Args:
        statements: all that is attached, what allows included.
        policy_type: the type.
        requests: what to ask about.
    """

    def __init__(self, statements: Sequence[Statement], policy_type: str, requests: Requests) -> None:
        self.statements, self.policy_type, self.requests = statements, policy_type, requests
        self.services = frozenset(
            name
            for each in statements
            for name, colon, _ in (pattern.lower().partition(":") for pattern in each.actions.patterns)
            if colon and name.replace("-", "").isalnum()
        )
        self.calls = calls_of(policy_type, self.services)
        self.rests = rests_of(policy_type, self.services)
        self.open_if = cache(self._open_if)
        self.is_out = cache(self._is_out)

    def _open_if(self, applying: tuple[int, ...], region: str) -> Calls:
        """Return the calls that are open if these statements' conditions hold: allowed, and not denied."""
        allowed: Calls = frozenset()
        denied: Calls = frozenset()
        for number in applying:
            statement, about = self.statements[number], (self.policy_type, self.services)
            calls = calls_by_action(statement.actions, *about)
            calls &= calls_by_resource(statement.resources, *about, region)
            allowed, denied = (allowed | calls, denied) if statement.allows else (allowed, denied | calls)
        return allowed - denied

    @cached_property
    def _alike(self) -> list[tuple[Calls, list[Context]]]:
        """Return the calls that carry the same, with each variant of what they carry."""
        of_calls = self.requests.of_calls
        carrying: dict[tuple[int, ...], set[Call]] = defaultdict(set)
        for call in self.calls if of_calls else ():
            carrying[tuple(n for n, (carries, _) in enumerate(of_calls) if carries(call))].add(call)
        return [
            (frozenset(calls), each_of(*(of_calls[n][1] for n in carried)))
            for carried, calls in carrying.items()
        ] or [(self.calls, [{}])]

    def variants(self, context: Context) -> Iterator[tuple[Calls, Calls]]:
        """Yield calls with each variant of what they carry, and those of them that are open so."""
        region = context.get("aws:requestedregion", (REGION,))[0]
        for calls, variants in self._alike:
            for variant in variants:
                request = {**context, **variant}
                applying = tuple(n for n, each in enumerate(self.statements) if each.holds(request))
                yield calls, calls & self.open_if(applying, region)

    def open_in(self, context: Context) -> Calls:
        """Return the calls that are possible: with any variant."""
        return frozenset().union(*(some for _, some in self.variants(context)))

    def _is_out(self, opened: Calls) -> bool:
        """Tell whether who can do only this is locked out."""
        working = {
            service
            for service, calls in ordinary(self.policy_type).items()
            if len(calls & opened) >= len(calls) / 2
        }
        return len(working) <= 1 or (self.policy_type == RCP and not working & FIRST_OF_RCPS)

    def is_total(self) -> bool:
        return any(self._everyone_is_out(moment) for moment in self.requests.moments)

    def _everyone_is_out(self, moment: Context) -> bool:
        """Tell whether no ordinary role can work, or nobody can sign in, or take a role."""
        by_roles = [self.open_in(context) for context in self.requests.by(["role"], moment)]
        if all(map(self.is_out, by_roles)):
            return True
        if self.policy_type != RCP:
            return False
        if not any(call.action == "signin:authenticate" for opened in by_roles for call in opened):
            return True
        taken = map(self.open_in, self.requests.by(["role", "AWS service"], moment))
        return not any(call.action == "sts:assumerole" for opened in taken for call in opened)

    def everybody(self) -> Iterator[Context]:
        for moment in self.requests.moments:
            yield from self.requests.by(self.requests.principals, moment)

    def is_broad(self) -> bool:
        """Tell whether anybody is locked out at some time, or a whole service is closed to somebody."""
        opened = map(self.open_in, self.everybody())
        return any(self.is_out(some) or not self.rests <= some for some in opened)

    def is_narrow(self) -> bool:
        """Tell whether any Deny can apply, or what is ordinary is not allowed to somebody."""
        closes = (calls - some for context in self.everybody() for calls, some in self.variants(context))
        return any(map(self.can_apply, self.statements)) or any(closes)

    def can_apply(self, statement: Statement) -> bool:
        """Tell whether a statement denies anything to anybody. Each key is asked about by itself."""
        texts = ["zzzz:Zz", "arn:zz", "*"]
        if statement.allows or not (
            statement.actions.names_any(texts) and statement.resources.names_any(texts)
        ):
            return False
        known = [each for each in statement.conditions if not each.doubt]
        return all(
            any(
                all(each.holds({**UNNAMED, **context}) for each in known if each.key in context)
                for context in contexts
            )
            for contexts in self.requests.anyone
        )

    def denial(self) -> str:
        if self.is_total():
            return "total"
        if self.is_broad():
            return "broad"
        return "narrow" if self.is_narrow() else "none"
