"""Personal data out of what customers write.

>>> redact("hej, jag heter Anna Berg, ring 070-174 06 12", "sv").text
'hej, jag heter [name], ring [phone]'
"""

from bot.trainer.redaction.finding import KINDS, Found, Kind
from bot.trainer.redaction.redacting import Redacted, redact

__all__ = ["KINDS", "Found", "Kind", "Redacted", "redact"]
