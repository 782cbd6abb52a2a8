"""What customers answer when asked about an order: a yes, an address, goods, a reason.

All of it is read by form, in every language at once; what is not plain is None, and asked again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from bot.calling_off import plain
from bot.orders.model import OrderLine, ReturnLine, ReturnReason

_MAX_TEXT: Final = 500
_MAX_CONSENT_WORDS: Final = 7
_SIMILAR: Final = 80

_YES: Final = re.compile(
    r"(?:yes|yep|yeah|yup|sure|ok|okay|okej|go ahead|do it|please do|correct|absolutely|of course"
    r"|ja|japp|jepp|jep|jo|javisst|jajamän|absolut|visst|gärna|gerne|gjerne|okay|självklart"
    r"|selvfølgelig|gör det|gør det|gjør det|kör på det|kjør på|det stämmer|stämmer|stemmer"
    r"|det stemmer|korrekt|riktigt|riktig|rigtigt)\b",
    re.I,
)
_NOD: Final = re.compile(
    r"(?:ok|okay|okej|okei|okey|oki|k|aha|jaha|jaså|alright|all right|fine|right|i see|got it"
    r"|m+h?m*|fint|greit|grei|den er grei|javel|nåja)"
    r"(?:[\s,.!]+(?:then|då|da|så|thanks|thank you|tack|tak|takk))*",
    re.I,
)
_NO: Final = re.compile(
    r"(?:no|nope|nah|don'?t|do not|stop|never mind|nej|nä|nei|nix|avbryt|stopp?|vänta|vent|wait"
    r"|låt bli|lad være|la være|glöm det|glem det|strunta i det|skit i det)\b",
    re.I,
)
_BUT: Final = re.compile(
    r"\b(?:not?|don'?t|but|wait|first|instead|other|if|nej|inte|men|vänta|först|annan|annat|om"
    r"|ikke|vent|først|anden|andet|hvis|annen|annet|hvis)\b|\?",
    re.I,
)
_LACKS: Final = re.compile(
    r"\b(?:don'?t|do not|can'?t|cannot|couldn'?t)\b.{0,20}\b(?:know|have|find|remember|see)"
    r"|\bno (?:idea|clue)\b|\b(?:lost|forgot|forgotten|tappat|glömt|glemt|mistet|slettet|raderat)\b"
    r"|\b(?:vet|har|hittar|minns|ser|ved|finder|husker|finner|kan)\b.{0,15}\b(?:inte?|ikke|ej|ingen"
    r"|inget)\b"
    r"|\b(?:where|var|hvor)\b.{0,40}(?:find|found|see|number|hitta|står|ser jag|finde|finne|nummer"
    r"|nr)"
    r"|\b(?:what|which|vilket|vad för|hvilket|hvad for|hvilken|hva)\b.{0,15}(?:number|nummer|nr)",
    re.I,
)
_OTHER_ORDER: Final = re.compile(
    r"\b(?:other|another|different|wrong|first|second|previous|earlier|older|newer|latest|last)"
    r"(?: \w+)? (?:orders?|parcel|package|purchase)\b"
    r"|\b(?:andra|annan|fel|förra|första|senaste|sista|tidigare|äldre)"
    r" (?:ordern?|beställning(?:en)?|paket(?:et)?|köp(?:et)?)\b"
    r"|\b(?:anden|andet|andre|annen|annet|forkerte?|feil|forrige|første|seneste|siste|sidste"
    r"|tidligere) (?:ordren?|bestilling(?:en)?|pakken?|køb(?:et)?|kjøp(?:et)?)\b",
    re.I,
)

# --- reasons: the first that fits

_REASONS: Final[Mapping[ReturnReason, re.Pattern[str]]] = {
    reason: re.compile(pattern, re.I)
    for reason, pattern in {
        ReturnReason.WRONG_ITEM: (
            r"\bwrong (?:item|product|thing|article|one|goods|order)|not what i ordered"
            r"|\bfel (?:vara|varor|produkt|artikel|sak|grej)"
            r"|inte (?:det|den|vad|de) (?:som )?jag (?:har )?beställ"
            r"|\bforkert(?:e)? (?:vare|varer|produkt|ting)|\bfeil (?:vare|varer|produkt|ting)"
            r"|ikke (?:det|den|de),? (?:som )?jeg (?:har )?bestil"
        ),
        ReturnReason.DAMAGED_IN_TRANSPORT: (
            r"damaged.{0,20}(?:transport|transit|deliver|shipping|arriv|on the way|post|mail)"
            r"|(?:parcel|package|box).{0,20}(?:damaged|crushed)|arrived (?:damaged|broken)"
            r"|transports?kad"
            r"|skad(?:ad|at|ade|et|ede)\b.{0,20}(?:transport|frakt|fragt|lever|ankom|kom|post)"
            r"|(?:paket|pakke|kartong|eske).{0,20}(?:skad|beskadiget|trasig|ødelagt|krossa)"
        ),
        ReturnReason.FAULTY: (
            r"\bfault|\bbroken\b|\bdefect|(?:doesn'?t|does not|stopped) work|\b(?:torn|ripped)\b"
            r"|\bholes?\b|\btrasig|sönder\b|\bdefekt|fungerar inte|funkar inte|\bhål\b|\bgått av\b"
            r"|\breve[nt]\b|\brevnet"
            r"|i stykker|virker ikke|ødelagt|fungerer ikke|funker ikke|\bhull?\b|reklam"
        ),
        ReturnReason.WRONG_SIZE: (
            r"\btoo (?:small|big|large|tight|loose|short|long|wide|narrow)|\bwrong size|\bsize\b"
            r"|n[o']t fit|doesnt fit"
            r"|\bför (?:lite[nt]?|små|stora?|stort|trånga?|tajta?|långa?|korta?|vida?)\b"
            r"|\bstorlek|passa(?:r|de) (?:mig )?inte"
            r"|\bfor (?:lille|liten?|små|stor[et]?|stram(?:t|me)?|trange?|lange?|korte?|vide?)\b"
            r"|størrelse|pass(?:er|ede|et) (?:mig |meg )?ikke"
        ),
        ReturnReason.NOT_AS_EXPECTED: (
            r"not (?:as|what|like) (?:i )?(?:was )?(?:expect|thought|imagined|described)"
            r"|different (?:from|than|to)|looks different|(?:don'?t|didn'?t|do not) like"
            r"|inte (?:som|vad) (?:jag )?(?:hade )?(?:förvänta|tänk|trod|vänta)|motsvara\w* inte"
            r"|gilla(?:r|de) (?:den |det |dem )?inte"
            r"|ikke (?:som|hvad|hva|det) ?,? ?(?:jeg )?(?:hadde |havde )?(?:forvent|tro|vent)"
            r"|lever ikke op|svarer ikke til|(?:kan|kunne) ikke lide"
            r"|lik(?:er|te) (?:den |det |dem )?ikke"
        ),
        ReturnReason.CHANGED_MIND: (
            r"change(?:d)? (?:of|my) mind|regret|(?:don'?t|do not|no longer) (?:want|need)"
            r"|ångra|ändra(?:t|de) (?:mig|mej)|skift(?:et|ede) mening"
            r"|vill inte (?:ha|längre)|behöver (?:den |det |dem )?inte"
            r"|fortr(?:ud|yd|ød)|ombestem|vil ikke ha|skal ikke bruge|har ikke brug|\bangre|\bangra"
            r"|trenger (?:den |det |dem )?ikke"
        ),
    }.items()
}

# --- goods

_EVERYTHING: Final = re.compile(
    r"\b(?:everything|all|both|(?:the )?(?:whole|entire) (?:order|lot|thing)"
    r"|allt|alltihop|alltihopa|alltsammans|alla|båda|bägge|hela (?:ordern|beställningen|köpet)"
    r"|alt|alt sammen|det hele|hele (?:ordren|bestillingen|ordren)|alle|begge)\b",
    re.I,
)
_EXCEPT: Final = re.compile(
    r"\b(?:except|but|not|utom|förutom|inte|undtagen|bortset|ikke|unntatt|bortsett|men)\b", re.I
)
_ONE: Final = re.compile(
    r"\b(?:only one|just one|one of|en av|ett av|bara ett?|én|kun en|bare en|en af)\b"
)
_WORD: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")

# --- addresses

_POSTCODE_AND_CITY: Final = re.compile(
    r"(?<![\w-])(?:[A-Za-z]{1,2}-)?(?P<postcode>\d{3}\s\d{2}|\d{4}\s?[A-Z]{2}(?=\s)|\d{4,5})"
    r"[\s,]+(?P<city>[^\W\d_][^\d,;\n!?]{1,58})"
)
_LEAD: Final = re.compile(
    r"^.*?\b(?:to|till|til|address is|adressen är|adressen er)\b:?\s+", re.I | re.S
)
_REFUSED_LEAD: Final = re.compile(
    r"^(?:no|nope|nej|nä|nei)[\s,.!]+(?:(?:it'?s|it is|it should be|sorry|but|wrong|rather"
    r"|det är|det ska vara|den ska vara|fel|men|förlåt|det er|det skal være|den skal være"
    r"|forkert|feil|undskyld|beklager)[\s,:.]+)*",
    re.I,
)
_WRONG: Final = re.compile(
    r"\b(?:wrong|not right|incorrect|mistake|typo|fel|stämmer (?:inte|ej)|skrev fel|forkert"
    r"|stemmer ikke|ikke rigtig|ikke riktig|feil|skrivefeil|slåfejl)\b",
    re.I,
)
_COURTESY: Final = re.compile(
    r"(?:[\s.]+(?:please|thanks|thank you|instead|tack|snälla|istället|i stället|tak|i stedet"
    r"|takk|heller|sverige|sweden|danmark|denmark|norge|norway|mvh|hälsningar)\b.*|[\s.]+)$",
    re.I | re.S,
)
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class NewAddress:
    """Where an order shall go instead, within its country."""

    street: str
    postcode: str
    city: str


def is_yes(text: str) -> bool:
    """A plain yes with no "but" in it: what is done after it cannot be undone.

    >>> is_yes("Ja tack, gör det"), is_yes("yes, but not the hat")
    (True, False)
    """
    text = plain(text)
    return (
        bool(_YES.match(text)) and not _BUT.search(text) and len(text.split()) <= _MAX_CONSENT_WORDS
    )


def is_nod(text: str) -> bool:
    """Only that it was heard: a yes to a question, and none to what was told.

    >>> is_nod("ok tack"), is_nod("ok, gör det")
    (True, False)
    """
    return bool(_NOD.fullmatch(plain(text)))


def is_no(text: str) -> bool:
    """A no, or a wish to wait."""
    return bool(_NO.match(plain(text)))


def says_wrong(text: str) -> bool:
    """What was shown to the customer is not right, they say.

    >>> says_wrong("nej, fel husnummer"), says_wrong("no thanks")
    (True, False)
    """
    return bool(_WRONG.search(plain(text)))


def lacks_it(text: str) -> bool:
    """The customer does not know what was asked for, or asks where it stands."""
    return bool(_LACKS.search(plain(text)))


def means_other_order(text: str) -> bool:
    """The customer speaks of another order, without its number.

    >>> means_other_order("no, the other order"), means_other_order("nej, den andra beställningen")
    (True, True)
    """
    return bool(_OTHER_ORDER.search(plain(text)))


def parse_reason(text: str) -> ReturnReason | None:
    """Why something goes back, if it is said in plain words."""
    text = plain(text)
    return next((r for r, pattern in _REASONS.items() if pattern.search(text)), None)


def parse_address(text: str) -> NewAddress | None:
    """Street, postcode and town in `text`, or None when one of them is missing.

    Words that lead up to it are left out, a no to another address among them.

    >>> parse_address("Storgatan 5, 112 34 Stockholm")
    NewAddress(street='Storgatan 5', postcode='112 34', city='Stockholm')
    >>> parse_address("send it to Vestergade 3, 2. tv, 8000 Aarhus C please")
    NewAddress(street='Vestergade 3, 2. tv', postcode='8000', city='Aarhus C')
    """
    text = unicodedata.normalize("NFKC", text[:_MAX_TEXT]).strip()
    for found in reversed(list(_POSTCODE_AND_CITY.finditer(text))):
        before = text[: found.start()].strip(" ,;\n")
        before = _REFUSED_LEAD.sub("", before)
        street = _LEAD.sub("", before) if _LEAD.match(before) else before
        street = " ".join(street.replace("\n", ", ").split()).strip(" ,:")
        city = _COURTESY.sub("", found["city"]).strip(" ,.-")
        if _LETTERS.search(street) and re.search(r"\d", street) and len(street) <= 100 and city:
            return NewAddress(street, " ".join(found["postcode"].split()), city)
    return None


def match_lines(text: str, lines: Sequence[OrderLine]) -> tuple[ReturnLine, ...]:
    """The lines that `text` means; none when it is not clear.

    A word counts for a line when no other line of the order has it: of two jackets, "the jacket"
    is neither. "All but the hat" is not clear either.
    """
    text = plain(text)
    if _EXCEPT.search(text):
        return ()
    if _EVERYTHING.search(text):
        return tuple(ReturnLine(line.line, line.quantity) for line in lines)
    said = [word.lower() for word in _WORD.findall(text)]
    meant = {line.line: {i for i, word in enumerate(said) if _has(line, word)} for line in lines}
    chosen = [
        line
        for line in lines
        if meant[line.line]
        - set().union(*(words for number, words in meant.items() if number != line.line))
    ]
    if len(chosen) != 1:
        return tuple(ReturnLine(line.line, line.quantity) for line in chosen)
    line = chosen[0]
    counts = [int(word) for word in said if word.isascii() and word.isdigit() and len(word) < 4]
    counts = [1] if not counts and _ONE.search(text.lower()) else counts
    fits = len(counts) == 1 and 1 <= counts[0] <= line.quantity
    return (ReturnLine(line.line, counts[0] if fits else line.quantity),)


def _has(line: OrderLine, word: str) -> bool:
    """Whether a line is called so: short words exactly, long ones nearly."""
    names = f"{line.product} {line.size or ''} {line.colour or ''}".lower().split()
    return any(
        word == name or (len(name) > 3 and len(word) > 3 and fuzz.ratio(word, name) >= _SIMILAR)
        for name in names
    )
