"""`svara evaluate kb`: how good the search is on questions whose right article is known."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.evaluate_intents import FILE, READ_FILE
from bot.commands.options import example

if TYPE_CHECKING:
    from bot.trainer.kb_evaluation import Report
    from kb_connector.evaluation.questions import Query


@click.command(
    epilog=example(
        "svara evaluate kb --articles articles.jsonl --queries queries.jsonl --output report.json"
    )
)
@click.option("--articles", type=READ_FILE, required=True, help="JSONL: id, title, body, lang.")
@click.option("--queries", type=READ_FILE, required=True, help="JSONL: text, article_id, lang.")
@click.option("--split", help="Test these questions only. Default: all that are not 'train'")
@click.option("--tune", is_flag=True, help="Choose the threshold for answers, on 'train' alone.")
@click.option("--output", type=FILE, required=True, help="JSON file for the report.")
def kb(articles: Path, queries: Path, split: str | None, tune: bool, output: Path) -> None:
    """Measure the search of the knowledge base on articles and questions of your own."""
    from bot.server import quiet

    quiet.prepare("ERROR")
    from bot.trainer.kb_evaluation import evaluate_kb

    report = evaluate_kb(articles, queries, output, split=split, tune=tune, progress=_bar)
    click.echo("\n".join(_lines(report, tune=tune)))
    click.echo(f"The report is in {output}.")


def _bar(queries: Sequence[Query]) -> Iterable[Query]:
    from tqdm import tqdm

    return tqdm(queries, desc="Asking", unit=" questions", disable=None, leave=False)


def _lines(report: Report, *, tune: bool) -> Iterable[str]:
    found, measures = report.evaluation, report.evaluation.measures
    yield f"{measures.questions:,} questions to {found.articles:,} articles"
    if found.earlier_questions:
        yield f"{found.earlier_questions:,} questions that they have answered before"
    yield ""
    yield _named("right article first", _share(measures.recall_at_1))
    yield _named("  among the first three", _share(measures.recall_at_3))
    yield _named("  mean of 1/place", f"{measures.mrr:.3f}")
    yield _named("answered", f"{_share(measures.answered)}, from {found.answer_at:.2f}")
    yield _named("  right then", _share(measures.precision))
    yield _named("offered to choose from", f"{_share(measures.offered)}, from {found.offer_at:.2f}")
    yield _named("  right one among them", _share(measures.offered_right))
    yield _named("calibration error", f"{measures.expected_calibration_error:.3f}")
    yield _named("one question", f"{measures.p50_ms:.1f} ms; 99 % under {measures.p99_ms:.1f} ms")
    yield _named("making the index", f"{found.index_seconds:.1f} s")
    yield _named("peak memory", f"{report.peak_memory_mb:.0f} MB")
    if tune:
        yield from ("", "For svara.yml:", f"kb_answer_at: {found.answer_at:.2f}")


def _named(name: str, value: str) -> str:
    return f"  {name:<25}{value}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
