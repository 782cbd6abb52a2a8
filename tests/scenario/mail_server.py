"""A real SMTP and IMAP server, mail-devel, in a virtual environment of its own."""

from __future__ import annotations

import contextlib
import imaplib
import re
import smtplib
import subprocess
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from environments import python_with, surroundings
from running_svara import until

from tests.ports import free_ports

REQUIREMENTS = Path(__file__).parent / "peers" / "mail_server" / "requirements.txt"
SERVE = REQUIREMENTS.with_name("serve.py")
PYTHON = "3.11"
"""It wants a newer Python than Svara has."""
PASSWORD = "mail-password"


class MailServer:
    """One installation: every address that a mail is sent to has a mailbox, all with one password.

    Args:
        plus: addresses that mails to `name+anything@domain` arrive at too.
        certificate: files with a certificate and its key, for STARTTLS and TLS.
    """

    def __init__(
        self,
        folder: Path,
        *,
        plus: Sequence[str] = (),
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.smtp_port, self.smtps_port, self.imap_port = free_ports(3)
        self._log = folder / "mail-server.log"
        self._python = python_with(REQUIREMENTS, PYTHON)
        self._process: subprocess.Popen[bytes] | None = None
        self._arguments = ["--no-http", "--multi-user", "--host", "127.0.0.1"]
        self._arguments += ["--smtp-port", str(self.smtp_port), "--imap-port", str(self.imap_port)]
        self._arguments += ["--smtps-port", str(self.smtps_port), "--password", PASSWORD]
        for address in plus:
            local, _, domain = address.partition("@")
            self._arguments += ["--alias", f"{local}+*@{domain}:{address}"]
        if certificate is not None:
            self._arguments += ["--cert", str(certificate[0]), "--key", str(certificate[1])]

    def start(self) -> None:
        """Starts it, with empty mailboxes, and returns when it answers."""
        with self._log.open("ab") as log:
            self._process = process = subprocess.Popen(
                [self._python, SERVE, *self._arguments],
                env=surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

        def answers() -> bool:
            said = self._log.read_text(errors="replace")
            assert process.poll() is None, f"mail-devel ended:\n{said}"
            with contextlib.suppress(OSError, imaplib.IMAP4.error, smtplib.SMTPException):
                with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=5) as smtp:
                    smtp.noop()
                with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=5) as imap:
                    imap.noop()
                return True
            return False

        until(answers, f"the mail server to answer; see {self._log}", 60)

    def stop(self) -> None:
        """Stops it; all mails are gone."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def send(self, mail: EmailMessage) -> None:
        """Sends a mail to those in its To and Cc."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as smtp:
            smtp.send_message(mail)

    def append(self, address: str, raw: bytes) -> None:
        """Puts into an inbox what no server would take as a mail."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as imap:
            imap.login(address, PASSWORD)
            imap.append("INBOX", "", "", raw)

    def make_folder(self, address: str, folder: str) -> None:
        """Makes a folder of a mailbox."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as imap:
            imap.login(address, PASSWORD)
            imap.create(folder)

    def mails(self, address: str, folder: str = "INBOX") -> list[EmailMessage]:
        """What lies in a folder, oldest first."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as imap:
            imap.login(address, PASSWORD)
            imap.select(folder, readonly=True)
            _, (numbers,) = imap.search(None, "ALL")
            found = []
            for number in numbers.split():
                _, data = imap.fetch(number.decode(), "(BODY.PEEK[])")
                raw = next(item[1] for item in data if isinstance(item, tuple))
                found.append(message_from_bytes(raw, policy=default))
        return found

    def flags(self, address: str) -> list[str]:
        """The flags of each mail in an inbox."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as imap:
            imap.login(address, PASSWORD)
            imap.select("INBOX", readonly=True)
            _, data = imap.fetch("1:*", "(FLAGS)")
        return [re.sub(rb".*FLAGS \(([^)]*)\).*", rb"\1", item).decode() for item in data if item]


@contextlib.contextmanager
def running_mail_server(
    folder: Path,
    *,
    plus: Sequence[str] = (),
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[MailServer]:
    """A mail server for the time of a `with` block."""
    server = MailServer(folder, plus=plus, certificate=certificate)
    try:
        server.start()
        yield server
    finally:
        server.stop()
