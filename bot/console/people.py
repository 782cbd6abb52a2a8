"""Who did something, in words: a login alone does not say whether it is a colleague's."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import staff
from bot.trainer.inbox.running import ITSELF
from bot.trainer.training import AT_START, UNKNOWN


def by_whom(connection: Connection) -> Callable[[str | None], str]:
    """Gives the words for who acted, as they stand after "shipped" or "trained".

    "by Tove" for a member of staff, also one who is gone; who is none has acted on the command
    line, under the name that the machine knows.
    """
    names = {
        row.login: row.name for row in connection.execute(sa.select(staff.c.login, staff.c.name))
    }
    known = {
        AT_START: "when Svara started",
        ITSELF: "by Svara itself",
        UNKNOWN: "on the command line",
    }

    def words(login: str | None) -> str:
        if not login:
            return ""
        if login in names:
            return f"by {names[login]}"
        return known.get(login, f"on the command line ({login})")

    return words
