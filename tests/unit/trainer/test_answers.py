"""How intents are answered, and a trainer who writes an answer, changes it and takes it back."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import pytest
import yaml
from answers_project import DOMAIN, RULES, TEXTS, everything, write_project

from bot.errors import (
    AnswerRefused,
    DataChanged,
    IntentUnknown,
    NluDataInvalid,
    NluError,
    NothingToUndo,
)
from bot.trainer.answers import (
    ASIDE,
    CHANGED,
    FORM,
    HELP_CENTRE,
    NONE,
    PERSON,
    TEXT,
    Place,
    read_answers,
    read_journal,
    save,
    standing,
    undo,
)

TOVE, BO = "Tove", "Bo"
NEW_RESPONSE = """
  utter_gift_wrap:
  - condition: [{type: slot, name: language, value: en}]
    text: "Yes, we wrap gifts."
  - condition: [{type: slot, name: language, value: sv}]
    text: "Ja, vi slår in presenter."
  - condition: [{type: slot, name: language, value: da}]
    text: "Ja, vi pakker gaver ind."
  - condition: [{type: slot, name: language, value: nb}]
    text: "Ja, vi pakker inn gaver."
"""
NEW_RULE = """
- rule: Gift wrap is answered by a text
  steps:
  - intent: gift_wrap
  - action: utter_gift_wrap
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return write_project(tmp_path)


def kinds(place: Place) -> dict[str, str]:
    return {name: each.kind for name, each in read_answers(place.project).by_intent.items()}


def test_how_each_intent_is_answered_is_read_from_the_rules(place: Place) -> None:
    assert kinds(place) == {
        "greet": TEXT,
        "help": TEXT,
        "order_status": FORM,
        "callback_window": ASIDE,
        "gift_wrap": NONE,
        "shipping": NONE,
    }
    found = read_answers(place.project).by_intent
    assert found["callback_window"].because == "asked for by a form"
    assert found["greet"].can_change
    assert found["greet"].response is not None
    assert found["greet"].response.texts["en"] == 'Hello, I\'m a "bot".'
    assert found["greet"].uses[0].line == 9
    assert not found["help"].can_change
    assert found["help"].response is not None
    assert "buttons" in found["help"].response.refusal
    assert "not all of the languages" in found["help"].response.refusal


def test_an_intent_of_a_story_is_answered_and_one_within_a_form_or_with_entities_comes_later(
    tmp_path: Path,
) -> None:
    rules = RULES + (
        "- rule: With a number\n  steps:\n  - intent: gift_wrap\n    entities: [order_number]\n"
        "  - action: order_form\n"
        "- rule: In the form\n  condition:\n  - active_loop: order_form\n  steps:\n"
        "  - intent: gift_wrap\n  - action: utter_help\n"
    )
    place = write_project(tmp_path, rules=rules)
    (tmp_path / "data/stories.yml").write_text(
        "stories:\n- story: a\n  steps:\n  - intent: shipping\n  - action: action_answer\n"
    )
    found = read_answers(place.project).by_intent
    assert (found["gift_wrap"].kind, found["gift_wrap"].uses[0].within) == (TEXT, "order_form")
    assert (found["shipping"].kind, found["shipping"].uses[0].story) == (HELP_CENTRE, True)


def test_a_text_is_written_into_both_files_and_nothing_else_is_changed(place: Place) -> None:
    entry = save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    assert place.project.domain.read_text() == DOMAIN.replace(
        "\n# how long", f"{NEW_RESPONSE}\n# how long"
    )
    rules = (place.project.conversations / "rules.yml").read_text()
    assert rules == RULES.replace("\n# --- the end", f"{NEW_RULE}\n# --- the end")
    answer = read_answers(place.project).by_intent["gift_wrap"]
    assert (answer.kind, answer.can_change) == (TEXT, True)
    assert answer.response is not None
    assert dict(answer.response.texts) == TEXTS
    assert entry is not None
    assert (entry.by, entry.intent, entry.what) == (TOVE, "gift_wrap", "answered")


