"""The trainer's page of answers: read, written, changed, taken back."""

from __future__ import annotations

import html
import re
from pathlib import Path

import inbox_pages
import pytest
import yaml
from console_browser import log_in
from playwright.sync_api import expect

from bot.console import staff
from bot.storage.database import transaction
from bot.trainer.answers import (
    HELP_CENTRE,
    NONE,
    PERSON,
    TEXT,
    Place,
    read_answers,
    read_journal,
    save,
)
from tests import accessibility

TEXTS = {
    "text-en": "Yes, we wrap <gifts.",
    "text-sv": "Ja, vi slår in presenter.",
    "text-da": "Ja, vi pakker gaver ind.",
    "text-nb": "Ja, vi pakker inn gaver.",
}
TITLES = {
    "title-en": "Being <charged twice",
    "title-sv": "Dubbel debitering",
    "title-da": "Trukket to gange",
    "title-nb": "Trukket to ganger",
}
RULES = """\
version: "3.1"

rules:

- rule: Thanks
  steps:
  - intent: cancel_order
  - action: utter_thank

- rule: Help
  steps:
  - intent: refund_status
  - action: utter_help

- rule: Orders
  steps:
  - or:
    - intent: order_status
    - intent: missing_item
  - action: order_form
  - active_loop: order_form
"""
RESPONSES = """
actions:
- action_answer
- action_hand_off

forms:
  order_form:
    required_slots: []

responses:
  utter_thank:
  - condition: [{type: slot, name: language, value: en}]
    text: "You're welcome!"
  - condition: [{type: slot, name: language, value: sv}]
    text: "Varsågod!"
  - condition: [{type: slot, name: language, value: da}]
    text: "Det var så lidt!"
  - condition: [{type: slot, name: language, value: nb}]
    text: "Bare hyggelig!"

  utter_help:
  - text: "Ask <me>."
    buttons:
    - {title: "Order", payload: '/order_status'}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project in which `charged_twice` and `return_item` have no answer."""
    folder = tmp_path / "project"
    folder.mkdir()
    inbox_pages.write_project(folder)
    monkeypatch.chdir(folder)
    domain = Path("domain.yml")
    domain.write_text(domain.read_text() + RESPONSES)
    Path("data/rules.yml").write_text(RULES)
    return folder


def rows(text: str) -> list[str]:
    return re.findall(r'href="/train/answers\?intent=(\w+)"', text)


def seen(agent, intent: str) -> str:
    page = agent.get(f"/train/answers?intent={intent}").text
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def kind(intent: str) -> str:
    return read_answers(Place().project).by_intent[intent].kind


def test_intents_without_an_answer_come_first_and_the_first_is_open(project, agent):
    page = agent.get("/train/answers").text
    assert rows(page) == [
        "charged_twice",
        "return_item",
        "cancel_order",
        "missing_item",
        "order_status",
        "refund_status",
    ]
    assert page.count("data-missing") == 2
    assert "2 intents have no answer" in page
    assert "Customers get “Sorry, I misunderstood you”" in page
    assert "A text, in every language" in page
    assert "A text, the same in all languages" in page
    assert "The form “Order form” asks for what is needed" in page
    assert '<h2 id="answer" tabindex="-1">Charged twice' in page
    assert "i have been charged twice" in page


def test_a_text_becomes_the_answer(project, agent):
    answer = agent.post(
        "/train/answers/save",
        intent="charged_twice",
        way="text",
        seen=seen(agent, "charged_twice"),
        **TEXTS | {"text-en": "We pay it back."},
    )
    assert answer.status_code == 303, answer.text
    domain = yaml.safe_load(Path("domain.yml").read_text())
    assert domain["responses"]["utter_charged_twice"][0]["text"] == "We pay it back."
    assert Path("data/rules.yml").read_text() == RULES + (
        "\n- rule: Charged twice is answered by a text\n  steps:\n  - intent: charged_twice\n"
        "  - action: utter_charged_twice\n"
    )
    after = agent.get(answer.headers["location"]).text
    assert "It reaches customers with the next" in after
    assert 'href="/train/models">Ship' in after
    assert "agent answered it: A text" in after
    assert "We pay it back.</textarea>" in after
    assert rows(after)[0] == "return_item"


