"""An admin looks after the staff on a page."""

from __future__ import annotations

import html
import re

import pytest
from console_browser import PASSWORD, log_in
from console_client import Agent
from playwright.sync_api import expect

from bot.console import members, staff
from bot.console.desk import tickets
from bot.storage.database import reading, transaction
from tests import accessibility


@pytest.fixture
def admin(console):
    """Another admin than the first, whose password is not a setting."""
    with transaction(console.engine) as connection:
        staff.add(connection, "ada", "Ada", PASSWORD, "admin")
    found = Agent(console)
    assert found.log_in("ada").status_code == 303
    return found


def roles_of(console):
    with reading(console.engine) as connection:
        return {each.login: (each.role, each.active) for each in members.every(connection)}


def made_password(answer):
    found = re.search(r'data-testid="made-password">([^<]+)<', answer.text)
    return html.unescape(found[1]) if found else None


def refused(answer):
    found = re.search(r'data-testid="refused">([^<]+)<', answer.text)
    return html.unescape(found[1]) if found else None


def logs_in(console, login, password):
    return Agent(console).log_in(login, password).status_code == 303


def test_somebody_added_logs_in_with_the_password_that_is_shown_once(console, agent):
    answer = agent.post("/staff", login="Tove", name="Tove <b>Berg</b>", role="trainer")
    password = made_password(answer)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert logs_in(console, "tove", password)
    assert roles_of(console)["tove"] == ("trainer", True)
    page = agent.get("/staff").text
    assert "Tove &lt;b&gt;Berg&lt;/b&gt;" in page
    assert password not in page


def test_what_cannot_be_added_is_shown_again_with_the_reason(agent):
    answer = agent.post("/staff", login="two words", name="Two <Words>", role="trainer")
    assert answer.status_code == 409
    assert refused(answer).startswith("'two words' cannot be a login.")
    assert 'value="two words"' in answer.text
    assert 'value="Two &lt;Words&gt;"' in answer.text
    assert '<option value="trainer" selected>' in answer.text
    assert agent.post("/staff", login="agent", role="agent").status_code == 409
    assert agent.post("/staff", login="x", role="queen").status_code == 409


def test_another_role_counts_from_the_next_click(console, agent, colleague):
    assert colleague.get("/staff").status_code == 403
    assert agent.post("/staff/robin/role", role="admin").status_code == 303
    assert colleague.get("/staff").status_code == 200
    agent.post("/staff/robin/role", role="trainer")
    assert colleague.get("/desk").status_code == 403


@pytest.mark.parametrize("action", ["role", "deactivate"])
def test_who_loses_the_desk_leaves_their_conversations(console, agent, colleague, handoff, action):
    ticket = console.ticket_id(handoff)
    colleague.post(f"/desk/{ticket}/accept")
    agent.post(f"/staff/robin/{action}", role="trainer")
    with reading(console.engine) as connection:
        found = tickets.get(connection, ticket)
        said = tickets.messages(connection, ticket)[-1].text
    assert (found.status, found.staff_id) == ("new", None)
    assert said == "Robin left it for anyone to accept."


def test_the_last_admin_who_can_log_in_stays_one(console, agent, admin):
    assert agent.post("/staff/ada/deactivate").status_code == 303
    for path, form in (("role", {"role": "agent"}), ("deactivate", {})):
        answer = agent.post(f"/staff/agent/{path}", **form)
        assert answer.status_code == 409
        assert refused(answer) == "'agent' is the only admin. Make somebody else one first."
    assert roles_of(console) == {"ada": ("admin", False), "agent": ("admin", True)}
    agent.post("/staff/ada/activate")
    assert agent.post("/staff/agent/role", role="agent").status_code == 303


