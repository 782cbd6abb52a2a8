"""`svara up`: everything, from checks to the addresses."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import click

from bot.commands.options import example, given_settings, var_option

PORT = click.IntRange(1, 65535)


@click.command(epilog=example("svara up", "svara up --port 5015 --console-port 5016 --var var2"))
@click.option("--port", type=PORT, help="Public port: chat, help centre. Default: 5005")
@click.option("--console-port", type=PORT, help="Staff port: console and desk. Default: 5006")
@var_option
@click.option("--no-demo-shop", is_flag=True, help="Leave out the demo shop and its page.")
def up(port: int | None, console_port: int | None, var: Path | None, no_demo_shop: bool) -> None:
    """Start everything and keep it running until Ctrl-C.

    Trains a model first if there is none or the data changed.
    """
    # From here on: a stop that is asked for while modules still load is kept, not lost.
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    from bot.supervisor.terminal import Terminal
    from bot.supervisor.up import up as run

    settings = given_settings(
        port=port,
        console_port=console_port,
        var=var,
        demo_shop=False if no_demo_shop else None,
    )
    raise SystemExit(run(settings, Terminal(sys.stdout, sys.stderr), stop))
