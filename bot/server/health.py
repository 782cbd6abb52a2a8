"""Is Svara up? One report, served on both ports as `GET /healthz`."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StorageError
from bot.handoff import outbox
from bot.settings import Settings
from bot.storage.database import open_database, reading

ASK_TIMEOUT = 2.0
"""Seconds that the public port has to say whether it is ready."""

READY, STARTING, UNAVAILABLE = "ready", "starting", "unavailable"
_MAX_ANSWER_BYTES = 16 * 1024

Report = tuple[int, dict[str, Any]]
"""HTTP status and JSON body."""


def report(settings: Settings, *, rasa_ready: bool | None, model: str | None = None) -> Report:
    """The state of the whole: 200 when customers are answered, else 503.

    Args:
        rasa_ready: whether a model is loaded; None asks the public port by HTTP.
        model: name of the loaded model, where the caller knows it.
    """
    rasa = short_report(rasa_ready, model)[1] if rasa_ready is not None else _ask(settings)
    queue = _queue(settings)
    status = rasa["status"] if queue is not None else UNAVAILABLE
    return _status(status), {
        "status": status,
        "versions": {
            "svara": version("svara"),
            "rasa": version("rasa"),
            "python": platform.python_version(),
        },
        "model": rasa["model"],
        "database": queue is not None,
        "queue": queue,
    }


def short_report(rasa_ready: bool, model: str | None) -> Report:
    """What the public port answers to `?short=1`: its own readiness and model, nothing else."""
    status = READY if rasa_ready else STARTING
    return _status(status), {"status": status, "model": model}


def _status(status: str) -> int:
    return 200 if status == READY else 503


def _queue(settings: Settings) -> dict[str, int] | None:
    try:
        with reading(open_database(settings.database)) as connection:
            connection.execute(sa.text("SELECT 1"))
            return outbox.depth(connection)
    except (StorageError, SQLAlchemyError):
        # The report is where this shows: `database` is false.
        return None


def _ask(settings: Settings) -> dict[str, Any]:
    # From inside: the address that customers use may not lead back to this machine.
    public = urlsplit(settings.inbound_url)
    url = f"{public.scheme}://{public.netloc}/healthz?short=1"
    nothing = {"status": UNAVAILABLE, "model": None}
    try:
        with requests.get(url, timeout=ASK_TIMEOUT, stream=True, allow_redirects=False) as answer:
            body = answer.raw.read(_MAX_ANSWER_BYTES, decode_content=True)
            said = json.loads(body)
    except (requests.RequestException, OSError, ValueError):
        return nothing
    if not isinstance(said, dict) or said.get("status") not in (READY, STARTING):
        return nothing
    return {"status": said["status"], "model": said.get("model")}
