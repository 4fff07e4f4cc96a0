"""The organization, drawn: what a lockout reached and what stayed reachable, as SVG, mermaid and a line.

A report hands over the tree as it was read; nothing here asks AWS. Drawing a large organization folds what
does not fit, and says so in numbers.
"""

from cli.drawing.mermaid import mermaid
from cli.drawing.organization import Account, Lockout, Unit
from cli.drawing.summary import summary
from cli.drawing.svg import svg

__all__ = ["Account", "Lockout", "Unit", "mermaid", "summary", "svg"]
