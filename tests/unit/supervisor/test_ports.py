"""Which ports are free, and what becomes of those that are not."""

from __future__ import annotations

import dataclasses
import socket

from bot.settings import Settings
from bot.supervisor.ports import free_port, is_free, settle


def some_settings() -> Settings:
    numbers: list[int] = []
    while len(numbers) < 4:
        numbers.append(free_port(besides=frozenset(numbers)))
    port, console, actions, shop = numbers
    return dataclasses.replace(
        Settings(), port=port, console_port=console, actions_port=actions, shop_port=shop
    )


def test_a_port_in_use_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free("127.0.0.1", server.getsockname()[1])
    assert is_free("127.0.0.1", free_port())


def test_a_port_or_host_that_cannot_be_is_not_free() -> None:
    assert not is_free("127.0.0.1", 70000)
    assert not is_free("192.0.2.1", 0)


def test_free_ports_stay_as_they_are() -> None:
    settings = some_settings()
    assert settle(settings) == (settings, [])


def test_taken_inner_ports_move_and_taken_outer_ports_are_told() -> None:
    settings = some_settings()
    held = [settings.port, settings.console_port, settings.actions_port, settings.shop_port]
    servers = [socket.create_server(("127.0.0.1", port)) for port in held]
    moved, problems = settle(settings)
    for server in servers:
        server.close()
    assert moved.port == settings.port
    assert moved.console_port == settings.console_port
    assert not {moved.actions_port, moved.shop_port} & set(held)
    assert moved.actions_port != moved.shop_port
    public, console = problems
    assert f"public port {settings.port} on" in public
    assert "choose another: --port " in public
    assert f"console's port {settings.console_port} on" in console
    assert "choose another: --console-port " in console


def test_an_inner_port_does_not_take_an_outer_one() -> None:
    settings = some_settings()
    settings = dataclasses.replace(
        settings, actions_port=settings.port, shop_port=settings.console_port
    )
    moved, problems = settle(settings)
    assert problems == []
    ports = [moved.port, moved.console_port, moved.actions_port, moved.shop_port]
    assert len(set(ports)) == 4


def test_one_port_for_both_sides_is_a_problem() -> None:
    settings = some_settings()
    settings = dataclasses.replace(settings, console_port=settings.port)
    _, problems = settle(settings)
    assert problems == [f"Port {settings.port} is given to both the public side and the console."]
