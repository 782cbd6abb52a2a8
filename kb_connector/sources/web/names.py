"""Names of pages: of their paths, the same at each sync, and no two alike."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from kb_connector.markdown import fold
from kb_connector.sources.building import identity
from kb_connector.sources.web.cursor import Known
from kb_connector.sources.web.page import Page

_LONGEST = 100


class Names:
    """Gives each page a name.

    Args:
        source: name of the source.
        known: the pages of the last sync, which keep their names.
    """

    def __init__(self, source: str, known: Mapping[str, Known]) -> None:
        self._source = source
        self._owner = {each: address for address, page in known.items() for each in page.ids}

    def of(self, address: str, page: Page, lang: str) -> str:
        """The name of a page, the same in all its languages unless another has it."""
        name = path_name(_first_address(address, page, lang))
        candidates = (name, f"{name}-{_short(address)}")
        ids = [identity(self._source, lang, each) for each in candidates]
        chosen = 0 if self._owner.get(ids[0], address) == address else 1
        if self._owner.get(ids[1]) == address:
            chosen = 1
        self._owner[ids[chosen]] = address
        return candidates[chosen]


def path_name(address: str) -> str:
    """The path in letters, digits and hyphens.

    >>> path_name("https://help.example/r%C3%A5d/Retur.html"), path_name("https://help.example/")
    ('rad-retur', 'home')
    """
    parts = urlsplit(address)
    path = re.sub(r"\.html?$", "", unquote(parts.path).strip("/"))
    whole = " ".join(part for part in (path, unquote(parts.query)) if part)
    name = re.sub(r"[^a-z0-9]+", "-", fold(whole)).strip("-")
    if len(name) > _LONGEST:
        return f"{name[:_LONGEST].strip('-')}-{_short(address)}"
    return name or (_short(address) if whole else "home")


def _first_address(address: str, page: Page, lang: str) -> str:
    """Of a page in several languages the address in English, else in the first by code."""
    group = {lang: address, **page.translations}
    if group[lang] != address:
        return address  # it names others as the translations of all its pages
    return group.get("en") or group[min(group)]


def _short(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:8]
