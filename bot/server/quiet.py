"""Silence for what Rasa and its libraries say at start, and no customer's words in the log."""

from __future__ import annotations

import logging
import os
import warnings


def prepare(level: str) -> None:
    """Sets up logging and warnings; call it before Rasa is imported.

    Args:
        level: lowest level to log, e.g. `WARNING`.
    """
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    import sanic.app  # noqa: F401, PLC0415 (resets the warning filters when imported)

    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", message="Slot auto-fill has been removed")
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415

    # Otherwise Rasa logs every customer's text at debug level.
    configure_structlog(getattr(logging, level, logging.WARNING))
    for noisy in (
        "tensorflow",
        "matplotlib",
        "apscheduler",
        "sanic.access",
        "socketio",
        "engineio",
    ):
        logging.getLogger(noisy).setLevel(logging.ERROR)
