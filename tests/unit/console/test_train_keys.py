"""The trainer's pages by the keyboard alone: what a key does, and what it never does."""

from __future__ import annotations

import html
import json
import re
import time
from pathlib import Path

import pytest
from console_browser import SEEN_MS, log_in, seen
from playwright.sync_api import expect

from bot.console.routes import train_stories
from bot.storage.database import reading, transaction
from bot.storage.job_tables import jobs as table
from bot.trainer import jobs
from bot.trainer.checks import run_job
from bot.trainer.models import ship
from bot.trainer.models.notes import add_to_notes
from tests import accessibility

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "bot/console/templates"
EXAMPLES = {
    "greet": ["hello", "hi there", "hey", "so long", "until then"],
    "goodbye": ["bye", "see you", "farewell", "So long!", "Until then!"],
}
STORY = 'version: "3.1"\nstories:\n- story: %s\n  steps:\n  - user: hej\n    intent: greet\n'
MARKED = sorted(
    each.stem.removeprefix("train_")
    for each in TEMPLATES.glob("train_*.html")
    if "train_keys.js" in each.read_text()
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, which the console works in."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def checked(project, settings, console):
    """Two texts in two intents each, and an intent without an answer."""
    for intent, texts in EXAMPLES.items():
        path = Path(f"data/nlu/en/{intent}.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"    - {text}\n" for text in texts)
        path.write_text(f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{lines}')
    Path("domain.yml").write_text("intents:\n- greet\n- goodbye\n- thank\n")
    Path("data/rules.yml").write_text(
        "rules:\n- rule: a\n  steps:\n  - or:\n    - intent: greet\n    - intent: goodbye\n"
    )
    only = {"only": ["same-text", "no-rule", "too-small"]}
    done(console, "check", run_job(settings, only, lambda *_: None))


@pytest.fixture
def stories(project, console, monkeypatch):
    """Three stories, the first of which failed."""
    folder = project / "stories"
    folder.mkdir()
    monkeypatch.setattr(train_stories, "STORIES_FOLDER", folder)
    for name in ("a", "b", "c"):
        (folder / f"{name}.yml").write_text(STORY % name.upper())
    lines = [("-", "intent", "greet"), ("+", "intent", "goodbye (0.61)")]
    kept = [dict(zip(("mark", "what", "said"), line, strict=True)) for line in lines]
    failed = {"path": str(folder / "a.yml"), "line": 3, "name": "A", "passed": False}
    result = {"model": "svara-1.tar.gz", "at": time.time()}
    done(console, "stories", {**result, "stories": [{**failed, "difference": kept}]})
    return folder


@pytest.fixture
def models(project, console):
    """Two models, the second of which answers; it can be gone back to the first."""
    Path("models").mkdir()
    for name in ("aaaa", "bbbb"):
        path = Path(f"models/svara-{name}.tar.gz").resolve()
        path.write_bytes(b"a model")
        add_to_notes(path, accuracy=0.9, examples=12, trained_at=1795000000.0, trained_by="tove")
        ship(console.engine, path, "agent")
    lines = [("-", "intent", "greet"), ("+", "intent", "goodbye (0.61)")]
    kept = [dict(zip(("mark", "what", "said"), line, strict=True)) for line in lines]
    Path("tests/stories").mkdir(parents=True)
    Path("tests/stories/hej.yml").write_text(STORY % "Hej")
    broken = {"path": "tests/stories/hej.yml", "line": 3, "name": "Hej", "difference": kept}
    verdict = {"old": "svara-aaaa", "new": "svara-bbbb", "passed": False, "groups": {}}
    verdict |= {"reasons": ["Broken: Hej."], "notes": [], "missed": [], "unanswered": ["thank"]}
    gate = {**verdict, "broken": [broken]}
    done(console, "ship", {"model": "svara-bbbb", "shipped": False, "gate": gate})


def done(console, kind, result):
    """Long work that was done."""
    now = time.time()
    with transaction(console.engine) as connection:
        connection.execute(
            table.insert().values(
                kind=kind, started_by="agent", arguments="{}", state="done", said="Done",
                done=1, total=1, host="here", started_at=now, seen_at=now, ended_at=now,
                result=json.dumps(result),
            )
        )  # fmt: skip


def started(console, kind):
    with reading(console.engine) as connection:
        return jobs.latest(connection, kind)


def posts(page):
    """The addresses that are posted to from now on."""
    found = []
    page.on("request", lambda each: each.method == "POST" and found.append(each.url))
    return found


def marked(name):
    """The keys that a page's template marks, with those of what it includes."""
    text = (TEMPLATES / name).read_text()
    text = text.replace("{{ loop.index }}", "1 … 9")
    keys = keys_of(re.findall(r'data-key="([^"]+)"', text))
    return keys.union(*map(marked, re.findall(r'include "([\w.]+)"', text)))


def listed(text):
    """The rows of a page's list of keys: the keys, `1 9` for a range, and what they do."""
    dialog = text.split('<dialog id="keys-dialog"')[1].split("</dl>")[0]
    found = {}
    for names, does in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", dialog):
        found[" ".join(re.findall(r"(?<=<kbd>).*?(?=</kbd>)|…", names))] = html.unescape(does)
    return found


def keys_of(rows):
    """The single keys of these rows; those within a range, too."""
    keys = set()
    for names in rows:
        first, _, last = names.partition(" … ")
        keys |= set(map(str, range(int(first), int(last) + 1))) if last else set(first.split())
    return keys


@pytest.mark.browser
def test_j_and_k_go_from_one_to_the_next_from_wherever_the_keyboard_is(checked, new_page):
    page = log_in(new_page(viewport={"width": 1280, "height": 500}))
    page.goto("/train/checks")
    found = page.get_by_test_id("finding")
    expect(found).to_have_count(5)
    for number in (0, 1, 2):
        page.keyboard.press("j")
        expect(found.nth(number)).to_be_focused()
        expect(found.nth(number)).to_be_in_viewport(ratio=0.99)
    expect(found.nth(2)).not_to_have_css("outline-style", "none")
    expect(found.nth(2)).to_have_accessible_name(re.compile("(Error|Warning).+ (in|has)"))
    found.nth(1).locator("summary").focus()
    page.keyboard.press("k")
    expect(found.nth(0)).to_be_focused()
    page.keyboard.press("k")
    expect(found.nth(0)).to_be_focused()
    page.get_by_test_id("start").focus()
    page.keyboard.press("j")
    expect(found.nth(0)).to_be_focused()


@pytest.mark.browser
def test_a_fix_is_made_by_its_key_and_taken_back_and_the_place_is_kept(checked, new_page):
    page = log_in(new_page())
    page.goto("/train/checks?check=same-text")
    found = page.get_by_test_id("finding")
    expect(found).to_have_count(2)
    sent = posts(page)
    page.keyboard.press("1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(found.nth(1)).to_be_focused()
    assert sent == [], "no finding was in focus"
    page.keyboard.press("2")
    expect(page.get_by_test_id("done")).to_contain_text("was removed")
    expect(found).to_have_count(1)
    expect(found).to_be_focused()
    expect(page.locator(".only-heard[role=status]")).to_contain_text("was removed")
    seen(page)
    page.keyboard.press("z")
    expect(page.get_by_test_id("done")).to_contain_text("This was taken back")
    expect(found).to_have_count(2)
    expect(found.nth(0)).to_be_focused()
    seen(page)
    page.keyboard.press("Enter")
    expect(found).to_have_count(1)
    seen(page)
    page.get_by_test_id("undo").click()
    expect(found).to_have_count(2)
    expect(found.nth(0)).not_to_be_focused()


@pytest.mark.browser
def test_what_was_set_aside_by_a_key_is_taken_back_by_one(checked, new_page):
    page = log_in(new_page())
    page.goto("/train/checks?check=no-rule")
    found = page.get_by_test_id("finding")
    expect(found).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.type("by a button")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("done")).to_contain_text("Set aside.")
    expect(found).to_have_count(0)
    seen(page)
    page.keyboard.press("z")
    expect(page.get_by_test_id("done")).to_contain_text("No longer set aside.")
    expect(found).to_have_count(1)
    assert "by a button" not in Path("data/checks.yml").read_text()


@pytest.mark.browser
def test_a_key_that_is_held_or_pressed_twice_decides_once(checked, new_page):
    page = log_in(new_page())
    page.clock.install()
    page.goto("/train/checks?check=same-text")
    page.clock.pause_at(time.time() + 3600)  # however slow the machine is, no time passes
    found = page.get_by_test_id("finding")
    sent = posts(page)
    page.keyboard.press("j")
    for _ in range(4):
        page.keyboard.down("1")
    expect(found).to_have_count(1)
    page.keyboard.down("1")
    page.keyboard.up("1")
    page.keyboard.press("1", delay=1)
    page.wait_for_load_state()
    page.keyboard.press("1")
    assert len(sent) == 1, "nobody can have seen yet what has come in its place"
    page.clock.run_for(SEEN_MS)
    page.keyboard.press("1")
    page.keyboard.press("1")
    expect(page.get_by_test_id("clean")).to_be_visible()
    assert len(sent) == 2


@pytest.mark.browser
def test_in_a_field_keys_are_letters_and_esc_leads_back(checked, new_page):
    page = log_in(new_page())
    page.goto("/train/checks?check=no-rule")
    found = page.get_by_test_id("finding")
    page.keyboard.press("j")
    page.keyboard.press("s")
    field = found.get_by_label("Why it is right")
    expect(field).to_be_focused()
    page.keyboard.type("jkz1?c")
    expect(field).to_have_value("jkz1?c")
    page.keyboard.press("Escape")
    expect(found).to_be_focused()
    page.keyboard.press("f")
    expect(page.get_by_label("Grade")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("s")
    expect(field).to_have_value("jkz1?cs")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("count-aside")).to_have_text("1")
    seen(page)
    page.keyboard.press("o")
    page.keyboard.press("j")
    expect(page.locator(".asides li")).to_be_focused()
    page.keyboard.press("o")
    expect(page.get_by_test_id("done")).to_contain_text("No longer set aside")


@pytest.mark.browser
def test_a_key_leads_to_where_the_answer_is_written(checked, new_page):
    page = log_in(new_page())
    page.goto("/train/checks?check=no-rule")
    page.keyboard.press("j")
    page.keyboard.press("w")
    page.wait_for_url("**/train/answers?intent=thank")
    page.goto("/train/checks?check=too-small")
    expect(page.get_by_test_id("finding").first).to_be_focused()
    seen(page)
    page.keyboard.press("x")
    page.wait_for_url(re.compile("/train/answers\\?intent=.*#add-examples"))


@pytest.mark.browser
def test_a_story_is_read_by_a_key_and_deleted_only_by_enter(console, stories, new_page):
    page = log_in(new_page())
    page.goto("/train/stories")
    found = page.get_by_test_id("story")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(found.nth(1).get_by_text("means: Greet")).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(found.nth(2).get_by_test_id("delete")).to_be_focused()
    page.keyboard.press("d")
    assert len(list(stories.iterdir())) == 3
    assert started(console, "stories").state == "done", "B expects what the model does already"
    page.keyboard.press("k")
    page.keyboard.press("d")
    sent = posts(page)
    for _ in range(5):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.get_by_test_id("changed")).to_contain_text("Deleted “B”")
    assert len(sent) == 1
    expect(found.nth(1)).to_be_focused()
    expect(found.nth(1)).to_contain_text("C")
    seen(page)
    page.keyboard.press("z")
    expect(page.get_by_test_id("changed")).to_contain_text("“B” is as it was.")
    expect(found.nth(1)).to_contain_text("B")
    page.keyboard.press("n")
    expect(page.get_by_test_id("conversation")).to_be_focused()


@pytest.mark.browser
def test_who_comes_for_a_story_starts_at_it(stories, new_page):
    page = log_in(new_page())
    page.goto("/train/stories")
    key = page.get_by_test_id("story").nth(2).get_attribute("id")
    page.goto("about:blank")
    page.goto(f"/train/stories?open={key}#{key}")
    expect(page.get_by_test_id("story").nth(2)).to_be_focused()


@pytest.mark.browser
def test_shipping_and_going_back_need_enter_and_a_model_its_own_key(console, models, new_page):
    page = log_in(new_page())
    page.goto("/train/models")
    sent = posts(page)
    page.keyboard.press("s")
    expect(page.get_by_test_id("ship")).to_be_focused()
    page.keyboard.press("b")
    expect(page.get_by_test_id("back")).to_be_focused()
    other = page.get_by_test_id("svara-aaaa")
    page.keyboard.press("j")
    expect(page.get_by_test_id("broken-story")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(other).to_be_focused()
    page.keyboard.press("s")
    expect(page.get_by_test_id("ship-svara-aaaa")).to_be_focused()
    assert sent == []
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("live")).to_contain_text("Gone back to by")


@pytest.mark.browser
@pytest.mark.parametrize("name", MARKED)
def test_a_page_lists_its_own_keys_which_can_be_switched_off(project, new_page, name):
    page = log_in(new_page())
    page.goto(f"/train/{name}")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("next, previous")
    expect(dialog).not_to_contain_text("conversation of")
    expect(dialog).not_to_contain_text("assign it to me")
    dialog.get_by_label("Single keys do this").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("[data-item]:focus")).to_have_count(0)


def test_the_pages_that_were_the_desk_s_have_keys_of_their_own():
    assert {"checks", "evaluation", "models", "stories"} <= set(MARKED)


@pytest.mark.parametrize("name", MARKED)
def test_a_page_lists_exactly_the_keys_that_are_marked_on_it(project, agent, name):
    rows = listed(agent.get(f"/train/{name}").text)
    of_the_script = {"j", "k", "?", "Esc"}
    shown = keys_of(rows) | (set("2345678") if "1 9" in rows else set())
    assert shown - of_the_script == marked(f"train_{name}.html")
    assert {"j", "k", "?"} <= keys_of(rows)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["inbox", "answers"])