@pytest.mark.parametrize(
    ("way", "action"), [("help_centre", "action_answer"), ("person", "action_hand_off")]
)
def test_the_help_centre_or_a_person_answers(project, agent, way, action):
    given = {"intent": "return_item", "way": way, "seen": seen(agent, "return_item")}
    assert agent.post("/train/answers/save", **given, **TEXTS).status_code == 303
    assert yaml.safe_load(Path("data/rules.yml").read_text())["rules"][-1]["steps"] == [
        {"intent": "return_item"},
        {"action": action},
    ]
    assert "utter_return_item" not in Path("domain.yml").read_text()


def test_what_is_refused_is_said_and_stays_in_the_fields(project, agent):
    before = {path: path.read_bytes() for path in project.rglob("*.yml")}
    wrong = TEXTS | {"text-da": "Se <b>her</b>", "text-nb": ""}
    given = {"intent": "charged_twice", "way": "text", "seen": seen(agent, "charged_twice")}
    answer = agent.post("/train/answers/save", **given, **wrong)
    assert answer.status_code == 409
    assert "Norwegian: there is no text." in answer.text
    assert "Se <b>her" not in answer.text
    assert "Se <b>her</b></textarea>" in html.unescape(answer.text)
    assert re.search(r'name="text-nb"[^>]*aria-invalid', answer.text)
    for name, reason in (("text-da", "The text has &lt;b"), ("text-nb", "There is no text")):
        assert re.search(rf'name="{name}"[^>]*aria-invalid[^>]*"{name}-wrong ', answer.text)
        assert re.search(rf'id="{name}-wrong"[^>]*>{reason}', answer.text)
    assert not re.search(r'name="text-sv"[^>]*aria-invalid', answer.text)
    assert {path: path.read_bytes() for path in project.rglob("*.yml")} == before


def test_the_slower_of_two_trainers_sees_the_present_text_and_keeps_their_own(
    project, console, agent
):
    given = {"intent": "charged_twice", "way": "text", "seen": seen(agent, "charged_twice")}
    bo = {"en": "By Bo.", "sv": "Av Bo.", "da": "Af Bo.", "nb": "Av Bo."}
    save(Place(journal=console.settings.var / "answers.jsonl"), "charged_twice", "bo", TEXT, bo)
    answer = agent.post("/train/answers/save", **given, **TEXTS)
    assert answer.status_code == 409
    assert "bo was faster" in answer.text
    assert "By Bo.</textarea>" in answer.text
    assert '<dd lang="sv">Ja, vi slår in presenter.</dd>' in answer.text
    assert "slår in" not in Path("domain.yml").read_text()


def test_texts_are_changed_and_taken_back(project, console, agent):
    before = Path("domain.yml").read_text()
    given = {"intent": "cancel_order", "way": "text", "seen": seen(agent, "cancel_order")}
    same = agent.post("/train/answers/save", **given, **{"text-sv": "Varsågod!"})
    assert "These texts are there already" in agent.get(same.headers["location"]).text
    answer = agent.post("/train/answers/save", **given, **{"text-sv": "Ingen orsak!"})
    page = agent.get(answer.headers["location"]).text
    assert Path("domain.yml").read_text() == before.replace("Varsågod!", "Ingen orsak!")
    assert "agent changed the text in Swedish" in page
    assert "utter_thank</code> elsewhere" in page
    undone = agent.post("/train/answers/undo")
    assert undone.status_code == 303
    assert Path("domain.yml").read_text() == before
    assert "as they were before" in agent.get(undone.headers["location"]).text
    assert agent.post("/train/answers/undo").status_code == 409
    assert len(read_journal(console.settings.var / "answers.jsonl")) == 2


