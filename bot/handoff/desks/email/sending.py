"""Mails out, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from bot.errors import DeskRefused, DeskUnavailable
from bot.handoff.desks.email.options import Server

TIMEOUT = 15.0
"""Seconds for each step of a server."""


def send(name: str, server: Server, login: tuple[str, str] | None, mail: EmailMessage) -> None:
    """Hands one mail to a server.

    Args:
        name: of the desk, for messages.
        login: user and password; None for a server that wants none.

    Raises:
        DeskRefused: the server says no.
        DeskUnavailable: it does not answer, or asks to come again later. The mail may be on its
            way all the same: SMTP has no way to ask.
    """
    try:
        with _connected(server) as smtp:
            if login is not None:
                smtp.login(*login)
            smtp.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise DeskRefused(
            f"{name}: {server.host} does not take the login '{login[0] if login else ''}': "
            f"{_said(error.smtp_error)}. Set its password with `svara handoff secret {name}`.",
            status=error.smtp_code,
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _answered(name, server, code, said) from error
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


def _connected(server: Server) -> smtplib.SMTP:
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    if server.security == "starttls":
        try:
            smtp.starttls(context=ssl.create_default_context())
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
    return smtp


def _answered(name: str, server: Server, code: int, said: bytes | str) -> Exception:
    message = f"{name}: {server.host} answered {code}: {_said(said)}"
    if 400 <= code < 500 or code < 0:
        return DeskUnavailable(message, status=code)
    return DeskRefused(message, status=code)


def _said(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]
