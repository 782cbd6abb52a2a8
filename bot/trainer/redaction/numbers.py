"""Numbers of cards and of bank accounts.

A card number is one by its length, its first figures and its check digit (ISO/IEC 7812), or four
groups of four figures whatever the last one is. An IBAN is one by its check digits, or where it is
called one; a Norwegian account by its check digit; the others, which have none or one that too many
numbers have, where the words around call them an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban, luhn
from stdnum.no import fodselsnummer, kontonr

from bot.trainer.redaction.finding import Found

_FIGURES = re.compile(r"\d+")
_CARD_DIGITS = range(13, 20)
_ELEVEN = range(11, 12)
"""Figures of a Norwegian account and of a fødselsnummer."""
_SEPARATOR = r"[ \u00a0.\-]{0,2}"
_GROUPS = re.compile(r"(?<![\w@])\d+(?:[ \u00a0.–-]{1,3}\d+)*(?![\w@])")
"""Figures with gaps between them: a number, or several that stand beside each other."""
_FOUR_FOURS = re.compile(r"(?<![\w-])[2-6]\d{3}([ \u00a0.-])\d{4}\1\d{4}\1\d{4}(?![\w-])")
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[0-9]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6\d{15,18}"
)
_CARD_NAMED = re.compile(
    r"\b(?:card|credit|debit|(?:kredit|betal|bank|dan)?kort|visa|mastercard|amex)(?:et|t)?"
    r"\s*(?:number|nummer|nr|no)?\w*\W{0,4}(?:(?:is|är|er|mitt|mit|my)\W+)?"
    rf"(?P<number>\d(?:{_SEPARATOR}\d){{11,18}})(?!\d)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}", re.IGNORECASE)
_IBAN_NAMED = re.compile(
    r"\biban\W*(?:(?:is|är|er|number|nummer|nr)\W+)*"
    r"(?P<number>[A-Z]{2}[ ]?\d{2}(?:[ ]?[A-Z]{4})?(?:[ ]?\d){8,26})",
    re.IGNORECASE,
)
_NUMBER = r"\d(?:[ \u00a0.,\-/]{0,2}\d){3,17}"
_ACCOUNT_NAMED = re.compile(
    r"\b(?:bank\s?account|account|acct|a/c|(?:bank|kredit|löne|spar|privat|lønns|spare)?konto(?:en|t)?"
    r"|bankgirot?|bg|plusgirot?|pg|postgiro|giro|clearing|sort\s?code"
    r"|reg(?:istrerings)?\.?\s?(?:nr|nummer)|reg\.)"
    r"(?:\s?-?(?:numbers?|nummer|nr|no|num))?(?:et|en)?[\s.:=#-]{0,4}"
    r"(?:(?:is|är|er|to|til|till|på|i)[\s:]+)?"
    rf"(?P<number>{_NUMBER})(?!\w)",
    re.IGNORECASE,
)
_GIRO = re.compile(r"(?<![\w.,-])(?:\d{3,4}-\d{4})(?![\w-])")
_GIRO_NAMED = re.compile(r"giro|\bbg\b|\bpg\b", re.IGNORECASE)
_CLEARED = re.compile(
    r"(?<![\w.,-])[1-9]\d{3}(?:-\d)?,[ ]?\d{2,3}(?:[ .]?\d{2,3}){1,3}(?:-\d)?(?!\w)"
)
_PAY_TO = re.compile(
    r"\b(?:pengarna|pengene|money|refund(?:ed)?|beløbet|beløpet|beloppet|sätt\s+in|sett\s+inn"
    r"|indsæt|overfør|pay)\b[^\d\n]{0,30}\b(?:på|to|til|into)\s+"
    r"(?P<number>\d{4}[ .-]\d(?:[ .\-]?\d){5,11})(?!\w)",
    re.IGNORECASE,
)
_PERSONAL_NAMED = re.compile(
    r"\b(?:person|fødsels|fodsels|samordnings|cpr|d-?nummer|f-?nummer)\w*"
    r"(?:[ -]?(?:nr|nummer|number|no))?(?:et|en)?[\s.:#-]{0,3}"
    r"(?:(?:mitt|mit|är|er|is|e)[\s:]+){0,2}"
    r"(?P<number>\d{6}(?:\d\d)?[-+ ]?\d{4,5})(?!\d)",
    re.IGNORECASE,
)
_PERSONAL_FORM = re.compile(
    r"(?<![\w.,/-])(?:(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[1268]\d|[379][01])"
    r"[ ]?[-+–][ ]?\d{4}"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d[ ]?[-–][ ]?\d{4})(?![\w-])"
)
_PHONE_NAMED = re.compile(
    r"\b(?:tlf|tel|telefon(?:en)?|mobil(?:en)?|mob|cell|mobile|phone|ringa?e?|call|smsa?|text|whatsapp)"
    r"(?:\s?-?(?:number|nummer(?:et)?|nr|no))?(?:\s+(?:me|mig|meg|oss|os))?(?:\s+(?:on|at|på|til))?"
    r"[\s.:#-]{0,3}(?:(?:is|är|er)[\s:]+)?"
    r"(?P<number>\+?\(?\d(?:[ \u00a0().\-/]{0,2}\d){6,14})(?!\w)",
    re.IGNORECASE,
)
_EMAIL_SPELT = re.compile(
    r"(?<!\w)[\w.+-]{1,64}[ ]?(?:\(at\)|\[at\]|\bat\b|snabel-?a|krøllalfa|alfakrøll)[ ]?[\w-]{2,63}"
    r"(?:[ ]?(?:\(dot\)|\[dot\]|\bdot\b|\bpunkt\b|\bpunktum\b|\bprikk?\b)[ ]?\w{2,20})+",
    re.IGNORECASE,
)


def find_cards(text: str) -> Iterator[Found]:
    """The card numbers in a text; may overlap."""
    for start, end, digits in _numbers(text, _CARD_DIGITS):
        if _CARD.fullmatch(digits) and luhn.is_valid(digits):
            yield Found("card", start, end)
    for found in _FOUR_FOURS.finditer(text):
        yield Found("card", *found.span())
    for found in _CARD_NAMED.finditer(text):
        yield Found("card", *found.span("number"))


def find_certain_accounts(text: str) -> Iterator[Found]:
    """The account numbers whose form says that they are some, in a text; may overlap."""
    for found in _IBAN.finditer(text):
        end = _end_of_iban(found[0])
        if end:
            yield Found("account", found.start(), found.start() + end)
    for found in _IBAN_NAMED.finditer(text):
        yield Found("account", *found.span("number"))
    for start, end, digits in _numbers(text, _ELEVEN):
        if kontonr.is_valid(digits):
            yield Found("account", start, end)


def find_named_accounts(text: str) -> Iterator[Found]:
    """The numbers in a text that the words around them call an account; may overlap."""
    for pattern in (_ACCOUNT_NAMED, _PAY_TO):
        for found in pattern.finditer(text):
            yield Found("account", *found.span("number"))
    for found in _CLEARED.finditer(text):
        yield Found("account", *found.span())
    if _GIRO_NAMED.search(text):
        for found in _GIRO.finditer(text):
            if luhn.is_valid(_digits(found[0])):
                yield Found("account", *found.span())


def find_more_personal_numbers(text: str) -> Iterator[Found]:
    """Personal numbers that are grouped otherwise, have a typing error, or no check digit."""
    for start, end, digits in _numbers(text, _ELEVEN):
        if fodselsnummer.is_valid(digits):
            yield Found("personal number", start, end)
    for found in _PERSONAL_NAMED.finditer(text):
        yield Found("personal number", *found.span("number"))
    for found in _PERSONAL_FORM.finditer(text):
        yield Found("personal number", *found.span())


def find_spelt_emails(text: str) -> Iterator[Found]:
    """E-mail addresses as people write them for people, in a text: "kari at mail dot no"."""
    for found in _EMAIL_SPELT.finditer(text):
        yield Found("email", *found.span())


def find_named_phones(text: str) -> Iterator[Found]:
    """Telephone numbers that no country has given out yet, in a text."""
    for found in _PHONE_NAMED.finditer(text):
        yield Found("phone", *found.span("number"))


def _end_of_iban(text: str) -> int:
    """How many characters from the beginning are an IBAN, 0 when none are.

    The pattern goes on into the words after it.
    """
    for end in range(len(text), 14, -1):
        if text[end - 1].isalnum() and iban.is_valid(text[:end]):
            return end
    return 0


def _numbers(text: str, lengths: range) -> Iterator[tuple[int, int, str]]:
    """Every number of so many figures that begins and ends where a group of figures does.

    What stands beside it may be another number: "2 4242 4242 4242 4242".
    """
    for run in _GROUPS.finditer(text):
        groups = [group.span() for group in _FIGURES.finditer(text, run.start(), run.end())]
        for number, (start, _) in enumerate(groups):
            digits = ""
            for begin, end in groups[number:]:
                digits += text[begin:end]
                if len(digits) >= lengths.stop:
                    break
                if len(digits) in lengths:
                    yield start, end, digits


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
