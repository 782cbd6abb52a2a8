"""The tables of `tests.bench.nlu`, as Markdown between two marks of a page."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.nlu_jobs import TIMED_JOB

Results = Mapping[tuple[str, str], dict[str, Any] | None]
BEGIN, END = "<!-- bench-nlu: begin -->", "<!-- bench-nlu: end -->"
NOT_RUN = "not run"
TITLES = {
    "svara": "Svara",
    "tfidf": "TF-IDF + LR",
    "logreg": "Rasa LogReg",
    "diet": "Rasa DIET",
}


@dataclass(frozen=True)
class Row:
    """A line of the tables: a job and one of its tests.

    Attributes:
        aim: least accuracy, 0 to 1.
    """

    title: str
    job: str
    test: str
    aim: float | None = None
    measure: str = "in_scope_accuracy"


_SHOP = {"en": "English", "sv": "Swedish", "da": "Danish", "nb": "Norwegian"}
ROWS = (
    Row("banking77", "banking77", "banking77", 0.945),
    Row("banking77, 10 an intent", "banking77_10shot", "banking77", 0.87),
    Row("clinc150, in scope", "clinc150_oos", "clinc150_oos", 0.97),
    Row("hwu64", "hwu64", "hwu64", 0.93),
    Row("hwu64, 10 an intent", "hwu64_10shot", "hwu64"),
    *(
        Row(f"massive {lang}", f"massive_{lang}", f"massive_{lang}", 0.89)
        for lang in ("sv", "da", "nb")
    ),
    Row("massive en", "massive_en", "massive_en"),
    *(
        Row(f"massive {lang}, trained on en", "massive_en", f"massive_{lang}", 0.75)
        for lang in ("sv", "da", "nb")
    ),
    *(
        Row(f"demo shop, {name}", "cs_nordic", f"cs_nordic_{lang}", 0.9, "accuracy")
        for lang, name in _SHOP.items()
    ),
)
_ECE, _ECE_AIM = "expected_calibration_error", 0.03
_AUROC, _AUROC_AIM = "out_of_scope_auroc", 0.975
_RECALL = "out_of_scope_recall_at_95_coverage"


def render(found: Results, speed: dict[str, Any] | None, epochs: int) -> str:
    """All tables.

    Args:
        found: results by job and peer, None for what has not been run.
        speed: of whole pipelines, as `nlu_speed.interleaved` returns it; None if not measured.
        epochs: DIET's.
    """
    return "\n".join(
        [
            "```",
            "$ make bench-nlu DATA=FOLDER",
            "```",
            "",
            _wrapped(
                "Trained on the `train` rows, tested on the `dev` rows, the same for all; BLAS and "
                f"TensorFlow with one thread. DIET: Rasa's default pipeline, {epochs} epochs. The "
                "demo shop is trained on its own examples and tested on sentences written apart "
                "from them."
            ),
            "",
            "Right first choices, %:",
            "",
            *_by_row(found, lambda row, r: _percent(_of(r, row.test, row.measure)), _aim),
            "",
            f"Expected calibration error (15 bins of equal width), aim {_ECE_AIM} at most:",
            "",
            *_by_row(found, lambda row, r: _number(_of(r, row.test, _ECE)), None),
            "",
            _wrapped(
                "Telling what is out of scope, clinc150; the score of a classifier that has none "
                "of its own is 1 minus the highest probability in scope; aim of the first line "
                f"{_AUROC_AIM}:"
            ),
            "",
            *_foreign(found),
            "",
            f"Training on {TIMED_JOB}, all rows; seconds of processor, all threads together:",
            "",
            *_training(found),
            "",
            *_speed(speed),
        ]
    )


def put(text: str, page: Path) -> None:
    """Replaces what is between the marks of a page.

    Raises:
        ValueError: the page does not have them.
    """
    old = page.read_text(encoding="utf-8")
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} needs the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def _by_row(
    found: Results,
    show: Callable[[Row, dict[str, Any]], str],
    aim: Callable[[Row], str] | None,
) -> list[str]:
    head = [*TITLES.values(), *(["aim"] if aim else [])]
    lines = [f"| | {' | '.join(head)} |", "|---" * (len(head) + 1) + "|"]
    for row in ROWS:
        results = [found.get((row.job, peer)) for peer in TITLES]
        cells = [show(row, result) if result else NOT_RUN for result in results]
        lines.append(f"| {' | '.join([row.title, *cells, *([aim(row)] if aim else [])])} |")
    return lines


def _foreign(found: Results) -> list[str]:
    lines = [f"| | {' | '.join(TITLES.values())} |", "|---" * (len(TITLES) + 1) + "|"]
    kinds = {"with examples of it": "clinc150_oos", "without": "clinc150_blind"}
    for what, key, show in (
        ("AUROC", _AUROC, _number),
        ("% found at 95 % coverage", _RECALL, _percent),
    ):
        for title, job in kinds.items():
            results = [found.get((job, peer)) for peer in TITLES]
            cells = [show(_of(r, "clinc150_oos", key)) if r else NOT_RUN for r in results]
            lines.append(f"| {what}, {title} | {' | '.join(cells)} |")
    return lines


def _training(found: Results) -> list[str]:
    lines = [
        "| | first time | one example more | model, MB | peak memory, MB |",
        "|---|---|---|---|---|",
    ]
    for peer, title in TITLES.items():
        result = found.get((TIMED_JOB, peer))
        if result is None:
            lines.append(f"| {title} | {' | '.join([NOT_RUN] * 4)} |")
            continue
        more = result["one_more"]
        size = result["model_mb"]
        cells = [
            f"{result['first']['cpu_seconds']:.1f}",
            f"{more['cpu_seconds']:.1f}" if more else "from the start again",
            f"{size:.1f}" if size else "-",
            f"{result['peak_memory_mb']:.0f}",
        ]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return lines


def _speed(speed: dict[str, Any] | None) -> list[str]:
    if speed is None:
        return [f"One message through the whole pipeline: {NOT_RUN}."]
    lines = [
        _wrapped(
            f"One message through the whole pipeline, trained by Rasa on {TIMED_JOB}; "
            f"{speed['messages']} messages, in blocks that take turns:"
        ),
        "",
        "| | p50, ms | p99, ms | Svara to it |",
        "|---|---|---|---|",
    ]
    for peer, p50 in speed["p50_ms"].items():
        ratio = speed["ratio_to"].get(peer)
        low, high = speed["ratio_range"].get(peer, (0, 0))
        shown = f"{ratio:.2f} ({low:.2f} to {high:.2f})" if ratio else ""
        lines.append(f"| {TITLES[peer]} | {p50:.1f} | {speed['p99_ms'][peer]:.1f} | {shown} |")
    return lines


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100)


def _of(result: dict[str, Any], test: str, key: str) -> float | None:
    value: float | None = result["tests"][test][key]
    return value


def _aim(row: Row) -> str:
    return "" if row.aim is None else _percent(row.aim)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
