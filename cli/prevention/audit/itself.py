"""Whether a principal can give itself the permission to attach a policy to Root.

Who may write the policies of its own role or user has what it likes, within its permissions boundary
("Permissions boundaries for IAM entities", IAM User Guide). Longer ways, by another role, a group, a new
version of a policy or a function, are not followed. A Deny of attaching among its own policies does not help:
it could take that off.
"""

from __future__ import annotations

import json
from typing import Final

from cli.prevention.audit.attaching import attaching
from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.judgement import NOT_ALLOWED, Judgement, judge
from cli.prevention.audit.known import keys_of
from cli.prevention.audit.principals import Document, Kind, Principal
from cli.prevention.audit.statements import Request
from cli.prevention.organization import Organization

_WAYS: Final = {
    Kind.ROLE: ("iam:attachrolepolicy", "iam:putrolepolicy"),
    Kind.USER: ("iam:attachuserpolicy", "iam:putuserpolicy"),
}
_EVERYTHING: Final = Document(
    "everything", json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
)


def granting_itself(principal: Principal, organization: Organization) -> Judgement:
    """Return how surely a principal can give itself the permission, and by which statements."""
    if principal.is_changed_by_aws_alone:
        return NOT_ALLOWED
    keys = keys_of(principal, organization)
    tried = (
        judge(principal.policies, principal.boundary, Request(action, principal.arn, keys))
        for action in _WAYS[principal.kind]
    )
    best = max(tried, key=lambda judgement: judgement.certainty)
    within = attaching(
        [_EVERYTHING],
        principal.boundary,
        lambda policy_type: keys_of(principal, organization, policy_type),
        organization,
    )
    certainty = min(best.certainty, within.can)
    if certainty is Certainty.NO:
        return NOT_ALLOWED
    return Judgement(certainty, best.grants, (*best.doubts, *within.doubts))
