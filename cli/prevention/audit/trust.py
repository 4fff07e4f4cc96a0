"""A role's trust policy → who may assume it. Its conditions are not judged.

Grammar: "AWS JSON policy elements: Principal", IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cli.prevention.audit.principals import Trust
from rootguard.lockout.grammar import elements, texts
from rootguard.lockout.matching import Texts

_ASSUMING: Final = Texts(["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"])
_TAGGING: Final = Texts(["sts:tagsession"])
_SERVICE: Final = "Service"


def trust_in(content: str) -> Trust:
    """Read a trust policy. One that cannot be read trusts nobody: nobody can assume such a role."""
    named: list[tuple[str, str]] = []
    may_tag = False
    for _, element in elements(content) or ():
        if element.get("Effect") != "Allow":
            continue
        actions = [action.lower() for action in texts(element.get("Action", "*"))]
        if _ASSUMING.matching(actions):
            named += principals_in(element)
        may_tag = may_tag or bool(_TAGGING.matching(actions))
    return Trust(
        principals=tuple(dict.fromkeys(name for _, name in named)),
        only_services=bool(named) and all(kind == _SERVICE for kind, _ in named),
        may_tag=may_tag,
    )


def principals_in(element: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each principal of a statement, with its kind: AWS, Service, Federated or CanonicalUser."""
    if "NotPrincipal" in element:
        yield "AWS", "everyone but some"
    principal = element.get("Principal")
    if isinstance(principal, Mapping):
        for kind, names in principal.items():
            for name in texts(names):
                yield str(kind), name
    elif principal is not None:
        for name in texts(principal):
            yield "AWS", name
