"""Runs the action server on loopback: `python -m bot.server.actions`.

rasa-sdk's own entry binds every address and answers an error with the request in it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time

from rasa_sdk.endpoint import create_app
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.errors import SvaraError
from bot.settings import LANGUAGES, load_settings
from kb_connector.knowledge_base import KnowledgeBase

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
FIRST_ARTICLES_SECONDS = 120.0


def build() -> Sanic:
    """The action server with every action of the package `actions`."""
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    app = create_app("actions", cors_origins=[])
    # In place of rasa-sdk's handler, which sends the request back with its personal data.
    app.error_handler.add(Exception, _failed)
    app.register_listener(_warm_up, "before_server_start")
    return app


async def _failed(request: Request, error: Exception) -> HTTPResponse:
    name = request.json.get("next_action") if isinstance(request.json, dict) else None
    logger.error("The action %s failed", name, exc_info=error)
    return response.json({"error": "the action failed", "action_name": name}, status=500)


async def _warm_up(app: Sanic, _loop: asyncio.AbstractEventLoop) -> None:
    from actions import turn  # noqa: PLC0415

    base = turn.knowledge_base()
    base.search("order", "en")
    app.add_task(_see_first_articles(base), name="articles")


async def _see_first_articles(base: KnowledgeBase) -> None:
    """On a new database the articles come while we start; no customer shall wait for their index.

    Where there are none, the first who asks after they have come waits for it.
    """
    until = time.monotonic() + FIRST_ARTICLES_SECONDS
    while time.monotonic() < until:
        if await asyncio.to_thread(lambda: any(base.articles(code) for code in LANGUAGES)):
            return
        await asyncio.sleep(0.2)


def main() -> int:
    """Serves until told to stop."""
    try:
        settings = load_settings()
    except SvaraError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    build().run(host=HOST, port=settings.actions_port, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
