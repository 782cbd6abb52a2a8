"""Shipping, from the data to the customer: train, gate, ship, and see that servers take it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from bot.errors import ModelRefused, ModelUnknown
from bot.settings import Settings
from bot.storage.database import open_database, reading
from bot.trainer.jobs.stages import Stages
from bot.trainer.models.live import FOUND, REFUSED, live, previous, ship, working
from bot.trainer.models.notes import SUFFIX, add_to_notes, read_notes
from bot.trainer.models.registry import MODELS, find_model, list_models

Progress = Callable[[str, int, int], None]

LOAD_SECONDS = 120.0
"""A running server has so long to load a model."""
_LOOK_SECONDS = 0.3
_TRAINING_SECONDS = 80.0
"""What a training takes, where no model says it."""
_MEASURING, _GATE, _SERVERS = 8.0, 25.0, 5.0
"""And the stages after it, in seconds: for the bar."""


def run_job(
    settings: Settings, arguments: Mapping[str, Any], progress: Progress
) -> Mapping[str, Any]:
    """Does what the console's Ship button says; see `bot.trainer.jobs`.

    Args:
        arguments: `by`, the login of who ships; `model`, one that is there, instead of training
            one of today's data.

    Returns:
        `shipped` (or not: the gate said no), `model` and the gate's verdict, `gate`.

    Raises:
        NluError: the data cannot be trained on.
        ModelRefused: a running server cannot load it; the one before is live again.
    """
    from bot.trainer.training import TRAINING, train_model  # noqa: PLC0415 (a circle: it asks what is live)

    engine, by = open_database(settings.database), str(arguments["by"])
    old = pin(engine)
    name = arguments.get("model")
    usual = (read_notes(old).seconds if old else None) or _TRAINING_SECONDS
    before = {} if name else {"training": usual, "measuring": _MEASURING}
    stages = Stages(progress, {**before, "gate": _GATE, "servers": _SERVERS})
    if name:
        model = find_model(str(name))
    else:
        model = train_model(
            settings,
            lambda what: stages.of("training" if what == TRAINING else "measuring")(what, 0, 1),
            by=by,
            tick=lambda seconds: _tell(stages.of("training"), seconds, usual),
        ).path
    told: dict[str, Any] = {"model": model.name.removesuffix(SUFFIX), "shipped": False}
    if old is not None and old.name == model.name:
        told["message"] = "This model is live already: the data has not changed since."
        return told
    verdict = gated(old, model, stages.of("gate"))
    told["gate"] = verdict
    if verdict is not None and not verdict["passed"]:
        return told
    stages.of("servers")("Bringing it to customers", 0, 1)
    ship(engine, model, by, gate=short(verdict))
    servers = wait_for_servers(engine, model)
    return {**told, "shipped": True, "servers": servers}


def _tell(progress: Progress, seconds: float, usual: float) -> None:
    """How long it has taken: Rasa does not say how far it is. So the bar waits before the end."""
    what = f"Training the model: {seconds:.0f} s of usually {usual:.0f}"
    progress(what, round(min(seconds, 0.97 * usual)), round(usual))


def pin(engine: Engine, folder: Path = MODELS) -> Path | None:
    """The model that answers customers now, kept as such if nothing was ever shipped.

    So that there is one to go back to, and so that a server which starts while another model is
    trained does not take that one.

    Returns:
        None when there is no model yet, or the live one's file is gone.
    """
    with reading(engine) as connection:
        now, running = live(connection), working(connection)
    if now is not None:
        path = folder / now.model
        return path if path.is_file() else None
    with reading(engine) as connection:
        models = list_models(connection, folder)
    names = [server.model for server in running] + [
        each.path.name for each in sorted(models, key=lambda m: -m.path.stat().st_mtime)
    ]
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is not None:
        ship(engine, found, "svara", why=FOUND)
    return found


def gated(old: Path | None, new: Path, progress: Progress) -> dict[str, Any] | None:
    """The gate's verdict on a model, also written beside it; None without an old one."""
    from bot.trainer.gate import read_rules, run_gate  # noqa: PLC0415 (seconds)

    if old is None:
        return None
    verdict = run_gate(old, new, read_rules(), progress).as_json()
    add_to_notes(new, gate=short(verdict))
    return verdict


def short(verdict: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What is kept of a verdict for good."""
    if verdict is None:
        return None
    return {name: verdict[name] for name in ("old", "passed", "reasons")} | {
        "improved": sum(each["improved_count"] for each in verdict["groups"].values()),
        "regressed": sum(each["regressed_count"] for each in verdict["groups"].values()),
    }


def wait_for_servers(engine: Engine, model: Path, seconds: float = LOAD_SECONDS) -> int:
    """Waits until every running server answers with a model.

    Returns:
        How many do: 0 when none runs.

    Raises:
        ModelRefused: one cannot load it; then the one before it is live again.
    """
    deadline = time.monotonic() + seconds
    while True:
        with reading(engine) as connection:
            servers = working(connection)
        refusing = [each for each in servers if each.refused == model.name]
        if refusing:
            back = _take_back(engine, model)
            raise ModelRefused(
                f"{refusing[0].error} Customers are still answered by {back}; the model was "
                "taken back."
            )
        if all(each.model == model.name for each in servers):
            return len(servers)
        if time.monotonic() > deadline:
            slow = ", ".join(each.name for each in servers if each.model != model.name)
            raise ModelRefused(
                f"The model is shipped, but not all servers have loaded it within {seconds:.0f} s: "
                f"{slow} still answers with another. Look at its log."
            )
        time.sleep(_LOOK_SECONDS)


def _take_back(engine: Engine, model: Path) -> str:
    with reading(engine) as connection:
        before = previous(connection)
    if before is None:
        return "the model before"
    try:
        ship(engine, model.parent / before.model, "svara", gate=before.gate, why=REFUSED)
    except ModelUnknown:
        return "the model before, whose file is gone"
    return before.model.removesuffix(SUFFIX)
