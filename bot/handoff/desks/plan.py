"""`desks.yml`: the helpdesks of a company, and which handoff goes to which."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from bot.errors import DesksInvalid
from bot.handoff.desks.kinds import KINDS
from bot.handoff.desks.opening import DeskEntry, Kind
from bot.handoff.hours import parse as parse_hours
from bot.handoff.outbox import SVARA
from bot.settings import Settings

logger = logging.getLogger(__name__)

DEFAULT = "helpdesk"
"""The desk there is without a file: signed webhooks to `handoff_url`."""
CONDITIONS = ("language", "reason", "intent", "priority", "tone", "channel")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 40
_OF_EVERY_KIND = ("kind", "time_zone", "hours", "allow_private")
_good: dict[Path, DeskPlan] = {}
_TOP = ("desks", "routes", "default", "fallback")


@dataclass(frozen=True)
class Route:
    """A rule: a handoff that meets every condition goes to the desk.

    Attributes:
        conditions: by name (one of `CONDITIONS`) the values that will do.
        only_open: only while somebody is there.
    """

    desk: str
    conditions: Mapping[str, frozenset[str]]
    only_open: bool = False

    def fits(self, facts: Mapping[str, str | None]) -> bool:
        """Whether a handoff meets every condition."""
        return all(facts.get(name) in wanted for name, wanted in self.conditions.items())


@dataclass(frozen=True)
class DeskPlan:
    """The whole file.

    Attributes:
        desks: by name.
        routes: the first that fits counts.
        default: desk of a handoff that no route fits.
        fallback: desk that gets what another one does not take; None for none.
        fallback_minutes: for so long another one may be away.
    """

    desks: Mapping[str, DeskEntry]
    routes: Sequence[Route]
    default: str
    fallback: str | None = None
    fallback_minutes: float = 15.0

    def choose(self, facts: Mapping[str, str | None], now: dt.datetime | None = None) -> str:
        """The name of the desk for a handoff.

        Args:
            facts: of the handoff, by the names of `CONDITIONS`.
            now: with time zone; None for the present.
        """
        at = now or dt.datetime.now(dt.timezone.utc)
        for route in self.routes:
            hours = self.desks[route.desk].hours
            closed = route.only_open and hours is not None and not hours.is_open(at)
            if route.fits(facts) and not closed:
                return route.desk
        return self.default


def desk_plan(settings: Settings) -> DeskPlan:
    """The file's content, read anew when it has changed; one webhook desk without a file.

    A change that breaks it is told in the log, and the last good content goes on: no customer is
    to wait until somebody has mended a file.

    Raises:
        DesksInvalid: it cannot be used, and never could in this process; the message says why.
    """
    path = settings.desks_file
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        zone = _zone(settings.time_zone, "The setting time_zone")
        return DeskPlan({DEFAULT: DeskEntry(DEFAULT, "webhook", zone=zone)}, (), DEFAULT)
    except OSError as error:
        raise DesksInvalid(f"{path} cannot be read: {error.strerror}.") from error
    try:
        _good[path] = _read(path, changed, settings.time_zone)
    except DesksInvalid as error:
        if path not in _good:
            raise
        logger.error("The helpdesks are as they were before: %s", error)
    return _good[path]


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, zone: str) -> DeskPlan:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DesksInvalid(f"{path} cannot be read: {error}") from error
    return parse(content, str(path), zone)


def parse(content: Any, where: str, zone: str = "UTC") -> DeskPlan:
    """A plan from the file's content.

    Args:
        where: name of the file, for messages.
        zone: of a desk that names none.

    Raises:
        DesksInvalid: as `desk_plan`.
    """
    top = _mapping(content, where)
    _only_known(top, _TOP, where)
    desks = {
        str(name): _desk(str(name), _mapping(each, f"{where}: desks: {name}"), where, zone)
        for name, each in _mapping(top.get("desks"), f"{where}: desks").items()
    }
    if not desks:
        raise DesksInvalid(f"{where}: there is no desk under 'desks'.")
    default = str(top.get("default") or next(iter(desks)))
    routes = tuple(
        _route(_mapping(each, f"{where}: routes: {number}"), f"{where}: routes: {number}")
        for number, each in enumerate(_list(top.get("routes"), f"{where}: routes"), start=1)
    )
    given = _mapping(top.get("fallback") or {}, f"{where}: fallback")
    _only_known(given, ("desk", "minutes"), f"{where}: fallback")
    fallback = str(given["desk"]) if given.get("desk") else None
    for named in (default, *(route.desk for route in routes), *([fallback] if fallback else [])):
        if named not in desks:
            raise DesksInvalid(f"{where}: there is no desk {named!r}; there is {', '.join(desks)}.")
    return DeskPlan(desks, routes, default, fallback, _minutes(given.get("minutes", 15), where))


def _desk(name: str, given: Mapping[str, Any], where: str, default_zone: str) -> DeskEntry:
    place = f"{where}: desks: {name}"
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or name == SVARA:
        raise DesksInvalid(
            f"{place}: a desk's name has a-z, 0-9 and single hyphens, {_LONGEST} at most, and is "
            f"not '{SVARA}'."
        )
    kind = KINDS.get(str(given.get("kind")))
    if kind is None:
        raise DesksInvalid(f"{place}: 'kind' must be one of {', '.join(sorted(KINDS))}.")
    options = {key: value for key, value in given.items() if key not in _OF_EVERY_KIND}
    _check_options(kind, options, place)
    zone = _zone(str(given.get("time_zone", default_zone)), place)
    hours = None
    if given.get("hours") is not None:
        hours = parse_hours(_mapping(given["hours"], f"{place}: hours"), zone, f"{place}: hours")
    allow_private = given.get("allow_private", False)
    if not isinstance(allow_private, bool):
        raise DesksInvalid(f"{place}: 'allow_private' must be true or false.")
    return DeskEntry(name, kind.name, options, zone, hours, allow_private)


def _zone(name: str, place: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise DesksInvalid(
            f"{place}: there is no time zone {name!r}; give one as in Europe/Stockholm."
        ) from error


def _check_options(kind: Kind, options: Mapping[str, Any], place: str) -> None:
    missing = [name for name in kind.required if options.get(name) in (None, "")]
    if missing:
        raise DesksInvalid(f"{place}: {kind.name} needs {', '.join(missing)}.")
    _only_known(options, (*kind.required, *kind.optional), place)


def _route(given: Mapping[str, Any], place: str) -> Route:
    _only_known(given, ("desk", "open", *CONDITIONS), place)
    if not given.get("desk"):
        raise DesksInvalid(f"{place}: it names no 'desk'.")
    conditions = {
        name: frozenset(str(value) for value in _list(given[name], f"{place}: {name}"))
        for name in CONDITIONS
        if name in given
    }
    if given.get("open", True) is not True:
        raise DesksInvalid(f"{place}: 'open' can only be true: while the desk is open.")
    return Route(str(given["desk"]), conditions, only_open="open" in given)


def _minutes(given: Any, where: str) -> float:
    try:
        minutes = float(given)
    except (TypeError, ValueError):
        minutes = 0.0
    if minutes <= 0:
        raise DesksInvalid(f"{where}: fallback: 'minutes' must be a number above 0, not {given!r}.")
    return minutes


def _mapping(given: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise DesksInvalid(f"{place}: lines of the form 'name: value' are expected.")
    return given


def _list(given: Any, place: str) -> Sequence[Any]:
    if given is None:
        return ()
    if isinstance(given, (list, tuple)):
        return given
    if isinstance(given, (str, int, float)) and not isinstance(given, bool):
        return (given,)
    raise DesksInvalid(f"{place}: a list is expected.")


def _only_known(given: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    for name in given:
        if name not in known:
            raise DesksInvalid(f"{place}: {name!r} is unknown; there is {', '.join(known)}.")
