"""Runs the console: `python -m bot.console`."""

from __future__ import annotations

import logging

from bot.console.server import make_server
from bot.settings import ensure_secrets, load_settings


def main() -> None:
    """Serves until the process is told to stop."""
    settings = ensure_secrets(load_settings())
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    make_server(settings).run()


if __name__ == "__main__":
    main()
