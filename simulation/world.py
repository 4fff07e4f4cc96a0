"""The organization of a run: the drill's strict model of AWS Organizations, and names for its ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from drill.api_error import ApiError
from drill.organization import Organization
from drill.organization_policies import RCP, SCP
from simulation import identities
from simulation.calls import KNOWN
from simulation.identities import MANAGEMENT_ACCOUNT, ROOT_ID, PlannedIds
from simulation.steps import ROOT, OrganizationBefore, Says

_CREATES: Final = {
    "CreatePolicy": ("policy", identities.policy_id),
    "CreateOrganizationalUnit": ("unit", identities.unit_id),
    "CreateAccount": ("account", identities.account_id),
}


class World:
    """The live organization.

    Attributes:
        organization: the strict model. Its `tree` and `policies` may be read at any time.
    """

    def __init__(self, before: OrganizationBefore, now: Callable[[], float]) -> None:
        """Found the organization. `now` returns seconds since the epoch."""
        self._ids = PlannedIds()
        self._named: dict[tuple[str, str], str] = {}
        self._generations: dict[tuple[str, str], int] = {}
        self.organization = Organization(MANAGEMENT_ACCOUNT, ids=self._ids, now=now)
        self._call("CreateOrganization")
        for policy_type in (SCP, RCP):
            self._call("EnablePolicyType", RootId=ROOT_ID, PolicyType=policy_type)
        for name, parent in before.units.items():
            self.call("CreateOrganizationalUnit", {"unit": name, "parent": parent})
        for name, parent in before.accounts.items():
            self.call("CreateAccount", {"account": name})
            if parent != ROOT:
                self.call("MoveAccount", {"account": name, "source": ROOT, "destination": parent})
        for name, policy in before.policies.items():
            self.call("CreatePolicy", {"policy": name, "says": policy.says, "type": policy.type})
            for target in policy.on:
                self.call("AttachPolicy", {"policy": name, "target": target})

    def call(self, call: str, given: Mapping[str, Says]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Call by the names of a history; return the API's parameters and its answer. Raises ApiError."""
        parameters = self.parameters(call, given)
        created = _CREATES.get(call)
        if created is None:
            return parameters, self.organization.call(call, parameters)
        kind, make_id = created
        key = (kind, str(given[kind]))
        generation = self._generations.get(key, -1) + 1
        wanted = make_id(key[1], generation)
        self._ids.plan(wanted)
        try:
            answer = self.organization.call(call, parameters)
        finally:
            self._ids.forget()
        if answer.get("CreateAccountStatus", {}).get("State") == "FAILED":
            return parameters, answer
        self._generations[key] = generation
        self._named[key] = wanted
        return parameters, answer

    def parameters(self, call: str, given: Mapping[str, Says]) -> dict[str, Any]:
        """Return the API's parameters of a call that is given by the names of a history."""
        if call in ("EnablePolicyType", "DisablePolicyType"):
            return {"RootId": ROOT_ID, "PolicyType": given.get("type", SCP)}
        found: dict[str, Any] = {}
        for key, parameter in KNOWN[call].items():
            value = given.get(key, parameter.otherwise)
            if value is None:
                continue
            if parameter.kind == "says":
                found[parameter.api] = content(value)
            elif parameter.kind in ("policy", "target", "parent", "unit", "account"):
                found[parameter.api] = self._id(parameter.kind, str(value))
            else:
                found[parameter.api] = value
        if call == "CreateAccount":
            found["Email"] = f"{found['AccountName']}@example.com"
        return found

    def id_of(self, name: str) -> str:
        """Return the id of a policy, unit, account or the root; an id stands for itself."""
        if name == ROOT:
            return ROOT_ID
        for kind in ("policy", "unit", "account"):
            if (kind, name) in self._named:
                return self._named[kind, name]
        return name

    def attached(self, target: str) -> frozenset[str]:
        """Return the ids of all policies on a target, of every type. `target` is a name or an id."""
        try:
            policies, target_id = self.organization.policies, self.id_of(target)
            return frozenset(p.id for kind in (SCP, RCP) for p in policies.attached(target_id, kind))
        except ApiError:
            return frozenset()

    def content(self, policy: str) -> str | None:
        """Return a policy's content; None if there is no such policy. `policy` is a name or an id."""
        found = self.organization.policies.find(self.id_of(policy))
        return found.content if found else None

    def parent(self, child: str) -> str | None:
        """Return the id of a unit's or account's parent; None if it is gone. `child` is a name or an id."""
        tree, child_id = self.organization.tree, self.id_of(child)
        found = tree.units.get(child_id) or tree.accounts.get(child_id)
        return found.parent_id if found else None

    def name_of(self, thing_id: str) -> str:
        """Return the name of an id, for people; the id itself if the history does not name it."""
        if thing_id == ROOT_ID:
            return ROOT
        return next((name for (_, name), known in self._named.items() if known == thing_id), thing_id)

    def _id(self, kind: str, name: str) -> str:
        if kind == "policy":
            known = self._named.get(("policy", name))
            return known or identities.policy_id(name)
        if name == ROOT:
            return ROOT_ID
        unit, account = self._named.get(("unit", name)), self._named.get(("account", name))
        if kind in ("account", "target") and account:
            return account
        return unit or (identities.account_id(name) if kind == "account" else identities.unit_id(name))

    def _call(self, operation: str, **parameters: str) -> None:
        self.organization.call(operation, parameters)


def content(says: Says) -> str:
    """Return the JSON text of a policy's content."""
    if not isinstance(says, str):
        return json.dumps(says)
    what = says.removeprefix("deny ")
    action = "*" if what == "all" else what if ":" in what else f"{what}:*"
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}
    )
