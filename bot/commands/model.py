"""`svara model`: the trained models, and which one answers customers."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import example, given_settings, var_option

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from bot.settings import Settings
    from bot.trainer.models import Model


@click.group(epilog=example("svara model list", "svara model ship", "svara model back"))
def model() -> None:
    """The trained models: which there are, which one is live, shipping and going back."""


@model.command("list", epilog=example("svara model list"))
@var_option
def list_all(var: Path | None) -> None:
    """Show the models, the newest first, and which one answers customers."""
    from bot.storage.database import reading
    from bot.trainer.models import list_models, working

    _, engine = _open(var)
    with reading(engine) as connection:
        models, servers = list_models(connection), working(connection)
    for each in models:
        click.echo(_line(each))
    if not models:
        click.echo("There are no models. `svara train` makes one.")
    for server in servers:
        state = f"; refused {server.refused}: {server.error}" if server.refused else ""
        click.echo(f"server {server.name} answers with {server.model}{state}")


@model.command(epilog=example("svara model ship", "svara model ship svara-4dd3b8 --anyway"))
@click.argument("name", required=False)
@click.option("--anyway", is_flag=True, help="Ship it although the gate says no.")
@var_option
def ship(name: str | None, anyway: bool, var: Path | None) -> None:
    """Bring a model to customers if it passes the gate: NAME, or one of today's data.

    Running servers change to it within seconds, between two turns. The exit code is 1 when the
    gate says no.
    """
    from bot.commands.gate import as_text
    from bot.commands.progress import bar
    from bot.trainer import models
    from bot.trainer.models import ship_job

    settings, engine = _open(var)
    by = getpass.getuser()
    with bar() as progress:
        told = ship_job.run_job(settings, {"by": by, "model": name}, progress)
    verdict = told.get("gate")
    if verdict:
        click.echo(as_text(verdict))
    if verdict and not verdict["passed"]:
        if not anyway:
            raise SystemExit(1)
        path = models.find_model(told["model"])
        models.ship(engine, path, by, gate=ship_job.short(verdict))
        told = {**told, "shipped": True, "servers": ship_job.wait_for_servers(engine, path)}
    if not told["shipped"]:
        click.echo(told["message"])
        return
    click.echo(f"{told['model']} is live; {_servers(told['servers'])}.")


@model.command(epilog=example("svara model back"))
@var_option
def back(var: Path | None) -> None:
    """Go back to the model that was live before."""
    from bot.trainer.models import go_back, ship_job
    from bot.trainer.models.registry import MODELS

    _, engine = _open(var)
    now = go_back(engine, MODELS, getpass.getuser())
    count = ship_job.wait_for_servers(engine, MODELS / now.model)
    click.echo(f"{now.model.removesuffix('.tar.gz')} is live again; {_servers(count)}.")


def _open(var: Path | None) -> tuple[Settings, Engine]:
    from bot.settings import ensure_secrets
    from bot.storage.database import open_database

    settings = ensure_secrets(given_settings(var=var))  # makes the folder of the database, too
    return settings, open_database(settings.database)


def _servers(count: int) -> str:
    if not count:
        return "no server runs, the next one that starts takes it"
    return "the running server answers with it" if count == 1 else f"{count} servers answer with it"


def _line(each: Model) -> str:
    mark = "live" if each.live else "before" if each.previous else ""
    notes = each.notes
    accuracy = f"{notes.accuracy:.1%}" if notes.accuracy is not None else "-"
    gate = "" if notes.gate is None else "gate passed" if notes.gate["passed"] else "gate blocked"
    trained = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.trained_at))
    by = f" by {notes.trained_by}" if notes.trained_by else ""
    shipped = ""
    if notes.shipped:
        last = notes.shipped[-1]
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(last["at"]))
        shipped = f"shipped {at} by {last['by']}"
    return "  ".join(
        part
        for part in (
            f"{mark:<6}",
            each.name,
            f"{accuracy:>6}",
            f"trained {trained}{by}",
            gate,
            shipped,
        )
        if part
    )
