"""The page of many changes at once: a line for each, most severe first.

SNS suspends an e-mail subscription that gets more than ten messages a second ("Amazon SNS endpoints and
quotas", AWS General Reference), and nobody reads dozens of pages of one pipeline's mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import AT_ONCE, brief, cut

_LINE = 300  # bytes of a change's line at most: names in it can be long
_TITLE = 56  # characters of the first change's title: a text message has room for 72
_BY_SEVERITY = list(Severity)


def page(pages: Sequence[Page]) -> Page:
    """Return one page of several. `pages` has two at least."""
    ordered = sorted(pages, key=lambda each: (_BY_SEVERITY.index(each.severity), each.at.timestamp()))
    worst, others = ordered[0], len(ordered) - 1
    counts = Counter(each.headline for each in ordered)
    counted = ", ".join(f"{count} {headline}" for headline, count in counts.items())
    unsafe = [each for each in ordered if each.safe is False]
    is_safe = False if unsafe else all(each.safe for each in ordered) or None  # an exception is neither
    safe = "All of it is safe now." if is_safe else "What is undone is safe now. Read the others."
    if unsafe:
        verb = "is" if len(unsafe) == 1 else "are"
        safe = f"{len(unsafe)} of them {verb} NOT safe. Begin with the first one."
    more = f", and {others} more"
    return Page(
        kind=Kind.DIGEST,
        severity=worst.severity,
        about=f"{worst.about}{more}",
        at=worst.at,
        headline=worst.headline,
        title=f"{brief(worst.title, _TITLE)}{more}",
        sentences=(f"{len(ordered)} changes within a few seconds: {counted}.", safe),
        aside=worst.aside if worst.aside.endswith(AT_ONCE) else "",
        safe=is_safe,
        fields=facts(
            *(
                (severity.value.capitalize(), *(_line(each) for each in ordered if each.severity is severity))
                for severity in Severity
            )
        ),
        steps=(
            *dict.fromkeys(step for each in unsafe for step in _first(each)),
            "Read the others. This shows each one as a whole:\nrootguard incident list",
        ),
    )


def _first(page: Page) -> Sequence[str]:
    """Return the step to begin with: the first one that has a command, if one has."""
    return [step for step in page.steps if "\n" in step][:1] or page.steps[:1]


def _line(page: Page) -> str:
    return cut(f"{page.headline}: {page.title}{page.aside} ({page.about})", _LINE)
