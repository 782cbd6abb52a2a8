"""Training data of another Rasa project: YAML of Rasa 2 and 3, JSON and Markdown of Rasa 1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.trainer.nlu_files.document import read_document
from bot.trainer.nlu_files.exchange.archives import Member
from bot.trainer.nlu_files.exchange.items import Read, language_in
from bot.trainer.nlu_files.marks import Entity

_HEADING = re.compile(r"##\s*intent:\s*(\S+)\s*$")
_ITEM = re.compile(r"\s*[-*+]\s+(.+)$")
_NLU = re.compile(rb"^\s*nlu\s*:", re.MULTILINE)


def read_rasa(files: Iterable[Member], given: str | None = None) -> Read:
    """The examples of all files; those that hold something else (rules, domain) are passed over.

    Args:
        given: the language of files in no language's folder.

    Raises:
        NluDataInvalid: a file is broken; it names the line.
    """
    read = Read()
    for file in files:
        language = language_in(file.name, given)
        if file.name.endswith(".json"):
            _json(read, file, language)
        elif file.name.endswith(".md"):
            _markdown(read, file, language)
        elif _NLU.search(file.content):
            for block in read_document(Path(file.where), file.content).blocks:
                for one in block.examples:
                    where = f"{file.where}, line {one.line}"
                    read.take_marked(one.marked, block.intent, language, where)
    return read


def _json(read: Read, file: Member, language: str) -> None:
    content = file.json()
    data = content.get("rasa_nlu_data") if isinstance(content, Mapping) else None
    if not isinstance(data, Mapping):
        return
    for kind in ("common_examples", "intent_examples", "entity_examples"):
        listed = data.get(kind)
        for number, one in enumerate(listed if isinstance(listed, list) else [], 1):
            if isinstance(one, Mapping):
                read.take(
                    str(one.get("text") or ""),
                    str(one.get("intent") or ""),
                    language,
                    f"{file.where}, {kind} {number}",
                    entities=_entities(one),
                )


def _entities(one: Mapping[str, Any]) -> Iterable[Entity]:
    text = str(one.get("text") or "")
    listed = one.get("entities")
    for entity in listed if isinstance(listed, list) else []:
        if not isinstance(entity, Mapping):
            continue
        start, end = entity.get("start"), entity.get("end")
        if isinstance(start, int) and isinstance(end, int) and entity.get("entity"):
            value = str(entity.get("value", text[start:end]))
            role, group = (str(entity.get(name) or "") or None for name in ("role", "group"))
            yield Entity(start, end, str(entity["entity"]), value, role, group)


def _markdown(read: Read, file: Member, language: str) -> None:
    intent = ""
    for number, line in enumerate(file.text().splitlines(), 1):
        if line.startswith("#"):
            heading = _HEADING.match(line)
            intent = heading[1] if heading else ""
        elif intent and (item := _ITEM.match(line)):
            read.take_marked(item[1], intent, language, f"{file.where}, line {number}")