def test_a_text_with_buttons_is_shown_and_not_changed_here(project, agent):
    page = agent.get("/train/answers?intent=refund_status").text
    assert "Ask &lt;me&gt;." in page
    assert "it has buttons" in page
    assert re.search(r"written in <code>domain.yml:\d+</code>", page)
    assert 'name="text-en"' not in page


def test_the_button_is_written_with_the_answer_and_taken_back_with_it(project, agent):
    before = {path: path.read_bytes() for path in project.rglob("*.yml")}
    page = agent.get("/train/answers?intent=charged_twice").text
    assert "When the bot is not sure, it offers this as a button" in page
    assert "never offered when the bot is unsure" in page
    given = {"intent": "charged_twice", "way": "person", "seen": seen(agent, "charged_twice")}
    answer = agent.post("/train/answers/save", **given, **TITLES)
    assert answer.status_code == 303, answer.text
    domain = yaml.safe_load(Path("domain.yml").read_text())
    titles = domain["responses"]["utter_title_charged_twice"]
    assert [each["text"] for each in titles] == list(TITLES.values())
    after = agent.get(answer.headers["location"]).text
    assert "agent answered it: Handed over to a person, and wrote the button" in after
    assert 'value="Being &lt;charged twice"' in after
    assert "never offered" not in after
    assert re.search(r"utter_title_charged_twice</code> <code>domain.yml:\d+", after)
    agent.post("/train/answers/undo")
    assert {path: path.read_bytes() for path in project.rglob("*.yml")} == before


@pytest.mark.parametrize("intent", ["order_status", "refund_status"])
def test_an_answer_that_is_not_changed_here_gets_a_button_and_another_one(project, agent, intent):
    """A form, and a text with buttons of its own."""
    given = {"intent": intent, "seen": seen(agent, intent)}
    answer = agent.post("/train/answers/save", **given, **TITLES)
    assert "agent wrote the button" in agent.get(answer.headers["location"]).text
    given["seen"] = seen(agent, intent)
    answer = agent.post("/train/answers/save", **given, **TITLES | {"title-sv": "Två gånger"})
    page = agent.get(answer.headers["location"]).text
    assert "agent changed the button in Swedish" in page
    assert 'value="Två gånger"' in page
    same = agent.post(
        "/train/answers/save", **given | {"seen": seen(agent, intent)}, **{"title-sv": "Två gånger"}
    )
    assert "there already" in agent.get(same.headers["location"]).text
    assert Path("data/rules.yml").read_text() == RULES


def test_a_button_that_is_refused_keeps_what_was_written_and_the_answer_too(project, agent):
    before = {path: path.read_bytes() for path in project.rglob("*.yml")}
    given = {"intent": "charged_twice", "way": "text", "seen": seen(agent, "charged_twice")}
    answer = agent.post("/train/answers/save", **given, **TEXTS, **TITLES | {"title-nb": ""})
    assert answer.status_code == 409
    assert "Norwegian: the button has no words. Write them in every language, or" in answer.text
    assert "Ja, vi slår in presenter.</textarea>" in answer.text
    assert 'value="Dubbel debitering"' in answer.text
    assert re.search(r'name="title-nb"[^>]*aria-invalid', answer.text)
    assert not re.search(r'name="text-nb"[^>]*aria-invalid', answer.text)
    answer = agent.post("/train/answers/save", **given, **TEXTS | {"text-nb": ""}, **TITLES)
    assert 'value="Dubbel debitering"' in answer.text
    assert re.search(r'name="text-nb"[^>]*aria-invalid', answer.text)
    assert not re.search(r'name="title-nb"[^>]*aria-invalid', answer.text)
    assert {path: path.read_bytes() for path in project.rglob("*.yml")} == before


