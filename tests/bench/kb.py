"""The search beside its peers, on public data: the table of `docs/kb-search.md`.

`make bench-kb DATA=FOLDER`, or `python -m tests.bench.kb --data FOLDER`. Each set is asked the same
questions by all four: Svara's search, BM25, TF-IDF and the plain sentence encoder.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bot.nlu.search_encoder import search_encoders
from bot.server import quiet
from kb_connector.article import Article
from kb_connector.evaluation.evaluate import ask_all, evaluate
from kb_connector.evaluation.measures import measure
from kb_connector.evaluation.questions import Query, read_articles, read_queries, to_test
from kb_connector.evaluation.searches import bm25, ours, plain_encoder, tfidf
from kb_connector.search.index import SearchIndex
from tests.bench.servers import ROOT

MEAN = (
    *(f"feedbackqa_{name}_en" for name in ("australia", "cdc", "uk", "who")),
    "stackfaq_en",
    "swefaq_sv",
    *(f"phpbb_faq_{lang}" for lang in ("en", "sv", "da", "nb")),
)
"""The sets whose mean is aimed at."""
OTHERS = tuple(
    f"{name}_help_{lang}" for name in ("gnome", "libreoffice") for lang in ("en", "sv", "da")
)
PEERS = {"svara": "Svara", "bm25": "BM25", "tfidf": "TF-IDF", "encoder": "encoder"}
ACROSS = ("en", "sv", "da", "nb")
BEGIN, END = "<!-- bench-kb: begin -->", "<!-- bench-kb: end -->"
SPLIT = "dev"


def one_set(folder: Path) -> dict[str, Any]:
    """All four on one set; Svara's without and with the earlier questions of `train`."""
    articles = read_articles(folder / "articles.jsonl")
    queries = read_queries(folder / "queries.jsonl")
    tested = to_test(queries, SPLIT)
    encoders = search_encoders()
    found: dict[str, Any] = {}
    for peer, ask in (
        ("bm25", bm25(articles)),
        ("tfidf", tfidf(articles)),
        ("encoder", plain_encoder(articles, encoders[0])),
    ):
        found[peer] = asdict(measure(ask_all(ask, tested), 1.0, 1.0))
    found["svara"] = asdict(evaluate(articles, tested, encoders=encoders, split=SPLIT))
    if len(queries) > len(tested):
        found["asked"] = asdict(evaluate(articles, queries, encoders=encoders, split=SPLIT))
    return found


def across(data: Path) -> dict[str, dict[str, float]]:
    """Questions in one language (rows), articles in another alone (columns): recall@1."""
    encoders = search_encoders()
    folders = {lang: data / "retrieval" / f"phpbb_faq_{lang}" for lang in ACROSS}
    articles = {lang: read_articles(folders[lang] / "articles.jsonl") for lang in ACROSS}
    indexes = {lang: SearchIndex(articles[lang], encoders=encoders) for lang in ACROSS}
    found: dict[str, dict[str, float]] = {}
    for asking in ACROSS:
        queries = to_test(read_queries(folders[asking] / "queries.jsonl"), SPLIT)
        found[asking] = {
            lang: measure(
                ask_all(ours(indexes[lang]), _in(queries, articles[asking], articles[lang])), 1, 1
            ).recall_at_1
            for lang in ACROSS
        }
    return found


def _in(queries: Sequence[Query], here: Sequence[Article], there: Sequence[Article]) -> list[Query]:
    """The questions with the right article of another language."""
    slugs = {article.id: article.slug for article in here}
    ids = {article.slug: article.id for article in there}
    return [replace(query, article_id=ids[slugs[query.article_id]]) for query in queries]


def render(found: Mapping[str, Mapping[str, Any]], languages: Mapping[str, Any]) -> str:
    """The tables as Markdown."""
    return "\n".join(_render(found, languages))


def _render(found: Mapping[str, Mapping[str, Any]], languages: Mapping[str, Any]) -> Iterator[str]:
    yield from ("```", "$ make bench-kb DATA=FOLDER", "```", "")
    yield _wrapped(
        f"Split `{SPLIT}`; right article first, % of the questions. Mean: of the ten sets above "
        "it. *With earlier questions*: those of the split `train` count as answered before."
    )
    yield ""
    yield "| | " + " | ".join(PEERS.values()) + " | with earlier questions |"
    yield "|---|" + "---|" * (len(PEERS) + 1)
    for name in (*MEAN, "mean", *OTHERS):
        rows = MEAN if name == "mean" else (name,)
        cells = [_mean([_recall(found[row], peer) for row in rows]) for peer in PEERS]
        asked = [_recall(found[row], "asked" if "asked" in found[row] else "svara") for row in rows]
        shown = f"{100 * _mean(asked):.1f}" if any("asked" in found[row] for row in rows) else ""
        title = f"**{name}**" if name == "mean" else name
        yield f"| {title} | " + " | ".join(f"{100 * cell:.1f}" for cell in cells) + f" | {shown} |"
    yield ""
    yield _wrapped(
        "Svara's search without earlier questions: among the first three, mean of 1/place, share "
        "of the questions that are answered and right of those, calibration error, time."
    )
    yield ""
    yield "| | @3 | MRR | answered | right then | ECE | p50, ms | p99, ms |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in (*MEAN, *OTHERS):
        one = found[name]["svara"]["measures"]
        precision = "-" if one["precision"] is None else f"{100 * one['precision']:.1f}"
        yield (
            f"| {name} | {100 * one['recall_at_3']:.1f} | {one['mrr']:.3f} | "
            f"{100 * one['answered']:.1f} | {precision} | "
            f"{one['expected_calibration_error']:.3f} | {one['p50_ms']:.1f} | {one['p99_ms']:.1f} |"
        )
    every = [found[name]["svara"]["measures"] for name in (*MEAN, *OTHERS)]
    answers = sum(one["answered"] * one["questions"] for one in every)
    right = sum((one["precision"] or 0) * one["answered"] * one["questions"] for one in every)
    yield ""
    yield _wrapped(
        f"Of all {sum(one['questions'] for one in every):,} questions "
        f"{100 * answers / sum(one['questions'] for one in every):.1f} % were answered, "
        f"{100 * right / max(1, answers):.1f} % of them right."
    )
    yield ""
    yield _wrapped(
        "phpBB's questions in one language (row), with articles in another alone (column): right "
        "article first, %."
    )
    yield ""
    yield "| | " + " | ".join(ACROSS) + " |"
    yield "|---|" + "---|" * len(ACROSS)
    for asking, row in languages.items():
        yield f"| {asking} | " + " | ".join(f"{100 * row[lang]:.1f}" for lang in ACROSS) + " |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.kb", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with retrieval/")
    parser.add_argument("--output", type=Path, default=Path("var/bench-kb.json"))
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "kb-search.md")
    parser.add_argument("--no-docs", action="store_true", help="print the tables, write no page")
    given = parser.parse_args(arguments)
    quiet.prepare("ERROR")
    found = {
        name: one_set(given.data / "retrieval" / name)
        for name in tqdm((*MEAN, *OTHERS), unit=" sets")
    }
    languages = across(given.data)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps({"sets": found, "across": languages}), encoding="utf-8")
    text = render(found, languages)
    print(text)
    if not given.no_docs:
        page = given.docs.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        after = rest.partition(END)[2]
        given.docs.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    return 0


def _recall(found: Mapping[str, Any], peer: str) -> float:
    one = found[peer]
    return float(one.get("measures", one)["recall_at_1"])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100)


if __name__ == "__main__":
    sys.exit(main())
