"""The products that there is an adapter for."""

from __future__ import annotations

from collections.abc import Mapping

from bot.handoff.desks import django_helpdesk, request_tracker, webhook, zammad
from bot.handoff.desks.opening import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        django_helpdesk.KIND,
        request_tracker.KIND,
        webhook.KIND,
        zammad.KIND,
    )
}
"""By name, as `kind` in `desks.yml`."""
