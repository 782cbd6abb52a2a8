"""Files in the chat widget: chosen, dropped and pasted, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect
from test_widget import MARIA, PHONE, bubbles, focused, hook, messages, open_chat, violations, write
from widget_server import ChatServer

from tests.unit.attachments import samples
from tests.waiting import until

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
LIMITS = {"max_bytes": 1024 * 1024, "per_message": 2, "endings": [".png", ".pdf"]}
PICTURE: FilePayload = {"name": "mugg å.png", "mimeType": "image/png", "buffer": samples.picture()}
RECEIPT: FilePayload = {"name": "kvitto.pdf", "mimeType": "application/pdf", "buffer": samples.PDF}
HAND_OVER = """({name, how, text}) => {
  const data = new DataTransfer();
  if (name) data.items.add(new File(['%PDF-1.4 x'], name, {type: 'application/pdf'}));
  if (text) data.setData('text/plain', text);
  const root = document.querySelector('svara-chat').shadowRoot;
  const target = root.querySelector(how === 'paste' ? '.input' : '.scroller');
  const kind = how === 'paste' ? ClipboardEvent : DragEvent;
  const which = how === 'paste' ? {clipboardData: data} : {dataTransfer: data};
  const event = new kind(how, {...which, bubbles: true, cancelable: true, composed: true});
  target.dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest.fixture(autouse=True)
def takes_files(server: ChatServer) -> None:
    server.limits = LIMITS


def choose(page: Page, *chosen: FilePayload) -> None:
    """Chooses files as the system's dialog does."""
    with page.expect_file_chooser() as opened:
        hook(page, "attach").click()
    opened.value.set_files(list(chosen))


def hand_over(page: Page, how: str, **what: str | None) -> Any:
    """Drops or pastes a file; whether the page took it."""
    return page.evaluate(HAND_OVER, {"how": how, "name": None, "text": None, **what})


def test_a_picture_is_chosen_and_goes_with_the_words(page: Page, server: ChatServer) -> None:
    open_chat(page)
    choose(page, PICTURE)
    expect(hook(page, "chosen-file")).to_have_attribute("data-state", "ready")
    expect(hook(page, "chosen-file")).to_contain_text("mugg å.png")
    assert focused(page) == "input"
    write(page, "Så här ser den ut")
    expect(hook(page, "chosen-file")).to_have_count(0)
    sent = messages(page, "customer")
    expect(sent).to_have_attribute("data-id", "1")
    picture = sent.get_by_test_id("file").locator("img")
    expect(picture).to_have_attribute("alt", "mugg å.png")
    assert (
        picture.evaluate("async node => { await node.decode(); return node.naturalWidth }") == 320
    )
    (id_,) = server.uploads
    assert server.received[0]["attachments"] == [id_]
    page.reload()
    expect(messages(page, "customer").get_by_test_id("file")).to_have_attribute(
        "download", "mugg å.png"
    )


def test_a_file_goes_without_a_word(page: Page, server: ChatServer) -> None:
    open_chat(page)
    expect(hook(page, "send")).to_have_attribute("aria-disabled", "true")
    choose(page, RECEIPT)
    expect(hook(page, "send")).not_to_have_attribute("aria-disabled", "true")
    hook(page, "send").click()
    card = messages(page, "customer").get_by_test_id("file")
    expect(card).to_contain_text("kvitto.pdf")
    expect(bubbles(page, "customer")).to_have_count(0)
    assert until(lambda: server.received)[0]["text"] == ""


def test_a_file_is_dropped_onto_the_chat(page: Page, server: ChatServer) -> None:
    open_chat(page)
    assert hand_over(page, "dragenter", name="a.pdf")
    expect(page.locator(".drop")).to_be_visible()
    expect(page.locator(".drop")).to_have_text("Släpp filerna här")
    assert hand_over(page, "dragover", name="a.pdf")
    assert hand_over(page, "drop", name="a.pdf")
    expect(page.locator(".drop")).to_be_hidden()
    expect(hook(page, "chosen-file")).to_have_attribute("data-state", "ready")


def test_a_picture_is_pasted_but_words_stay_words(page: Page) -> None:
    open_chat(page)
    assert not hand_over(page, "paste", name="a.pdf", text="ord")
    assert not hand_over(page, "paste", text="ord")
    assert hand_over(page, "paste", name="image.png")
    expect(hook(page, "chosen-file")).to_have_count(1)


def test_what_is_chosen_can_be_taken_away(page: Page, server: ChatServer) -> None:
    open_chat(page)
    choose(page, PICTURE, RECEIPT)
    expect(hook(page, "chosen-file")).to_have_count(2)
    expect(page.locator('[data-testid=chosen-file][data-state="ready"]')).to_have_count(2)
    remove = hook(page, "file-remove").first
    expect(remove).to_have_accessible_name("Ta bort mugg å.png")
    remove.click()
    expect(hook(page, "chosen-file")).to_have_count(1)
    assert focused(page) == "input"
    write(page, "kvittot")
    expect(messages(page, "customer").get_by_test_id("file")).to_have_count(1)
    until(lambda: len(server.uploads) == 1)
    assert [name for name, _, _ in server.uploads.values()] == ["kvitto.pdf"]


@pytest.mark.parametrize(
    ("language", "large", "many", "failed"),
    [
        ("en", "Too large: 1 MB is the most.", "2 files at a time at most.", "That did not work."),
        ("sv", "För stor: högst 1 MB går bra.", "Högst 2 filer åt gången.", "Det gick inte."),
        (
            "da",
            "For stor: den må højst fylde 1 MB.",
            "Højst 2 filer ad gangen.",
            "Det lykkedes ikke.",
        ),
        ("nb", "For stor: høyst 1 MB går fint.", "Høyst 2 filer om gangen.", "Det gikk ikke."),
    ],
)
def test_refusals_are_told_at_the_file_in_each_language(
    page: Page, server: ChatServer, language: str, large: str, many: str, failed: str
) -> None:
    open_chat(page)
    hook(page, "language").select_option(language)
    big: FilePayload = {**PICTURE, "buffer": bytes(1024 * 1024 + 1)}
    choose(page, big, RECEIPT, RECEIPT, RECEIPT)
    shown = hook(page, "chosen-file")
    expect(shown.nth(0)).to_contain_text(large)
    expect(shown.nth(3)).to_contain_text(many)
    for _ in range(4):
        hook(page, "file-remove").first.click()
    server.file_refusal = (415, {"message": "No such files, please."})
    choose(page, RECEIPT)
    expect(shown).to_contain_text("No such files, please.")
    hook(page, "file-remove").click()
    server.file_refusal = (502, {})
    choose(page, RECEIPT)
    expect(shown).to_contain_text(failed)


def test_what_was_sent_goes_once_its_file_is_there(page: Page, server: ChatServer) -> None:
    open_chat(page)
    held: list[Route] = []
    page.route("**/attachments/v1?*", lambda route: held.append(route))  # noqa: PLW0108 (the name is written on it)
    choose(page, RECEIPT)
    write(page, "Här är kvittot")
    expect(hook(page, "chosen-file")).to_have_attribute("data-state", "uploading")
    expect(messages(page, "customer")).to_have_count(0)
    held[0].continue_()
    expect(messages(page, "customer").get_by_test_id("file")).to_have_count(1)
    expect(bubbles(page, "customer")).to_have_text(["Här är kvittot"])
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    assert len(server.received) == 1


def test_a_server_that_takes_no_files_shows_no_button(page: Page, server: ChatServer) -> None:
    server.limits = None
    open_chat(page)
    expect(hook(page, "attach")).to_be_hidden()
    hand_over(page, "paste", name="image.png")
    expect(hook(page, "chosen-file")).to_have_count(0)


def test_an_agent_s_picture_is_shown_and_another_file_is_a_link(
    page: Page, server: ChatServer
) -> None:
    server.uploads["x"] = ("etikett.png", "image/png", samples.picture())
    open_chat(page)
    label = {"name": "etikett.png", "url": "/attachments/v1/x", "type": "image/png", "size": 9}
    form = {"name": "r.pdf", "url": "/attachments/v1/y", "type": "application/pdf", "size": 3456}
    server.say("Skriv ut den här", "agent", agent=MARIA, attachments=[label, form])
    files = messages(page, "agent").get_by_test_id("file")
    expect(files).to_have_count(2)
    expect(files.first.locator("img")).to_have_attribute("alt", "etikett.png")
    expect(files.last).to_contain_text("3 kB")


@pytest.mark.parametrize("screen", ["desktop", "phone", "dark"])
def test_it_looks_right_and_everybody_can_use_it(
    open_page: OpenPage, server: ChatServer, screen: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    how = {"desktop": {}, "phone": PHONE, "dark": {"color_scheme": "dark"}}[screen]
    page = open_page(**how)
    server.reply = lambda _: [{"text": "Tack, jag har fått den. Jag är en bot och kan inte se."}]
    open_chat(page)
    choose(page, PICTURE)
    expect(hook(page, "chosen-file")).to_have_attribute("data-state", "ready")
    write(page, "Så här ser den ut")
    expect(messages(page, "bot")).to_have_count(1)
    choose(page, RECEIPT, {**PICTURE, "buffer": bytes(1024 * 1024 + 1), "name": "för stor " * 9})
    expect(hook(page, "chosen-file").first).to_have_attribute("data-state", "ready")
    expect(hook(page, "chosen-file").last).to_have_attribute("data-state", "failed")
    folder = tmp_path_factory.getbasetemp()
    page.screenshot(path=folder / f"files-{screen}.png")
    assert violations(page) == []
