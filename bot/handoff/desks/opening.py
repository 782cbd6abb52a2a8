"""What a product's adapter declares of itself, and what it is opened with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from bot.handoff.desks.contract import Desk
from bot.handoff.desks.rendering import Rendering
from bot.handoff.hours import Hours
from bot.settings import Settings


@dataclass(frozen=True)
class DeskEntry:
    """One helpdesk of `desks.yml`.

    Attributes:
        kind: name of a `Kind`.
        options: what its kind needs, by name.
        zone: of the times that its agents read.
        hours: when they are there; None for always.
        allow_private: it may be at an address that is not of the open internet.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    zone: ZoneInfo = ZoneInfo("UTC")
    hours: Hours | None = None
    allow_private: bool = False


@dataclass(frozen=True)
class Opening:
    """What an adapter is opened with.

    Attributes:
        key: the desk's key; empty when there is none.
        hook_key: what the product's own webhooks are signed with; empty when there is none.
    """

    entry: DeskEntry
    settings: Settings
    key: str = ""
    hook_key: str = ""

    @property
    def rendering(self) -> Rendering:
        """How its agents read a conversation."""
        return Rendering(self.entry.zone)

    def option(self, name: str, default: str = "") -> str:
        """An option as text."""
        value = self.entry.options.get(name)
        return default if value is None else str(value)


@dataclass(frozen=True)
class Kind:
    """A product.

    Attributes:
        name: as `kind` in `desks.yml`.
        product: what people call it.
        required: names of the options that it must have, with what each is.
        optional: likewise, of those that it may have.
        key: what its key is, in words; empty when it needs none.
        hook_key: likewise, of what its own webhooks are signed with.
    """

    name: str
    product: str
    open: Callable[[Opening], Desk]
    required: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    hook_key: str = ""
