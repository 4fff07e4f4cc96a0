"""What a post-mortem's draft says: the story, what is known around it, and what is not.

What cannot be known is said to be unknown. Root cause and follow-ups are people's to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from urllib.parse import quote

from cli import output
from cli.aws import Aws
from cli.drawing import Lockout, summary
from cli.drawing.words import counted
from cli.exits import TroubleError
from cli.incident import sample
from cli.incident.story import TOOK, MomentKind, Story
from cli.organization_tree import Tree
from cli.progress import steps
from cli.report import Did, Row
from cli.zones import local_label
from rootguard.domain.drift import ChangeKind
from rootguard.domain.policy import is_account_id, is_root_id
from rootguard.incidents.incident import Result
from rootguard.notify.phrases import IN_FORCE, STILL_IN_FORCE, capital, clean, time_label

_CONSOLES: Final = {"us-gov-": "console.amazonaws-us-gov.com", "cn-": "console.amazonaws.cn"}
"""Where the console of the other partitions is, by how their Regions begin."""
_EVENT_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What is known around a story.

    Attributes:
        region: where CloudTrail shows the event.
        tree: the organization as it was at `read_at`, UTC; None where it was not read.
        without: why it was not read, as a sentence.
    """

    region: str
    tree: Tree | None = None
    read_at: datetime | None = None
    without: str = ""


@dataclass(frozen=True, slots=True)
class MomentRow(Row):
    """One line of the timeline, and what kind of moment it tells of."""

    kind: MomentKind


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, ready to be laid out. Its texts are of one line each, but for `content`.

    Attributes:
        content: the policy as it was read, if it has no statements.
        lockout: what is drawn, and `drawn` in words; None where nothing is, and `undrawn` says why.
    """

    story: Story
    summary: tuple[str, ...]
    timeline: tuple[MomentRow, ...]
    impact: tuple[tuple[str, str], ...]
    who_did_what: tuple[Did, ...]
    content: str
    event_url: str
    lockout: Lockout | None
    drawn: str
    as_of: str
    undrawn: str


def context_of(story: Story, wanted: str) -> ReportContext:
    """Return what is known around a story: from AWS as it is now, or made up with the sample."""
    if wanted == sample.SAMPLE:
        tree = Tree(sample.organization(), sample.MANAGEMENT_ACCOUNT)
        return ReportContext("us-east-1", tree, sample.READ_AT)
    aws = Aws()
    if story.changed_nothing or not story.target_id:
        return ReportContext(aws.region)
    try:
        with steps(output.stderr()) as begin:
            begin("Read the organization: every OU, every account")
            return ReportContext(aws.region, aws.tree(), datetime.now(UTC))
    except TroubleError as trouble:
        why = str(trouble).splitlines()[0]
        return ReportContext(aws.region, without=f"The organization could not be read: {clean(why)}")


def drafted(story: Story, around: ReportContext, zone: tzinfo | None) -> Draft:
    """Return the draft. Pure."""
    lockout = _lockout(story, around)
    return Draft(
        story=story,
        summary=_summary(story),
        timeline=tuple(
            MomentRow(
                time_label(moment.at),
                local_label(moment.at, zone),
                story.since(moment),
                moment.what,
                moment.kind,
            )
            for moment in story.timeline
        ),
        impact=(
            (IN_FORCE, story.in_force),
            *([(TOOK, story.took)] if story.took else []),
            ("Accounts reached", story.reached),
            ("OUs reached", _units_reached(story, around)),
        ),
        who_did_what=_who_did_what(story),
        content=_content(story),
        event_url=_event_url(story.event_id, around.region),
        lockout=lockout,
        drawn=f"{capital(summary(lockout))}." if lockout else "",
        as_of=f"The organization as it was read at {time_label(around.read_at)}." if around.read_at else "",
        undrawn="" if lockout else _why_undrawn(story, around),
    )


def _summary(story: Story) -> tuple[str, ...]:
    lasted = f"for {story.in_force}" if story.in_force[0].isdigit() else story.in_force
    was = f"It is {lasted}" if lasted == STILL_IN_FORCE else f"It was in force {lasted}"
    in_force = f"{was}. It reached {story.reached}."
    return (
        story.page.sentences[0],
        _made(story),
        *([] if story.changed_nothing else [in_force]),
        story.ending.sentences[1],
    )


def _made(story: Story) -> str:
    at = time_label(story.incident.drift.at)
    if story.incident.drift.actor is None:
        return f"A sweep found it at {at}; its event, which says who did it, has not arrived yet."
    return f"The change was made at {at}, by {story.actor}."


def _who_did_what(story: Story) -> tuple[Did, ...]:
    by = next((field.lines[1:] for field in story.page.fields if field.label == "By"), ())
    wrote = tuple(capital(did) for did in story.writes)
    if not wrote:
        others = story.incident.result is Result.ALREADY_UNDONE
        wrote = ("Wrote nothing: it was undone already" if others else "Wrote nothing",)
    return (Did(story.actor, (capital(story.what), *by)), Did("Rootguard", wrote))


def _content(story: Story) -> str:
    if story.statements:
        return ""
    return "\n".join(clean(line) for line in story.content.splitlines())


def _event_url(event_id: str, region: str) -> str:
    """Return where the console shows an event; empty where no event is known."""
    if not _EVENT_ID.fullmatch(event_id):
        return ""
    host = next(
        (host for start, host in _CONSOLES.items() if region.startswith(start)), "console.aws.amazon.com"
    )
    return f"https://{region}.{host}/cloudtrailv2/home?region={region}#/events/{quote(event_id)}"


def _lockout(story: Story, around: ReportContext) -> Lockout | None:
    if around.tree is None or not story.locked_out:
        return None
    return Lockout(
        root=around.tree.root,
        management_account_id=around.tree.management_account_id,
        target_id=story.target_id,
        mark="edited here" if story.incident.drift.kind is ChangeKind.UPDATED else "attached here",
    )


def _why_undrawn(story: Story, around: ReportContext) -> str:
    if story.changed_nothing:
        return "Nothing changed, so the organization is not drawn."
    return around.without or "This locked nobody out of everything, so the organization is not drawn."


def _units_reached(story: Story, around: ReportContext) -> str:
    target_id = story.target_id
    if story.changed_nothing or is_account_id(target_id):
        return "none"
    if around.tree is None:
        return (
            "unknown: the organization could not be read"
            if target_id
            else "unknown: the call names no target"
        )
    target = next((unit for unit in around.tree.root.walk() if unit.id == target_id), None)
    if target is None:
        return f"unknown: {target_id} is not in the organization any more"
    below = list(target.walk())
    units = [unit for unit in below if not is_root_id(unit.id)]
    reached, holding = counted(len(units), "OU"), sum(bool(unit.accounts) for unit in units)
    if not all(unit.is_read for unit in below):
        return f"at least {reached} (not all could be read)"
    return reached if holding == len(units) else f"{reached}, {holding} of them with accounts"
