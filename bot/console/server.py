"""The console's HTTP server."""

from __future__ import annotations

import threading
from types import FrameType

import uvicorn

from bot.console.app import create_app
from bot.settings import Settings

_SECONDS_TO_FINISH = 5


class Server(uvicorn.Server):
    """A server that ends the open event streams when it is told to stop.

    Args:
        config: uvicorn's settings.
        closing: set when it is time to end them; an attribute as well.
    """

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self.closing = closing

    def stop(self) -> None:
        """Stops it from another thread."""
        self.closing.set()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Takes a signal to stop."""
        self.closing.set()
        super().handle_exit(sig, frame)


def make_server(settings: Settings) -> Server:
    """The console, ready to `run()` on `settings.host` and `settings.console_port`.

    Raises:
        SettingsError: `session_secret` is not set.
        StorageError: the database cannot be opened.
    """
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.console_port,
        ws="none",  # there are none here, and the library that Rasa forces is too old for uvicorn
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )
    return Server(config, app.state.closing)
