"""Street addresses, in the forms of Sweden, Denmark, Norway and Britain.

A street counts with its number: "Storgatan 5" is where somebody lives, "Storgatan" is not. What
belongs to it is taken along: floor and door, postcode, town. So is a postcode with a town beside
it, and a British postcode, which a few houses share; four or five figures alone are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.trainer.redaction.finding import Found, words_in
from bot.trainer.redaction.given import is_rare


def _any(words: str) -> str:
    """A pattern for any of some words, the longest first; small letters and capitals alike."""
    return f"(?i:{'|'.join(map(re.escape, sorted(words.split(), key=len, reverse=True)))})"


_LETTER = r"[^\W\d_]"
_CAPITAL = "[A-ZÅÄÖÆØÉ]"
_ENDS = _any(
    """
    gatan gata gaten gate gade gaden vägen väg veien vei veg vegen vej vejen gränd gränden stræde
    strædet torget torg torv torvet allén allé alleen alle plass plassen plads pladsen platsen
    boulevard boulevarden
    """
)
"""How a street's name ends."""
_ENDS_OF_WORDS = ("gate", "alle", "plass", "plads", "plassen", "pladsen", "torg")
_ENDS_CAPITAL = _any(
    """
    stigen stig stien sti plan backen backe bakken bakke esplanaden leden kajen kaj bron bro liden
    ringen ring slingan vænget vænge parken park toften haven marken strand stranden svingen sving
    tunet kroken krok terrasse terrassen lia brinken hagen løkken løkka jordet åsen ängen gården
    gård brynet skrenten lunden
    """
)
"""How it may end where it is written with a capital letter: words that end so are many."""
_APART = _any("gata gatan gate gaten gade väg vägen vei veien veg vegen vej gränd allé")
_APART_CAPITAL = _any(
    """
    stig torg torv alle plan plads plass boulevard strand ring park terrasse minde plats backe
    bakke
    """
)
_SIDE = _any(
    """
    östra västra norra södra øster vester nørre sønder østre vestre nordre søndre gamla gamle
    gammel nya ny nye stora lilla store lille övre nedre øvre sankt sct. st. inre yttre indre ydre
    """
)
_HOUSE = r"\d{1,4}(?:[ ]?[-–/][ ]?\d{1,4})?(?:[ ]?[a-hA-H](?![^\W_]))?(?!\w)(?![.,]\d)"
_FLOOR = _any("lgh lägenhet leil leilighet lejl lejlighed apt port uppg opg opgang hus h u l")
_UNIT = (
    rf"(?:,?[ ]*(?:{_FLOOR}\.?[ ]?\d{{1,4}}"
    rf"|\d{{1,2}}\.?[ ]?{_any('sal tr vån våning etg etasje etage')}\.?(?!\w)"
    r"|\d{1,2}\.[ ]?(?=(?i:tv|th|mf))|\d{1,2}[ ](?=(?i:tv|th|mf)\b)"
    r"|(?i:st|stuen|kl)\.?(?=[ ,]|$)|(?i:t\.?v|t\.?h|mf)\.?(?!\w)))*"
)
_DISTRICT = r"(?:[ ](?:[CKVNSØckvnsø]|NV|SV|NØ|SØ)\b)?"
_NO_TOWN = _any(
    """
    och og and but men i på er är tack tak takk med istället instead please fra från at har hvor
    inte ikke not is was kr kronor kroner
    """
)
_TOWN = (
    rf"(?:{_CAPITAL}[\w-]+(?:[ ]{_CAPITAL}[a-zåäöæø-]+)?{_DISTRICT}"
    rf"|(?!{_NO_TOWN}\b)[a-zåäöæø]{{3,}}{_DISTRICT})"
)
_COUNTRY = r"(?:(?:SE|DK|NO?|S|N)[- ])?"
_FIGURES = r"(?:\d{3}[ ]?\d{2}|\d{4})(?!\d)"
_POSTCODE = rf"{_COUNTRY}{_FIGURES}[ ]+{_TOWN}"
_PLACE = (
    rf"(?:[\s,.]{{1,3}}{_POSTCODE}|[ ]*,[ ]*{_CAPITAL}{_LETTER}{{2,}}(?!\w)"
    rf"|[ ](?:i|in)[ ]{_CAPITAL}{_LETTER}{{2,}}(?!\w))?"
)
_NR = r"[ ]+(?:nr\.?[ ]?)?"
_JOINED = re.compile(
    rf"(?<!\w)(?:{_SIDE}[ ])?(?:(?P<street>{_LETTER}{{2,30}}{_ENDS})"
    rf"|{_CAPITAL}{_LETTER}{{1,30}}{_ENDS_CAPITAL}){_NR}{_HOUSE}{_UNIT}{_PLACE}"
)
_TWO_WORDS = re.compile(
    rf"(?<!\w)(?P<name>(?:{_LETTER}[\w.'’-]{{0,30}}[ ]){{1,3}})"
    rf"(?:{_APART}|(?P<rare>{_APART_CAPITAL})){_NR}{_HOUSE}{_UNIT}{_PLACE}"
)
_ANY_STREET = re.compile(
    rf"(?<!\w)(?:{_CAPITAL}[\w'’-]{{1,30}}[ ]){{1,3}}{_HOUSE}{_UNIT}[\s,.]{{1,3}}"
    rf"{_COUNTRY}{_FIGURES}[ ]+{_CAPITAL}[\w-]+{_DISTRICT}"
)
_BOX = re.compile(
    rf"(?<!\w)(?i:(?:post)?(?:boks|box))[ ]+\d{{1,5}}(?!\w)(?:[\s,.]{{1,3}}{_POSTCODE})"
    r"|(?<!\w)(?i:post(?:boks|box))[ ]+\d{1,5}(?!\w)"
)
_POSTCODE_TOWN = re.compile(
    rf"(?<![\w.,/-])(?<!\d[ ]){_COUNTRY}{_FIGURES}[ ]+"
    rf"{_CAPITAL}[a-zåäöæø]{{2,}}(?:[ ]{_CAPITAL}[a-zåäöæø]{{2,}})?{_DISTRICT}"
)
_POSTCODE_BRITISH = r"(?i:[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[ABD-HJLNP-UW-Z]{2})(?!\w)"
_BRITISH_ENDS = _any(
    """
    street st road rd avenue ave lane ln drive dr close court ct crescent cres way place pl square
    sq gardens gdns terrace grove hill mews row view walk park parade green rise quay wharf
    """
)
_ROOM = rf"(?:{_any('flat apt apartment unit suite room floor')}\.?[ ]?\w{{1,4}},?[ ]+)?"
_BRITISH = re.compile(
    rf"(?<![\w.,-]){_ROOM}\d{{1,4}}[a-zA-Z]?,?[ ]+(?:{_LETTER}[\w'’-]{{0,30}}[ ]){{1,3}}?"
    rf"{_BRITISH_ENDS}\b(?:[\s,.]{{1,3}}(?:{_LETTER}[\w'’-]{{0,30}}[\s,]{{1,2}}){{0,4}}?"
    rf"{_POSTCODE_BRITISH}|,[ ]*[A-Z][a-z]{{2,}})?"
)
_BRITISH_CODE = re.compile(rf"(?<![\w-]){_POSTCODE_BRITISH}")
_NOT_BEFORE = words_in(
    """
    i på til till från fra at to the a an of den det en et my mitt min is er bor live lives adresse
    adress address adressen ny new nya nye og och and jag jeg vi we är ved vid the this dette
    """
)
_NOT_BRITISH = words_in(
    """
    days day weeks week months hours times items pairs people person in on at by for from to the of
    and or is are was were i you we it my your with than more less under over out after before ago
    """
)


