"""Orders with proof, limits and idempotency, on the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from demo_shop import database as db
from demo_shop.errors import ChangeRefused, KeyReused, OrderNotFound, ShopError, TooManyAttempts
from demo_shop.proof import proves
from demo_shop.reading import read_order

MAX_WRONG_PROOFS: Final = 10
PROOF_WINDOW: Final = timedelta(hours=1)
KEY_LIFETIME: Final = timedelta(hours=24)
_NUMBER: Final = re.compile(r"NL-\d{6}", re.ASCII)

Perform = Callable[[Any, Any, datetime], dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What a caller gets: HTTP status and JSON body."""

    status: int
    body: dict[str, Any]


class Orders:
    """The shop's orders.

    Args:
        engine: from `demo_shop.database.open_database`, tables made.
        now: the clock, an aware time in UTC.
    """

    def __init__(self, engine: Any, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def check(self) -> None:
        """Touch the database; raises SQLAlchemy's error when it cannot be used."""
        with self._engine.begin() as connection:
            connection.execute(sa.select(db.orders.c.number).limit(1)).first()

    def lookup(self, number: str, proof: str) -> Answer:
        """The order `number`. Raises OrderNotFound, TooManyAttempts."""
        with self._engine.begin() as connection:
            found = self._find(connection, number, proof)
            answer = found if isinstance(found, ShopError) else read_order(connection, found)
        # raised only here: inside, the record of the wrong proof would be rolled back
        if isinstance(answer, ShopError):
            raise answer
        return Answer(200, answer)

    def change(
        self, number: str, proof: str, key: str, fingerprint: str, perform: Perform
    ) -> Answer:
        """Change the order `number` once for each idempotency key.

        Args:
            number: order number.
            proof: the customer's e-mail address or postcode.
            key: the caller's idempotency key.
            fingerprint: digest of the whole request, equal only for the same request.
            perform: the change; gets a connection in a transaction, the order's row and the time,
                gives the answer's body or raises ShopError before it has written anything.

        Raises:
            OrderNotFound, TooManyAttempts, KeyReused, RequestRefused: nothing was changed, and the
                key may be used again. A ChangeRefused becomes the key's lasting answer.
        """
        with self._engine.begin() as connection:
            # before the proof: the change may be of the very postcode that proves
            answer = self._stored(connection, key, fingerprint)
            if answer is None:
                answer = self._find(connection, number, proof)
                if not isinstance(answer, ShopError):
                    answer = self._perform(connection, answer, perform)
                    self._store(connection, key, fingerprint, answer)
        if isinstance(answer, ShopError):
            raise answer
        return answer

    def _perform(self, connection: Any, row: Any, perform: Perform) -> Answer:
        try:
            return Answer(200, perform(connection, row, self._now()))
        except ChangeRefused as refusal:
            return Answer(refusal.status, refusal.body())

    def _find(self, connection: Any, number: str, proof: str) -> Any:
        """The order's row, or the error to be raised when the transaction is over."""
        if not _NUMBER.fullmatch(number):
            return OrderNotFound()
        now = self._now()
        table = db.wrong_proofs
        begin = (now - PROOF_WINDOW).isoformat()
        connection.execute(sa.delete(table).where(table.c.at < begin))
        wrong = connection.execute(
            sa.select(table.c.at).where(table.c.order_number == number).order_by(table.c.at)
        ).all()
        if len(wrong) >= MAX_WRONG_PROOFS:
            free = datetime.fromisoformat(wrong[-MAX_WRONG_PROOFS].at) + PROOF_WINDOW
            return TooManyAttempts(max(1, int((free - now).total_seconds())))
        row = connection.execute(sa.select(db.orders).where(db.orders.c.number == number)).first()
        # an unknown number is compared and counted too: neither time nor limit gives it away
        email, postcode = (row.email, row.postcode) if row else ("", "")
        if proves(proof, email=email, postcode=postcode) and row is not None:
            return row
        connection.execute(table.insert().values(order_number=number, at=now.isoformat()))
        return OrderNotFound()

    def _stored(self, connection: Any, key: str, fingerprint: str) -> Answer | KeyReused | None:
        table = db.answers
        expired = (self._now() - KEY_LIFETIME).isoformat()
        connection.execute(sa.delete(table).where(table.c.at < expired))
        row = connection.execute(sa.select(table).where(table.c.key == key)).first()
        if row is None:
            return None
        if row.fingerprint != fingerprint:
            return KeyReused()
        return Answer(row.status, row.body)

    def _store(self, connection: Any, key: str, fingerprint: str, answer: Answer) -> None:
        connection.execute(
            db.answers.insert().values(
                key=key,
                fingerprint=fingerprint,
                status=answer.status,
                body=answer.body,
                at=self._now().isoformat(),
            )
        )
