"""The public port: Rasa, the channels, the help centre, the way back, and health, in one server."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import rasa.core.agent
from rasa.core.channels.channel import InputChannel
from rasa.core.run import create_http_input_channels
from rasa.core.utils import AvailableEndpoints
from rasa.model import get_latest_model
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.channels import connectors
from bot.channels.base import SvaraChannel
from bot.channels.hub import Hub
from bot.channels.intake import Intake
from bot.channels.pushing import Pusher
from bot.errors import SettingsError
from bot.knowledge import open_knowledge_base, sync_folder
from bot.server import attachment_routes, kb_routes, pages, routes
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.tracker_store import BoundedTrackerStore

logger = logging.getLogger(__name__)

ENDPOINTS, CREDENTIALS = "endpoints.yml", "credentials.yml"


def create_app(settings: Settings, *, model: Path) -> Sanic:
    """Builds the server.

    Args:
        model: a trained model, or a folder whose newest model is taken.

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
        running.ctx.agent = await load_agent(settings, model)
        # A database that others may use as well can hold their leases.
        sole = settings.workers == 1 and settings.database.startswith("sqlite")
        # Named: Sanic ends those by itself when it stops.
        running.add_task(hub.run(), name="hub")
        running.add_task(pusher.run(), name="pusher")
        for channel in channels:
            if channel.name() in outputs:
                running.add_task(
                    connectors.register(channel, outputs[channel.name()]),
                    name=f"register-{channel.name()}",
                )
        running.add_task(intake.recover(sole_worker=sole), name="recover")

    app.register_listener(start, "before_server_start")
    return app


async def load_agent(settings: Settings, model: Path) -> rasa.core.agent.Agent:
    """Loads the model with Svara's tracker store.

    Rasa wraps a tracker store in one that forgets quietly into memory when the database is away;
    here a turn that cannot be stored fails, and the customer is told.

    Raises:
        SettingsError: `endpoints.yml` names another tracker store, or there is no model.
    """
    endpoints = AvailableEndpoints.read_endpoints(ENDPOINTS)
    wanted = f"{BoundedTrackerStore.__module__}.{BoundedTrackerStore.__name__}"
    if endpoints.tracker_store is None or endpoints.tracker_store.type != wanted:
        raise SettingsError(f"{ENDPOINTS}: the tracker_store's type must be {wanted}.")
    path = get_latest_model(str(model)) if model.is_dir() else str(model)
    if not path:
        raise SettingsError(f"There is no model in '{model}'. Train one with `svara train`.")
    endpoints.action = EndpointConfig(
        url=f"http://127.0.0.1:{settings.actions_port}/webhook", enable_selective_domain=True
    )
    agent = await rasa.core.agent.load_agent(model_path=path, endpoints=endpoints)
    if agent.processor is None:
        raise SettingsError(f"The model '{path}' cannot be loaded. Train a new one.")
    store = BoundedTrackerStore(
        domain=agent.domain,
        event_broker=agent.tracker_store.event_broker,
        turns=settings.tracker_turns,
        database_url=settings.database,
    )
    agent.tracker_store = store
    agent.processor.tracker_store = store
    return agent
