"""What an intent is called on a button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import texts
from bot.settings import LANGUAGES


def title(domain: Mapping[str, Any], intent: str, language: str) -> str:
    """An intent in a customer's words, as the model that answers now has it.

    Args:
        domain: that of the model, as an action gets it; of a model from before `send_domain`
            stood in `domain.yml` nothing comes, and the file is read instead.

    Returns:
        English where the language has none; empty where the intent has none at all.
    """
    name = f"utter_title_{intent}"
    responses = domain.get("responses")
    if responses is None:
        return texts.say(name, language) if texts.exists(name) else ""
    found: dict[str, str] = {}
    for variation in responses.get(name) or ():
        found.setdefault(_language(variation), str(variation.get("text") or ""))
    return found.get(language) or found.get(LANGUAGES[0]) or next(iter(found.values()), "")


def _language(variation: Mapping[str, Any]) -> str:
    for condition in variation.get("condition") or ():
        if condition.get("name") == "language":
            return str(condition.get("value"))
    return LANGUAGES[0]
