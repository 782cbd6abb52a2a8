"""Who gets in, and what keeps others out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import requests
import sqlalchemy as sa
from starlette.responses import Response

from bot.console import staff
from bot.console.app import create_app
from bot.console.errors import LoginRefused
from bot.console.routes.login import safe_path
from bot.console.session import write_session
from bot.errors import SettingsError
from bot.storage.database import open_database, reading
from bot.storage.tables import staff as staff_table


def test_pages_lead_to_the_login_and_back(console, visitor, handoff):
    ticket = console.ticket_id(handoff)
    refused = visitor.get(f"/desk/{ticket}", allow_redirects=False)
    assert refused.status_code == 303
    assert refused.headers["location"] == f"/login?next=/desk/{ticket}"
    assert visitor.log_in(next=f"/desk/{ticket}").headers["location"] == f"/desk/{ticket}"
    assert visitor.get(f"/desk/{ticket}").status_code == 200


@pytest.mark.parametrize("path", ["/desk", "/deliveries", "/conversations/x", "/desk/events"])
def test_nothing_is_shown_to_those_who_are_not_logged_in(visitor, path):
    answer = visitor.get(path, allow_redirects=False)
    assert answer.status_code in (303, 401)
    assert "Astrid" not in answer.text


def test_a_wrong_password_and_an_unknown_login_are_refused_alike(visitor):
    wrong = visitor.log_in(password="wrong")
    unknown = visitor.log_in(login="nobody", password="wrong")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    messages = [re.search(r'role="alert">([^<]+)', page.text)[1] for page in (wrong, unknown)]
    assert messages[0] == messages[1]
    assert "svara_staff" not in visitor.http.cookies


def test_guessing_is_stopped_even_with_the_right_password_at_the_end(visitor):
    for _ in range(staff.TRIES_OF_ONE_LOGIN):
        assert visitor.log_in(password="wrong").status_code == 401
    assert visitor.log_in().status_code == 429
    assert visitor.log_in(login="somebody-else", password="wrong").status_code == 401


def test_a_login_form_without_this_browsers_token_is_refused(console, visitor):
    form = {"login": "agent", "password": "a-long-password", "csrf": "0" * 64}
    visitor.get("/login")
    answer = visitor.http.post(f"{console.url}/login", data=form, timeout=10)
    assert answer.status_code == 403
    assert requests.post(f"{console.url}/login", data=form, timeout=10).status_code == 403


def test_a_form_without_the_sessions_token_changes_nothing(console, agent, handoff):
    ticket = console.ticket_id(handoff)
    assert agent.post(f"/desk/{ticket}/accept", csrf="").status_code == 403
    assert agent.post(f"/desk/{ticket}/accept", csrf="f" * 64).status_code == 403
    assert console.outgoing() == []
    sent = agent.http.post(
        f"{console.url}/desk/{ticket}/accept", headers={"X-CSRF-Token": agent.csrf()}, timeout=10
    )
    assert sent.status_code == 200
    assert len(console.outgoing()) == 1


def test_one_sessions_token_is_no_use_in_another(console, agent, colleague, handoff):
    ticket = console.ticket_id(handoff)
    assert agent.post(f"/desk/{ticket}/accept", csrf=colleague.csrf()).status_code == 403


def test_logging_out_ends_the_session_also_for_a_copied_cookie(console, agent):
    copied = dict(agent.http.cookies)
    assert agent.post("/logout").headers["location"] == "/login"
    again = requests.get(f"{console.url}/desk", cookies=copied, timeout=10, allow_redirects=False)
    assert again.status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor):
    cookie = visitor.log_in().headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Max-Age=43200" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_where_the_console_is_reached_by_https(console, visitor):
    changed = replace(console.settings, console_url="https://desk.nordlys.example")
    answer = visitor.get("/login")
    response = Response()
    write_session(changed, response, "x")
    assert "Secure" in response.headers["set-cookie"]
    assert "Strict-Transport-Security" not in answer.headers


def test_a_cookie_made_with_another_secret_is_worth_nothing(console, agent, settings):
    response = Response()
    write_session(replace(settings, session_secret="guessed"), response, "x")
    value = response.headers["set-cookie"].split(";")[0].split("=", 1)[1]
    answer = requests.get(
        f"{console.url}/desk",
        cookies={"svara_staff": value},
        timeout=10,
        allow_redirects=False,
    )
    assert answer.status_code == 303


def test_a_password_changed_in_the_settings_counts_from_the_next_start(console, agent):
    settings = replace(console.settings, staff_password="another-password", staff_name="Kim B.")
    create_app(settings)
    engine = open_database(settings.database)
    with pytest.raises(LoginRefused):
        staff.log_in(engine, "agent", "a-long-password")
    staff.log_in(engine, "agent", "another-password")
    with reading(engine) as connection:
        (row,) = connection.execute(sa.select(staff_table)).all()
    assert (row.name, row.role) == ("Kim B.", "admin")
    assert agent.get("/desk", allow_redirects=False).status_code == 303


def test_a_start_without_changes_keeps_sessions(console, agent):
    create_app(console.settings)
    assert agent.get("/desk", allow_redirects=False).status_code == 200


def test_a_console_without_a_session_secret_does_not_start(settings):
    with pytest.raises(SettingsError, match="SVARA_SESSION_SECRET"):
        create_app(replace(settings, session_secret=""))


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/desk/3", "/desk/3"),
        ("", "/desk"),
        ("//evil.example", "/desk"),
        ("/\\evil.example", "/desk"),
        ("https://evil.example", "/desk"),
        ("/desk\nx", "/desk"),
        ("/logout", "/desk"),
    ],
)
def test_the_login_leads_to_our_own_pages_only(asked, given):
    assert safe_path(asked) == given


def test_every_answer_carries_the_security_headers(console, visitor, agent):
    for answer in (visitor.get("/login"), agent.get("/desk"), visitor.get("/nothing-here")):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


def test_no_page_has_inline_scripts_or_styles(console, agent, visitor, handoff):
    for path in ("/desk", f"/desk/{console.ticket_id(handoff)}", "/deliveries", "/login"):
        page = (visitor if path == "/login" else agent).get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page), path