def find_addresses(text: str) -> Iterator[Found]:
    """The addresses in a text, the longest forms first; may overlap."""
    for found in _JOINED.finditer(text):
        street = found["street"]
        if street is None or street[0].isupper() or not _may_be_word(street):
            yield Found("address", *found.span())
    for found in _TWO_WORDS.finditer(text):
        start = _first_of_street(text, found.start("name"), found.end("name"))
        written = text[start : found.end("name")]
        if written and (found["rare"] is None or written[0].isupper()):
            yield Found("address", start, found.end())
    for pattern in (_ANY_STREET, _BOX):
        for found in pattern.finditer(text):
            yield Found("address", *found.span())
    for found in _BRITISH.finditer(text):
        if not _NOT_BRITISH.intersection(found[0].lower().split()):
            yield Found("address", *found.span())
    for pattern in (_POSTCODE_TOWN, _BRITISH_CODE):
        for found in pattern.finditer(text):
            yield Found("address", *found.span())


def _may_be_word(street: str) -> bool:
    """Whether a street in small letters may be a word: "investigate 3", "snakke med alle 3"."""
    return street.endswith(_ENDS_OF_WORDS) and not is_rare(street)


def _first_of_street(text: str, start: int, end: int) -> int:
    """Where a street's name begins among the words before "gate" and the like; `end` for none."""
    first = end
    for word in reversed(list(re.finditer(r"\S+", text[start:end]))):
        if word[0].lower().strip(".,:") in _NOT_BEFORE:
            break
        first = start + word.start()
    return first