def test_the_slower_of_two_trainers_keeps_the_words_of_their_button(project, console, agent):
    given = {"intent": "cancel_order", "way": "text", "seen": seen(agent, "cancel_order")}
    bo = {"en": "By Bo", "sv": "Av Bo", "da": "Af Bo", "nb": "Hos Bo"}
    place = Place(journal=console.settings.var / "answers.jsonl")
    save(place, "cancel_order", "bo", TEXT, {}, titles=bo)
    answer = agent.post("/train/answers/save", **given, **TITLES)
    assert answer.status_code == 409
    assert 'value="By Bo"' in answer.text
    assert '<dt>Swedish, button</dt><dd lang="sv">Dubbel debitering</dd>' in answer.text


def test_a_button_that_is_written_otherwise_is_shown_and_not_changed_here(project, agent):
    domain = Path("domain.yml")
    domain.write_text(domain.read_text() + '\n  utter_title_order_status:\n  - text: "My <order"\n')
    page = agent.get("/train/answers?intent=order_status").text
    assert "My &lt;order" in page
    assert "it has a text for any language" in page
    assert "title-en" not in page
    assert 'data-testid="save"' not in page


def test_an_intent_that_is_not_there_is_said(project, agent):
    assert "no longer" in agent.get("/train/answers?intent=<b>").text
    answer = agent.post("/train/answers/save", intent="gone", way="person", seen="x")
    assert answer.status_code == 409


def test_a_broken_file_is_named_with_its_line(project, agent):
    Path("data/rules.yml").write_text("rules:\n- rule: a\n\tsteps: []\n")
    page = agent.get("/train/answers")
    assert page.status_code == 200
    assert "rules.yml, line 3" in page.text
    given = {"intent": "charged_twice", "way": "person", "seen": "x"}
    assert "rules.yml, line 3" in agent.post("/train/answers/save", **given).text


def test_only_trainers_see_and_write_answers(project, console, colleague, visitor):
    assert colleague.get("/train/answers").status_code == 403
    assert colleague.post("/train/answers/save", intent="charged_twice").status_code == 403
    assert colleague.post("/train/answers/undo").status_code == 403
    with transaction(console.engine) as connection:
        staff.add(connection, "tove", "Tove", "a-long-password", "trainer")
    visitor.log_in("tove")
    assert visitor.get("/train/answers").status_code == 200


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_answers_page_fits_and_meets_wcag_aa(project, agent, new_page, tmp_path, width, scheme):
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    log_in(page)
    agent.post(
        "/train/answers/save", intent="return_item", way="person", seen=seen(agent, "return_item")
    )
    for name, path in (
        ("new", "/train/answers"),
        ("text", "/train/answers?intent=cancel_order"),
        ("buttons", "/train/answers?intent=refund_status"),
        ("form", "/train/answers?intent=order_status"),
        ("gone", "/train/answers?intent=gone"),
    ):
        page.goto(path)
        assert page.evaluate("scrollY") == 0
        page.screenshot(path=str(tmp_path / f"answers-{name}-{width}-{scheme}.png"))
        for summary in page.locator("main summary").all():
            summary.click()
        _is_fine(page)
    page.goto("/train/answers")
    page.get_by_test_id("text-sv").fill("längeord" * 30)
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("refused")).to_contain_text(
        "English, Danish and Norwegian: there is no text"
    )
    page.screenshot(path=str(tmp_path / f"answers-refused-{width}-{scheme}.png"), full_page=True)
    _is_fine(page)
    page.get_by_test_id("way-person").check()
    page.get_by_test_id("title-da").fill("Trukket to gange for den samme bestilling i går")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("refused")).to_contain_text("the button has no words")
    expect(page.get_by_test_id("title-en")).to_be_focused()
    expect(page.get_by_test_id("way-person")).to_be_checked()
    page.screenshot(path=str(tmp_path / f"answers-title-{width}-{scheme}.png"), full_page=True)
    _is_fine(page)
    page.goto("/train/answers?intent=order_status")
    page.get_by_test_id("language").select_option("sv")
    page.get_by_test_id("lines").fill(
        "Paketet har inte kommit\njag vill returnera en jacka\nring 070-345 67 89 om paketet"
    )
    page.get_by_test_id("add").click()
    expect(page.get_by_test_id("lines-wrong")).to_contain_text("2 lines were not added")
    expect(page.get_by_test_id("lines")).to_be_focused()
    page.get_by_test_id("examples-sv").locator("summary").click()
    page.screenshot(path=str(tmp_path / f"answers-lines-{width}-{scheme}.png"), full_page=True)
    _is_fine(page)


