"""The names by which a mail is known to belong to a handoff."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HANDOFF = "ho_[0-9a-f]{32}"
_SHORT_DIGITS = 12


def opening_id(handoff_id: str, domain: str) -> str:
    """The Message-ID of the mail that hands over."""
    return f"<{handoff_id}@{domain}>"


def further_id(handoff_id: str, event_id: str, domain: str) -> str:
    """The Message-ID of a later mail of the same handoff."""
    return f"<{handoff_id}.{re.sub(r'[^A-Za-z0-9_-]', '-', event_id)}@{domain}>"


def token(handoff_id: str) -> str:
    """What stands in the subject, for the mail programs and servers that change Message-IDs."""
    return f"[Svara {handoff_id.removeprefix('ho_')[:_SHORT_DIGITS]}]"


def plus_address(address: str, handoff_id: str) -> str:
    """Our address for the answers to one handoff."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{handoff_id}@{domain}"


def by_ids(message_ids: str, domain: str) -> str | None:
    """The handoff that Message-IDs of ours name.

    Args:
        message_ids: the text of a header with some.
    """
    found = re.search(rf"<({_HANDOFF})(?:\.[^<>@\s]*)?@{re.escape(domain)}>", message_ids, re.I)
    return found[1].lower() if found else None


def by_addresses(addresses: Iterable[str], address: str) -> str | None:
    """The handoff that one of the addresses of a mail names."""
    local, _, domain = address.rpartition("@")
    pattern = re.compile(rf"{re.escape(local)}\+({_HANDOFF})@{re.escape(domain)}", re.I)
    found = next((match for each in addresses if (match := pattern.fullmatch(each))), None)
    return found[1].lower() if found else None


def by_subject(subject: str) -> str | None:
    """The beginning of the id of the handoff that a subject names."""
    found = re.search(rf"\[Svara ([0-9a-f]{{{_SHORT_DIGITS}}})\]", subject, re.I)
    return f"ho_{found[1].lower()}" if found else None


def is_own_id(message_id: str, domain: str) -> bool:
    """Whether a mail is one of ours, by its own Message-ID."""
    return by_ids(message_id, domain) is not None
