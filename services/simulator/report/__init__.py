"""The demo's report: one HTML page that tells in words and plots what happened. Pure.

The page needs nothing but itself: styles inside, plots as SVG, no script. Every sentence is computed from the
data, because a page that praises a run which failed is worse than none.

    page       the whole page, in the order of its sections
    change     a card for each change: its story, its evidence and its share of users over time
    case       the table of cases, and a card for each that a change answers
    evidence   the upper plot of a change
    plot       axes, paths, figures, facts
    geometry   boxes, scales, labels, thinning, ticks
    words      every sentence
    numbers    words for numbers, and escaping
    model      what the page is made of

Each imports only from those below it.
"""

from services.simulator.report.case import CASES_SHOWN
from services.simulator.report.geometry import POINTS_PER_LINE, Box, Frame, thin
from services.simulator.report.model import (
    DAY,
    HOUR,
    NO_DATA,
    CaseStory,
    ChangeStory,
    EvidencePoint,
    Report,
    SharePoint,
)
from services.simulator.report.page import render
from services.simulator.report.words import case_story, headline, lede, story

__all__ = [
    "CASES_SHOWN",
    "DAY",
    "HOUR",
    "NO_DATA",
    "POINTS_PER_LINE",
    "Box",
    "CaseStory",
    "ChangeStory",
    "EvidencePoint",
    "Frame",
    "Report",
    "SharePoint",
    "case_story",
    "headline",
    "lede",
    "render",
    "story",
    "thin",
]
