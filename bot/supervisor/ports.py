"""Which ports are free."""

from __future__ import annotations

import dataclasses
import socket

from bot.settings import Settings

LOOPBACK = "127.0.0.1"


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on this port now."""
    try:
        with _bound(host, port):
            return True
    except OSError:
        return False


def free_port(host: str = LOOPBACK, *, besides: frozenset[int] = frozenset()) -> int:
    """A free port that the system picks, none of `besides`."""
    while True:
        with _bound(host, 0) as listener:
            port = int(listener.getsockname()[1])
        if port not in besides:
            return port


def settle(settings: Settings) -> tuple[Settings, list[str]]:
    """Moves the internal ports that are taken to free ones.

    Returns:
        The settings, and a line for each port that customers or staff use and that is taken.
    """
    problems = []
    outer = (("port", "--port", "public"), ("console_port", "--console-port", "console's"))
    if settings.port == settings.console_port:
        problems.append(f"Port {settings.port} is given to both the public side and the console.")
    for name, option, whose in outer:
        port = getattr(settings, name)
        if not is_free(settings.host, port):
            problems.append(
                f"The {whose} port {port} on {settings.host} is taken or not allowed. Stop what "
                f"uses it, or choose another: {option} {free_port(settings.host)}"
            )
    outer_ports = frozenset({settings.port, settings.console_port})
    actions = _usable(settings.actions_port, outer_ports)
    shop = _usable(settings.shop_port, outer_ports | {actions})
    return dataclasses.replace(settings, actions_port=actions, shop_port=shop), problems


def _usable(port: int, used: frozenset[int]) -> int:
    return port if port not in used and is_free(LOOPBACK, port) else free_port(besides=used)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # As servers do: connections of an earlier server that are being wound up do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise OSError(str(error)) from error
    return listener
