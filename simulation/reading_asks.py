"""What people ask of the functions for isolation and rehearsal, and who asks, from a history's YAML."""

from __future__ import annotations

import re
from typing import Final, cast, get_args

from simulation.reading_names import Names
from simulation.steps import OWN_EVENTS_AFTER, Ask, Proof, Rehearse, Verb, When
from simulation.yaml_lines import Value

_PROOFS: Final = get_args(Proof)
_WHEN: Final = get_args(When)
_NAME: Final = re.compile(r"[A-Za-z][\w-]*")


def ask(value: Value, names: Names) -> Ask:
    """Return the step of someone who isolates or releases accounts. Raises HistoryError."""
    verb: Verb = "isolate" if "isolate" in value.data else "release"
    only = ("to",) if verb == "release" else ()
    allowed = ("at", "by", verb, *only, "dry_run", "proof", "event", "interleave")
    found = value.entries(*allowed, required=("at", "by"))
    accounts = tuple(names.check(account, "account") for account in found[verb].items())
    if not accounts:
        raise found[verb].error("no account is named", f"write {verb}: [ACCOUNT, …]")
    if "dry_run" in found and found["dry_run"].data is not True:
        raise found["dry_run"].error("expected true", "write dry_run: true, or take it out")
    name, refused = by(found["by"])
    return Ask(
        at=found["at"].number(),
        by=name,
        verb=verb,
        accounts=accounts,
        to=names.check(found["to"], "parent") if "to" in found else None,
        dry_run="dry_run" in found,
        refused=refused,
        proof=cast("Proof", found["proof"].one_of(*_PROOFS)) if "proof" in found else "own",
        event=found["event"].times() if "event" in found else (OWN_EVENTS_AFTER,),
        interleave=found["interleave"].whole(0) if "interleave" in found else None,
    )


def rehearse(value: Value) -> Rehearse:
    """Return the step in which a rehearsal is to begin. Raises HistoryError."""
    found = value.entries("at", "by", "rehearse", "event", "interleave", required=("at",))
    when = cast("When", found["rehearse"].one_of(*_WHEN))
    if when == "due" and "by" in found:
        raise found["by"].error("the schedule asks, and nobody", "write rehearse: now, or take it out")
    if when != "due" and "by" not in found:
        raise value.error('the key "by" is missing', "add by: NAME, or write rehearse: due")
    name, refused = by(found["by"]) if "by" in found else ("", False)
    return Rehearse(
        at=found["at"].number(),
        when=when,
        by=name,
        refused=refused,
        event=found["event"].times() if "event" in found else (OWN_EVENTS_AFTER,),
        interleave=found["interleave"].whole(0) if "interleave" in found else None,
    )


def by(value: Value) -> tuple[str, bool]:
    """Return who acts, and whether IAM refuses it. Raises HistoryError."""
    word, _, name = value.text().rpartition(" ")
    if word not in ("", "refused") or not _NAME.fullmatch(name):
        raise value.error(f'"{value.data}" is nobody', "write a name, or refused and a name")
    return name, word == "refused"
