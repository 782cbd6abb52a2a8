"""Runs the public port: `python -m bot.server`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.errors import SvaraError
from bot.server import quiet
from bot.settings import load_settings

MODELS = Path("models")


def main() -> int:
    """Serves until told to stop; the exit code is 2 when it cannot start."""
    try:
        settings = load_settings()
        quiet.prepare(settings.log_level)
        from bot.server import patches, reading  # noqa: PLC0415 (after the warnings are set)
        from bot.server.app import create_app  # noqa: PLC0415

        reading.apply()
        patches.apply(action_timeout=settings.action_timeout)
        app = create_app(settings, model=MODELS)
    except SvaraError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    app.run(
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,
        motd=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
