"""What is wrong with guardrail.yaml, in words for the person who fixes it.

Second half of `config.load`: pydantic says what it refused and where in the data; here each
refusal gets the line it was written on and what would be right. What concerns several values, such as
repeated names and too many targets, is looked for in the raw data, so that it shows even when other values
are wrong as well.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from rootguard.domain.policy import FULL_ACCESS
from stacks import quarantine_rules, rehearsal_rules
from stacks.config_values import ALWAYS_ALLOWED, FORENSIC_ROLE, FULL_ACCESS_IDS, PRINCIPAL_ARN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from stacks.config_source import FieldPath, Plain, Problem, Source

# Targets are ARNs in the role's statements to detach and to attach, pins in the one to move back, and
# IAM takes a statement no longer than a managed policy: 6,144 characters. 35 of either fit with the
# longest partition and ids.
MAX_TARGETS = MAX_PINS = 35
_LIMITS = {
    "targets": (
        MAX_TARGETS,
        "targets",
        "protect an OU above several of them, with include_descendants: true",
    ),
    "pin_accounts": (MAX_PINS, "pinned accounts and OUs", "pin the OU that several of the accounts are in"),
}

# The names of the protections that a section of the file brings with it, and that section.
_BROUGHT = {quarantine_rules.NAME: "quarantine", rehearsal_rules.NAME: "rehearsal"}

# A function may run for 15 minutes ("Lambda quotas", Lambda guide), and a run of the watch lasts until the
# next sweep is due.
MOST_MINUTES = 14

# Keys people write for a list that does not exist: everything not allowed is a violation already.
_DENY_KEYS = frozenset({"deny", "denied", "deny_list", "denylist", "forbid", "forbidden"})


def explained(source: Source, error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every refusal of `model`, as a problem with a line."""
    refusals = error.errors()
    # pydantic counts only the entries it accepted, and would call a list of wrong ones too short.
    judged = {refusal["loc"][:depth] for refusal in refusals for depth in range(len(refusal["loc"]))}
    return [
        source.problem(path, trouble, fix)
        for refusal in refusals
        if refusal["type"] != "too_short" or refusal["loc"] not in judged
        for path, trouble, fix in _explained(source, refusal, model)
    ]


def _explained(
    source: Source, details: ErrorDetails, model: type[BaseModel]
) -> Iterator[tuple[FieldPath, str, str]]:
    path, kind, value = details["loc"], details["type"], details["input"]
    context = details.get("ctx", {})
    if kind == "extra_forbidden":
        yield path, *_unknown_key(path, model)
        if str(path[-1]).lower() in _DENY_KEYS:
            for policy_id in sorted(FULL_ACCESS_IDS & set(_scalars(value))):
                yield path, f'"{policy_id}" is to be denied', f"{ALWAYS_ALLOWED}: remove it"
    elif kind == "refused":
        yield path, context["trouble"], context["fix"]
    elif kind == "missing":
        yield path, "is missing", f"add `{path[-1]}:`"
    elif kind == "literal_error":
        yield path, *_unknown_word(path, source.texts.get(path), context["expected"])
    elif value is None:
        yield path, "is empty", "write a value, or remove the key"
    else:
        yield path, *_wrong_shape(kind, source.texts.get(path), context, details["msg"])


def _unknown_key(path: FieldPath, model: type[BaseModel]) -> tuple[str, str]:
    key = str(path[-1])
    known = list(_model_at(path[:-1], model).model_fields)
    nearest = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
    fix = f'write "{nearest[0]}"' if nearest else f"use one of: {', '.join(known)}"
    return f'unknown key "{key}"', fix


def _model_at(path: FieldPath, model: type[BaseModel]) -> type[BaseModel]:
    """The model that judges the mapping at `path`: each has one nested model per field at most."""
    for part in path:
        if isinstance(part, str):
            model = _nested(model.model_fields[part].annotation)
    return model


def _nested(annotation: Any) -> Any:
    """The model inside `tuple[Model, ...]`, or the model itself."""
    arguments = getattr(annotation, "__args__", ())
    return arguments[0] if arguments else annotation


def _unknown_word(path: FieldPath, text: str | None, expected: str) -> tuple[str, str]:
    written = f'"{text}"' if text is not None else "this"
    if "policy_types" in path:
        return (
            f"unknown policy type {written}",
            f"write {' or '.join(FULL_ACCESS)}: no other type can take access away",
        )
    return f"{written} is not one of the choices", f"write {expected}".replace("'", '"')


