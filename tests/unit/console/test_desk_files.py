"""Files at the desk: a customer's are shown, an agent's are taken in and sent as links."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from bot.attachments import files, links, records
from bot.console.desk import files as desk_files
from bot.handoff import inbound, signing
from bot.storage import conversations
from bot.storage.database import reading, transaction
from tests.unit.attachments import samples

ID = "0123456789abcdef"


@pytest.fixture
def ticket(console, handoff):
    return console.ticket_id(handoff)


@pytest.fixture
def mine(agent, ticket):
    assert agent.post(f"/desk/{ticket}/accept").status_code == 303
    return ticket


def customer_sends(console, handoff, text, *sent):
    said = {"id": 99, "time": "2026-11-20T10:00:00.000+00:00", "speaker": "customer", "text": text}
    ids = {"handoff_id": handoff.id, "conversation_id": handoff.conversation_id}
    return console.event("message.created", ids | {"message": said | {"attachments": list(sent)}})


def upload(agent, ticket, content, name="etikett.png", csrf=None):
    return agent.http.post(
        f"{agent.console.url}/desk/{ticket}/attachments",
        data=content,
        headers={
            "X-CSRF-Token": agent.csrf() if csrf is None else csrf,
            "X-File-Name": quote(name),
            "Accept": "application/json",
        },
        timeout=10,
    )


def kept(console):
    place = files.folder(console.settings)
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []


def test_a_customers_files_are_shown_pictures_as_such(console, handoff, agent, ticket):
    origin = console.settings.url
    mug = {"name": "mugg.jpg", "url": f"{origin}/a", "type": "image/jpeg", "size": 5}
    bill = {"name": "r&d.pdf", "url": f"{origin}/b", "type": "application/pdf", "size": 2_400_000}
    assert customer_sends(console, handoff, "", mug, bill).status_code == 200
    page = agent.get(f"/desk/{ticket}")
    assert f'<img src="{origin}/a" alt="mugg.jpg"' in page.text
    assert (
        f'<a href="{origin}/b" target="_blank" rel="noopener noreferrer">r&amp;d.pdf</a>'
        in page.text
    )
    assert "2.4 MB" in page.text
    assert f"img-src 'self' {origin};" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "x",
        {},
        {"url": "javascript:alert(1)"},
        {"url": "http://[", "name": "x"},
        {"url": 7, "size": "x"},
    ],
)
def test_what_is_no_file_is_left_out_and_the_words_stay(console, handoff, agent, ticket, broken):
    assert customer_sends(console, handoff, "Hej", broken).status_code == 200
    assert 'data-testid="file"' not in agent.get(f"/desk/{ticket}").text


def test_neither_words_nor_files_is_refused(console, handoff):
    assert customer_sends(console, handoff, "").status_code == 422


def test_an_agents_file_reaches_the_customer_as_a_link(console, handoff, agent, mine):
    answer = upload(agent, mine, samples.picture())
    assert answer.status_code == 201, answer.text
    sent = agent.post(
        f"/desk/{mine}/messages", text="", client_id=ID, attachments=answer.json()["id"]
    )
    assert sent.status_code == 303, sent.text
    event = console.outgoing()[-1]
    (link,) = event["data"]["attachments"]
    assert "text" not in event["data"]
    assert link["name"] == "etikett.png"

    # It is taken in by the same door as any other helpdesk's words.
    body = json.dumps(event)
    headers = signing.sign(console.settings.handoff_secrets, "evt_1", body)
    inbound.receive(console.engine, console.settings, headers, body.encode())
    with reading(console.engine) as connection:
        said = conversations.history(connection, handoff.conversation_id, speakers=["agent"])[-1]
        found = records.find(connection, answer.json()["id"])
    (shown,) = links.attached(console.settings, said)
    assert shown == link | {"type": "image/png", "size": len(samples.picture())}
    assert said.text == ""
    assert found is not None and found.message_id == said.id
    assert f'<img src="{link["url"]}" alt="etikett.png"' in agent.get(f"/desk/{mine}").text


def test_to_another_platform_a_file_goes_as_a_link_in_the_text(console, arrive, agent):
    handoff = arrive()
    with transaction(console.engine) as connection:
        conversations.update(connection, handoff.conversation_id, channel="telegram")
    ticket = console.ticket_id(handoff)
    agent.post(f"/desk/{ticket}/accept")
    file = upload(agent, ticket, samples.PDF, "r.pdf").json()
    agent.post(f"/desk/{ticket}/messages", text="Här", client_id=ID, attachments=file["id"])
    body = json.dumps(console.outgoing()[-1])
    headers = signing.sign(console.settings.handoff_secrets, "evt_1", body)
    inbound.receive(console.engine, console.settings, headers, body.encode())
    with reading(console.engine) as connection:
        said = conversations.history(connection, handoff.conversation_id, speakers=["agent"])[-1]
    url = links.attachment_url(console.settings, file["id"])
    assert said.text == f"Här\n[r.pdf]({url})"


def test_a_link_to_another_customers_file_stays_a_link(console, arrive, agent):
    first, second = arrive(), arrive()
    other = files.take(
        console.engine, console.settings, first.conversation_id, "x.pdf", samples.PDF, language=None
    )
    data = {
        "handoff_id": second.id,
        "conversation_id": second.conversation_id,
        "agent": {"id": "1", "name": "Kim"},
        "attachments": [{"name": "x", "url": links.attachment_url(console.settings, other.id)}],
    }
    body = json.dumps({"type": "message.created", "data": data})
    headers = signing.sign(console.settings.handoff_secrets, "evt_1", body)
    inbound.receive(console.engine, console.settings, headers, body.encode())
    with reading(console.engine) as connection:
        said = conversations.history(connection, second.conversation_id, speakers=["agent"])[-1]
    assert "attachments" not in said.data
    assert said.text.startswith("[x](http")


def test_a_message_sent_again_has_its_file_once(console, agent, mine):
    file = upload(agent, mine, samples.PDF, "r.pdf").json()
    for _ in range(2):
        agent.post(f"/desk/{mine}/messages", text="Här", client_id=ID, attachments=file["id"])
    assert [e["type"] for e in console.outgoing()].count("message.created") == 1
    with reading(console.engine) as connection:
        assert sum(map(len, desk_files.of_messages(connection, range(20)).values())) == 1


def test_what_is_not_taken_is_told_to_the_agent(console, agent, mine, colleague):
    refused = upload(agent, mine, samples.EXE, "x.exe")
    assert (refused.status_code, refused.json()["ok"]) == (409, False)
    assert "can't take that kind of file" in refused.json()["message"]
    large = upload(agent, mine, bytes(10 * 1024 * 1024 + 1))
    assert large.status_code == 413
    assert "10 MB is the most" in large.json()["message"]
    assert upload(agent, mine, samples.PDF, csrf="x").status_code == 403
    assert upload(colleague, mine, samples.PDF).status_code == 409
    assert upload(agent, 99, samples.PDF).status_code == 404
    gone = agent.post(f"/desk/{mine}/messages", text="x", client_id=ID, attachments="gone")
    assert gone.status_code == 409
    assert kept(console) == []


def test_a_visitor_brings_nothing(console, visitor, ticket):
    assert upload(visitor, ticket, samples.PDF, csrf="x").status_code == 401
    assert kept(console) == []


@pytest.mark.browser
def test_an_agent_chooses_drops_and_takes_away(console, page, agent, mine):
    page.goto(f"/desk/{mine}")
    chosen = page.get_by_test_id("chosen-file")
    with page.expect_file_chooser() as opened:
        page.get_by_test_id("attach").click()
    exe = {"name": "x.exe", "mimeType": "application/x-dosexec", "buffer": samples.EXE}
    note = {"name": "rad å.txt", "mimeType": "text/plain", "buffer": b"Rad"}
    opened.value.set_files([exe, note])
    expect(chosen.nth(0)).to_have_attribute("data-state", "failed")
    expect(chosen.nth(0)).to_contain_text("I can't take that kind of file")
    expect(chosen.nth(1)).to_have_attribute("data-state", "ready")
    page.get_by_role("button", name="Remove x.exe").click()
    expect(chosen).to_have_count(1)
    page.evaluate(
        """() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(['%PDF-1.4'], 'a.pdf'));
          document.querySelector('.scroll').dispatchEvent(
            new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator('[data-testid=chosen-file][data-state="ready"]')).to_have_count(2)
    page.get_by_test_id("send").click()
    expect(chosen).to_have_count(0)
    shown = page.get_by_test_id("file")
    expect(shown).to_have_count(2)
    expect(shown.first).to_contain_text("rad å.txt")
    (event,) = [e for e in console.outgoing() if e["type"] == "message.created"]
    assert [each["name"] for each in event["data"]["attachments"]] == ["rad å.txt", "a.pdf"]