def _is_fine(page) -> None:
    accessibility.check(page)


@pytest.mark.browser
def test_a_trainer_answers_by_the_keyboard_alone(project, new_page):
    page = log_in(new_page())
    page.goto("/train/answers")
    page.keyboard.press("1")
    expect(page.get_by_test_id("text-en")).to_be_focused()
    for language in ("en", "sv", "da", "nb"):
        page.keyboard.type(f"1 in {language}")
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("saved")).to_contain_text("next Ship")
    assert kind("charged_twice") == TEXT

    page.keyboard.press("a")
    expect(page.locator("#answer")).to_contain_text("Return item")
    page.keyboard.press("3")
    expect(page.get_by_test_id("text-en")).to_be_hidden()
    expect(page.get_by_test_id("way-person")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("how")).to_have_text("Handed over to a person.")
    expect(page.get_by_test_id("missing")).to_have_count(0)

    page.keyboard.press("z")
    expect(page.get_by_test_id("saved")).to_contain_text("Taken back")
    assert kind("return_item") == NONE
    page.keyboard.press("j")
    expect(page.locator("#answer")).to_contain_text("Cancel order")
    page.keyboard.press("e")
    page.keyboard.press("End")
    page.keyboard.type(" Bye.")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    for language in ("en", "sv", "da", "nb"):
        page.keyboard.type(f"Cancel in {language}")
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("saved")).to_contain_text("next Ship")
    assert '"You\'re welcome! Bye."' in Path("domain.yml").read_text()
    assert 'text: "Cancel in nb"' in Path("domain.yml").read_text()
    page.keyboard.press("f")
    page.keyboard.type("refund")
    expect(page.locator(".answers .list li:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("Refund status")


@pytest.mark.browser
def test_without_scripts_the_page_works(project, new_page):
    page = log_in(new_page(java_script_enabled=False))
    page.goto("/train/answers?intent=charged_twice")
    page.get_by_test_id("way-person").check()
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("how")).to_have_text("Handed over to a person.")
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("how")).to_contain_text("No answer")


@pytest.mark.browser
def test_what_is_written_is_not_lost_by_a_slip(project, new_page):
    page = log_in(new_page())
    page.goto("/train/answers?intent=charged_twice")
    page.get_by_test_id("text-sv").fill("Halvt sk")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("#answer").focus()
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.get_by_test_id("text-sv")).to_have_value("Halvt sk")


def test_texts_and_button_are_refused_at_once_and_by_how_much_they_are_too_long(project, agent):
    given = {"intent": "charged_twice", "way": "text", "seen": seen(agent, "charged_twice")}
    wrong = TEXTS | TITLES | {"text-sv": "x" * 6234, "title-da": "y" * 60, "title-nb": ""}
    answer = agent.post("/train/answers/save", **given, **wrong)
    assert "x" * 6234 in answer.text
    assert "maxlength" not in answer.text
    for name, said in (
        ("text-sv", "The text has 6,234 characters, 5,234 more than the 1,000 it may have."),
        ("title-da", "The button has 60 characters, 10 more than the 50 it may have."),
        ("title-nb", "The button has no words."),
    ):
        assert re.search(rf'id="{name}-wrong"[^>]*>{said}', answer.text)


