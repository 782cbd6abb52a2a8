"""An admin deletes a conversation from its page."""

from __future__ import annotations

import re

import pytest
from console_browser import PASSWORD, log_in
from console_client import Agent
from playwright.sync_api import expect

from bot.console import staff
from bot.handoff import lifecycle, tickets
from bot.handoff.desks.contract import Ticket
from bot.privacy.erasure import erasures_so_far
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries, messages
from tests import accessibility


@pytest.fixture
def ended(console, handoff):
    """A handoff that has ended, with nothing left to be done, and with a ticket elsewhere."""
    with transaction(console.engine) as connection:
        lifecycle.close(connection, handoff.id, "resolved")
        connection.execute(deliveries.update().values(state="delivered"))
        connection.execute(messages.update().values(handled_at=1.0))
        tickets.keep(connection, handoff.id, "support", Ticket("41", "https://rt.example/41"))
    return handoff


def there(console, handoff):
    with reading(console.engine) as connection:
        return conversations.find(connection, handoff.conversation_id) is not None


def test_an_admin_is_told_what_goes_and_it_goes(console, agent, ended):
    path = f"/conversations/{ended.conversation_id}/forget"
    assert f'href="{path}"' in agent.get(f"/conversations/{ended.conversation_id}").text
    asked = agent.get(path)
    assert asked.status_code == 200
    for line in ("messages: 6", "handoffs: 1", "tickets in the desk: 1", "ticket 41"):
        assert line in asked.text
    gone = agent.post(path)
    assert gone.status_code == 200
    assert "The conversation is deleted" in gone.text
    assert 'href="https://rt.example/41"' in gone.text
    assert not there(console, ended)
    for page in (path, f"/conversations/{ended.conversation_id}", "/desk/1"):
        assert agent.get(page).status_code == 404, page
    assert agent.post(path).status_code == 404
    with reading(console.engine) as connection:
        (noted,) = erasures_so_far(connection)
    assert (noted.by, noted.conversations, noted.messages) == ("agent", 1, 6)


def test_what_is_in_use_goes_only_when_that_is_wanted(console, agent, handoff):
    path = f"/conversations/{handoff.conversation_id}/forget"
    assert "It waits for a person" in agent.get(path).text
    refused = agent.post(path)
    assert refused.status_code == 409
    assert "Not deleted:" in refused.text
    assert there(console, handoff)
    assert "Lost with it: It waits for a person" in agent.post(path, even_busy="1").text
    assert not there(console, handoff)


def test_only_admins_may_and_only_from_our_own_page(console, agent, colleague, ended):
    path = f"/conversations/{ended.conversation_id}/forget"
    assert "/forget" not in colleague.get(f"/conversations/{ended.conversation_id}").text
    assert colleague.get(path).status_code == 403
    assert colleague.post(path).status_code == 403
    assert agent.post(path, csrf="0" * 64).status_code == 403
    assert there(console, ended)


def test_a_trainer_may_not(console, ended):
    with transaction(console.engine) as connection:
        staff.add(connection, "tove", "Tove", PASSWORD, "trainer")
    trainer = Agent(console)
    trainer.log_in("tove")
    token = re.search(r'name="csrf" content="(\w+)"', trainer.get("/gaps").text)
    assert token
    path = f"/conversations/{ended.conversation_id}/forget"
    assert trainer.post(path, csrf=token[1]).status_code == 403
    assert there(console, ended)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_and_meet_wcag_aa(console, new_page, handoff, width, scheme, tmp_path):
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    log_in(page)

    def check(name):
        accessibility.check(page, name)
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    page.goto(f"/conversations/{handoff.conversation_id}")
    check("conversation")
    page.get_by_test_id("forget").click()
    expect(page.get_by_test_id("in-the-way")).to_be_visible()
    check("ask")
    page.get_by_test_id("forget-confirm").click()
    expect(page.get_by_test_id("refused")).to_contain_text("It waits for a person")
    check("refused")
    page.get_by_test_id("even-busy").check()
    page.get_by_test_id("forget-confirm").click()
    expect(page.get_by_test_id("forgotten")).to_contain_text("messages: 6")
    check("gone")
    assert not there(console, handoff)
