"""Money, days, goods and addresses as people write them in each language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from bot.orders.model import Address, OrderLine, ReturnLine
from bot.settings import LANGUAGES

_SPACE: Final = "\N{NO-BREAK SPACE}"

_MONTHS: Final = {
    "en": "January February March April May June July August September October November December",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
}
_AND: Final = {"en": "and", "sv": "och", "da": "og", "nb": "og"}
# What "kr" means to somebody who writes the language; another country's crown is named in full.
_OWN_CROWN: Final = {"sv": "SEK", "da": "DKK", "nb": "NOK"}


def money(amount: Decimal, currency: str, language: str) -> str:
    """An amount of `currency` (ISO 4217): '1 299 kr', '1.299,00 kr.', '€129.00', 'SEK 1,299.00'.

    Spaces in it do not break.
    """
    whole, cents = f"{abs(amount):,.2f}".split(".")
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    if language not in _OWN_CROWN:
        symbol = "€" if currency == "EUR" else f"{currency}{_SPACE}"
        return f"{sign}{symbol}{whole}.{cents}"
    if language == "da":
        number = f"{whole.replace(',', '.')},{cents}"
    else:
        number = whole.replace(",", _SPACE) + (f",{cents}" if cents != "00" else "")
    if currency == "EUR":
        unit = "€"
    elif currency == _OWN_CROWN[language]:
        unit = "kr." if language == "da" else "kr"
    else:
        unit = currency
    return f"{sign}{number}{_SPACE}{unit}"


def day(on: date, language: str, today: date) -> str:
    """A day: '3 March', '3 mars', '3. marts', '3. mars'; with the year when it is another one."""
    months = _MONTHS[language if language in LANGUAGES else LANGUAGES[0]].split()
    point = "." if language in ("da", "nb") else ""
    year = "" if on.year == today.year else f" {on.year}"
    return f"{on.day}{point}{_SPACE}{months[on.month - 1]}{year}"


def item(line: OrderLine, quantity: int) -> str:
    """Goods of one line of an order: '2 × Mora Wool Hat (Rust)'."""
    kind = ", ".join(part for part in (line.size, line.colour) if part)
    count = f"{quantity}{_SPACE}×{_SPACE}" if quantity > 1 else ""
    return f"{count}{line.product}" + (f" ({kind})" if kind else "")


def items(
    lines: Sequence[OrderLine], language: str, chosen: Iterable[ReturnLine] | None = None
) -> str:
    """Goods of an order in one sentence; with `chosen`, only those."""
    by_number = {line.line: line for line in lines}
    wanted = [ReturnLine(n.line, n.quantity) for n in lines] if chosen is None else chosen
    return joined(
        [item(by_number[w.line], w.quantity) for w in wanted if w.line in by_number], language
    )


def joined(parts: Sequence[str], language: str) -> str:
    """'A, B and C'."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {_AND.get(language, 'and')} {parts[-1]}"


def address(where: Address) -> str:
    """An address on one line: 'Storgatan 5, 112 34 Stockholm'."""
    return f"{where.street}, {postcode(where.postcode, where.country)} {where.city}"


def postcode(code: str, country: str) -> str:
    """A postcode as its country writes it: '112 34' in Sweden, else as it is."""
    digits = code.replace(" ", "")
    if country == "SE" and len(digits) == 5:
        return f"{digits[:3]}{_SPACE}{digits[3:]}"
    return code
