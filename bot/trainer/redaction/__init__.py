"""Personal data out of what customers write.

>>> redact("hej, jag heter Anna Berg, ring 070-174 06 12", "sv").text
'hej, jag heter [name], ring [phone]'
"""

from bot.trainer.redaction.finding import KINDS, PLACEHOLDER, Found, Kind
from bot.trainer.redaction.made_up import Filled, MadeUp, fill, is_made_up, made_up, postcode_in
from bot.trainer.redaction.redacting import Redacted, redact

__all__ = [
    "KINDS",
    "PLACEHOLDER",
    "Filled",
    "Found",
    "Kind",
    "MadeUp",
    "Redacted",
    "fill",
    "is_made_up",
    "made_up",
    "postcode_in",
    "redact",
]
