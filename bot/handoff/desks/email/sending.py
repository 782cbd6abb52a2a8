"""Mails out, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP

from bot.errors import DeskRefused, DeskUnavailable
from bot.handoff.desks.email.options import Server

TIMEOUT = 15.0
"""Seconds for each step of a server."""


def send(
    name: str,
    server: Server,
    login: tuple[str, str] | None,
    mail: EmailMessage,
    *,
    to: str,
    copy_to: str,
) -> None:
    """Hands one mail to a server, and a copy to ourselves in the same transaction.

    So a copy in our mailbox says that the server has taken the mail, should its yes be lost.

    Args:
        name: of the desk, for messages.
        login: user and password; None for a server that wants none.
        to: address that it goes to.
        copy_to: our own, which it comes from as well.

    Raises:
        DeskRefused: the server says no.
        DeskUnavailable: it does not answer, or asks to come again later. The mail may be on its
            way all the same.
    """
    try:
        with _connected(server) as smtp:
            smtp.ehlo_or_helo_if_needed()
            if login is not None:
                smtp.login(*login)
            _expect(name, server, smtp.mail(copy_to))
            # Before the copy: one that came alone would say that the mail is sent.
            _expect(name, server, smtp.rcpt(to))
            if copy_to != to:
                smtp.rcpt(copy_to)
            _expect(name, server, smtp.data(mail.as_bytes(policy=SMTP)))
    except smtplib.SMTPAuthenticationError as error:
        raise DeskRefused(
            f"{name}: {server.host} does not take the login '{login[0] if login else ''}': "
            f"{_said(error.smtp_error)}. Set its password with `svara handoff secret {name}`.",
            status=error.smtp_code,
        ) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(name, server, error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeskRefused(
            f"{name}: {server.host} cannot do what it is asked ({error}). Check "
            "'smtp_security' and 'smtp_login'."
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeskUnavailable(
            f"{name}: {server.host}:{server.port} takes no mail now: "
            f"{type(error).__name__}: {error}"
        ) from error


def _expect(name: str, server: Server, answer: tuple[int, bytes]) -> None:
    """Takes a server's answer for a yes, or raises."""
    if not 200 <= answer[0] < 300:
        raise _answered(name, server, *answer)


@contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    """A connection; how the server takes leave is of no interest, as its yes to the mail counts."""
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


def _answered(name: str, server: Server, code: int, said: bytes | str) -> Exception:
    message = f"{name}: {server.host} answered {code}: {_said(said)}"
    if 400 <= code < 500 or code < 0:
        return DeskUnavailable(message, status=code)
    return DeskRefused(message, status=code)


def _said(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]