def _wrong_shape(kind: str, text: str | None, context: dict[str, Any], message: str) -> tuple[str, str]:
    written = f'"{text}"' if text is not None else "this"
    match kind:
        case "string_type" if text is not None:
            return f"{text} is not text to YAML", f'quote it: "{text}"'
        case "string_type":
            return "is not text", "write one value in quotes"
        case "bool_type":
            return f"{written} is not a truth value", "write true or false, without quotes"
        case "int_type" if text is not None and text.startswith("0"):
            return f"{text} is not a decimal number to YAML", "write it without the zero in front"
        case "int_type":
            return f"{written} is not a whole number", "write digits, without quotes"
        case "tuple_type":
            return "is not a list", "write one `- value` per line, or [value, value]"
        case "model_type" | "dict_type":
            return "is not a mapping", "write `key: value` lines"
        case "too_short":
            return "is empty", "write at least one entry, else nothing would be protected"
        case "greater_than_equal" | "less_than_equal":
            bound = context.get("ge", context.get("le"))
            word = "at least" if "ge" in context else "at most"
            return f"{text} is out of range", f"write {word} {bound}"
        case _:
            return message, "see docs/configuration.md"


def repeated(source: Source) -> list[Problem]:
    """Names, targets and list entries that stand in the file twice."""
    problems: list[Problem] = []
    first_seen: dict[tuple[str, str], FieldPath] = {}

    def note(scope: str, path: FieldPath, fix: str) -> None:
        text = source.texts.get(path)
        if text is None:
            return
        first = first_seen.setdefault((scope, text), path)
        if first != path:
            trouble = f'"{text}" is already on line {source.lines[first]}'
            problems.append(source.problem(path, trouble, fix))

    for path in sorted(source.texts, key=lambda path: source.lines[path]):
        match path:
            case ("protections", int(), "name"):
                note("name", path, "give each protection its own name")
            case ("protections", int(), "targets", int()):
                note("target", path, "keep a target in one protection")
            case (*parents, int()):
                note(str(parents), path, "remove the repetition")
    return problems


def too_many(source: Source) -> list[Problem]:
    """More targets or pins, in all protections together, than the role's permissions can name."""
    problems: list[Problem] = []
    for field, (most, what, fix) in _LIMITS.items():
        count = len([path for path in source.texts if path[::2] == ("protections", field)])
        if count > most:
            trouble = f"{count} {what} are more than one role's permissions can name"
            problems.append(source.problem(("protections",), trouble, f"write at most {most}: {fix}"))
    return problems


def taken(source: Source) -> list[Problem]:
    """A protection with the name of one that the quarantine, or the rehearsal, brings with it."""
    sections = {path[0] for path in source.texts if len(path) > 1}
    return [
        source.problem(
            path,
            f'"{text}" is what the protection of the {text} OU is called',
            "give this protection another name",
        )
        for path, text in source.texts.items()
        if path[::2] == ("protections", "name") and text in _BROUGHT and _BROUGHT[text] in sections
    ]


def unwatchable(source: Source) -> list[Problem]:
    """A watch that has no Root to look at, or that Lambda ends before the next sweep starts it again."""
    where = ("watch", "when")
    if source.texts.get(where) != "always":
        return []
    problems = []
    named = {text for path, text in source.texts.items() if path[::2] == ("protections", "targets")}
    if "root" not in named:
        fix = "name root under `targets` of a protection"
        problems.append(source.problem(where, "only Root is watched, and nothing protects it", fix))
    sweep = source.data.get("sweep") if isinstance(source.data, dict) else None
    minutes = sweep.get("every_minutes") if isinstance(sweep, dict) else None
    if isinstance(minutes, int) and minutes > MOST_MINUTES:
        trouble = f"each sweep starts the watch again, and {minutes} minutes between them are too long"
        problems.append(source.problem(where, trouble, f"sweep every {MOST_MINUTES} minutes at least"))
    return problems


def foreign(source: Source, partition: str) -> list[Problem]:
    """Principals of another partition: none of theirs ever makes a call in this one."""
    return [
        source.problem(
            path,
            f'"{text}" is of the partition {found[1]}, and the stack of {partition}',
            f"write the ARN of a role or user of this organization: arn:{partition}:iam::…",
        )
        for path, text in source.texts.items()
        if (
            path[::2] == ("protections", "trusted_principals")
            or path[:1] == ("trusted_principals",)
            or path[:2] == ("quarantine", "forensic_roles")
        )
        and (found := re.fullmatch(PRINCIPAL_ARN, text) or re.fullmatch(FORENSIC_ROLE, text))
        and found[1] != partition
    ]


def not_offered(source: Source, partition: str) -> list[Problem]:
    """Ways to page that AWS does not have in a partition: there are no text messages in China.

    Source: "Supported countries and regions", Amazon SNS Developer Guide, "Mobile text messaging (SMS)".
    """
    if partition != "aws-cn":
        return []
    return [
        source.problem(
            path,
            f'"{text}" cannot be reached: SNS sends no text messages in the partition aws-cn',
            "remove it, and name an e-mail address or a channel instead",
        )
        for path, text in source.texts.items()
        if path[:2] == ("pages", "sms")
    ]


def _scalars(value: Plain) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)
    else:
        yield str(value)
