"""The options of a mailbox, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.errors import DeskRefused
from bot.handoff.desks.opening import Opening

Security = Literal["tls", "starttls", "none"]
_SMTP_PORTS: Mapping[Security, int] = {"tls": 465, "starttls": 587, "none": 25}
_IMAP_PORTS: Mapping[Security, int] = {"tls": 993, "starttls": 143, "none": 143}
_ADDRESS = re.compile(r"([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@((?:[a-z0-9-]+\.)*[a-z0-9-]+)")
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+")
_YES = ("true", "yes")


@dataclass(frozen=True)
class Server:
    """Where mails are sent or fetched.

    Attributes:
        security: `tls` from the first byte, `starttls`, or `none`.
    """

    host: str
    port: int
    security: Security


@dataclass(frozen=True)
class Options:
    """All of them.

    Attributes:
        to: the helpdesk's address, in small letters.
        address: our own, which agents answer to; likewise.
        agents: addresses and domains whose mails are an agent's; likewise.
        smtp_login: whether the SMTP server wants the login too.
        folder: of the mailbox, that answers come to.
        sent: folder with what was sent; empty for none.
        plus: answers go to `name+handoff@domain`.
        verified_by: the server whose `Authentication-Results` must say that a sender is genuine;
            empty for none.
    """

    smtp: Server
    imap: Server
    to: str
    address: str
    agents: frozenset[str]
    user: str
    smtp_login: bool
    folder: str
    sent: str
    plus: bool
    verified_by: str

    @property
    def domain(self) -> str:
        """Of our own address."""
        return self.address.rpartition("@")[2]

    def is_agent(self, address: str) -> bool:
        """Whether a mail from an address is an agent's."""
        lower = address.lower()
        return lower in self.agents or lower.rpartition("@")[2] in self.agents


def read_options(opening: Opening) -> Options:
    """What `desks.yml` says of a mailbox.

    Raises:
        DeskRefused: it cannot be used; the message says which option is wrong and how.
    """
    name = opening.entry.name
    address = _address(name, "from", opening.option("from"))
    unencrypted = _yes(name, "unencrypted", opening.option("unencrypted"))
    return Options(
        smtp=_server(opening, "smtp", _SMTP_PORTS, unencrypted=unencrypted),
        imap=_server(opening, "imap", _IMAP_PORTS, unencrypted=unencrypted),
        to=_address(name, "to", opening.option("to")),
        address=address,
        agents=_agents(name, opening.entry.options.get("agents")),
        user=opening.option("user", address),
        smtp_login=_yes(name, "smtp_login", opening.option("smtp_login", "yes")),
        folder=opening.option("folder", "INBOX"),
        sent=opening.option("sent"),
        plus=_yes(name, "plus", opening.option("plus")),
        verified_by=opening.option("verified_by").lower(),
    )


def _server(
    opening: Opening, option: str, ports: Mapping[Security, int], *, unencrypted: bool
) -> Server:
    name, given = opening.entry.name, opening.option(option)
    said = opening.option(f"{option}_security", "tls").lower()
    security = next((each for each in ports if each == said), None)
    if security is None:
        raise DeskRefused(f"{name}: '{option}_security' must be one of {', '.join(ports)}.")
    host, port = _host_and_port(given, ports[security])
    if not host:
        raise DeskRefused(
            f"{name}: '{option}' must be a server as in mail.example.com or mail.example.com:"
            f"{ports[security]}, not {given!r}."
        )
    if security == "none" and not (unencrypted or _is_loopback(host)):
        raise DeskRefused(
            f"{name}: '{option}_security: none' sends the password and what customers write "
            f"unencrypted to {host}. Use tls or starttls; `unencrypted: yes` allows it anyway."
        )
    return Server(host, port, security)


def _host_and_port(given: str, default: int) -> tuple[str, int]:
    """A server's name and port; an empty name when it is none."""
    found = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?", given.strip(), re.I)
    if found is None:
        return "", 0
    return found[1] or found[2], int(found[3] or default)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(name: str, option: str, given: str) -> str:
    lower = given.strip().lower()
    if not _ADDRESS.fullmatch(lower):
        raise DeskRefused(f"{name}: '{option}' must be one e-mail address, not {given!r}.")
    return lower


def _agents(name: str, given: Any) -> frozenset[str]:
    listed = given if isinstance(given, (list, tuple)) else str(given or "").split(",")
    agents = frozenset(str(each).strip().lower().removeprefix("@") for each in listed)
    wrong = [each for each in agents if not (_ADDRESS.fullmatch(each) or _DOMAIN.fullmatch(each))]
    if wrong or not agents:
        raise DeskRefused(
            f"{name}: 'agents' must list addresses (astrid@example.com) or domains (example.com), "
            f"not {', '.join(map(repr, sorted(wrong)))}."
        )
    return agents


def _yes(name: str, option: str, given: str) -> bool:
    lower = given.lower()
    if lower not in (*_YES, "false", "no", ""):
        raise DeskRefused(f"{name}: '{option}' must be yes or no, not {given!r}.")
    return lower in _YES
