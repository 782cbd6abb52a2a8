"""Pictures of an evaluation, equal byte for byte in each run: as PNG, and as SVG for a page.

In the SVG, ink is the text's colour of the page, so that it can be read in light and dark.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from scipy.cluster.hierarchy import leaves_list, linkage

from bot.trainer.evaluation_report.intervals import Share
from bot.trainer.evaluation_report.scores import Bin, Content

INK, GOOD, BAD, PALE = "#1b2735", "#3d85c6", "#cc5a41", "#8a97a5"
SHOWN_INTENTS = 40
"""The most intents of a confusion matrix whose names can still be read."""
_DPI = 110
_STYLE: Mapping[str, Any] = {
    "svg.hashsalt": "svara",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "image.cmap": "Blues",
}
Draw = Callable[[], Figure]


@dataclass(frozen=True)
class Picture:
    """A picture for people who see it and a sentence for those who do not.

    Attributes:
        name: of its file, without the ending.
        told: what it shows, in a sentence.
        svg: markup for a page, without an XML head.
    """

    name: str
    title: str
    told: str
    png: bytes
    svg: str


def draw(name: str, title: str, told: str, figure: Draw) -> Picture:
    """Makes both kinds of a picture."""
    with mpl.rc_context(dict(_STYLE)):
        made = figure()
        png, svg = io.BytesIO(), io.StringIO()
        made.savefig(
            png, format="png", dpi=_DPI, bbox_inches="tight", facecolor="white",
            metadata={"Software": None},
        )  # fmt: skip
        made.savefig(
            svg, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None}
        )
    return Picture(name, title, told, png.getvalue(), _for_page(svg.getvalue(), name))


def of_content(content: Content) -> tuple[Picture, ...]:
    """The pictures of an evaluation."""
    shown = confused_most(content)
    rest = len(content.intents) - len(shown)
    some = f" The {len(shown)} most confused; {rest} others are left out." if rest > 0 else ""
    chosen = content.chosen
    covered = chosen.coverage.share if chosen.coverage else 0.0
    accurate = chosen.accuracy.share if chosen.accuracy else 0.0
    return (
        draw(
            "intents",
            "How many sentences of each intent are understood",
            "The dot is the share; the line shows how far chance may have moved it, further where "
            "there are few sentences (95 % interval). The weakest are at the top.",
            lambda: _shares(content),
        ),
        draw(
            "confusion",
            "What is taken for what",
            f"A row for what was meant, a column for what was understood.{some}",
            lambda: _confusion(content, shown),
        ),
        draw(
            "coverage",
            "How much it answers by itself, and how much of that is right",
            f"The bot answers by itself from {chosen.threshold:.0%} sure on: {covered:.1%} of what "
            f"is its business, and {accurate:.1%} of that rightly. To the right it would answer "
            "more, and be wrong more often.",
            lambda: _coverage(content),
        ),
        draw(
            "reliability",
            "Is it as sure as it is right?",
            "On the slanted line, 80 % are right of the sentences of which it is 80 % sure. A dot "
            "below the line: it is too sure. Each dot stands for as many sentences as the others.",
            lambda: _reliability(content.bins),
        ),
    )


def in_words(name: str) -> str:
    """An intent's name as it stands in a picture."""
    return name.replace("_", " ")


def confused_most(content: Content, most: int = SHOWN_INTENTS) -> list[str]:
    """The intents of a confusion matrix: those with the most mistakes, like beside like."""
    names = [one.name for one in content.intents]
    count: Counter[str] = Counter(dict.fromkeys(names, 0))
    for pair in content.confused:
        count[pair.intent] += len(pair.mistakes)
        count[pair.predicted] += len(pair.mistakes)
    chosen = sorted(name for name, _ in sorted(count.items(), key=lambda i: (-i[1], i[0]))[:most])
    matrix = _matrix(content, chosen)
    if len(chosen) < 3:
        return chosen
    between = matrix + matrix.T
    np.fill_diagonal(between, 0)
    apart = 1 / (1 + between)
    rows, columns = np.triu_indices(len(chosen), 1)
    return [chosen[place] for place in leaves_list(linkage(apart[rows, columns], "average"))]