def test_a_trainer_who_was_faster_in_another_window_is_told_so(project, agent):
    given = {"intent": "charged_twice", "seen": seen(agent, "charged_twice")}
    agent.post("/train/answers/save", **given, way="person")
    answer = agent.post("/train/answers/save", **given, way="help_centre")
    assert answer.status_code == 409
    assert "You changed it meanwhile, in another window: charged_twice" in answer.text


def test_an_answer_gets_another_kind_and_the_old_one_back(project, agent):
    before = {path: path.read_bytes() for path in project.rglob("*.yml")}
    given = {"intent": "cancel_order", "seen": seen(agent, "cancel_order")}
    agent.post("/train/answers/save", **given, way="help_centre")
    assert kind("cancel_order") == HELP_CENTRE
    page = agent.get("/train/answers?intent=cancel_order").text
    assert re.search(r'value="help_centre" checked', page)
    assert "changed it: From the help centre, before: a text" in page
    given["seen"] = seen(agent, "cancel_order")
    answer = agent.post("/train/answers/save", **given, way="text", **TEXTS | {"text-nb": ""})
    assert "Norwegian: there is no text." in answer.text
    assert re.search(r'value="text" checked', answer.text)
    agent.post("/train/answers/save", **given, way="text", **TEXTS)
    assert kind("cancel_order") == TEXT
    agent.post("/train/answers/undo")
    agent.post("/train/answers/undo")
    assert {path: path.read_bytes() for path in project.rglob("*.yml")} == before


def test_a_text_that_is_changed_by_hand_can_give_way_to_a_person(project, agent):
    page = agent.get("/train/answers?intent=refund_status").text
    assert re.search(r'name="way" value="" checked', page)
    given = {"intent": "refund_status", "seen": seen(agent, "refund_status")}
    same = agent.post("/train/answers/save", **given, way="")
    assert "saved=same" in same.headers["location"]
    agent.post("/train/answers/save", **given, way="person")
    assert kind("refund_status") == PERSON
    page = agent.get("/train/answers?intent=refund_status").text
    assert re.search(r'value="person" checked', page)


def test_an_answer_that_is_written_together_with_one_other_is_changed_by_hand(project, agent):
    rules = RULES.replace(
        "  - action: order_form\n  - active_loop: order_form\n", "  - action: action_answer\n"
    )
    Path("data/rules.yml").write_text(rules)
    page = agent.get("/train/answers?intent=missing_item").text
    assert 'name="way"' not in page
    assert "its rule is written for order_status, too" in page
    assert "data/rules.yml:19" in page


def post_examples(agent, **more: str):
    given = {"intent": "charged_twice", "language": "sv", "lines": "ni drog två gånger\ndubbelt!"}
    return agent.post("/train/answers/examples", **given | more)


def test_examples_are_added_shown_removed_and_each_is_taken_back(project, agent):
    before = {path: path.read_bytes() for path in project.rglob("*.yml")}
    done = post_examples(agent)
    page = agent.get(done.headers["location"]).text
    assert "Added</span> 2 examples in Swedish." in page
    assert "Swedish: 2 examples" in page
    assert "<span>You last added examples to Charged twice</span>" in page
    gone = {"intent": "charged_twice", "language": "sv", "marked": "dubbelt!"}
    done = agent.post("/train/answers/examples/remove", **gone)
    page = agent.get(done.headers["location"]).text
    assert "Swedish: 1 example" in page
    assert "You last removed an example of Charged twice" in page
    answer = agent.post("/train/answers/examples/remove", **gone)
    assert answer.status_code == 409
    for _ in range(2):
        change = re.search(r'name="change" value="(\d+)"', page)
        assert change
        done = agent.post("/train/answers/undo", change=change[1])
        page = agent.get(done.headers["location"]).text
        assert "Taken back</span> The files are as they were before." in page
    assert 'name="change"' not in page
    assert {path: path.read_bytes() for path in project.rglob("*.yml")} == before


