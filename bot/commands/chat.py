"""`svara chat`: a customer's side of the conversation, in the terminal."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import example, given_settings, var_option
from bot.errors import SvaraError

if TYPE_CHECKING:
    from bot.commands.rest_conversation import Button, Conversation, Reply

PROMPT = "> "
NEWS_SECONDS = 1.0
TURN_MARGIN_SECONDS = 10.0


@click.command(epilog=example("svara chat", "svara chat --url https://shop.example"))
@click.option("--url", help="Svara's address. Default: on this machine, at the public port")
@var_option
def chat(url: str | None, var: Path | None) -> None:
    """Talk to a running Svara in the terminal.

    Type a button's number to choose it. Ctrl-D ends the conversation.
    """
    from bot.commands.rest_conversation import Conversation

    settings = given_settings(var=var)
    conversation = Conversation(
        url or settings.local_url,
        f"cmdline-{secrets.token_hex(8)}",
        token=settings.rest_token,
        seconds=settings.turn_timeout + TURN_MARGIN_SECONDS,
    )
    conversation.news()  # fails at once, before anything is typed, when nobody is there
    _talk(conversation)


def _talk(conversation: Conversation) -> None:
    screen = Screen(live=sys.stdin.isatty() and sys.stdout.isatty())
    ended = threading.Event()
    listener = threading.Thread(target=_listen, args=(conversation, screen, ended), daemon=True)
    listener.start()
    try:
        for line in screen.lines():
            try:
                screen.show(conversation.send(screen.meant(line)))
            except SvaraError as error:
                click.echo(f"svara: {error}", err=True)
    finally:
        ended.set()
        listener.join()


def _listen(conversation: Conversation, screen: Screen, ended: threading.Event) -> None:
    reachable = True
    while not ended.wait(NEWS_SECONDS):
        try:
            screen.show(conversation.news())
            reachable = True
        except SvaraError as error:
            if reachable:  # said once, not every second
                screen.tell(f"(no connection, trying again: {error})")
            reachable = False


class Screen:
    """Reads lines and shows replies, also while a line is being typed.

    Args:
        live: a person types at a terminal; otherwise lines come from a file or a pipe.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._typed: Callable[[], str] | None = None  # while a line is being typed
        self._buttons: Sequence[Button] = ()
        self._lock = threading.Lock()

    def lines(self) -> Iterator[str]:
        """What the customer types, until the end of the input."""
        if not self._live:
            yield from (line.strip() for line in sys.stdin if line.strip())
            return
        import readline

        while True:
            self._typed = readline.get_line_buffer
            try:
                line = input(PROMPT).strip()
            except (EOFError, KeyboardInterrupt):
                click.echo()
                return
            finally:
                self._typed = None
            if line:
                yield line

    def meant(self, line: str) -> str:
        """What to send: the payload of a button whose number was typed, else the line itself."""
        if line.isdecimal() and 1 <= int(line) <= len(self._buttons):
            return self._buttons[int(line) - 1].payload
        return line

    def show(self, replies: Sequence[Reply]) -> None:
        """Shows replies; their buttons are the ones that a number now chooses."""
        if not replies:
            return
        self._buttons = replies[-1].buttons
        self.tell("\n".join(line for reply in replies for line in _as_lines(reply)))

    def tell(self, text: str) -> None:
        """Writes lines, without disturbing what is being typed."""
        with self._lock:
            if self._typed is None:
                click.echo(text)
                return
            sys.stdout.write(f"\r\x1b[K{text}\n{PROMPT}{self._typed()}")
            sys.stdout.flush()


def _as_lines(reply: Reply) -> Iterator[str]:
    yield f"{_plain(reply.speaker)}: {_plain(reply.text)}"
    if reply.article:
        title, url = reply.article
        yield f"  Source: {_plain(title)}, {_plain(url)}"
    for name, url in reply.files:
        yield f"  File: {_plain(name)}, {_plain(url)}"
    for number, button in enumerate(reply.buttons, 1):
        yield f"  [{number}] {_plain(button.title)}"


def _plain(text: str) -> str:
    # What comes from outside must not steer the terminal; a no-break space is still a space.
    spaced = (" " if c.isspace() and c != "\n" else c for c in text)
    return "".join(c for c in spaced if c == "\n" or c.isprintable())