@pytest.mark.parametrize(
    ("way", "action", "name"),
    [
        (HELP_CENTRE, "action_answer", "Shipping is answered from the help centre"),
        (PERSON, "action_hand_off", "Shipping goes to a person"),
    ],
)
def test_an_answer_without_a_text_is_a_rule(place: Place, way: str, action: str, name: str) -> None:
    save(place, "shipping", TOVE, way)
    assert place.project.domain.read_text() == DOMAIN
    last = yaml.safe_load((place.project.conversations / "rules.yml").read_text())["rules"][-1]
    assert last == {"rule": name, "steps": [{"intent": "shipping"}, {"action": action}]}
    assert kinds(place)["shipping"] == way


@pytest.mark.parametrize("way", [TEXT, HELP_CENTRE])
def test_undo_puts_the_bytes_back(place: Place, tmp_path: Path, way: str) -> None:
    before = everything(tmp_path)
    save(place, "gift_wrap", TOVE, way, TEXTS)
    assert everything(tmp_path) != before
    undo(place, TOVE)
    assert everything(tmp_path) == before
    with pytest.raises(NothingToUndo):
        undo(place, TOVE)
    assert standing(read_journal(place.journal)) == []
    assert [entry.what for entry in read_journal(place.journal)] == ["answered", "undone"]


FORMS = {
    "windows line ends": (DOMAIN.replace("\n", "\r\n"), RULES.replace("\n", "\r\n")),
    "no line end at the end": (
        DOMAIN[: DOMAIN.index("\n# how long")].rstrip("\n"),
        RULES[: RULES.index("\n# --- the end")].rstrip("\n"),
    ),
    "no empty lines, indented lists": (
        DOMAIN.replace("\n\n", "\n").replace("\n  - ", "\n    - ")
        .replace("\n    text", "\n      text")
        .replace("\n    buttons:\n    - {", "\n      buttons:\n      - {"),
        "rules:\n  - rule: a\n    steps:\n      - intent: greet\n      - action: utter_greet\n"
        "  - rule: b\n    steps:\n      - intent: help\n      - action: utter_help\n",
    ),
    "stories after the rules": (
        DOMAIN,
        RULES + "stories:\n- story: a\n  steps:\n  - intent: order_status\n"
        "  - action: utter_help\n",
    ),
    "sections that are empty": (
        DOMAIN[: DOMAIN.index("  utter_greet")] + "\nsession_config: {}\n",
        'version: "3.1"\nrules:\n',
    ),
    "no sections": (
        DOMAIN[: DOMAIN.index("responses:")],
        "# nothing yet\n",
    ),
    "a byte order mark": ("\ufeff" + DOMAIN, "\ufeff" + RULES),
    "no rules at all": (DOMAIN, None),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_files_of_another_form_keep_it(tmp_path: Path, form: str) -> None:
    domain, rules = FORMS[form]
    place = write_project(tmp_path, domain=domain, rules=rules)
    before = everything(tmp_path)
    save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    after = everything(tmp_path)
    for name, content in before.items():
        left = iter(after[name])
        assert all(byte in left for byte in content), f"{name} lost something"
        assert (b"\r\n" in after[name]) == (b"\r\n" in content)
        assert after[name].count(b"\n") - after[name].count(b"\r\n") == 0 or b"\r" not in content
    answer = read_answers(place.project).by_intent["gift_wrap"]
    assert answer.can_change
    assert answer.response is not None
    assert dict(answer.response.texts) == TEXTS
    save(place, "shipping", TOVE, HELP_CENTRE)
    assert kinds(place)["shipping"] == HELP_CENTRE
    undo(place, TOVE)
    undo(place, TOVE)
    left_over = {name: content for name, content in everything(tmp_path).items() if name in before}
    assert left_over == before


def test_the_last_line_without_an_end_stays_without_one(tmp_path: Path) -> None:
    domain, rules = FORMS["no line end at the end"]
    place = write_project(tmp_path, domain=domain, rules=rules)
    save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    assert place.project.domain.read_text() == domain + "\n" + NEW_RESPONSE.rstrip("\n")
    found = (place.project.conversations / "rules.yml").read_text()
    assert found == rules + "\n" + NEW_RULE.rstrip("\n")


def test_texts_are_changed_and_only_their_lines(place: Place) -> None:
    changed = {"sv": 'Hej! "Svara" heter jag \\ du.', "nb": "Hei!\nJeg er en bot."}
    entry = save(place, "greet", TOVE, TEXT, changed)
    assert place.project.domain.read_text() == DOMAIN.replace(
        '"Hej, jag är en bot."   # short', '"Hej! \\"Svara\\" heter jag \\\\ du."   # short'
    ).replace('"Hei, jeg er en bot."', '"Hei!\\nJeg er en bot."')
    assert (place.project.conversations / "rules.yml").read_text() == RULES
    response = read_answers(place.project).by_intent["greet"].response
    assert response is not None
    assert {language: response.texts[language] for language in changed} == changed
    assert entry is not None
    assert entry.what == CHANGED
    undo(place, TOVE)
    assert place.project.domain.read_text() == DOMAIN


def test_what_is_there_already_is_not_written_again(place: Place) -> None:
    assert save(place, "greet", TOVE, TEXT, {"sv": "Hej, jag är en bot."}) is None
    assert not place.journal.exists()


def test_a_response_that_waits_for_its_rule_is_taken(tmp_path: Path) -> None:
    domain = DOMAIN.replace("utter_greet", "utter_gift_wrap")
    place = write_project(tmp_path, domain=domain, rules=None)
    before = everything(tmp_path)
    save(place, "gift_wrap", TOVE, TEXT, {"sv": "Ja!"})
    found = place.project.domain.read_text()
    assert found == domain.replace('"Hej, jag är en bot."', '"Ja!"')
    assert kinds(place)["gift_wrap"] == TEXT
    undo(place, TOVE)
    assert everything(tmp_path)["domain.yml"] == before["domain.yml"]
    assert kinds(place)["gift_wrap"] == NONE


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"sv": "  \n "}, "sv: there is no text"),
        ({"da": "x" * 1001}, "da: the text has 1,001 characters"),
        ({"en": "It is {price}."}, r"en: the text has \{price\}"),
        ({"en": "a } b"}, r"en: the text has \}"),
        ({"nb": "Se <b>her</b>"}, "nb: the text has <b>, which is markup"),
        ({"nb": "Se [her](https://a.example)"}, "markup"),
        ({"nb": "**Viktig**"}, "markup"),
        ({"en": "a\u2028b"}, r"invisible character \(U\+2028\)"),
        ({"en": "a\x00b"}, r"invisible"),
        ({"en": "a\ud800b"}, r"invisible"),
    ],
)
def test_what_is_no_plain_text_is_refused_and_nothing_is_written(
    place: Place, tmp_path: Path, texts: dict[str, str], said: str
) -> None:
    before = everything(tmp_path)
    with pytest.raises(AnswerRefused, match=said) as refused:
        save(place, "gift_wrap", TOVE, TEXT, TEXTS | texts)
    assert refused.value.languages == tuple(texts)
    assert everything(tmp_path) == before
    assert not place.journal.exists()


