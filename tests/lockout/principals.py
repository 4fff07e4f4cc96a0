"""Who sends the requests that the reference is asked about, and what that alone decides of them.

From "AWS global condition context keys" and "aws:PrincipalArn" there, IAM User Guide. No document of the
tests names what is called Z here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY as RCP
from tests.lockout.conditions import Context

ACCOUNT = "999999999999"
REGIONAL = "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Z_z"
KINDS = {
    "role": ("role/Z", "AssumedRole", "AROAZZZ:session"),
    "Identity Center role": (REGIONAL, "AssumedRole", "AROAZZZ:session"),
    "IAM user": ("user/Z", "User", "AIDAZZZ"),
    "root user": ("root", "Account", ACCOUNT),
}


def resource(own: str, path: str) -> Context:
    """Return what holds of each ordinary request: it is for a resource of the own organization."""
    return {
        "aws:resourceaccount": (ACCOUNT,),
        "aws:resourceorgid": (own,),
        "aws:resourceorgpaths": (path,),
        "aws:viaawsservice": ("false",),
        "aws:securetransport": ("true",),
        "aws:useragent": ("zz",),
    }


def principals(policy_type: str, owns: Sequence[str], paths: Sequence[str]) -> dict[str, list[Context]]:
    """Return what each kind of principal that is bound holds.

    An SCP binds principals of the organization, an RCP also services of AWS's.

    Args:
        policy_type: the type.
        owns: what the organization's own id may be.
        paths: what follows it in the path of the account.
    """
    found: dict[str, list[Context]] = defaultdict(list)
    for own, path in ((own, f"{own}/{path}") for own in owns for path in paths):
        for kind, (arn, principal_type, user_id) in KINDS.items():
            who: Context = {
                **resource(own, path),
                "aws:principalarn": (f"arn:aws:iam::{ACCOUNT}:{arn}",),
                "aws:principalaccount": (ACCOUNT,),
                "aws:principaltype": (principal_type,),
                "aws:userid": (user_id,),
                "aws:principalorgid": (own,),
                "aws:principalorgpaths": (path,),
                "aws:principalisawsservice": ("false",),
            }
            found[kind].append({**who, "aws:username": ("Z",)} if kind == "IAM user" else who)
        if policy_type == RCP:
            service: Context = {
                **resource(own, path),
                "aws:principalisawsservice": ("true",),
                "aws:principaltype": ("AWSService",),
                "aws:principalservicename": ("zz.amazonaws.com",),
                "aws:principalservicenameslist": ("zz.amazonaws.com",),
                "aws:sourcearn": (f"arn:aws:zz:zz-zzzz-1:{ACCOUNT}:zz",),
                "aws:sourceaccount": (ACCOUNT,),
                "aws:sourceorgid": (own,),
                "aws:sourceorgpaths": (path,),
            }
            found["AWS service"].append(service)
    return found
