"""Evaluations that are started from the console; their reports are kept in `var/evaluation`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import NluError
from bot.settings import Settings
from bot.trainer.intent_evaluation import Progress, Request

REPORT, BEHAVIOUR = "report", "behaviour"
_JSON = {REPORT: "report.json", BEHAVIOUR: "behaviour.json"}


def folder_of(settings: Settings, what: str) -> Path:
    """Where the report of this kind is."""
    return settings.var / "evaluation" / what


def run_job(settings: Settings, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Evaluates the training data; see `bot.trainer.jobs`.

    Args:
        arguments: `what`: `report` or `behaviour`.

    Raises:
        NluError: the data cannot be trained on.
    """
    # Only what is asked for: a picture's library takes a second to load.
    from bot.trainer.behaviour import making as behaviour  # noqa: PLC0415
    from bot.trainer.evaluation_report import making  # noqa: PLC0415

    what = arguments["what"]
    if what == BEHAVIOUR:
        tests = behaviour.make_report(Request(), folder_of(settings, what), progress)
        return {"what": what, "failed": len(tests.failed)}
    made = making.make_report(Request(), folder_of(settings, REPORT), progress)
    return {"what": REPORT, "understood": made.content.all.understood.share}


def read_report(settings: Settings, what: str) -> dict[str, Any] | None:
    """The report of this kind that was made last; None when there is none.

    Raises:
        NluError: its file is damaged.
    """
    path = folder_of(settings, what) / _JSON[what]
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise NluError(f"{path} cannot be read ({error}). Start the evaluation again.") from error
    return {**content, "made_at": path.stat().st_mtime}
