"""The protection of the rehearsal OU, and by what the guard knows a rehearsal."""

from __future__ import annotations

import json
from typing import Any, Final

from stacks.own_ous import protection

NAME: Final = "rehearsal"
"""What pages call the protection of the rehearsal OU."""
OU_VARIABLE: Final = "ROOTGUARD_REHEARSAL_OU"
POLICY_VARIABLE: Final = "ROOTGUARD_REHEARSAL_POLICY"
ROLE_VARIABLE: Final = "ROOTGUARD_REHEARSAL_ROLE_ARN"
OU: Final = f"${{{OU_VARIABLE}}}"
"""The OU, as a target."""
POLICY: Final = f"${{{POLICY_VARIABLE}}}"
"""The harmless SCP."""
ROLE: Final = f"${{{ROLE_VARIABLE}}}"
"""The role of the function that attaches it."""
HARMLESS: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Rehearsal",
            "Effect": "Deny",
            "Action": "organizations:LeaveOrganization",
            "Resource": "*",
        }
    ],
}
"""What the SCP says. With any other content it is no rehearsal."""


def rehearsed(rendered: dict[str, Any]) -> dict[str, Any]:
    """Return the rules with the rehearsal OU protected: nobody is trusted there, so all comes off again."""
    own = protection(NAME, OU)
    known_by = {"policy_id": POLICY, "target_id": OU, "role": ROLE, "content": json.dumps(HARMLESS)}
    return rendered | {"protections": [*rendered["protections"], own], "rehearsal": known_by}
