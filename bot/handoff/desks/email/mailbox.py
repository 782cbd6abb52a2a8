"""Mails in, over IMAP: what is new in a folder, and whether a mail of ours is there."""

from __future__ import annotations

import logging
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError, ProtocolError

from bot.errors import DeskRefused, DeskUnavailable
from bot.handoff.desks.email.options import Options

logger = logging.getLogger(__name__)

TIMEOUT = 15.0
"""Seconds for each answer of the server."""
MAX_MAIL_BYTES = 8 * 1024 * 1024
"""Of a longer mail only the beginning is read; what is written in it stands there."""
RESCAN_DAYS = 30
"""So old are the mails that are looked through when it is not known which have been read."""
_AT_ONCE = 100
_AT_MOST = 1000
_PARTIAL = f"BODY.PEEK[]<0.{MAX_MAIL_BYTES}>"
_BROKEN = (IMAPClientAbortError, ProtocolError, OSError)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Position:
    """Up to where a folder has been read.

    Attributes:
        validity: the folder's UIDVALIDITY; other UIDs mean nothing under another one.
        last: the highest UID that was looked at.
        waiting: UIDs of mails below it whose handoff was not known yet.
    """

    validity: int
    last: int
    waiting: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """From `str()` of one; None when it is none."""
        try:
            validity, last, *rest = text.split(":")
            waiting = tuple(int(each) for each in ",".join(rest).split(",") if each)
            return cls(int(validity), int(last), waiting)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.validity}:{self.last}:{','.join(map(str, self.waiting))}"


@dataclass(frozen=True)
class Head:
    """What is read of every new mail.

    Attributes:
        arrived: when the server took it in; None when it does not say.
        size: of the whole mail, bytes.
        headers: as they came.
    """

    uid: int
    arrived: datetime | None
    size: int
    headers: bytes