def test_a_new_password_ends_the_sessions_and_ones_own_too(console, agent, admin, colleague):
    answer = agent.post("/staff/robin/password")
    assert colleague.get("/desk", allow_redirects=False).status_code == 303
    assert not logs_in(console, "robin", PASSWORD)
    assert logs_in(console, "robin", made_password(answer))

    own = admin.post("/staff/ada/password")
    assert "You are logged out everywhere" in own.text
    assert admin.get("/staff", allow_redirects=False).headers["location"].startswith("/login")
    assert logs_in(console, "ada", made_password(own))


def test_the_password_that_is_a_setting_is_changed_there(console, agent):
    assert "/staff/agent/password" not in agent.get("/staff").text
    answer = agent.post("/staff/agent/password")
    assert answer.status_code == 409
    assert "SVARA_STAFF_PASSWORD" in refused(answer)
    assert logs_in(console, "agent", PASSWORD)


def test_who_is_deactivated_is_out_at_once_and_may_come_back(console, agent, colleague):
    assert agent.post("/staff/robin/deactivate").status_code == 303
    assert colleague.get("/desk", allow_redirects=False).status_code == 303
    answer = Agent(console).log_in("robin")
    assert (answer.status_code, "This login is deactivated" in answer.text) == (401, True)
    wrong = Agent(console).log_in("robin", "wrong")
    assert "deactivated" not in wrong.text
    assert agent.post("/staff/robin/deactivate").status_code == 303  # once more does nothing
    assert agent.post("/staff/robin/activate").status_code == 303
    assert logs_in(console, "robin", PASSWORD)


def test_nobody_gives_a_conversation_to_who_is_deactivated(console, agent, colleague, handoff):
    ticket = console.ticket_id(handoff)
    agent.post(f"/desk/{ticket}/accept")
    assert "Robin" in agent.get(f"/desk/{ticket}").text
    agent.post("/staff/robin/deactivate")
    assert "Robin" not in agent.get(f"/desk/{ticket}").text
    assert agent.post(f"/desk/{ticket}/give", to="2").status_code == 404


def test_the_page_is_for_admins_and_its_forms_for_our_own_page(console, agent, colleague):
    token = colleague.csrf()
    posts = ("/staff", "/staff/robin/role", "/staff/robin/password", "/staff/agent/deactivate")
    for path in (*posts, "/staff/agent/activate"):
        assert colleague.post(path, csrf=token, login="x", role="admin").status_code == 403, path
        assert agent.post(path, csrf="0" * 64, login="x", role="admin").status_code == 403, path
    assert roles_of(console) == {"agent": ("admin", True), "robin": ("agent", True)}
    assert 'href="/staff"' not in colleague.get("/desk").text
    assert 'href="/staff"' in agent.get("/desk").text


def test_who_is_not_there_is_refused(agent):
    for action in ("role", "password", "deactivate", "activate"):
        answer = agent.post(f"/staff/nobody/{action}", role="agent")
        assert answer.status_code == 409, action


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_an_admin_looks_after_the_staff_in_a_browser(
    console, new_page, colleague, width, scheme, tmp_path
):
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    log_in(page)

    def check(name):
        accessibility.check(page, name)
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    page.get_by_role("link", name="Staff").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff")
    check("list")
    page.get_by_test_id("add-login").fill("tove")
    page.get_by_test_id("add-name").fill("Tove " + "Långtnamn" * 7)
    page.get_by_test_id("role-of-new").select_option("trainer")
    page.get_by_test_id("add-member").click()
    expect(page.get_by_test_id("made")).to_contain_text("tove")
    check("added")
    robin = page.get_by_test_id("member-robin")
    robin.locator("summary").click()
    check("open")
    robin.get_by_test_id("role-robin").select_option("admin")
    robin.get_by_test_id("set-role").click()
    expect(robin).to_contain_text("admin")
    robin.locator("summary").click()
    robin.get_by_test_id("deactivate").click()
    expect(robin).to_contain_text("deactivated")
    me = page.get_by_test_id("member-agent")
    me.locator("summary").click()
    me.get_by_test_id("deactivate").click()
    expect(page.get_by_test_id("refused")).to_contain_text("only admin")
    check("refused")
    assert roles_of(console)["robin"] == ("admin", False)
