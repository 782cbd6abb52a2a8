"""The words of the four languages that sentences are changed with."""

from __future__ import annotations

import re

LANGUAGES = ("en", "sv", "da", "nb")
DIACRITICS = str.maketrans(
    {"å": "a", "ä": "a", "ö": "o", "æ": "ae", "ø": "o", "é": "e"}
    | {"Å": "A", "Ä": "A", "Ö": "O", "Æ": "Ae", "Ø": "O", "É": "E"}
)
"""As they are written on a foreign keyboard."""
NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok",
    "o": "ipl", "p": "ol", "a": "qsz", "s": "adw", "d": "sfe", "f": "dgr", "g": "fht", "h": "gjy",
    "j": "hku", "k": "jli", "l": "ko", "z": "xa", "x": "zcs", "c": "xvd", "v": "cbf", "b": "vng",
    "n": "bmh", "m": "nj",
}  # fmt: skip
"""Keys beside each other; the letters of Nordic keyboards are at their edge, and left alone."""
EMOJI = (" 🙏", " 😊", " 😅", " 🤷")
SOCIAL = frozenset(
    {"affirm", "article_helpful", "article_not_helpful", "bot_challenge", "deny", "goodbye"}
    | {"greet", "help", "rephrase", "thank"}
)
"""Intents that are politeness themselves: a greeting or thanks more may change what is meant."""

BEFORE = {
    "en": ("Hi, could you please help me? ", "Hello! ", "Hi there, hope you can help. "),
    "sv": ("Hej, kan ni snälla hjälpa mig? ", "Hejsan! ", "Hej, hoppas ni kan hjälpa mig. "),
    "da": ("Hej, kan I være søde at hjælpe mig? ", "Hejsa! ", "Hej, håber I kan hjælpe mig. "),
    "nb": ("Hei, kan dere være så snille å hjelpe? ", "Heisann! ", "Hei, håper dere kan hjelpe. "),
}  # fmt: skip
AFTER = {
    "en": (" Thanks in advance!", " Kind regards"),
    "sv": (" Tack på förhand!", " Med vänlig hälsning"),
    "da": (" På forhånd tak!", " Med venlig hilsen"),
    "nb": (" På forhånd takk!", " Med vennlig hilsen"),
}
FILLERS = {
    "en": ("um, ", "so, ", "well, ", "ok so "),
    "sv": ("öh, ", "alltså, ", "du, ", "jo, "),
    "da": ("øh, ", "altså, ", "nå, ", "jo, "),
    "nb": ("eh, ", "altså, ", "du, ", "jo, "),
}
ENGLISH = {
    "sv": {
        "beställning": "order", "beställningen": "order", "paket": "package", "paketet": "package",
        "faktura": "invoice", "fakturan": "invoice", "lösenord": "password",
        "lösenordet": "password", "konto": "account", "kontot": "account", "leverans": "delivery",
        "leveransen": "delivery", "kvitto": "receipt", "kvittot": "receipt",
        "återbetalning": "refund", "återbetalningen": "refund", "prenumeration": "subscription",
        "prenumerationen": "subscription", "kundtjänst": "customer service",
        "rabattkod": "discount code", "rabattkoden": "discount code",
    },
    "da": {
        "bestilling": "order", "bestillingen": "order", "pakke": "package", "pakken": "package",
        "faktura": "invoice", "fakturaen": "invoice", "adgangskode": "password",
        "adgangskoden": "password", "kodeord": "password", "konto": "account",
        "kontoen": "account", "levering": "delivery", "leveringen": "delivery",
        "kvittering": "receipt", "kvitteringen": "receipt", "abonnement": "subscription",
        "abonnementet": "subscription", "kundeservice": "customer service",
        "rabatkode": "discount code", "rabatkoden": "discount code",
    },
    "nb": {
        "bestilling": "order", "bestillingen": "order", "pakke": "package", "pakken": "package",
        "pakka": "package", "faktura": "invoice", "fakturaen": "invoice", "passord": "password",
        "passordet": "password", "konto": "account", "kontoen": "account", "levering": "delivery",
        "leveringen": "delivery", "kvittering": "receipt", "kvitteringen": "receipt",
        "refusjon": "refund", "abonnement": "subscription", "abonnementet": "subscription",
        "kundeservice": "customer service", "rabattkode": "discount code",
    },
}  # fmt: skip
"""English words for things of a shop, as they are mixed into Nordic sentences."""
NORDIC = {
    "order": ("beställning", "bestilling"), "package": ("paket", "pakke"),
    "parcel": ("paket", "pakke"), "invoice": ("faktura",), "password": ("lösenord", "passord"),
    "account": ("konto",), "delivery": ("leverans", "levering"),
    "receipt": ("kvitto", "kvittering"), "refund": ("återbetalning", "refusjon"),
    "subscription": ("prenumeration", "abonnement"),
}  # fmt: skip
NEGATIONS = {
    "en": (
        (re.compile(r"\bI (?:want|would like|wish) to\b", re.IGNORECASE), "I do not want to"),
        (re.compile(r"\bI(?:'|’)?d like to\b", re.IGNORECASE), "I do not want to"),
        (re.compile(r"^(?:can|could) you (?:please )?(?=[a-z]+ (?:my|the|me|it|this)\b)", re.I),
         "please do not "),
        (re.compile(r"^please (?=[a-z]+ (?:my|the|me|it|this)\b)", re.I), "please do not "),
    ),
    "sv": (
        (re.compile(r"\bjag (?:vill|önskar) (?!inte|ha\b)(?:gärna )?", re.I), "jag vill inte "),
        (re.compile(r"\b(?:jag )?skulle vilja (?!inte|ha\b)", re.I), "jag vill inte "),
    ),
    "da": (
        (re.compile(r"\bjeg (?:vil|ønsker at) (?!ikke|have\b)(?:gerne )?(?!have\b)", re.I),
         "jeg vil ikke "),
        (re.compile(r"\bjeg kunne godt tænke mig at ", re.I), "jeg vil ikke "),
    ),
    "nb": (
        (re.compile(r"\bjeg (?:vil|ønsker å) (?!ikke|ha\b)(?:gjerne )?(?!ha\b)", re.I),
         "jeg vil ikke "),
        (re.compile(r"\bjeg kunne tenkt meg å ", re.I), "jeg vil ikke "),
    ),
}  # fmt: skip
"""What says that somebody wants something done, and what says that they do not."""
NO = {
    "en": re.compile(
        r"\b(?:not|no|never|without|\w+n['’]t|(?:do|does|did|can|wo|is|was|have|has)nt)\b", re.I
    ),
    "sv": re.compile(r"\b(?:inte|ej|ingen|inget|inga|aldrig|utan|slippa)\b", re.IGNORECASE),
    "da": re.compile(r"\b(?:ikke|ik|ingen|intet|aldrig|uden)\b", re.IGNORECASE),
    "nb": re.compile(r"\b(?:ikke|ingen|intet|aldri|uten|slippe)\b", re.IGNORECASE),
}
"""Sentences with a negation already are not negated: it would say something else."""
