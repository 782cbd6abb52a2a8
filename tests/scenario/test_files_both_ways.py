"""Files both ways: a customer's picture to a helpdesk and back, and in the console's own desk."""

from __future__ import annotations

import io
from urllib.parse import quote

import pytest
import requests
from chat_client import ChatClient, chatting
from own_helpdesk import AGENT, Helpdesk
from PIL import Image
from playwright.sync_api import FilePayload, Locator, expect
from running_svara import RunningSvara, until
from test_customer_to_person_and_back import (
    DESKTOP,
    Agent,
    Customer,
    NewPage,
    chromium,
    new_page,
    picture,
)
from words import WORDS

__all__ = ["chromium", "new_page"]  # fixtures
pytestmark = [pytest.mark.scenario]

SECRET_NAME = "Annas trasiga mugg.jpg"


def photo(colour: str, kind: str = "JPEG") -> bytes:
    """A picture of some size, as a telephone makes it."""
    out = io.BytesIO()
    noise = Image.effect_noise((900, 700), 60).convert("RGB")
    Image.blend(noise, Image.new("RGB", noise.size, colour), 0.6).save(out, kind)
    return out.getvalue()


def upload(svara: RunningSvara, chat: ChatClient, content: bytes, name: str) -> requests.Response:
    """Brings a file, as the widget does."""
    return requests.post(
        f"{svara.url}/attachments/v1?lang=sv",
        data=content,
        headers={
            "Authorization": f"Bearer {chat.token}",
            "X-File-Name": quote(name),
            "Origin": svara.url,
        },
        timeout=20,
    )


def test_from_the_customers_picture_to_the_helpdesk_and_back(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk
) -> None:
    with chatting(with_helpdesk) as chat:
        there_and_back(with_helpdesk, helpdesk, chat)


def there_and_back(svara: RunningSvara, helpdesk: Helpdesk, chat: ChatClient) -> None:
    """A customer's pictures to the helpdesk, and the helpdesk's files to the customer."""
    mug, label = photo("firebrick"), photo("navy")
    limits = chat.session["attachments"]
    assert (limits["max_bytes"], limits["per_message"]) == (10 * 1024 * 1024, 5)

    # The bot cannot look at it, says so, and offers a person, who then has it.
    alone = upload(svara, chat, mug, SECRET_NAME).json()
    assert chat.send("", attachments=[alone["id"]])["ok"]
    offer = until(
        lambda: [m for m in chat.received if m.get("buttons")], "the bot to offer a person"
    )[0]
    assert "kan inte titta på filer" in offer["text"]
    (button,) = offer["buttons"]
    assert chat.send(button["title"], payload=button["payload"])["ok"]
    conversation = until(
        lambda: [a.data for a in helpdesk.attempts if _names(a.data) == [SECRET_NAME]],
        "the handoff with the picture",
    )[0]
    (sent,) = _files(conversation)
    assert conversation["reason"]["code"] == "customer_asked"
    assert conversation["customer"]["language"] == "sv"
    assert (sent["type"], sent["size"]) == ("image/jpeg", len(mug))
    got = requests.get(sent["url"], timeout=10)
    assert got.content == mug
    assert got.headers["content-disposition"].startswith("attachment;")

    # Another one, with words, while the person has the conversation.
    with_words = upload(svara, chat, label, "etikett.jpg").json()
    assert chat.send("Och etiketten", attachments=[with_words["id"]])["ok"]
    said = helpdesk.wait_for(
        conversation["conversation_id"], "handoff.requested", "message.created"
    )[1].data["message"]
    assert said["text"] == "Och etiketten"
    assert requests.get(said["attachments"][0]["url"], timeout=10).content == label

    # What the helpdesk links to, the customer gets.
    link = {"name": "retursedel.pdf", "url": "https://files.example/r.pdf"}
    answer = helpdesk.send(
        svara, "message.created", conversation, agent=AGENT, attachments=[link, sent]
    )
    assert answer.status_code == 200, answer.text
    back = until(
        lambda: [m for m in chat.received if m["speaker"] == "agent"], "the agent's files"
    )[0]
    assert back["text"] == "[retursedel.pdf](https://files.example/r.pdf)"
    (own,) = back["attachments"]
    assert requests.get(svara.url + own["url"], timeout=10).content == mug

    assert helpdesk.problems == []
    kept = [path.name for path in (svara.var / "attachments").iterdir()]
    assert {alone["id"], with_words["id"]} <= set(kept)
    for name in ("rasa", "actions", "console", "dispatcher"):
        assert "mugg" not in svara.log(name)


def _files(data: dict) -> list[dict]:
    lines = data.get("transcript", {}).get("messages", [])
    return [file for line in lines for file in line.get("attachments", [])]


def _names(data: dict) -> list[str]:
    return [file["name"] for file in _files(data)]


def _shown(pictures: Locator) -> int:
    """Width in pixels of the newest picture, once the browser has it."""
    width = pictures.last.evaluate(
        "async node => { await node.decode(); return node.naturalWidth }"
    )
    return int(width)


@pytest.mark.browser
def test_pictures_are_shown_to_the_customer_and_in_the_desk(
    svara: RunningSvara, new_page: NewPage
) -> None:
    words = WORDS["sv"]
    customer = Customer(new_page(svara.url + words.page, **DESKTOP), words)
    customer.open()
    mug: FilePayload = {"name": "mugg.jpg", "mimeType": "image/jpeg", "buffer": photo("firebrick")}
    with customer.page.expect_file_chooser() as chooser:
        customer.hook("attach").click()
    chooser.value.set_files([mug])
    expect(customer.hook("chosen-file")).to_have_attribute("data-state", "ready")
    customer.hook("send").click()
    customer.hears("bot", "kan inte titta på filer")
    assert _shown(customer.messages("customer").get_by_test_id("file").locator("img")) == 900
    picture(customer.page, "files-1-customer")
    customer.press("Prata med en människa")
    expect(customer.hook("status")).to_contain_text(words.delivered)

    agent = Agent(new_page(svara.staff_url, locale="en-GB", **DESKTOP))
    agent.log_in()
    agent.hook("queue-row").last.click()
    assert _shown(agent.hook("file").locator("img")) == 900
    agent.hook("accept").click()
    label: FilePayload = {
        "name": "label.png",
        "mimeType": "image/png",
        "buffer": photo("navy", "PNG"),
    }
    with agent.page.expect_file_chooser() as chooser:
        agent.hook("attach").click()
    chooser.value.set_files([label])
    expect(agent.hook("chosen-file")).to_have_attribute("data-state", "ready")
    agent.hook("send").click()
    expect(agent.hook("chosen-file")).to_have_count(0)
    said = customer.messages("agent").get_by_test_id("file").locator("img")
    expect(said).to_have_attribute("alt", "label.png")
    assert _shown(said) == 900
    assert _shown(agent.hook("file").locator("img")) == 900
    customer.write("Tack!")
    agent.sees("customer", "Tack!")
    picture(customer.page, "files-2-customer")
    picture(agent.page, "files-3-agent")
