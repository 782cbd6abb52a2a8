"""Words by which customers call off what they asked for, in every language at once.

They are read by form, and only when nothing else is said: what is called off must be beyond doubt.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MAX_TEXT: Final = 500
_BEFORE: Final = (
    r"(?:(?:actually|sorry|oh|well|hm+|ok|okay|okej|okey|no|nope|nah|nej|nä|äh|næh|nei"
    r"|but|men|and|och|og"
    r"|faktiskt|faktisk|förlåt|ursäkta|undskyld|beklager|unnskyld|du|då|da|jo|thanks?|thank you"
    r"|tack|tak|takk|now|nu|nå|just|bara|bare|please|wait|hold on|vänta|vent)[\s,.!]+)*"
)
_AFTER: Final = (
    r"(?:[\s,.!]+(?:then|now|sorry|thanks?|thank you|please|nu|då|da|nå|tack|tak|takk|alligevel"
    r"|likevel|ändå|i stället|förlåt|undskyld|beklager|bare|any ?more|anyway|ellers|så))*[\s,.!]*"
)
_CALLED_OFF: Final = (
    r"forget (?:it|that|about it)|never ?mind|scratch that|drop it"
    r"|(?:i(?:'ve| have)? )?changed my mind"
    r"|avbryt(?: det)?|glöm (?:det|de|alltihop|allt ihop|alltsammans)"
    r"|strunta? i (?:det|de)|skit i (?:det|de)|skit samma"
    r"|(?:jag |ja )?(?:har |ha )?(?:ångrat|ändrat|ångrade|ändrade) (?:mig|mej)"
    r"|jag ångrar (?:mig|mej)"
    r"|glem (?:det(?: igen)?|d|hele greia|det hele)|pyt(?: med det)?"
    r"|drop(?:p)? (?:det|d)|skidt? (?:være )?med det"
    r"|(?:jeg |eg )?(?:har )?(?:ombestemt|ombestemte) (?:meg|mig)"
    r"|(?:jeg )?(?:har )?fortrudt(?: det)?|jeg fortryder(?: det)?|(?:jeg )?(?:har )?angret(?: meg)?"
    r"|jeg angrer(?: meg)?|(?:jeg )?(?:har )?skiftet mening"
)
_NOT_NEEDED: Final = (
    r"(?:there(?:'s| is) )?no need|(?:it'?s |it is )?not (?:needed|necessary)"
    r"|(?:i )?(?:don'?t|do not) need (?:it|this|that|help|(?:a |an |any )?(?:person|human|agent"
    r"|colleague)|any(?:one|body)|you)"
    r"|(?:i(?:'ve| have)? )?(?:solved|sorted|fixed|figured) (?:it|that)(?: out)?(?: myself)?"
    r"|(?:it|that)(?:'s| is| has been| got)? (?:solved|sorted|fixed) ?(?:itself)?"
    r"|(?:det )?behövs (?:inte|ej)(?: (?:längre|mer))?"
    r"|(?:jag )?behöver (?:inte|ingen)(?: (?:någon|hjälp|människa|person|kollega))?(?: längre)?"
    r"|(?:jag )?(?:har )?(?:löst|löste|fixat|fixade) det(?: själv)?"
    r"|det (?:har )?(?:löst|löste|ordnat|ordnade) sig(?: själv)?"
    r"|det er lige meget|(?:det )?behøves ikke(?: længere)?"
    r"|(?:det er )?ikke nødvendigt?(?: (?:længere|lenger))?"
    r"|(?:jeg )?behøver (?:ikke|ingen)(?: (?:nogen|hjælp|hjelp|noen))?(?: (?:længere|lenger))?"
    r"|(?:jeg )?(?:har )?(?:(?:løste|løst|fikset?|fiksede) det"
    r"|(?:fandt|fundet) ud af det|(?:fant|funnet) ut av det)(?: selv)?"
    r"|det (?:har )?(?:løst|løste|ordnet) (?:sig|seg)(?: selv)?"
    r"|(?:det )?trengs ikke(?: (?:lenger|mer))?"
    r"|(?:jeg )?trenger (?:ikke|ingen)(?: (?:noen|hjelp))?(?: lenger)?"
)
_FOUND: Final = (
    r"(?:i |jag |jeg )?(?:har |have )?"
    r"(?:found|hittade|hittat|fandt|fundet|fant|funnet)"
    r" (?:it|the answer|den|det|svaret)(?: myself| själv| selv)?"
)
"""Says nothing alone: it may be the order number that was looked for."""
_FINE: Final = (
    r"(?:it|that|this)(?:'?s| is) (?:fine|okay|ok|all right|alright|good)|(?:it's )?all good"
    r"|no worries|det går (?:bra|fint)|(?:det er |det är )?ingen fara"
    r"|det är (?:lugnt|bra|okej|okey|ok|fint)|det ordnar sig"
    r"|det er (?:fint|helt fint|ok|okay|okej|greit|i orden)|det ordner (?:sig|seg)"
)
"""Says nothing alone either: it may be the answer to a question."""
_CALLS_OFF: Final = re.compile(
    f"{_BEFORE}(?:{_CALLED_OFF}){_AFTER}(?:{_BEFORE}(?:{_CALLED_OFF}|{_FINE}){_AFTER})?", re.I
)
_CALLS_PERSON_OFF: Final = re.compile(
    f"{_BEFORE}(?:{_FOUND}{_AFTER})?{_BEFORE}(?:{_CALLED_OFF}|{_NOT_NEEDED}){_AFTER}"
    f"(?:{_BEFORE}(?:{_CALLED_OFF}|{_NOT_NEEDED}|{_FOUND}|{_FINE}){_AFTER})?",
    re.I,
)


def calls_off(text: str) -> bool:
    """The customer says only that they want nothing of it any more.

    >>> calls_off("actually no, I changed my mind"), calls_off("I changed my mind about the hat")
    (True, False)
    """
    return bool(_CALLS_OFF.fullmatch(plain(text)))


def calls_person_off(text: str) -> bool:
    """Somebody who waits for a person says only that none is needed any more.

    >>> calls_person_off("never mind, I found it"), calls_person_off("no need to hurry")
    (True, False)
    """
    return bool(_CALLS_PERSON_OFF.fullmatch(plain(text)))


def plain(text: str) -> str:
    """A customer's words in one form of each letter, without what stands at their ends."""
    return unicodedata.normalize("NFKC", text[:_MAX_TEXT]).replace("’", "'").strip(' \t\n.,!"')
