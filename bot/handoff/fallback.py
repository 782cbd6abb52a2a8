"""Handoffs that their helpdesk does not take go to another one."""

from __future__ import annotations

import logging
import threading
import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import HandoffError
from bot.handoff import lifecycle, outbox
from bot.handoff.desks.contract import REQUESTED
from bot.handoff.desks.plan import desk_plan
from bot.handoff.outbox import Delivery
from bot.settings import Settings
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import deliveries

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0


def run(settings: Settings, stop: threading.Event) -> None:
    """Looks again and again until `stop` is set."""
    engine = open_database(settings.database)
    while not stop.wait(LOOK_SECONDS):
        try:
            move_on(engine, settings)
        except (HandoffError, SQLAlchemyError):
            logger.exception("Handoffs that nobody took cannot be given to another helpdesk now")


def take_over(connection: Connection, settings: Settings, delivery: Delivery) -> bool:
    """Gives a handoff whose desk will never take it to the fallback desk.

    Returns:
        False when there is no other desk.
    """
    plan = desk_plan(settings)
    if plan.fallback is None or plan.fallback == delivery.destination:
        return False
    outbox.replay_dead(connection, delivery.handoff_id)
    lifecycle.move(connection, delivery.handoff_id, plan.fallback)
    logger.warning(
        "%s does not take the handoff %s: it goes to %s",
        delivery.destination,
        delivery.handoff_id,
        plan.fallback,
    )
    return True


def move_on(engine: Engine, settings: Settings) -> int:
    """Gives what has waited for too long to the fallback desk.

    Only handoffs that the desk has never taken: what comes after is of no use to another one.

    Returns:
        How many were moved.

    Raises:
        DesksInvalid: desks.yml cannot be used.
    """
    plan = desk_plan(settings)
    if plan.fallback is None:
        return 0
    waiting = (
        sa.select(deliveries.c.id, deliveries.c.handoff_id, deliveries.c.destination)
        .where(deliveries.c.type == REQUESTED, deliveries.c.state == outbox.PENDING)
        .where(deliveries.c.attempts > 0, deliveries.c.destination != plan.fallback)
        .where(deliveries.c.created_at <= time.time() - 60 * plan.fallback_minutes)
    )
    with reading(engine) as connection:
        found = list(connection.execute(waiting))
    moved = 0
    for row in found:
        with transaction(engine) as connection:
            still = waiting.where(deliveries.c.id == row.id).with_for_update()
            if connection.execute(still).first() is None:
                continue  # the desk has taken it this very moment
            lifecycle.move(connection, row.handoff_id, plan.fallback)
        moved += 1
        logger.warning(
            "%s has not taken the handoff %s for %g minutes: it goes to %s",
            row.destination,
            row.handoff_id,
            plan.fallback_minutes,
            plan.fallback,
        )
    return moved
