"""What happened, in figures that outlive the conversations and say nothing of anybody.

`facts` writes one row a conversation and one a case, without words, people or times of day; `measures` counts them.
"""

from handoff.figures.facts import COMES_BACK_WITHIN, due, forget_old, keep
from handoff.figures.measures import SMALLEST, Figure, Part, Report, measure
from handoff.figures.reading import Wanted, read

__all__ = [
    "COMES_BACK_WITHIN",
    "SMALLEST",
    "Figure",
    "Part",
    "Report",
    "Wanted",
    "due",
    "forget_old",
    "keep",
    "measure",
    "read",
]
