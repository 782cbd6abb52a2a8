"""The chat widget in a real browser, against a real Socket.IO server."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from widget_server import ChatServer

from tests.accessibility import EVERY_RULE, violations
from tests.waiting import until

pytestmark = pytest.mark.browser

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}
YES_NO = [{"title": "Ja", "payload": "/affirm"}, {"title": "Nej", "payload": "/deny"}]
ARTICLE = {"title": "Spåra din order", "url": "https://nordlys.example/help/track"}
MARIA = {"name": "Maria Lindqvist"}
SUGGESTED = [
    {"id": f"markdown:sv/{slug}", "title": title, "url": f"/help/sv/{slug}", "lang": lang}
    for slug, title, lang in [
        ("return-how", "Hur gör jag en retur?", "sv"),
        ("return-cost", "Vad kostar en retur?", "sv"),
        ("return-abroad", "Returns from outside the EU", "en"),
    ]
]

OpenPage = Callable[..., Page]


def hook(page: Page, name: str) -> Locator:
    """What the widget calls `name`."""
    return page.get_by_test_id(name)


def messages(page: Page, speaker: str | None = None) -> Locator:
    """The messages shown, of `speaker` only when given."""
    which = f'[data-speaker="{speaker}"]' if speaker else ""
    return page.locator(f'[data-testid="message"]{which}')


def bubbles(page: Page, speaker: str | None = None) -> Locator:
    """The texts of the messages shown."""
    return messages(page, speaker).locator(".bubble")


def open_chat(page: Page) -> None:
    """Opens the panel by its launcher and waits for the connection."""
    hook(page, "launcher").click()
    expect(hook(page, "panel")).to_have_attribute("data-online", "true")


def write(page: Page, text: str) -> None:
    """Writes `text` and presses Enter."""
    hook(page, "input").fill(text)
    hook(page, "input").press("Enter")


def focused(page: Page) -> str | None:
    """The hook of the element that has the focus."""
    script = "document.querySelector('svara-chat').shadowRoot.activeElement?.dataset.testid"
    return page.evaluate(script)


def test_greeting_says_that_it_is_a_bot_and_that_a_person_can_be_asked_for(page: Page) -> None:
    open_chat(page)
    expect(hook(page, "panel")).to_contain_text("Chattbot")
    expect(hook(page, "greeting")).to_contain_text("chattboten på Nordlys")
    expect(hook(page, "greeting")).to_contain_text("prata med en människa")
    expect(hook(page, "starter")).to_have_count(4)
    assert focused(page) == "input"


def test_starter_is_sent_as_the_first_message(page: Page, server: ChatServer) -> None:
    server.reply = lambda _: [{"text": "På väg!"}]
    open_chat(page)
    hook(page, "starter").first.click()
    expect(bubbles(page)).to_have_text(["Var är min beställning?", "På väg!"])
    expect(hook(page, "starter")).to_have_count(0)
    assert focused(page) == "input"
    assert [message["text"] for message in server.received] == ["Var är min beställning?"]


def test_message_is_sent_and_answered_with_markdown_and_its_source(
    page: Page, server: ChatServer
) -> None:
    server.reply = lambda message: [
        {"text": f"Du skrev **{message['text']}**.\n1. a\n2. b", "article": ARTICLE}
    ]
    open_chat(page)
    write(page, "hej *du* <b>")
    expect(bubbles(page, "customer")).to_have_text(["hej *du* <b>"])
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    expect(bubbles(page, "bot").locator("strong")).to_have_text("hej du <b>")
    expect(bubbles(page, "bot").locator("li")).to_have_text(["a", "b"])
    link = hook(page, "article-link")
    expect(link).to_have_attribute("href", ARTICLE["url"])
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener")
    expect(link).to_contain_text(ARTICLE["title"])


def test_shift_enter_makes_a_new_line_and_nothing_is_not_sent(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    hook(page, "input").press("Enter")
    hook(page, "input").type("a")
    hook(page, "input").press("Shift+Enter")
    hook(page, "input").type("b")
    hook(page, "send").click()
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    assert [message["text"] for message in server.received] == ["a\nb"]


def test_message_of_a_lost_connection_is_sent_once_when_it_is_back(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    write(page, "ett")
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    server.stop()
    write(page, "två")
    write(page, "tre")
    expect(messages(page).nth(1)).to_contain_text("Skickar")
    expect(hook(page, "banner")).to_contain_text("Ingen anslutning")
    server.start()
    expect(hook(page, "banner")).to_be_empty()
    expect(messages(page).nth(2)).to_have_attribute("data-id", "3")
    expect(bubbles(page)).to_have_text(["ett", "två", "tre"])
    assert [message["text"] for message in server.messages] == ["ett", "två", "tre"]


def test_message_whose_acknowledgement_was_lost_is_resent_with_its_id_and_stays_one(
    page: Page, server: ChatServer
) -> None:
    server.acknowledge = False
    server.reply = lambda _: [{"text": "svar"}]
    open_chat(page)
    write(page, "hej")
    expect(messages(page)).to_contain_text(["Skickar"])
    page.wait_for_timeout(200)
    server.stop()
    server.acknowledge = True
    server.start()
    expect(bubbles(page)).to_have_text(["hej", "svar"])
    expect(messages(page, "customer")).not_to_contain_text("Skickar")
    assert len({message["id"] for message in server.received}) == 1
    assert [message["text"] for message in server.messages] == ["hej", "svar"]


def test_pending_message_outlives_the_page(page: Page, server: ChatServer) -> None:
    server.acknowledge = False
    open_chat(page)
    write(page, "hej")
    expect(messages(page)).to_contain_text(["Skickar"])
    server.acknowledge = True
    page.goto(server.url + "other")
    expect(bubbles(page)).to_have_text(["hej"])
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    assert [message["text"] for message in server.messages] == ["hej"]


def test_what_was_missed_while_disconnected_comes_once_and_in_order(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    server.say("ett")
    expect(bubbles(page)).to_have_text(["ett"])
    server.stop()
    server.start()
    server.say("två")
    server.say("tre")
    expect(bubbles(page)).to_have_text(["ett", "två", "tre"])
    assert [auth["after"] for auth in server.auths] == [0, 1]


def test_chat_goes_on_and_stays_open_on_the_next_page(page: Page, server: ChatServer) -> None:
    open_chat(page)
    write(page, "hej")
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    hook(page, "input").type("halvfär")
    page.goto(server.url + "other")
    expect(hook(page, "panel")).to_be_visible()
    expect(bubbles(page)).to_have_text(["hej"])
    expect(hook(page, "input")).to_have_value("halvfär")
    assert focused(page) is None
    hook(page, "close").click()
    page.goto(server.url)
    expect(hook(page, "launcher")).to_be_visible()
    expect(hook(page, "panel")).to_be_hidden()


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "answered with another"])
def test_chat_goes_on_in_a_new_session_when_the_server_has_forgotten_the_old_one(
    page: Page, server: ChatServer, refused: bool
) -> None:
    server.refuse_unknown = refused
    open_chat(page)
    write(page, "ett")
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    server.forget_sessions()
    server.stop()
    write(page, "två")
    server.start()
    expect(bubbles(page)).to_have_text(["två"])
    expect(messages(page, "customer")).to_have_attribute("data-id", "2")


def test_buttons_send_their_payload_and_are_closed_by_the_choice(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    server.say("Hjälpte det?", buttons=YES_NO)
    hook(page, "button").nth(1).click()
    expect(messages(page, "customer")).to_have_attribute("data-id", "2")
    for index in range(2):
        expect(hook(page, "button").nth(index)).to_have_attribute("aria-disabled", "true")
    expect(messages(page, "bot")).to_contain_text("Du valde: Nej")
    hook(page, "button").nth(0).click(force=True)
    write(page, "tack")
    expect(bubbles(page)).to_have_text(["Hjälpte det?", "Nej", "tack"])
    expect(messages(page, "customer").last).to_have_attribute("data-id", "3")
    sent = [(message["text"], message.get("payload")) for message in server.received]
    assert sent == [("Nej", "/deny"), ("tack", None)]


def test_own_words_close_older_buttons_but_not_links(page: Page, server: ChatServer) -> None:
    open_chat(page)
    link = {"title": "Öppna", "payload": "https://nordlys.example/returns"}
    server.say("Välj", buttons=[*YES_NO, link])
    expect(hook(page, "button")).to_have_count(3)
    write(page, "något annat")
    expect(hook(page, "button").nth(0)).to_have_attribute("aria-disabled", "true")
    expect(hook(page, "button").nth(2)).to_have_attribute("href", link["payload"])
    expect(hook(page, "button").nth(2)).not_to_have_attribute("aria-disabled", "true")
    expect(messages(page, "customer")).to_have_attribute("data-id", "2")
    server.say("Och nu?", buttons=YES_NO)
    expect(hook(page, "button").nth(3)).not_to_have_attribute("aria-disabled", "true")


def test_dangerous_links_are_dropped_and_their_text_kept(page: Page, server: ChatServer) -> None:
    open_chat(page)
    server.say(
        "[klicka](javascript:alert(1)) <img src=x onerror=alert(1)>",
        article={"title": "Källa", "url": "javascript:alert(1)"},
    )
    expect(bubbles(page)).to_contain_text(["klicka"])
    expect(messages(page)).to_contain_text(["Källa"])
    expect(messages(page).locator("a, img")).to_have_count(0)


def test_refused_message_says_why_and_can_be_sent_again(page: Page, server: ChatServer) -> None:
    open_chat(page)
    server.refusal = {"ok": False, "error": "too_fast", "message": "Vänta lite."}
    write(page, "hej")
    expect(messages(page, "customer")).to_contain_text("Vänta lite.")
    server.refusal = None
    messages(page).get_by_role("button", name="Försök igen").click()
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    expect(messages(page, "customer")).not_to_contain_text("Vänta lite.")
    server.refusal = {"ok": False, "error": "refused", "message": "Nej."}
    write(page, "igen")
    messages(page).get_by_role("button", name="Ta bort").click()
    expect(bubbles(page)).to_have_text(["hej"])
    assert focused(page) == "input"


def test_too_long_a_text_is_counted_and_not_sent(page: Page, server: ChatServer) -> None:
    open_chat(page)
    hook(page, "input").fill("x" * 1799)
    expect(hook(page, "counter")).to_be_empty()
    hook(page, "input").fill("🧦" * 1990)
    expect(hook(page, "counter")).to_have_text("10 tecken kvar")
    hook(page, "input").fill("x" * 2001)
    expect(hook(page, "counter")).to_have_text("1 tecken för mycket")
    hook(page, "input").press("Enter")
    assert hook(page, "input").input_value() == "x" * 2001
    hook(page, "input").fill("x" * 2000)
    hook(page, "input").press("Enter")
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    assert [len(message["text"]) for message in server.received] == [2000]


def test_handoff_says_who_one_is_waiting_for_and_who_has_come(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    server.set_handoff({"status": "requested", "agent": None})
    expect(hook(page, "status")).to_contain_text("Vi kopplar in en medarbetare")
    server.set_handoff({"status": "delivered", "agent": None})
    expect(hook(page, "status")).to_contain_text("En medarbetare svarar dig här")
    server.set_handoff({"status": "accepted", "agent": MARIA})
    expect(hook(page, "status")).to_contain_text("Maria Lindqvist är med")
    header = hook(page, "panel").locator("header")
    expect(header).to_contain_text("Maria Lindqvist")
    expect(header).to_contain_text("Medarbetare")
    expect(header).not_to_contain_text("Chattbot")
    server.emit("typing", {"on": True, "who": "agent", "name": "Maria"})
    expect(hook(page, "typing")).to_contain_text("Maria skriver")
    server.say("Hej, det är Maria.", "agent", agent=MARIA)
    expect(messages(page, "agent")).to_contain_text("Maria Lindqvist")
    expect(hook(page, "typing")).to_be_empty()
    server.set_handoff(None)
    expect(hook(page, "status")).to_be_empty()
    expect(header).to_contain_text("Chattbot")


def test_language_is_switched_remembered_and_told_to_the_server(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    hook(page, "language").select_option("nb")
    expect(hook(page, "greeting")).to_contain_text("Hva kan jeg hjelpe")
    expect(page.get_by_role("region", name="Chat med Nordlys")).to_have_attribute("lang", "nb")
    page.goto(server.url)
    expect(hook(page, "greeting")).to_contain_text("Hva kan jeg hjelpe")
    assert until(lambda: server.languages) == ["nb"]
    # The greeting is there before the connection is.
    expect(hook(page, "panel")).to_have_attribute("data-online", "true")
    assert [auth["language"] for auth in server.auths] == ["sv", "nb"]
    server.emit("language", {"language": "da"})
    expect(hook(page, "greeting")).to_contain_text("Hvad kan jeg hjælpe")


@pytest.mark.parametrize(
    ("attributes", "page_language", "browser_language", "greeting"),
    [
        ('data-lang="da"', "sv", "en-GB", "Hvad kan jeg hjælpe"),
        ("", "no", "en-GB", "Hva kan jeg hjelpe"),
        ("", "fi", "sv-FI", "Vad kan jag hjälpa"),
        ("", "", "de-DE", "How can I help"),
    ],
)
def test_language_comes_from_the_script_then_the_page_then_the_browser(
    open_page: OpenPage,
    server: ChatServer,
    attributes: str,
    page_language: str,
    browser_language: str,
    greeting: str,
) -> None:
    server.attributes = attributes
    server.lang = page_language
    page = open_page(locale=browser_language)
    open_chat(page)
    expect(hook(page, "greeting")).to_contain_text(greeting)


def test_title_and_open_come_from_the_script(open_page: OpenPage, server: ChatServer) -> None:
    server.attributes = 'data-lang="en" data-title="Fjord &amp; Fjell" data-open'
    page = open_page()
    expect(hook(page, "panel").get_by_role("heading")).to_have_text("Fjord & Fjell")
    expect(hook(page, "greeting")).to_contain_text("the chatbot at Fjord & Fjell")


def test_launcher_names_and_counts_unread_messages(page: Page, server: ChatServer) -> None:
    open_chat(page)
    server.say("läst")
    expect(bubbles(page)).to_have_text(["läst"])
    hook(page, "close").click()
    expect(hook(page, "launcher")).to_have_accessible_name("Öppna chatten")
    server.say("ett")
    server.say("två")
    expect(hook(page, "launcher")).to_have_accessible_name("Öppna chatten, 2 olästa meddelanden")
    page.goto(server.url + "other")
    expect(hook(page, "launcher")).to_have_accessible_name("Öppna chatten, 2 olästa meddelanden")
    hook(page, "launcher").click()
    expect(bubbles(page)).to_have_text(["läst", "ett", "två"])
    hook(page, "close").click()
    expect(hook(page, "launcher")).to_have_accessible_name("Öppna chatten")


def test_reading_further_up_is_not_disturbed_by_new_messages(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    for number in range(20):
        server.say(f"rad {number}")
    expect(messages(page)).to_have_count(20)
    expect(messages(page).last).to_be_in_viewport()
    scroller = page.locator(".scroller")
    # messages right after connecting are old ones, which are followed to their end
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    scroller.evaluate("node => { node.scrollTop = 0 }")
    page.wait_for_timeout(100)
    server.say("ny")
    expect(hook(page, "new-messages")).to_have_text("1 nytt meddelande")
    assert scroller.evaluate("node => node.scrollTop") == 0
    hook(page, "new-messages").click()
    expect(messages(page).last).to_be_in_viewport()
    expect(hook(page, "new-messages")).to_be_hidden()


def test_everything_can_be_done_by_keyboard_alone(page: Page, server: ChatServer) -> None:
    keyboard = page.keyboard
    page.get_by_role("link", name="Jackets").focus()
    keyboard.press("Tab")
    assert focused(page) == "launcher"
    keyboard.press("Enter")
    assert focused(page) == "input"
    keyboard.type("hej")
    keyboard.press("Enter")
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    server.say("Hjälpte det?", buttons=YES_NO, article=ARTICLE)
    expect(hook(page, "button")).to_have_count(2)
    stops = []
    for _ in range(3):
        keyboard.press("Shift+Tab")
        stops.append(focused(page))
    assert stops == ["button", "button", "article-link"]
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(messages(page, "bot")).to_contain_text("Du valde: Ja")
    assert focused(page) == "button"
    keyboard.press("Escape")
    expect(hook(page, "panel")).to_be_hidden()
    assert focused(page) == "launcher"


def test_phone_gets_the_whole_screen_and_keeps_the_focus_in_it(
    open_page: OpenPage, server: ChatServer
) -> None:
    page = open_page(**PHONE)
    hook(page, "launcher").tap()
    expect(hook(page, "panel")).to_have_attribute("data-online", "true")
    box = hook(page, "panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(hook(page, "panel")).to_have_attribute("aria-modal", "true")
    server.say("Hjälpte det?", buttons=YES_NO, article=ARTICLE)
    expect(hook(page, "button")).to_have_count(2)
    for name in ("button", "article-link", "send", "close", "language", "input", "starter"):
        for target in hook(page, name).all():
            size = target.bounding_box()
            assert size is not None
            assert min(size["width"], size["height"]) >= 44, name
    hook(page, "send").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "language"
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "send"


def test_nothing_is_cut_off_on_the_narrowest_screen(
    open_page: OpenPage, server: ChatServer
) -> None:
    page = open_page(viewport={"width": 320, "height": 480})
    open_chat(page)
    server.set_handoff({"status": "accepted", "agent": MARIA})
    server.say("ordet" * 60, buttons=[{"title": "val" * 30, "payload": "/x"}], article=ARTICLE)
    expect(hook(page, "button")).to_be_visible()
    script = (
        "node => [node, ...node.querySelectorAll('.scroller, .header')].every("
        "part => part.scrollWidth <= part.clientWidth)"
    )
    assert hook(page, "panel").evaluate(script)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_any_stage(
    open_page: OpenPage, server: ChatServer, scheme: str
) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    assert violations(page, EVERY_RULE) == []
    open_chat(page)
    expect(hook(page, "greeting")).to_be_visible()
    assert violations(page, EVERY_RULE) == []

    server.say("Så här: **fet**, `kod`, [länk](https://a.example)", article=ARTICLE, buttons=YES_NO)
    hook(page, "button").first.click()
    server.set_handoff({"status": "accepted", "agent": MARIA})
    server.say("Maria är här.", "system")
    server.say("Hej!", "agent", agent=MARIA)
    server.emit("typing", {"on": True, "who": "agent", "name": "Maria"})
    expect(hook(page, "typing")).to_contain_text("Maria")
    server.refusal = {"ok": False, "error": "too_fast", "message": "Vänta lite."}
    write(page, "hej")
    expect(messages(page, "customer").last).to_contain_text("Vänta lite.")
    hook(page, "input").fill("x" * 2001)
    server.stop()
    expect(hook(page, "banner")).not_to_be_empty()
    assert violations(page, EVERY_RULE) == []
    server.start()


def suggest(page: Page, server: ChatServer, text: str = "retur") -> Locator:
    """Has the server suggest three articles for `text`; gives the options."""
    server.articles = [each | {"url": server.url + each["url"][1:]} for each in SUGGESTED]
    hook(page, "input").press_sequentially(text)
    expect(hook(page, "suggestion")).to_have_count(3)
    return hook(page, "suggestion")


def quiet(page: Page) -> None:
    """Waits for longer than the pause after which articles are suggested."""
    page.wait_for_timeout(400)
    expect(hook(page, "suggestions")).to_be_hidden()


def told(server: ChatServer) -> dict[str, str]:
    """What the server is told of the article that was opened, once it has been."""
    (opened,) = until(lambda: server.opened)
    return opened


def active(page: Page) -> str | None:
    """The text of the option that a screen reader is told of."""
    option = hook(page, "input").get_attribute("aria-activedescendant")
    if option is None:
        return None
    node = page.locator(f"#{option}")
    assert node.get_attribute("aria-selected") == "true"
    expect(page.locator('[role="option"][aria-selected="true"]')).to_have_count(1)
    return node.locator(".suggestion-title").inner_text()


def test_articles_are_suggested_after_a_pause_in_writing(page: Page, server: ChatServer) -> None:
    open_chat(page)
    options = suggest(page, server)
    assert server.suggested == [("retur", "sv")]
    expect(options.locator(".suggestion-title")).to_have_text([a["title"] for a in SUGGESTED])
    expect(page.get_by_role("listbox", name="Artiklar som kan hjälpa dig")).to_be_visible()
    expect(
        page.get_by_role("option", name="Vad kostar en retur? (öppnas i en ny flik)")
    ).to_have_count(1)
    expect(hook(page, "suggestion-count")).to_have_text(
        "Artiklar som kan hjälpa dig: 3. Välj med piltangenterna, öppna med Enter."
    )
    expect(options.nth(2).locator(".suggestion-title")).to_have_attribute("lang", "en")
    assert focused(page) == "input"
    hook(page, "input").fill("re")
    expect(hook(page, "suggestions")).to_be_hidden()
    expect(hook(page, "suggestion-count")).to_be_empty()


def test_suggestions_are_chosen_by_keyboard_and_open_in_a_new_tab(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    suggest(page, server)
    keyboard = page.keyboard
    seen = []
    for key in ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"]:
        keyboard.press(key)
        seen.append(active(page))
    first, second, third = (each["title"] for each in SUGGESTED)
    assert seen == [first, second, third, None, third, second]
    assert focused(page) == "input"
    with page.expect_popup() as popup:
        keyboard.press("Enter")
    assert popup.value.url == server.url + "help/sv/return-cost"
    assert popup.value.evaluate("opener") is None
    expect(hook(page, "suggestions")).to_be_hidden()
    expect(hook(page, "input")).to_have_value("retur")
    assert active(page) is None
    article_id = "markdown:sv/return-cost"
    assert told(server) == {"article_id": article_id, "q": "retur", "lang": "sv"}
    assert server.received == []


def test_writing_on_leaves_the_list_and_enter_sends(page: Page, server: ChatServer) -> None:
    open_chat(page)
    suggest(page, server)
    page.keyboard.press("ArrowUp")
    page.keyboard.type("er")
    assert active(page) is None
    page.keyboard.press("Enter")
    expect(bubbles(page, "customer")).to_have_text(["returer"])
    expect(hook(page, "suggestions")).to_be_hidden()
    assert server.opened == []


def test_escape_closes_the_list_first_and_the_chat_afterwards(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    suggest(page, server)
    page.keyboard.press("Escape")
    expect(hook(page, "suggestions")).to_be_hidden()
    expect(hook(page, "panel")).to_be_visible()
    page.keyboard.press("Space")
    quiet(page)
    page.keyboard.press("Escape")
    expect(hook(page, "panel")).to_be_hidden()
    assert focused(page) == "launcher"


def test_a_suggestion_is_opened_by_mouse_and_the_focus_stays_in_the_box(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    options = suggest(page, server)
    with page.expect_popup() as popup:
        options.first.click()
    assert popup.value.url == server.url + "help/sv/return-how"
    page.bring_to_front()
    assert focused(page) == "input"
    expect(hook(page, "suggestions")).to_be_hidden()
    assert told(server)["article_id"] == "markdown:sv/return-how"


def test_nothing_is_suggested_while_an_answer_is_awaited(page: Page, server: ChatServer) -> None:
    open_chat(page)
    suggest(page, server, "en fråga")
    page.keyboard.press("Enter")
    expect(messages(page, "customer")).to_have_attribute("data-id", "1")
    expect(hook(page, "suggestions")).to_be_hidden()
    asked = len(server.suggested)
    hook(page, "input").press_sequentially("retur")
    quiet(page)
    assert len(server.suggested) == asked
    server.say("Ett svar")
    expect(bubbles(page, "bot")).to_have_text(["Ett svar"])
    suggest(page, server, " igen")


def test_nothing_is_suggested_while_a_person_has_the_conversation(
    page: Page, server: ChatServer
) -> None:
    open_chat(page)
    suggest(page, server)
    server.set_handoff({"status": "requested", "agent": None})
    expect(hook(page, "suggestions")).to_be_hidden()
    asked = len(server.suggested)
    for status in ["requested", "delivered", "accepted"]:
        server.set_handoff({"status": status, "agent": MARIA})
        expect(hook(page, "status")).to_have_attribute("data-status", status)
        hook(page, "input").press_sequentially("en jacka")
        quiet(page)
    assert len(server.suggested) == asked
    server.set_handoff(None)
    expect(hook(page, "status")).to_be_empty()
    suggest(page, server, " till")


def test_suggestions_can_be_turned_off(open_page: OpenPage, server: ChatServer) -> None:
    server.attributes = 'data-lang="sv" data-suggest="off"'
    page = open_page()
    open_chat(page)
    hook(page, "input").press_sequentially("retur av jacka")
    page.wait_for_timeout(400)
    assert server.suggested == []
    expect(hook(page, "suggestions")).to_have_count(0)
    assert hook(page, "input").get_attribute("aria-autocomplete") is None


def test_a_server_that_suggests_nothing_is_no_trouble(page: Page, server: ChatServer) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    server.articles = None
    open_chat(page)
    hook(page, "input").press_sequentially("retur")
    quiet(page)
    assert len(until(lambda: server.suggested)) == 1
    # to ask the page for anything lets its console speak
    until(lambda: page.title() and any("debug: Svara: no suggestions" in line for line in said))
    server.articles = []
    hook(page, "input").press_sequentially("er")
    quiet(page)
    page.keyboard.press("Enter")
    expect(bubbles(page, "customer")).to_have_text(["returer"])


def test_suggestions_leave_the_newest_message_and_the_box_in_sight(
    open_page: OpenPage, server: ChatServer
) -> None:
    page = open_page(**PHONE)
    hook(page, "launcher").tap()
    expect(hook(page, "panel")).to_have_attribute("data-online", "true")
    for number in range(12):
        server.say(f"rad {number}")
    expect(messages(page)).to_have_count(12)
    for option in suggest(page, server).all():
        size = option.bounding_box()
        assert size is not None
        assert size["height"] >= 44
    expect(messages(page).last).to_be_in_viewport()
    page.set_viewport_size({"width": 390, "height": 240})
    expect(hook(page, "input")).to_be_in_viewport(ratio=1)
    page.keyboard.press("ArrowUp")
    expect(hook(page, "suggestion").last).to_be_in_viewport()


def test_suggestions_are_mirrored_for_languages_from_right_to_left(
    page: Page, server: ChatServer
) -> None:
    page.evaluate("document.documentElement.dir = 'rtl'")
    open_chat(page)
    option = suggest(page, server).first
    icon, title = option.locator(".icon").first, option.locator(".suggestion-title")
    places = [each.bounding_box() for each in (icon, title)]
    assert places[0] is not None
    assert places[1] is not None
    assert places[0]["x"] > places[1]["x"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_articles_suggested(
    open_page: OpenPage, server: ChatServer, scheme: str
) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    open_chat(page)
    suggest(page, server)
    assert violations(page, EVERY_RULE) == []
    page.keyboard.press("ArrowDown")
    assert violations(page, EVERY_RULE) == []
    page.keyboard.press("Escape")
    assert violations(page, EVERY_RULE) == []


def test_motion_is_left_out_for_those_who_ask(open_page: OpenPage, server: ChatServer) -> None:
    page = open_page(reduced_motion="reduce")
    open_chat(page)
    server.emit("typing", {"on": True, "who": "bot"})
    expect(hook(page, "typing")).to_have_text(re.compile("skriver"))
    style = "node => getComputedStyle(node).animationName"
    assert page.locator(".dot").first.evaluate(style) == "none"


def test_chat_falls_back_to_polling_where_websockets_are_blocked(
    open_page: OpenPage, server: ChatServer
) -> None:
    server.stop()
    server.transports = ["polling"]
    server.start()
    page = open_page()
    server.reply = lambda _: [{"text": "svar"}]
    open_chat(page)
    write(page, "hej")
    expect(bubbles(page)).to_have_text(["hej", "svar"])