def test_examples_that_are_refused_stay_in_the_field_with_the_reason(project, agent):
    lines = "ni drog pengar igen\n\nVar är mitt paket?\nring mig på 070-345 67 89 <nu>"
    answer = post_examples(agent, lines=lines)
    assert answer.status_code == 409
    said = html.unescape(answer.text)
    assert "Added</span> 1 example in Swedish." in said
    assert "2 lines were not added, and stay in the field" in said
    assert (
        "It is an example of order_status already (data/nlu/sv/order_status.yml, line 5)." in said
    )
    assert "It may have somebody's phone: “070-345 67 89”" in said
    assert "\nVar är mitt paket?\nring mig på 070-345 67 89 <nu></textarea>" in said
    assert 'name="invented"' in said
    done = post_examples(agent, lines="ring mig på 070-345 67 89", invented="yes")
    assert "added=1" in done.headers["location"]
    again = post_examples(agent, lines="ring mig på 070-345 67 89")
    assert "One was there already." in agent.get(again.headers["location"]).text
    empty = post_examples(agent, lines=" ")
    assert "Nothing to add" in agent.get(empty.headers["location"]).text
    assert post_examples(agent, intent="gone").status_code == 409
    assert post_examples(agent, language="fi").status_code == 409


@pytest.mark.browser
def test_what_is_refused_is_in_sight_and_has_the_keyboard(project, new_page):
    page = log_in(new_page(viewport={"width": 1280, "height": 600}))
    page.goto("/train/answers?intent=charged_twice")
    for language in ("en", "sv", "da"):
        page.get_by_test_id(f"text-{language}").fill("Ja. " * 20)
    page.get_by_test_id("text-da").fill("x" * 1003)
    expect(page.get_by_test_id("text-da-count")).to_have_text(
        "1,003 of 1,000 characters: 3 too many"
    )
    expect(page.get_by_test_id("text-sv-count")).to_be_hidden()
    page.get_by_test_id("title-sv").fill("Dubbelt")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("text-da")).to_be_focused()
    expect(page.get_by_test_id("text-da-wrong")).to_be_in_viewport()
    expect(page.get_by_test_id("text-da")).to_be_in_viewport()
    for name in ("text-nb", "title-en", "title-da", "title-nb"):
        expect(page.get_by_test_id(f"{name}-wrong")).to_be_visible()
    expect(page.get_by_test_id("text-da")).to_have_accessible_description(
        re.compile("The text has 1,003 characters, 3 more")
    )


@pytest.mark.browser
def test_the_list_shows_the_intent_that_is_open(project, new_page):
    domain = Path("domain.yml")
    many = "".join(f"- wish_{number:02}\n" for number in range(60))
    domain.write_text(domain.read_text().replace("intents:\n", f"intents:\n{many}"))
    page = log_in(new_page(viewport={"width": 1280, "height": 700}))
    for intent in ("wish_30", "order_status", "charged_twice"):
        page.goto(f"/train/answers?intent={intent}")
        expect(page.locator(".answers .list [aria-current]")).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0


@pytest.mark.browser
def test_examples_are_written_by_the_keyboard_and_not_lost_by_saving_the_answer(project, new_page):
    page = log_in(new_page())
    page.goto("/train/answers?intent=charged_twice")
    page.keyboard.press("x")
    expect(page.get_by_test_id("lines")).to_be_focused()
    page.get_by_test_id("language").select_option("da")
    page.get_by_test_id("lines").fill("I trak to gange\nHej")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_test_id("way-person").check()
    page.get_by_test_id("save").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.get_by_test_id("way-text").check()
    page.get_by_test_id("lines").focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("done")).to_contain_text("2 examples in Danish")
    expect(page.get_by_test_id("language")).to_have_value("da")
    page.locator("#answer").focus()
    page.keyboard.press("z")
    expect(page.get_by_test_id("done")).to_contain_text("Taken back")