def test_a_page_lists_exactly_the_keys_that_its_script_takes(console, project, new_page, name):
    page = log_in(new_page())
    page.goto(f"/train/{name}")
    names = {"Space": " ", "Esc": "Escape"}
    rows = listed(page.content())
    shown = {names.get(each, each) for each in keys_of(rows)}
    taken = set(page.evaluate("Object.keys(KEYS)"))
    # These two are of the forms: Ctrl with Enter keeps, Esc leaves.
    assert shown - {"Ctrl", "Enter", "Escape"} == taken - {"Enter", "Escape"}


@pytest.mark.parametrize("name", sorted({*MARKED, "inbox", "answers"}))
def test_the_docs_have_the_keys_of_each_page_in_the_same_words(project, agent, name):
    docs = (ROOT / "docs/workbench.md").read_text()
    heading = {"inbox": "## Keys", "answers": "## Answers"}.get(name, f"### {name.title()}")
    assert f"\n{heading}\n" in docs
    section = re.split(r"\n###? ", docs.split(f"\n{heading}\n")[1])[0]
    written = {}
    for keys, does in re.findall(r"^\| (`.*`) \| (.*) \|$", section, re.M):
        written[" ".join(re.findall(r"(?<=`)[^` …]+(?=`)|…", keys))] = does.replace("`", "")
    shown = listed(agent.get(f"/train/{name}").text)
    assert {**shown, "?": ""} == {**written, "?": ""}