def shares_of(
    names: Sequence[str], shares: Sequence[Share], label: str, *, mark: float | None = None
) -> Figure:
    """Shares with their intervals, one below the other."""
    figure = Figure(figsize=(7, 0.9 + 0.21 * len(names)))
    axes = figure.subplots()
    rows = np.arange(len(names))
    axes.hlines(rows, [s.low for s in shares], [s.high for s in shares], color=PALE, lw=2)
    axes.plot([s.share for s in shares], rows, "o", color=GOOD, ms=5)
    if mark is not None:
        axes.axvline(mark, color=INK, lw=0.8, ls=":")
    axes.set_yticks(rows)
    labels = [f"{in_words(n)} ({s.of})" for n, s in zip(names, shares, strict=True)]
    axes.set_yticklabels(labels, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(min(0.5, *(s.low for s in shares)), 1.01)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(label)
    axes.grid(axis="x", color=PALE, alpha=0.3)
    return figure


def _shares(content: Content) -> Figure:
    weakest = sorted(content.intents, key=lambda one: (one.understood.share, one.name))
    return shares_of(
        [one.name for one in weakest],
        [one.understood for one in weakest],
        "understood; dotted: of all sentences",
        mark=content.all.understood.share,
    )


def _confusion(content: Content, names: Sequence[str]) -> Figure:
    matrix = _matrix(content, names)
    size = 2.2 + 0.2 * len(names)
    figure = Figure(figsize=(size, size))
    axes = figure.subplots()
    meant = {one.name: one.understood.of for one in content.intents}
    of = np.array([max(1, meant.get(name, 0)) for name in names])[:, None]
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    for kind, colour in ((np.diag(np.diag(matrix)), GOOD), (wrong, BAD)):
        rows, columns = np.nonzero(kind)
        part = (kind / of)[rows, columns]
        # Small shares have to be seen, too: colour by the square root.
        shade = [(*mpl.colors.to_rgb(colour), min(1.0, 0.2 + 0.8 * each**0.5)) for each in part]
        axes.scatter(columns, rows, marker="s", s=105, color=shade or colour, linewidths=0)
        for row, column in zip(rows, columns, strict=True):
            number = str(int(kind[row, column]))
            axes.text(column, row, number, ha="center", va="center", fontsize=5.5)
    for one, ticks in (
        (axes.set_xticks, axes.set_xticklabels),
        (axes.set_yticks, axes.set_yticklabels),
    ):
        one(range(len(names)))
        ticks([in_words(name) for name in names], fontsize=7)
    for label in axes.get_xticklabels():
        label.set_rotation(90)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel("understood")
    axes.set_ylabel("meant")
    axes.grid(color=PALE, alpha=0.15)
    axes.set_axisbelow(True)
    return figure


def _coverage(content: Content) -> Figure:
    figure = Figure(figsize=(6.4, 4.2))
    axes = figure.subplots()
    known = [(p.coverage, p.accuracy) for p in content.curve if p.coverage and p.accuracy]
    covered = [coverage.share for coverage, _ in known]
    axes.fill_between(
        covered, [a.low for _, a in known], [a.high for _, a in known], color=GOOD, alpha=0.18, lw=0
    )
    axes.plot(covered, [a.share for _, a in known], color=GOOD, lw=2)
    here = content.chosen
    if here.coverage and here.accuracy:
        place = (here.coverage.share, here.accuracy.share)
        axes.plot(*place, "o", color=BAD, ms=8)
        axes.annotate(
            f"from {here.threshold:.0%} sure on: {place[0]:.0%} answered, {place[1]:.1%} right",
            place, textcoords="offset points", xytext=(-8, -16), ha="right",
        )  # fmt: skip
    axes.set_xlim(0, 1.01)
    axes.set_ylim(top=1.003)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel("answered by itself, of what is its business (coverage)")
    axes.set_ylabel("right, of these (accuracy)")
    axes.grid(color=PALE, alpha=0.3)
    return figure


def _reliability(bins: Sequence[Bin]) -> Figure:
    figure = Figure(figsize=(4.8, 4.6))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], ls=":", color=INK, lw=1)
    sure = [one.confidence for one in bins]
    axes.vlines(sure, [b.right.low for b in bins], [b.right.high for b in bins], color=PALE, lw=2)
    axes.plot(sure, [b.right.share for b in bins], "o", color=GOOD, ms=6)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel("how sure it was, on average")
    axes.set_ylabel("share that was right")
    axes.grid(color=PALE, alpha=0.3)
    return figure


def _matrix(content: Content, names: Sequence[str]) -> Any:
    """Counts (meant, understood) of some intents."""
    at = {name: place for place, name in enumerate(names)}
    found = np.zeros((len(names), len(names)))
    for one in content.intents:
        if one.name in at:
            found[at[one.name], at[one.name]] = one.understood.hits
    for pair in content.confused:
        if pair.intent in at and pair.predicted in at:
            found[at[pair.intent], at[pair.predicted]] = len(pair.mistakes)
    return found


def _for_page(svg: str, name: str) -> str:
    inside = svg[svg.index("<svg") :]
    inside = re.sub(r"<metadata>.*?</metadata>", "", inside, flags=re.DOTALL)
    # Several pictures share a page: their ids must not.
    inside = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", inside)
    inside = inside.replace(INK, "currentColor").replace("'DejaVu Sans'", "sans-serif")
    return re.sub(r'(<svg[^>]*?) height="[^"]*"', r'\1 aria-hidden="true"', inside, count=1)
