"""The products that there is an adapter for."""

from __future__ import annotations

from collections.abc import Mapping

from bot.handoff.desks import (
    chatwoot,
    django_helpdesk,
    freshdesk,
    request_tracker,
    webhook,
    zammad,
    zendesk,
    zendesk_messaging,
)
from bot.handoff.desks.email import desk as email
from bot.handoff.desks.opening import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        chatwoot.KIND,
        django_helpdesk.KIND,
        email.KIND,
        freshdesk.KIND,
        request_tracker.KIND,
        webhook.KIND,
        zammad.KIND,
        zendesk.KIND,
        zendesk_messaging.KIND,
    )
}
"""By name, as `kind` in `desks.yml`."""
