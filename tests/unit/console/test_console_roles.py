"""Who sees what: agents, trainers and admins."""

from __future__ import annotations

import re

import pytest
from console_browser import PASSWORD
from console_client import Agent
from starlette.routing import Route

from bot.console import roles, staff
from bot.console.app import create_app
from bot.console.routes.login import landing
from bot.storage.database import transaction

AGENTS_PAGES = ("/desk", "/replies", "/deliveries")
TRAINERS_PAGES = tuple(path for path, _ in roles.TRAIN_NAVIGATION)


@pytest.fixture
def trainer(console):
    with transaction(console.engine) as connection:
        staff.add(connection, "tove", "Tove", PASSWORD, "trainer")
    found = Agent(console)
    answer = found.log_in("tove")
    assert (answer.status_code, answer.headers["location"]) == (303, "/train/inbox")
    return found


def bar(page):
    inside = re.search(r'<nav aria-label="Main">(.*?)</nav>', page, re.DOTALL)
    assert inside
    return re.findall(r'<a href="([^"]+)"', inside[1])


def test_an_agent_has_the_desk_and_not_the_workbench(colleague, handoff):
    for path in (*AGENTS_PAGES, "/gaps", f"/conversations/{handoff.conversation_id}"):
        assert colleague.get(path).status_code == 200, path
    for path in TRAINERS_PAGES:
        assert colleague.get(path).status_code == 403, path
    assert bar(colleague.get("/desk").text) == ["/desk", "/replies", "/gaps", "/deliveries"]


def test_a_trainer_has_the_workbench_and_not_customers_conversations(console, trainer, handoff):
    ticket = console.ticket_id(handoff)
    for path in (*TRAINERS_PAGES, "/gaps"):
        assert trainer.get(path).status_code == 200, path
    for path in (
        *AGENTS_PAGES,
        f"/desk/{ticket}",
        f"/desk/events?ticket={ticket}",
        f"/conversations/{handoff.conversation_id}",
    ):
        assert trainer.get(path).status_code == 403, path
    assert bar(trainer.get("/train/inbox").text) == ["/train/inbox", "/gaps"]
    assert 'data-waiting="0"' in trainer.get("/train/inbox").text


def test_an_admin_has_all_of_it(agent):
    for path in (*AGENTS_PAGES, *TRAINERS_PAGES, "/gaps"):
        assert agent.get(path).status_code == 200, path
    assert "/train/inbox" in bar(agent.get("/desk").text)


def test_a_refusal_says_who_one_is_and_who_may(trainer):
    answer = trainer.get("/desk")
    assert (
        "You are logged in as Tove, a trainer. This page is for agents and admins." in answer.text
    )
    assert 'href="/"' in answer.text
    said = trainer.get("/desk", headers={"Accept": "application/json"})
    assert (said.status_code, said.json()["ok"]) == (403, False)


def test_a_trainer_may_not_act_at_the_desk(console, trainer, agent, handoff):
    ticket = console.ticket_id(handoff)
    token = re.search(r'name="csrf" content="(\w+)"', trainer.get("/gaps").text)
    assert token
    assert trainer.post(f"/desk/{ticket}/accept", csrf=token[1]).status_code == 403
    assert console.outgoing() == []


def test_a_conversation_is_not_given_to_somebody_without_a_desk(console, agent, trainer, handoff):
    ticket = console.ticket_id(handoff)
    agent.post(f"/desk/{ticket}/accept")
    assert "Tove" not in agent.get(f"/desk/{ticket}").text
    assert agent.post(f"/desk/{ticket}/give", to="2").status_code == 404


def test_each_page_of_the_workbench_in_the_navigation_exists(settings):
    there = {route.path for route in create_app(settings).routes if isinstance(route, Route)}
    assert {path for path, _ in roles.TRAIN_NAVIGATION} <= there


@pytest.mark.parametrize(
    ("role", "asked", "given"),
    [
        ("agent", "", "/desk"),
        ("trainer", "", "/train/inbox"),
        ("admin", "", "/desk"),
        ("trainer", "/desk", "/train/inbox"),
        ("trainer", "/desk/7?x=1", "/train/inbox"),
        ("trainer", "/gaps", "/gaps"),
        ("agent", "/train/checks", "/desk"),
        ("admin", "/train/checks", "/train/checks"),
        ("somebody", "", "/gaps"),
    ],
)
def test_the_login_leads_to_a_page_of_ones_role(role, asked, given):
    assert landing(role, asked) == given


def test_the_first_page_is_that_of_ones_role(trainer, agent, visitor):
    def first(who):
        return who.get("/", allow_redirects=False).headers["location"]

    assert (first(trainer), first(agent), first(visitor)) == ("/train/inbox", "/desk", "/desk")
