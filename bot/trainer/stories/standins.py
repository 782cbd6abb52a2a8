"""Made-up values in the place of personal data, so that a story's messages keep their form.

"[order number]" would be understood as other words; an order number that nobody has is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot.trainer.redaction import Kind, redact

_VALUES: dict[Kind, tuple[str, ...]] = {
    "name": ("Kim Berg", "Robin Lind", "Alex Holm"),
    "email": ("kim.berg@mail.example", "robin.lind@mail.example", "alex.holm@mail.example"),
    # test numbers: of the payment industry, of the Swedish tax agency, of the IBAN registry
    "card": ("4242 4242 4242 4242", "5555 5555 5555 4444"),
    "account": ("SE45 5000 0000 0583 9825 7466", "NO93 8601 1117 947"),
    "personal number": ("811218-9876", "640823-3234"),
    "order number": ("NL-900001", "NL-900002", "NL-900003"),
}
# numbers that are given to nobody, or to films
_PHONES = {
    "sv": "070-174 06 05",
    "da": "20 55 51 23",
    "nb": "400 00 118",
    "en": "07700 900142",
}
_ADDRESSES = {
    "sv": "Storgatan 1, 111 11 Stockholm",
    "da": "Nygade 1, 1000 København",
    "nb": "Storgata 1, 0001 Oslo",
    "en": "1 High Street, London N1 1AA",
}


class StandIns:
    """Replaces personal data of one conversation: the same value by the same stand-in.

    Args:
        names: of the customer, as far as known.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = names
        self._given: dict[Kind, dict[str, str]] = defaultdict(dict)

    def replace(self, text: str, language: str | None) -> str:
        """The text with made-up personal data."""
        pieces, position = [], 0
        for found in redact(text, language, self._names).found:
            value = text[found.start : found.end]
            pieces += [text[position : found.start], self._stand_in(found.kind, value, language)]
            position = found.end
        return "".join([*pieces, text[position:]])

    def _stand_in(self, kind: Kind, value: str, language: str | None) -> str:
        known = self._given[kind]
        same = "".join(character for character in value.lower() if character.isalnum())
        if same not in known:
            known[same] = self._fresh(kind, len(known), language or "en")
        return known[same]

    def _fresh(self, kind: Kind, number: int, language: str) -> str:
        if kind == "phone":
            return _PHONES.get(language, _PHONES["en"])
        if kind == "address":
            return _ADDRESSES.get(language, _ADDRESSES["en"])
        values = _VALUES[kind]
        return values[number % len(values)]
