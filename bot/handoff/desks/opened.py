"""The helpdesks of `desks.yml`, opened once in a process and anew when the file has changed."""

from __future__ import annotations

import threading

from bot.errors import DeskRefused, DesksInvalid
from bot.handoff import outbox
from bot.handoff.desks.contract import Desk
from bot.handoff.desks.kinds import KINDS
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.desks.plan import desk_plan
from bot.handoff.desks.webhook import WebhookDesk
from bot.settings import Settings, desk_secret

_opened: dict[tuple[Settings, str], tuple[DeskEntry, Desk]] = {}
_lock = threading.Lock()


def open_desk(settings: Settings, name: str) -> Desk:
    """A helpdesk by name; also `svara`, which takes what the embedded desk's agents do.

    Raises:
        DeskRefused: the file names no such desk, or what it says of it cannot be used.
    """
    if name == outbox.SVARA:
        url, secrets = settings.inbound_url, settings.handoff_secrets
        return WebhookDesk(name, url, secrets, allow_private=True)
    try:
        entry = desk_plan(settings).desks.get(name)
    except DesksInvalid as error:
        raise DeskRefused(str(error)) from error
    if entry is None:
        raise DeskRefused(
            f"{settings.desks_file} names no desk '{name}' any more. Name it there again, or give "
            f"its handoffs to another one (`svara handoff replay --desk`)."
        )
    with _lock:
        known = _opened.get((settings, name))
        if known is None or known[0] != entry:
            known = _opened[settings, name] = (entry, _open(settings, entry))
        return known[1]


def open_desks(settings: Settings) -> dict[str, Desk]:
    """All of them by name.

    Raises:
        DesksInvalid: the file cannot be used.
        DeskRefused: as `open_desk`.
    """
    return {name: open_desk(settings, name) for name in desk_plan(settings).desks}


def _open(settings: Settings, entry: DeskEntry) -> Desk:
    kind = KINDS[entry.kind]
    opening = Opening(
        entry,
        settings,
        key=desk_secret(settings, entry.name),
        hook_key=desk_secret(settings, entry.name, hook=True),
    )
    if kind.key and not opening.key:
        raise DeskRefused(
            f"The desk '{entry.name}' has no key ({kind.key}). Set it with "
            f"`svara handoff secret {entry.name}`."
        )
    return kind.open(opening)