@pytest.mark.parametrize(
    "text",
    [
        "Ja: 'så' \"här\" \\ # inte - kommentar",
        "- ja\n- nej",
        "{{så}} 👍🏽 100 % & 5 < 6",
        "null",
        "https://a.example/?q=1&b=2",
        "'",
        "\\u00e5 \\n",
    ],
)
def test_signs_of_yaml_are_only_signs(place: Place, text: str) -> None:
    save(place, "gift_wrap", TOVE, TEXT, TEXTS | {"sv": text})
    domain = yaml.safe_load(place.project.domain.read_text())
    assert domain["responses"]["utter_gift_wrap"][1]["text"] == text
    save(place, "greet", TOVE, TEXT, {"nb": text})
    domain = yaml.safe_load(place.project.domain.read_text())
    assert domain["responses"]["utter_greet"][3]["text"] == text


def test_fields_that_a_text_has_already_may_stay(tmp_path: Path) -> None:
    domain = DOMAIN.replace("Hej, jag är en bot.", "Hej {name}.")
    place = write_project(tmp_path, domain=domain)
    save(place, "greet", TOVE, TEXT, {"en": "Hello {name}!"})
    with pytest.raises(AnswerRefused, match="other"):
        save(place, "greet", TOVE, TEXT, {"en": "Hello {other}!"})


