"""Runs the console: `python -m bot.console`."""

from __future__ import annotations

import logging
from types import FrameType

import uvicorn

from bot.console.app import create_app
from bot.settings import ensure_secrets, load_settings

_SECONDS_TO_FINISH = 5


class Server(uvicorn.Server):
    """A server that ends the open event streams when it is told to stop."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Takes a signal to stop."""
        self.config.app.state.closing.set()  # type: ignore[union-attr]
        super().handle_exit(sig, frame)


def main() -> None:
    """Serves until the process is told to stop."""
    settings = ensure_secrets(load_settings())
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.console_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )
    Server(config).run()


if __name__ == "__main__":
    main()