@pytest.mark.browser
def test_without_scripts_no_key_is_shown(checked, new_page):
    page = log_in(new_page(java_script_enabled=False))
    page.goto("/train/checks")
    expect(page.get_by_test_id("finding")).to_have_count(5)
    expect(page.locator("main kbd")).to_have_count(0)


@pytest.mark.browser
def test_the_key_of_a_field_stands_beside_its_words(checked, new_page):
    page = log_in(new_page())
    page.goto("/train/checks")
    key = page.locator("label:has(select[name=grade]) > span kbd")
    expect(key).to_have_text("f")
    expect(key).to_be_visible()
    expect(page.get_by_role("combobox", name="Grade", exact=True)).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["checks", "stories", "models"])
def test_with_the_keyboard_on_one_the_page_meets_wcag_aa(
    checked, stories, models, new_page, tmp_path, name, scheme
):
    page = log_in(new_page(color_scheme=scheme))
    page.goto(f"/train/{name}")
    page.keyboard.press("j")
    item = page.locator("[data-item]").first
    expect(item).to_be_focused()
    expect(item.locator("kbd").first).to_be_visible()
    expect(page.locator(".head kbd").first).to_be_visible()
    expect(page.locator("[data-item]").nth(1).locator("kbd:visible")).to_have_count(0)
    accessibility.check(page)
    page.screenshot(path=str(tmp_path / f"keys-{name}-{scheme}.png"), full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("main kbd:visible")).to_have_count(0)
