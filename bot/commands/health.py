"""`svara health`: whether customers are answered now."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import json

import click

from bot.commands.options import example, given_settings

OK = 200


@click.command(epilog=example("svara health", "svara health --url http://127.0.0.1:5015"))
@click.option("--url", help="Svara's address. Default: on this machine, at the public port")
def health(url: str | None) -> None:
    """Ask a running Svara whether it is ready. Exit code 1 when it is not."""
    from bot.commands.http import request_json

    address = (url or given_settings().local_url).rstrip("/")
    status, body = request_json("GET", f"{address}/healthz")
    click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    if status != OK:
        raise SystemExit(1)
