"""Runs the console: `python -m bot.console`."""

from __future__ import annotations

import logging
from threading import Thread

from bot.console.server import make_server
from bot.settings import ensure_secrets, load_settings
from bot.trainer.inbox import running


def main() -> None:
    """Serves until the process is told to stop."""
    settings = ensure_secrets(load_settings())
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    server = make_server(settings)
    # Here rather than beside the turns: what a trainer sees may be minutes old, an answer not.
    Thread(target=running.run, args=(settings, server.closing), name="inbox", daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
