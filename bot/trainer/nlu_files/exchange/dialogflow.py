"""Exports of Dialogflow ES (the agent's zip) and CX (its JSON package, or intents by its API)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from bot.trainer.nlu_files.exchange.archives import Member
from bot.trainer.nlu_files.exchange.items import LeftOut, Read, language_of, pieces

_USER_SAYS = re.compile(r"(?P<intent>.+)_usersays_(?P<language>[A-Za-z-]+)$")
_IGNORED = "sys.ignore"


def read_dialogflow(files: Iterable[Member], given: str | None = None) -> Read:
    """The training phrases of all intents.

    ES: `intents/NAME_usersays_LANG.json` beside `intents/NAME.json`, or `userSays` within it. CX:
    `intents/NAME/trainingPhrases/LANG.json` beside `intents/NAME/NAME.json`, or intents with their
    `trainingPhrases` as the API lists them.

    Args:
        given: the language where the export names none.

    Raises:
        NluDataInvalid: a file is not JSON; it names the line.
    """
    read = Read()
    found = {file.name: file for file in files if file.name.endswith(".json")}
    for name, file in found.items():
        path = PurePosixPath(name)
        if "entities" in path.parts or "entityTypes" in path.parts:
            continue
        content = file.json()
        if says := _USER_SAYS.match(path.stem):
            intent = (
                _named(found.get(str(path.with_name(f"{says['intent']}.json"))), "name")
                or says["intent"]
            )
            _phrases(read, content, intent, language_of(says["language"], given), file.where)
        elif path.parent.name == "trainingPhrases":
            folder = path.parent.parent
            described = found.get(str(folder / f"{folder.name}.json"))
            # The folder's own name is percent-encoded.
            intent = _named(described, "displayName") or unquote(folder.name)
            _phrases(read, content, intent, language_of(path.stem, given), file.where)
        else:
            for one in _intents(content):
                intent = str(one.get("displayName") or one.get("name") or path.stem)
                _phrases(read, one, intent, language_of(None, given), file.where)
    return read


def _named(file: Member | None, key: str) -> str:
    content = file.json() if file else None
    return str(content.get(key) or "").strip() if isinstance(content, Mapping) else ""


def _intents(content: Any) -> Iterator[Mapping[str, Any]]:
    listed = content
    if isinstance(content, Mapping):
        listed = content.get("intents") or [content]
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping) and ("trainingPhrases" in one or "userSays" in one):
            yield one


def _phrases(read: Read, content: Any, intent: str, language: str, where: str) -> None:
    listed = content
    if isinstance(content, Mapping):
        listed = content.get("trainingPhrases") or content.get("userSays") or []
    for number, phrase in enumerate(listed if isinstance(listed, list) else [], 1):
        if not isinstance(phrase, Mapping):
            continue
        place = f"{where}, phrase {number}"
        code = phrase.get("languageCode") or phrase.get("lang")
        spoken = language_of(str(code or ""), language)
        text, entities = pieces(_parts(phrase))
        if phrase.get("isTemplate") or phrase.get("type") == "TEMPLATE":
            read.left_out.append(LeftOut(place, text, "a template, not a sentence"))
            continue
        read.take(text, intent, spoken, place, entities=entities)


def _parts(phrase: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    listed = phrase.get("parts") or phrase.get("data")
    for part in listed if isinstance(listed, list) else []:
        if isinstance(part, Mapping):
            kind = str(part.get("meta") or part.get("entityType") or "").lstrip("@")
            name = part.get("parameterId") or part.get("alias") or kind.removeprefix("sys.")
            yield str(part.get("text") or ""), "" if kind == _IGNORED else str(name or "")
