"""mail-devel as a server in use behaves: it delivers to everybody in the envelope, not only to
those in To and Cc, and with a certificate it has STARTTLS for IMAP too.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from mail_devel import service
from mail_devel.smtp import MemoryHandler

prepared = MemoryHandler.prepare_message
with_imap = service.imap_context


def prepare_message(self: MemoryHandler, session: Any, envelope: Any) -> Any:
    """The message with everybody whom it goes to in Bcc, which mail-devel takes out again."""
    message = prepared(self, session, envelope)
    del message["Bcc"]
    message["Bcc"] = ", ".join(envelope.rcpt_tos)
    return message


async def imap_context(given: argparse.Namespace) -> argparse.Namespace:
    """The options of the IMAP server."""
    made = await with_imap(given)
    made.tls = bool(given.cert)
    return made


async def main() -> None:
    """Serves until it is told to stop."""
    made = await service.Service.init(service.Service.parse(sys.argv[1:]))
    async with made.start():
        await asyncio.Event().wait()


MemoryHandler.prepare_message = prepare_message
service.imap_context = imap_context
asyncio.run(main())
