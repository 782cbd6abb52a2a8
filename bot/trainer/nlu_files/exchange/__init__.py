"""Examples from and for other tools: CSV, Rasa, Dialogflow, Chatwoot."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from bot.errors import NluError
from bot.trainer.nlu_files.exchange.archives import Member, members
from bot.trainer.nlu_files.exchange.chatwoot import read_chatwoot
from bot.trainer.nlu_files.exchange.dialogflow import read_dialogflow
from bot.trainer.nlu_files.exchange.items import Item, LeftOut, Read
from bot.trainer.nlu_files.exchange.planning import Plan, by_intent, plan_import
from bot.trainer.nlu_files.exchange.rasa import read_rasa
from bot.trainer.nlu_files.exchange.spreadsheet import read_csv, write_csv

__all__ = [
    "FORMATS",
    "Item",
    "LeftOut",
    "Plan",
    "Read",
    "by_intent",
    "plan_import",
    "read_export",
    "write_csv",
]

FORMATS = ("csv", "rasa", "dialogflow", "chatwoot")
_ENDS: dict[str, Collection[str]] = {
    "csv": (".csv",),
    "rasa": (".yml", ".yaml", ".json", ".md"),
    "dialogflow": (".json",),
    "chatwoot": (".json", ".jsonl", ".ndjson", ".csv"),
}


def read_export(path: Path, kind: str | None = None, language: str | None = None) -> Read:
    """Reads another tool's export: a file, a folder or a zip.

    Args:
        kind: one of `FORMATS`; None: as it looks.
        language: of what names none, e.g. `sv`.

    Raises:
        NluDataInvalid: a file of it is broken; it names file and line.
        NluError: it cannot be read, is too large, or looks like none of them.
    """
    every = sorted({end for ends in _ENDS.values() for end in ends})
    files = members(path, _ENDS[kind] if kind else every)
    kind = kind or _looks_like(path, files)
    files = [file for file in files if Path(file.name).suffix in _ENDS[kind]]
    if kind == "rasa":
        return read_rasa(files, language)
    if kind == "dialogflow":
        return read_dialogflow(files, language)
    if kind == "chatwoot":
        return read_chatwoot(files, language)
    read = Read()
    for file in files:
        one = read_csv(file, language)
        read.items += one.items
        read.left_out += one.left_out
    return read


def _looks_like(path: Path, files: Collection[Member]) -> str:
    names = [file.name for file in files]
    if any("_usersays_" in name or "/trainingPhrases/" in f"/{name}" for name in names):
        return "dialogflow"
    heads = {file.name: file.content[:100_000] for file in files}
    if any(b"message_type" in head for head in heads.values()):
        return "chatwoot"
    if any(b'"trainingPhrases"' in h or b'"userSays"' in h for h in heads.values()):
        return "dialogflow"
    if any(b"rasa_nlu_data" in h or b"nlu:" in h or b"## intent:" in h for h in heads.values()):
        return "rasa"
    if all(name.endswith(".csv") for name in names):
        return "csv"
    raise NluError(f"{path} looks like no export that we know; say which with --format.")
