"""Errors of the console; each one is an answer to a member of staff.

SvaraError
└── ConsoleError
    ├── NotLoggedIn        no session, or one that has ended
    ├── NotAllowed         a page of another role
    ├── LoginRefused       wrong login or password
    ├── TooManyLogins      too many wrong passwords
    ├── FormRefused        a form that is stale, foreign or unreadable
    ├── BodyTooLarge       a request with more bytes than the page takes
    ├── NotFound           no such ticket, conversation or page
    ├── StaffRefused       a login, name or role that cannot be given
    └── ActionRefused      the ticket's state does not allow it
"""

from __future__ import annotations

from bot.errors import SvaraError


class ConsoleError(SvaraError):
    """Root of the console's errors.

    Attributes:
        status: HTTP status of the answer.
        title: the answer's headline.
    """

    status = 400
    title = "That did not work"


class NotLoggedIn(ConsoleError):
    """No session, or one that has ended."""

    status = 401
    title = "Please log in"


class NotAllowed(ConsoleError):
    """A page of another role."""

    status = 403
    title = "Not for your role"


class LoginRefused(ConsoleError):
    """Wrong login or password."""

    status = 401
    title = "Login failed"


class TooManyLogins(ConsoleError):
    """Too many wrong passwords for one login from one address."""

    status = 429
    title = "Please wait a little"


class FormRefused(ConsoleError):
    """A form that is stale, comes from another site, or cannot be read."""

    status = 403
    title = "This form is no longer valid"


class BodyTooLarge(ConsoleError):
    """A request with more bytes than the page takes."""

    status = 413
    title = "That is too much at once"


class NotFound(ConsoleError):
    """No such ticket, conversation or page."""

    status = 404
    title = "Nothing here"


class StaffRefused(ConsoleError):
    """A login, a name or a role that cannot be given."""

    status = 409


class ActionRefused(ConsoleError):
    """The ticket's state does not allow the action."""

    status = 409
    title = "Not possible right now"
