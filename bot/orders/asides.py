"""What customers say beside an answer: that it was no help, that they want another thing instead,
that they lack the number. Read by form, in every language at once."""

from __future__ import annotations

import re
from typing import Final

from bot.calling_off import plain

_NO_HELP: Final = re.compile(
    r"\b(?:did|does|was|is|has|have)(?:n'?t| not)\b.{0,20}\b(?:help(?:ed|ful)?|useful|any use)\b"
    r"|\bno help\b|\bnot (?:of )?(?:any|much) (?:help|use)\b|\bno use\b|\bnever helps?\b"
    r"|\bnot (?:very |really |at all )?(?:helpful|useful)\b|\bunhelpful\b"
    r"|\b(?:did|does)(?:n'?t| not) answer (?:my|the|it|that)"
    r"|\bhj(?:ä|æ|e|a|u)lp(?:te|er|t|et)?(?: \w+){0,3} (?:inte|ej|ikke)\b"
    r"|\b(?:inte|ikke|ej) (?:\w+ ){0,2}(?:hjälp(?:t|te|er)|hjulpet|hjalp|hjælper|hjelper)\b"
    r"|\b(?:ingen|inte till|ikke til|inte nå(?:go)?n|ikke no(?:g)?en)(?: \w+){0,2} hj[äæe]lp\b"
    r"|\b(?:svara[rd]?e?|svare[rd]?e?|svarte)(?: \w+){0,2} (?:inte|ikke) på\b"
    r"|\b(?:inte|ikke) (?:\w+ ){0,2}(?:svar(?:at|et)?|besvarat|besvaret) (?:\w+ )?på\b"
    r"|\b(?:inte|ikke)\b.{0,12}\b(?:bruge|bruke|använda)\b.{0,12}\btill? (?:noget|noe|något)\b"
    r"|\b(?:inte|ikke)\b.{0,12}\b(?:klokare|klogere|klokere)\b",
    re.I,
)
_NO_NEED: Final = re.compile(
    r"\b(?:need|behöver|behövs|behøver|trenger|trengs|brug for|bruk for)\b", re.I
)
_TOO_LONG: Final = re.compile(
    r"\b(?:too|way) (?:late|long|slow)\b|\b(?:för|alltför|for|altfor|alt for|allt för)"
    r" (?:sent?|seint|länge|lång|långsamt|lenge|længe|lang|langsomt|sakte|treg|dårlig|dålig)\b"
    r"|\b(?:forever|ages|(?:en )?evighet(?:er)?|evigheder|en evighed)\b",
    re.I,
)
_WHEN: Final = re.compile(
    r"\b(?:when|när|hvornår|når)\b.{0,20}\b(?:comes?|coming|arrives?|arriving|here|get it|kommer"
    r"|ankommer|anländer|er (?:den|de|det)|är (?:den|de|det)|får (?:jag|jeg))\b",
    re.I,
)
_INSTEAD: Final = re.compile(
    r"\b(?:instead|rather|i ?stället|hellre|i ?stedet|hellere|heller)\b", re.I
)
_MAY_WE: Final = re.compile(
    r"\b(?:can|could|may|might) (?:i|you|we|u)\b|\b(?:is it|would it be) possible\b"
    r"|\b(?:kan|kunde|får|skulle) (?:jag|ni|du|vi)\b|\bgår det att\b|\bär det möjligt\b"
    r"|\b(?:kan|kunne|må|får) (?:jeg|i|du|dere|vi)\b|\ber det mulig|\bgår det an\b|\bkan det lade",
    re.I,
)
_NUMBER: Final = (
    r"(?:order|ordre|best[äei]ll?(?:nings|ings)?|köp|køb|kjøps?)?[ -]?"
    r"(?:number|nummer(?:et)?|numret|nr)\b"
)
_WITHOUT: Final = re.compile(
    r"\b(?:(?:don'?t|do not|haven'?t|have not|can'?t|cannot|couldn'?t|never)"
    r" (?:\w+ )?"
    r"(?:have|find|know|remember|see|got|get|received?)|without|lost|missing|forgot(?:ten)?"
    r"|deleted|misplaced|thrown away|threw away|no"
    r"|(?:inte|ej|aldrig)(?: \w+)?|inget|ingen|ingent|utan|saknar"
    r"|tappat(?: bort)?|slarvat bort|förlagt|glömt|slängt|raderat"
    r"|(?:ikke|aldri|aldrig)(?: \w+)?|intet|uten|uden|mangler|mistet|forlagt|rotet bort"
    r"|glemt|slettet)"
    rf"(?: \w+){{0,4}}? {_NUMBER}"
    rf"|\b{_NUMBER}.{{0,30}}\b(?:is gone|is lost|missing|(?:can't|don't|cannot)\b.{{0,12}}"
    r"|(?:har|hittar|minns|finder|finner|husker|kan|kommer)\b.{0,15}\b(?:inte|ikke|tappat|glömt)"
    r"|är borta|saknas|er v[æe]k|er borte|er forsvundet|mangler)",
    re.I,
)
_SIZE: Final = r"(?:x{0,3}[sl]|x?m|[2-5]\d(?:[.,]5)?)\b"
_LARGER: Final = (
    r"(?:larger|bigger|smaller|shorter|longer|wider|större|mindre|kortare|längre|større|kortere"
    r"|længere|lengre|videre)"
)
_EXCHANGE: Final = re.compile(
    r"\b(?:swap(?:s|ped|ping)?|exchang(?:e|es|ed|ing))\b"
    rf"|\bchang(?:e|ing)\b.{{0,30}}\b(?:to|for)\b (?:an? |the )?(?:size\b|{_LARGER}|{_SIZE})"
    r"|\b\w*byt(?:t?[ae]?|ta?s|as|es|tes|t?er|tet|ning\w*|telapp\w*|esrätt\w*)\b",
    re.I,
)
_IN_SIZE: Final = re.compile(
    rf"\b(?:in|i|size|storlek|størrelse|str\.?|an?|en|et|ett)\b (?:{_SIZE}|{_LARGER})"
    rf"|\b{_LARGER} (?:size|one|storlek|størrelse|str)\b",
    re.I,
)
_NO_EXCHANGE: Final = re.compile(
    r"\b(?:not?|don'?t|inte|ej|ikke)\b(?: \w+){0,3} (?:swap|exchang|\w*byt)\w*"
    r"|\b(?:swap|exchang\w*|\w*byt\w*)(?: [\w-]+){0,4} (?:"
    r"\w*(?:adress|password|lösenord|adgangskode|passord|e-?mail|e-?post|betal|payment|kort\b"
    r"|telefon|phone|abonnemang|abonnement|ombud|pick-?up|hentested|carrier|fragt|frakt)\w*"
    r"|(?:an{0,2}(?:other|nan|nat|den|det|nen|net)|different|ny[at]?|completely new)(?: \w+){0,2}"
    r" ?(?:modell?|product|produkt|vara|vare|thing|ting|item|artikel|jacka|jakke)\w*"
    r"|(?:something|noe|noget|något) (?:else|annet|andet|annat))"
    r"|\b(?:retur\w*|return\w*|skicka tillbaka|sende? tilbake?|send(?:ing)? back)"
    r" (?:or|eller) (?:swap|exchang|\w*byt)\w*"
    r"|\b(?:swap|exchang|\w*byt)\w* (?:or|eller) (?:retur|skicka|send)\w*",
    re.I,
)
_GIVEN: Final = re.compile(r"\d{4}")


