"""The eight orders that the demo page offers for trying, as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from demo_shop import database as db
from demo_shop.seed import make_tables

# One of each kind of story, from Sweden, Denmark, Norway and the Netherlands
SAMPLE_NUMBERS: Final = (
    "NL-104838",
    "NL-104831",
    "NL-104823",
    "NL-104819",
    "NL-104816",
    "NL-104811",
    "NL-104807",
    "NL-104833",
)


@dataclass(frozen=True)
class SampleOrder:
    """What somebody who tries the assistant has to type, and what to expect."""

    number: str
    email: str
    postcode: str
    country: str
    state: str


def sample_orders(database_path: Path) -> tuple[SampleOrder, ...]:
    """The sample orders in the shop's database, which is made when it is missing.

    Args:
        database_path: the shop's SQLite file.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the file cannot be opened or is no database.
    """
    engine = db.open_database(database_path)
    try:
        make_tables(engine, datetime.now(timezone.utc))
        with engine.begin() as connection:
            rows = connection.execute(
                sa.select(db.orders).where(db.orders.c.number.in_(SAMPLE_NUMBERS))
            ).all()
    finally:
        engine.dispose()
    found = {
        row.number: SampleOrder(row.number, row.email, row.postcode, row.country, row.state)
        for row in rows
    }
    return tuple(found[number] for number in SAMPLE_NUMBERS)
