"""What Svara says outside a Rasa turn, from the same place as everything else: `domain.yml`.

A trainer edits the words in one file. Rasa's own generator picks a variation by the `language`
slot; this module does the same for processes that run without Rasa.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import LANGUAGES

DOMAIN = Path(__file__).parent.parent / "domain.yml"
_FIELD = re.compile(r"\{\{|\}\}|\{(\w+)\}")
"""A field, or a brace: doubled in the domain, as Rasa fills in the payloads of buttons too."""


def say(name: str, language: str | None, **values: object) -> str:
    """The text of a response in a language.

    Args:
        name: response in `domain.yml`, e.g. `utter_agent_joined`.
        language: one of `LANGUAGES`; anything else gives English.
        values: what goes into the text's `{fields}`.

    Raises:
        SettingsError: no such response.
    """
    return str(_fill(variation(name, language).get("text", ""), values))


def buttons(name: str, language: str | None, **values: object) -> list[dict[str, str]]:
    """The buttons of a response in a language, as `{"title", "payload"}`."""
    found = variation(name, language).get("buttons") or []
    return [{key: _fill(str(text), values) for key, text in button.items()} for button in found]


def exists(name: str) -> bool:
    """True when `domain.yml` has the response."""
    return name in _responses()


def variation(name: str, language: str | None) -> dict[str, Any]:
    """The variation of a response for a language, English when there is none."""
    by_language = _responses().get(name)
    if not by_language:
        raise SettingsError(f"domain.yml has no response '{name}'. Add it, in every language.")
    wanted = language if language in by_language else LANGUAGES[0]
    return by_language.get(wanted) or next(iter(by_language.values()))


def _fill(text: str, values: dict[str, object]) -> str:
    def put(found: re.Match[str]) -> str:
        return str(values.get(found[1], found[0])) if found[1] else found[0][0]

    return _FIELD.sub(put, text)


@lru_cache(maxsize=1)
def _responses() -> dict[str, dict[str, dict[str, Any]]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with DOMAIN.open(encoding="utf-8") as stream:
        domain = yaml.load(stream, Loader=loader)  # noqa: S506 (a safe loader, in C)
    return {
        name: {_language_of(item): item for item in reversed(items)}
        for name, items in domain["responses"].items()
    }


def _language_of(item: dict[str, Any]) -> str:
    for condition in item.get("condition") or []:
        if condition.get("name") == "language":
            return str(condition["value"])
    return LANGUAGES[0]
