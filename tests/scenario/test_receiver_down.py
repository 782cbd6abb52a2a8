"""The helpdesk is away for a while: afterwards everything arrives, once and in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from own_helpdesk import Attempt, Helpdesk
from rest_customer import RestCustomer
from running_svara import RunningSvara, until
from words import SWEDISH

pytestmark = pytest.mark.scenario


@pytest.fixture
def down(helpdesk: Helpdesk) -> Iterator[Helpdesk]:
    """The helpdesk, with its port closed."""
    helpdesk.close()
    yield helpdesk
    helpdesk.close()
    helpdesk.status = 200
    helpdesk.open()


def attempts(helpdesk: Helpdesk, customer: RestCustomer) -> list[Attempt]:
    """All that came about a conversation, taken or not."""
    return [a for a in helpdesk.attempts if a.data["conversation_id"] == customer.sender]


def failures(svara: RunningSvara, customer: RestCustomer) -> int:
    """Attempts noted for the first event of a conversation."""
    rows = svara.sql(
        "SELECT attempts FROM svara_deliveries WHERE conversation_id = :id ORDER BY id LIMIT 1",
        id=customer.sender,
    )
    return int(rows[0][0])


def test_everything_arrives_once_and_in_order(with_helpdesk: RunningSvara, down: Helpdesk) -> None:
    customers = [RestCustomer(with_helpdesk) for _ in range(2)]
    for customer in customers:
        assert SWEDISH.handed_over in customer.say(SWEDISH.ask_person)[0]
        for text in ("Ett", "Två", "Tre"):
            customer.say(text)
    # Connection refused.
    for customer in customers:
        until(lambda c=customer: failures(with_helpdesk, c) == 1, "the first attempt")

    # An error of the helpdesk, at the retry that comes by itself.
    down.status = 500
    down.open()
    for customer in customers:
        until(lambda c=customer: failures(with_helpdesk, c) == 2, "the second attempt", 10)
        refused = attempts(down, customer)
        # Only the first event was tried: the others wait for it.
        assert [attempt.type for attempt in refused] == ["handoff.requested"]
    assert with_helpdesk.answers("rasa")

    # Up again. The next retry would come after five minutes; it is brought forward.
    down.status = 202
    with_helpdesk.make_deliveries_due()
    for customer in customers:
        events = down.wait_for(customer.sender, "handoff.requested", *["message.created"] * 3)
        assert [e.data["message"]["text"] for e in events[1:]] == ["Ett", "Två", "Tre"]
        refused, *taken = attempts(down, customer)
        assert len(taken) == 4
        assert taken[0].webhook_id == refused.webhook_id
        assert taken[0].raw == refused.raw
        assert taken[0].timestamp >= refused.timestamp