class Mailbox:
    """One login of one IMAP server; its connection stays open from one look to the next.

    Raises (from every method):
        DeskRefused: the server says no.
        DeskUnavailable: it does not answer.

    Args:
        name: of the desk, for messages.
    """

    def __init__(self, name: str, options: Options, password: str) -> None:
        self._name = name
        self._options = options
        self._password = password
        self._lock = threading.Lock()
        self._open: list[IMAPClient] = []
        weakref.finalize(self, _shut, self._open)

    def position(self) -> Position:
        """Where a folder ends now: what comes later is new."""

        def look(client: IMAPClient) -> Position:
            validity, following = self._examine(client)
            if following is None:
                following = max(client.search(["ALL"]), default=0) + 1
            return Position(validity, following - 1)

        return self._with(look)

    def new(self, since: Position | None) -> tuple[Position, Sequence[Head]]:
        """Mails after a position, and those that waited; at most 1000, the rest the next time.

        Args:
            since: None to look through the last 30 days, as when the server has numbered
                the folder anew.
        """

        def look(client: IMAPClient) -> tuple[Position, Sequence[Head]]:
            validity, following = self._examine(client)
            known = since if since is not None and since.validity == validity else None
            if known is None:
                day = datetime.now(tz=timezone.utc).date() - timedelta(days=RESCAN_DAYS)
                uids = sorted(client.search(["SINCE", day]))
            elif following is not None and following <= known.last + 1:
                uids = []
            else:
                # The highest one is always answered, though it is below the range.
                found = client.search(["UID", f"{known.last + 1}:*"])
                uids = sorted(uid for uid in found if uid > known.last)
            taken = uids[:_AT_MOST]
            last = max([*taken, known.last if known else 0])
            if not taken and known is None and following is not None:
                last = following - 1
            waiting = known.waiting if known else ()
            heads = list(_heads(client, sorted({*waiting, *taken})))
            return Position(validity, last, waiting), heads

        return self._with(look)

    def read(self, uid: int) -> bytes | None:
        """A whole mail, up to `MAX_MAIL_BYTES`; None when it is gone."""

        def look(client: IMAPClient) -> bytes | None:
            self._examine(client)
            fetched = client.fetch([uid], [_PARTIAL]).get(uid)
            return None if fetched is None else _body(fetched)

        return self._with(look)

    def has(self, message_id: str) -> bool:
        """Whether a mail of ours is known to have been sent: its copy, or an answer to it."""

        def look(client: IMAPClient) -> bool:
            for folder in self._folders():
                self._select(client, folder)
                for header in ("Message-ID", "In-Reply-To", "References"):
                    if client.search(["HEADER", header, message_id]):
                        return True
            return False

        return self._with(look)

    def headers_of(self, message_id: str) -> bytes | None:
        """The headers of the copy of a mail of ours; None when there is none."""

        def look(client: IMAPClient) -> bytes | None:
            for folder in self._folders():
                self._select(client, folder)
                found = client.search(["HEADER", "Message-ID", message_id])
                for head in _heads(client, found[:1]):
                    return head.headers
            return None

        return self._with(look)

    def keep(self, message_id: str, mail: bytes) -> None:
        """Puts a copy of a mail into the folder of what was sent, unless the server has done it."""

        def put(client: IMAPClient) -> None:
            self._select(client, self._options.sent)
            if not client.search(["HEADER", "Message-ID", message_id]):
                client.append(self._options.sent, mail, (b"\\Seen",))

        if self._options.sent:
            self._with(put)

    def _folders(self) -> Iterator[str]:
        if self._options.sent:
            yield self._options.sent
        yield self._options.folder

    def _examine(self, client: IMAPClient) -> tuple[int, int | None]:
        """Opens the folder without changing it: its UIDVALIDITY and UIDNEXT."""
        state = self._select(client, self._options.folder)
        try:
            validity = int(state[b"UIDVALIDITY"])
        except KeyError as error:
            raise DeskRefused(
                f"{self._name}: {self._options.imap.host} gives no UIDVALIDITY for "
                f"'{self._options.folder}', so it cannot be told which mails are new."
            ) from error
        following = state.get(b"UIDNEXT")
        return validity, None if following is None else int(following)

    def _select(self, client: IMAPClient, folder: str) -> Any:
        """Opens a folder without changing it; what the server says of it."""
        try:
            return client.select_folder(folder, readonly=True)
        except _BROKEN:
            raise
        except IMAPClientError as error:
            there = ", ".join(sorted(str(name) for _, _, name in client.list_folders()))
            raise DeskRefused(
                f"{self._name}: the folder '{folder}' of {self._options.user} cannot be opened: "
                f"{error}. There is {there}."
            ) from error

    def _with(self, action: Callable[[IMAPClient], _T]) -> _T:
        """Does something, once more over a new connection if the old one has ended meanwhile."""
        host = self._options.imap.host
        with self._lock:
            for again in (False, True):
                fresh = not self._open
                try:
                    return action(self._client())
                except _BROKEN as error:
                    _shut(self._open)
                    if fresh or again:
                        raise DeskUnavailable(
                            f"{self._name}: {host}:{self._options.imap.port} does not answer: "
                            f"{type(error).__name__}: {error}"
                        ) from error
                except IMAPClientError as error:
                    raise DeskRefused(f"{self._name}: {host} says no: {error}") from error
        raise AssertionError("the second attempt returns or raises")

    def _client(self) -> IMAPClient:
        if not self._open:
            server = self._options.imap
            context = ssl.create_default_context()
            client = IMAPClient(
                server.host,
                server.port,
                ssl=server.security == "tls",
                ssl_context=context if server.security == "tls" else None,
                timeout=TIMEOUT,
            )
            # Kept at once, so that it is closed whatever comes next.
            self._open.append(client)
            try:
                client.normalise_times = False
                if server.security == "starttls":
                    client.starttls(context)
                client.login(self._options.user, self._password)
            except IMAPClientError as error:
                _shut(self._open)
                raise self._refused(error) from error
        return self._open[0]

    def _refused(self, error: IMAPClientError) -> Exception:
        host = self._options.imap.host
        if isinstance(error, IMAPClientAbortError) or isinstance(
            error.__context__, IMAPClientAbortError
        ):
            return DeskUnavailable(f"{self._name}: {host} ended the connection: {error}")
        if isinstance(error, LoginError):
            return DeskRefused(
                f"{self._name}: {host} does not take the login '{self._options.user}': {error}. "
                f"Set its password with `svara handoff secret {self._name}`."
            )
        return DeskRefused(f"{self._name}: {host} says no: {error}. Check 'imap_security'.")


def _heads(client: IMAPClient, uids: Sequence[int]) -> Iterator[Head]:
    for start in range(0, len(uids), _AT_ONCE):
        wanted = ["BODY.PEEK[HEADER]", "RFC822.SIZE", "INTERNALDATE"]
        fetched = client.fetch(uids[start : start + _AT_ONCE], wanted)
        for uid in sorted(fetched):
            item = fetched[uid]
            if b"BODY[HEADER]" in item:
                yield Head(
                    uid,
                    item.get(b"INTERNALDATE"),
                    int(item.get(b"RFC822.SIZE") or 0),
                    item[b"BODY[HEADER]"] or b"",
                )


def _body(fetched: Any) -> bytes | None:
    """The octets of a mail, whatever a server calls the part of it that was asked for."""
    for name, value in fetched.items():
        if name.startswith(b"BODY[]"):
            return bytes(value or b"")
    return None


def _shut(clients: list[IMAPClient]) -> None:
    """Closes connections, whatever state they are in."""
    while clients:
        with suppress(IMAPClientError, OSError):
            clients.pop().shutdown()
