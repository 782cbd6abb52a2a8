"""How good the search of the knowledge base is, with the encoders of the NLU."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.errors import SvaraError
from bot.nlu.search_encoder import search_encoders
from bot.trainer.costs import peak_memory_mb
from kb_connector.errors import KnowledgeBaseError
from kb_connector.evaluation.evaluate import Evaluation, Progress, evaluate
from kb_connector.evaluation.questions import read_articles, read_queries


@dataclass(frozen=True)
class Report:
    """What `svara evaluate kb` writes.

    Attributes:
        peak_memory_mb: most memory of the process, encoders included.
    """

    evaluation: Evaluation
    peak_memory_mb: float


def evaluate_kb(
    articles: Path,
    queries: Path,
    output: Path,
    *,
    split: str | None = None,
    tune: bool = False,
    progress: Progress = list,
) -> Report:
    """Measures the search and writes the report as JSON.

    Args:
        articles: JSONL, see `kb_connector.evaluation.questions`.
        queries: likewise.
        split: which questions are tested; None for all that are not for training.
        tune: choose the threshold for answers on the questions of the split `train`.
        progress: shows how far the questions have been gone through.

    Raises:
        SvaraError: a file cannot be used, or the report cannot be written.
    """
    try:
        found = evaluate(
            read_articles(articles),
            read_queries(queries),
            encoders=search_encoders(),
            split=split,
            tune=tune,
            progress=progress,
        )
    except KnowledgeBaseError as error:
        raise SvaraError(str(error)) from error
    report = Report(found, peak_memory_mb())
    try:
        output.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SvaraError(f"The report cannot be written to {output}: {error.strerror}.") from error
    return report