def test_what_has_another_answer_is_not_answered_again(place: Place, tmp_path: Path) -> None:
    before = everything(tmp_path)
    with pytest.raises(AnswerRefused, match=r"a form that asks.*rules\.yml, line 20"):
        save(place, "order_status", TOVE, TEXT, TEXTS)
    with pytest.raises(AnswerRefused, match=r"buttons.*domain\.yml, line"):
        save(place, "help", TOVE, TEXT, TEXTS)
    with pytest.raises(AnswerRefused, match="asked for by a form"):
        save(place, "callback_window", TOVE, PERSON)
    with pytest.raises(AnswerRefused, match="a form that asks"):
        save(place, "order_status", TOVE, TEXT, {"sv": "Nej"})
    with pytest.raises(AnswerRefused, match="no way to answer"):
        save(place, "gift_wrap", TOVE, "song")
    with pytest.raises(IntentUnknown, match="'gone'"):
        save(place, "gone", TOVE, PERSON)
    assert everything(tmp_path) == before


def test_a_rule_that_names_a_response_that_is_not_there_is_named(tmp_path: Path) -> None:
    place = write_project(tmp_path, rules=RULES.replace("utter_greet", "utter_hello"))
    with pytest.raises(
        AnswerRefused, match=r"rules\.yml, line 9: there is no response utter_hello"
    ):
        save(place, "greet", TOVE, TEXT, TEXTS)


def test_an_action_that_the_domain_lacks_is_said(tmp_path: Path) -> None:
    place = write_project(tmp_path, domain=DOMAIN.replace("- action_hand_off\n", ""))
    with pytest.raises(AnswerRefused, match="no action_hand_off"):
        save(place, "shipping", TOVE, PERSON)


def test_the_second_of_two_trainers_is_told_who_was_faster(place: Place) -> None:
    seen = read_answers(place.project).by_intent["gift_wrap"].seen
    save(place, "gift_wrap", BO, TEXT, TEXTS, seen=seen)
    after = place.project.domain.read_bytes()
    with pytest.raises(DataChanged, match="Bo was faster"):
        save(place, "gift_wrap", TOVE, TEXT, TEXTS | {"sv": "Nej."}, seen=seen)
    with pytest.raises(DataChanged, match="Bo was faster"):
        save(place, "gift_wrap", TOVE, HELP_CENTRE, seen=seen)
    assert place.project.domain.read_bytes() == after
    now = read_answers(place.project).by_intent["gift_wrap"].seen
    save(place, "gift_wrap", TOVE, TEXT, {"sv": "Nej."}, seen=now)
    with pytest.raises(DataChanged, match="Tove was faster"):
        save(place, "gift_wrap", BO, TEXT, {"sv": "Kanske."}, seen=now)


def test_what_others_have_changed_in_the_files_meanwhile_stays(place: Place) -> None:
    seen = read_answers(place.project).by_intent["gift_wrap"].seen
    path = place.project.domain
    path.write_text(path.read_text().replace("- shipping\n", "- shipping\n- parcel_shop\n"))
    save(place, "gift_wrap", TOVE, TEXT, TEXTS, seen=seen)
    assert "- parcel_shop\n" in path.read_text()
    path.write_text(path.read_text().replace("Edited by hand", "Edited by Bo"))
    undo(place, TOVE)
    assert path.read_text() == DOMAIN.replace("Edited by hand", "Edited by Bo").replace(
        "- shipping\n", "- shipping\n- parcel_shop\n"
    )


def test_an_answer_that_was_changed_since_is_not_taken_back(place: Place, tmp_path: Path) -> None:
    save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    save(place, "gift_wrap", BO, TEXT, {"sv": "Ja!"})
    before = everything(tmp_path)
    with pytest.raises(DataChanged, match=r"gift_wrap in .*domain\.yml is not as it was written"):
        undo(place, TOVE)
    assert everything(tmp_path) == before
    undo(place, BO)
    undo(place, TOVE)
    assert place.project.domain.read_text() == DOMAIN


def test_a_response_that_another_rule_says_by_now_is_not_taken_back(
    place: Place, tmp_path: Path
) -> None:
    save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    path = place.project.conversations / "rules.yml"
    path.write_text(path.read_text().replace("action: utter_help", "action: utter_gift_wrap"))
    before = everything(tmp_path)
    with pytest.raises(DataChanged, match=r"utter_gift_wrap is said in .*rules\.yml, line 15"):
        undo(place, TOVE)
    assert everything(tmp_path) == before