def did_not_help(text: str) -> bool:
    """What was told was no help, they say; a "no" before it declines nothing.

    >>> did_not_help("nej det hjalp ikke"), did_not_help("no thanks")
    (True, False)
    """
    text = plain(text)
    return bool(_NO_HELP.search(text)) and not _NO_NEED.search(text)


def asks_when(text: str) -> bool:
    """When something comes is asked, whatever else is said.

    >>> asks_when("nej men det hjälper ju inte, när kommer den??"), asks_when("when did I order?")
    (True, False)
    """
    return bool(_WHEN.search(plain(text)))


def takes_too_long(text: str) -> bool:
    """Something comes too late or takes too long, they say.

    >>> takes_too_long("ok men det er for lang tid"), takes_too_long("thanks, that's fine")
    (True, False)
    """
    return bool(_TOO_LONG.search(plain(text)))


def wants_instead(text: str) -> bool:
    """Something is wanted in place of what is being done.

    >>> wants_instead("kan jag byta adress istället?"), wants_instead("can I change it?")
    (True, False)
    """
    return bool(_INSTEAD.search(plain(text)))


def asks_for_it(text: str) -> bool:
    """A question that is a wish: "can I ...?", of this customer and not of customers at large.

    >>> asks_for_it("can I change the address?"), asks_for_it("how long does a refund take?")
    (True, False)
    """
    return bool(_MAY_WE.search(plain(text)))


def wants_exchange(text: str) -> bool:
    """Another size or colour of the goods is wanted, and not the money back.

    Of goods only: an address, a password and the like are changed with the same word.

    >>> wants_exchange("kan jag byta till L?"), wants_exchange("kan jag byta adress?")
    (True, False)
    """
    text = plain(text)
    if _NO_EXCHANGE.search(text):
        return False
    another = bool(_INSTEAD.search(text)) and bool(_IN_SIZE.search(text))
    return another or bool(_EXCHANGE.search(text))


def lacks_number(text: str) -> bool:
    """The customer says that they have no order number.

    >>> lacks_number("jeg har ikke ordrenummeret"), lacks_number("my order number is 104823")
    (True, False)
    """
    text = plain(text)
    return bool(_WITHOUT.search(text)) and not _GIVEN.search(text)
