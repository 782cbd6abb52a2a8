"""Which model this server answers with: the one that was shipped, changed while turns run.

The new model is loaded in a thread beside the one that works, and takes its place between two
turns: a turn that has begun ends with the model that it began with. One that cannot be loaded is
refused, and the console says why.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from pathlib import Path
from types import SimpleNamespace

from rasa.core.agent import Agent
from rasa.model import get_latest_model
from sqlalchemy.engine import Engine

from bot.errors import NluError, SettingsError
from bot.server.agents import load_agent, load_beside
from bot.settings import Settings
from bot.storage.database import reading
from bot.trainer.models.live import Shipped, live, say_working

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SAY_SECONDS = 5.0
"""Between two signs of life, when nothing changes."""


class LiveModel:
    """Keeps this server's agent at the model that is live.

    Args:
        model: the folder of models; or one model, which then stays.
    """

    def __init__(self, settings: Settings, engine: Engine, model: Path) -> None:
        self._settings, self._engine, self._model = settings, engine, model
        self._name = ""
        self._seen = 0
        """The last of what was shipped that was looked at."""
        self._refused: str | None = None
        self._error: str | None = None
        self._said_at = 0.0

    async def start(self) -> Agent:
        """Loads the model that was shipped last, else the newest of the folder.

        Raises:
            SettingsError: there is no model that can be loaded.
        """
        wanted = self._live() if self._model.is_dir() else None
        if wanted is not None:
            self._seen = wanted.id
            path = self._model / wanted.model
            try:
                if not path.is_file():
                    raise SettingsError(f"The model '{wanted.model}' is gone.")
                agent = await load_agent(self._settings, path)
            except SettingsError as error:
                # Customers need an answer; the console shows that it is another model's.
                logger.error("%s The newest model takes its place.", error)
                self._refused, self._error = wanted.model, str(error)
            else:
                self._name = path.name
                return agent
        newest = get_latest_model(str(self._model)) if self._model.is_dir() else str(self._model)
        if not newest:
            raise SettingsError(f"There is no model in '{self._model}'. Train one: `svara train`.")
        self._name = Path(newest).name
        return await load_agent(self._settings, Path(newest))

    async def run(self, context: SimpleNamespace) -> None:
        """Watches, for as long as the server lives, what is shipped.

        Args:
            context: its `agent` is what turns are answered with.
        """
        changes: asyncio.Task[None] | None = None
        while True:
            try:
                # Loading takes seconds; meanwhile the server goes on giving signs of life.
                if changes is None or changes.done():
                    wanted = self._wanted()
                    if wanted is not None:
                        changes = asyncio.create_task(self._change(context, wanted))
                if time.monotonic() - self._said_at >= SAY_SECONDS:
                    self._say()
            except Exception:  # this loop must outlive whatever broke once
                logger.exception("What model is live cannot be looked up; trying again")
            await asyncio.sleep(LOOK_SECONDS)

    def _wanted(self) -> Shipped | None:
        """What was shipped since the last look."""
        found = self._live() if self._model.is_dir() else None
        return None if found is None or found.id == self._seen else found

    async def _change(self, context: SimpleNamespace, wanted: Shipped) -> None:
        began = time.monotonic()
        try:
            if wanted.model != self._name:
                agent = await asyncio.to_thread(
                    load_beside, self._settings, context.agent, self._model / wanted.model
                )
                context.agent = agent
                took = time.monotonic() - began
                logger.warning("Answering with %s, loaded in %.1f s", wanted.model, took)
            self._name, self._refused, self._error = wanted.model, None, None
        except NluError as error:
            logger.error("%s. Still answering with %s.", error, self._name)
            self._refused, self._error = wanted.model, str(error)
        self._seen, self._said_at = wanted.id, 0.0

    def _say(self) -> None:
        say_working(
            self._engine,
            f"{socket.gethostname()}:{os.getpid()}",
            self._name,
            refused=self._refused,
            error=self._error,
        )
        self._said_at = time.monotonic()

    def _live(self) -> Shipped | None:
        with reading(self._engine) as connection:
            return live(connection)