def test_any_entry_can_be_taken_back_by_its_number(place: Place) -> None:
    first = save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    save(place, "shipping", TOVE, PERSON)
    assert first is not None
    undone = undo(place, BO, first.id)
    assert (undone.by, undone.of, undone.intent) == (BO, first.id, "gift_wrap")
    assert (kinds(place)["gift_wrap"], kinds(place)["shipping"]) == (NONE, PERSON)
    with pytest.raises(NothingToUndo, match=first.id):
        undo(place, BO, first.id)


@pytest.mark.parametrize(
    ("domain", "rules", "said"),
    [
        (DOMAIN.replace("responses:\n", "responses: {}\nold:\n"), RULES, r"domain\.yml, line 21"),
        (DOMAIN, "rules: []\n", r"rules\.yml, line 1"),
        (DOMAIN, "rules:\n- rule: a\n\tsteps: []\n", r"rules\.yml, line 3: a tab"),
        (DOMAIN + "responses: {}\n", RULES, "is there twice"),
        (DOMAIN, "- a\n", "expected sections"),
        (DOMAIN.replace("version", "\x00version"), RULES, "invisible"),
    ],
)
def test_files_that_nothing_can_be_added_to_are_named_with_their_line(
    tmp_path: Path, domain: str, rules: str, said: str
) -> None:
    place = write_project(tmp_path, domain=domain, rules=rules)
    before = everything(tmp_path)
    with pytest.raises(NluDataInvalid, match=said):
        save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    assert everything(tmp_path) == before
    assert not place.journal.exists()


def test_a_text_block_at_the_end_is_not_run_into(tmp_path: Path) -> None:
    domain = DOMAIN[: DOMAIN.index("\n# how long")] + (
        "  utter_long:\n  - text: |+\n      one\n\n      # no comment\n\n\n# a comment\nold: 1\n"
    )
    place = write_project(tmp_path, domain=domain)
    before = yaml.safe_load(domain)["responses"]["utter_long"]
    try:
        save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    except NluDataInvalid as error:
        assert "without touching something else" in error.reason
    assert yaml.safe_load(place.project.domain.read_text())["responses"]["utter_long"] == before


def _answer_all(folder: str, by: str, intents: list[str]) -> None:
    place = write_nothing(Path(folder))
    for intent in intents:
        save(place, intent, by, TEXT, TEXTS)


def write_nothing(folder: Path) -> Place:
    from bot.trainer.checks import Project  # noqa: PLC0415

    return Place(Project.at(folder), folder / "var/answers.jsonl")


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    names = [f"topic_{number}" for number in range(8)]
    lines = "".join(f"- {name}\n" for name in names)
    place = write_project(tmp_path, domain=DOMAIN.replace("- shipping\n", f"- shipping\n{lines}"))
    workers = [
        multiprocessing.get_context("fork").Process(
            target=_answer_all, args=(str(tmp_path), by, names[start::2])
        )
        for start, by in enumerate((TOVE, BO))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert {kinds(place)[name] for name in names} == {TEXT}
    assert len(read_journal(place.journal)) == len(names)


def test_a_journal_with_lines_of_another_form_and_half_a_line_is_still_read(place: Place) -> None:
    save(place, "gift_wrap", TOVE, PERSON)
    with place.journal.open("a") as stream:
        stream.write('{"id": "a", "pieces": [{"path": "x"}], "scalars": {}}\n[]\n{"id": "half')
    save(place, "shipping", BO, PERSON)
    assert [entry.by for entry in read_journal(place.journal)] == [TOVE, BO]


def test_files_that_cannot_be_written_leave_no_entry(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise NluError("No space left on device")

    monkeypatch.setattr("bot.trainer.answers.answering.write_all", full)
    with pytest.raises(NluError, match="No space left"):
        save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    assert read_journal(place.journal) == []
    assert place.project.domain.read_text() == DOMAIN


def test_threads_of_one_process_wait_for_each_other(place: Place) -> None:
    errors: list[Exception] = []

    def work(intent: str) -> None:
        try:
            save(place, intent, TOVE, HELP_CENTRE)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("gift_wrap", "shipping")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    assert kinds(place)["gift_wrap"] == kinds(place)["shipping"] == HELP_CENTRE
