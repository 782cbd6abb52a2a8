"""Articles about one country, which are no second answer to who has not named it."""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = re.compile(
    r"\b(?:(?P<no>nor(?:ge|way)|nor(?:sk|we?gi)\w*)|(?P<se>sverige|sweden|sve?(?:nsk)\w*|swedish)"
    r"|(?P<dk>danmark|denmark|dansk\w*|danish)|(?P<fi>finland|finsk\w*|finnish)|(?P<eu>eu))\b",
    re.I,
)
_OWN: Final = {"sv": "se", "da": "dk", "nb": "no"}


def is_elsewhere(title: str, question: str, language: str) -> bool:
    """The title names a country that is neither the question's nor the language's own.

    >>> is_elsewhere("Levering til Norge, told og moms", "hvad koster fragten", "da")
    True
    >>> is_elsewhere("Levering til Norge, told og moms", "og til Norge?", "da")
    False
    """
    known = _countries(question) | {_OWN.get(language, "")}
    return bool(_countries(title) - known)


def _countries(text: str) -> set[str]:
    return {found.lastgroup or "" for found in _NAMED.finditer(text)}
