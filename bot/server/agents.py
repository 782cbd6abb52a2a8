"""Rasa's agents: a trained model with Svara's tracker store."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import rasa.core.agent
from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig

from bot.errors import NluError, SettingsError
from bot.settings import Settings
from bot.storage.tracker_store import BoundedTrackerStore

logger = logging.getLogger(__name__)

ENDPOINTS = "endpoints.yml"
_WARMING = "where is my order?"
"""Read before the first customer's words, who would wait for what is loaded when it is needed."""


async def load_agent(settings: Settings, model: Path) -> Agent:
    """Loads the model with Svara's tracker store.

    Rasa wraps a tracker store in one that forgets quietly into memory when the database is away;
    here a turn that cannot be stored fails, and the customer is told.

    Raises:
        SettingsError: `endpoints.yml` names another tracker store, or the model cannot be loaded.
    """
    endpoints = AvailableEndpoints.read_endpoints(ENDPOINTS)
    wanted = f"{BoundedTrackerStore.__module__}.{BoundedTrackerStore.__name__}"
    if endpoints.tracker_store is None or endpoints.tracker_store.type != wanted:
        raise SettingsError(f"{ENDPOINTS}: the tracker_store's type must be {wanted}.")
    endpoints.action = EndpointConfig(
        url=f"http://127.0.0.1:{settings.actions_port}/webhook", enable_selective_domain=True
    )
    agent = await rasa.core.agent.load_agent(model_path=str(model), endpoints=endpoints)
    if agent.processor is None:
        raise SettingsError(f"The model '{model}' cannot be loaded. Train a new one.")
    _use_our_store(settings, agent, agent.tracker_store.event_broker)
    await agent.parse_message(_WARMING)
    return agent


def load_beside(settings: Settings, works: Agent, model: Path) -> Agent:
    """Loads another model while one works. Blocks for seconds; meant for a thread.

    The two share their locks, so that a conversation's turns stay in order over the change, and
    the event broker.

    Raises:
        NluError: the model cannot be loaded.
    """
    generator = AvailableEndpoints.read_endpoints(ENDPOINTS).nlg
    try:
        agent = Agent.load(
            str(model),
            generator=generator,
            lock_store=works.lock_store,
            action_endpoint=works.action_endpoint,
            http_interpreter=works.http_interpreter,
        )
        if agent.processor is None:
            raise NluError("there is no model in it")
        asyncio.run(agent.parse_message(_WARMING))
    except Exception as error:  # whatever is wrong with it, the one that works has to stay
        logger.info("The model '%s' cannot be loaded", model, exc_info=True)
        raise NluError(
            f"The model '{model.name}' cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    _use_our_store(settings, agent, works.tracker_store.event_broker)
    return agent


def _use_our_store(settings: Settings, agent: Agent, broker: EventBroker | None) -> None:
    store = BoundedTrackerStore(
        domain=agent.domain,
        event_broker=broker,
        turns=settings.tracker_turns,
        database_url=settings.database,
    )
    agent.tracker_store = store
    agent.processor.tracker_store = store
