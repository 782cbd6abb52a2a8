"""The public port: Rasa, the channels, the help centre, the way back, and health, in one server."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel
from rasa.core.run import create_http_input_channels
from sanic import Sanic

from bot.channels import connectors
from bot.channels.base import SvaraChannel
from bot.channels.hub import Hub
from bot.channels.intake import Intake
from bot.channels.pushing import Pusher
from bot.knowledge import open_knowledge_base, sync_folder
from bot.privacy import retention
from bot.server import attachment_routes, kb_routes, pages, routes
from bot.server.models import LiveModel
from bot.settings import Settings
from bot.storage.database import open_database

logger = logging.getLogger(__name__)

CREDENTIALS = "credentials.yml"


def create_app(settings: Settings, *, model: Path) -> Sanic:
    """Builds the server.

    Args:
        model: a trained model, or the folder of models: the one that was shipped, or the newest.

    Raises:
        SettingsError: `credentials.yml` names a connector that cannot be used.
    """
    app = Sanic("svara", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = 1024 * 1024
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.config.KEEP_ALIVE_TIMEOUT = 30
    # Open chats never end by themselves; the supervisor kills after 8 s what has not ended by then.
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 3.0
    app.ctx.settings = settings
    app.ctx.agent = None
    channels: list[InputChannel] = create_http_input_channels(None, CREDENTIALS)
    app.ctx.input_channels = channels

    async def on_new_message(message: Any) -> None:
        await app.ctx.intake.on_new_message(message)

    outputs = {
        channel.name(): connectors.output_for(channel)
        for channel in channels
        if not isinstance(channel, SvaraChannel)
    }
    for channel in channels:
        take: connectors.OnNewMessage = on_new_message
        if channel.name() in outputs:
            take = connectors.connect(channel, outputs[channel.name()], on_new_message)
        app.blueprint(channel.blueprint(take), url_prefix=f"/webhooks/{channel.url_prefix()}")
    routes.add(app)
    kb_routes.add(app)
    attachment_routes.add(app)
    pages.add(app)

    async def start(running: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        engine = open_database(settings.database)
        running.ctx.engine = engine
        base = running.ctx.knowledge_base = open_knowledge_base(settings, engine)
        # Before the first customer: an empty knowledge base has no answers.
        sync_folder(settings, base)
        base.refresh()
        hub, pusher = Hub(engine), Pusher(engine, outputs)
        hub.on_announce(pusher.wake)
        intake = Intake(engine, settings, lambda: running.ctx.agent, hub.announce)
        running.ctx.hub, running.ctx.intake = hub, intake
        for channel in channels:
            if isinstance(channel, SvaraChannel):
                channel.start(intake, hub)
        models = LiveModel(settings, engine, model)
        running.ctx.agent = await models.start()
        # A database that others may use as well can hold their leases.
        sole = settings.workers == 1 and settings.database.startswith("sqlite")
        # Named: Sanic ends those by itself when it stops.
        running.add_task(hub.run(), name="hub")
        running.add_task(pusher.run(), name="pusher")
        running.add_task(models.run(running.ctx), name="models")
        running.add_task(retention.run(engine, settings), name="retention")
        for channel in channels:
            if channel.name() in outputs:
                running.add_task(
                    connectors.register(channel, outputs[channel.name()]),
                    name=f"register-{channel.name()}",
                )
        running.add_task(intake.recover(sole_worker=sole), name="recover")

    app.register_listener(start, "before_server_start")
    return app
