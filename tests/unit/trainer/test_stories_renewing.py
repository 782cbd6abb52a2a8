"""A story is made to expect what a model does, played to a real, small one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import small_model

from bot.errors import StoryImpossible
from bot.settings import Settings
from bot.trainer.gate import Rules, run_gate
from bot.trainer.stories import Player, changes, expect, read_stories, run, undo
from bot.trainer.stories.job import run_job


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model.train(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def player(model: Path) -> Iterator[Player]:
    yield Player(model)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var")


def written(folder: Path, *steps: str, rest: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "story.yml"
    lines = "".join(f"  - {step}\n" for step in steps)
    path.write_text(f"stories:\n- story: It\n  steps:\n{lines}{rest}")
    return path


def said(word: str, intent: str) -> str:
    return f"user: {word}\n    intent: {intent}"


def expected(settings: Settings, player: Player, path: Path, *steps: str) -> None:
    """The first story of the file passes once it has these steps, and is taken back."""
    before = path.read_text()
    assert not run(read_stories(path), player)[0].passed
    done = expect(settings, read_stories(path)[0], player, "tove")
    assert done is not None
    assert path.read_text() == written(path.parent / "wanted", *steps).read_text()
    assert run(read_stories(path), player)[0].passed
    undo(settings, done.id, "tove")
    assert path.read_text() == before


def test_a_story_that_passes_is_left_as_it_is(
    settings: Settings, player: Player, tmp_path: Path
) -> None:
    path = written(tmp_path, said("greet", "greet"), "action: utter_greet")
    assert expect(settings, read_stories(path)[0], player, "tove") is None
    assert changes(settings) == []


def test_intents_and_actions_become_the_models_in_every_turn(
    settings: Settings, player: Player, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        said("greet", "goodbye"),
        "action: utter_goodbye  # by hand",
        said("weather", "weather"),
        "action: utter_greet",
    )
    expected(
        settings,
        player,
        path,
        said("greet", "greet"),
        "action: utter_greet  # by hand",
        said("weather", "weather"),
        "action: action_answer",
    )


def test_what_the_model_does_more_is_added_and_what_it_does_less_is_dropped(
    settings: Settings, player: Player, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        said("thank", "thank"),
        said("greet", "greet"),
        "action: utter_greet",
        "action: action_answer",
        "slot_was_set:\n    - questions_left: null",
        "action: utter_goodbye",
        said("thank", "thank"),
        "action: utter_thank",
    )
    expected(
        settings,
        player,
        path,
        said("thank", "thank"),
        "action: utter_thank",
        "action: utter_goodbye",
        said("greet", "greet"),
        "action: utter_greet",
        said("thank", "thank"),
        "action: utter_thank",
        "action: utter_goodbye",
    )


def test_a_form_asks_again_after_another_question_and_no_consequence_of_that_is_taken_over(
    settings: Settings, player: Player, tmp_path: Path
) -> None:
    asked = (
        said("order", "order"),
        "action: order_form",
        "active_loop: order_form",
        "slot_was_set:\n    - requested_slot: order_number",
        said("weather", "weather"),
        "action: action_answer",
    )
    path = written(tmp_path, *asked, said("mumble", "nlu_fallback"), "action: order_form")
    expected(
        settings,
        player,
        path,
        *asked,
        "action: order_form",
        said("mumble", "nlu_fallback"),
        "action: order_form",
    )


def test_at_the_end_an_answer_takes_the_place_of_a_form_and_of_what_the_form_did(
    settings: Settings, player: Player, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        said("weather", "order"),
        "action: order_form",
        "active_loop: order_form",
        "slot_was_set:\n    - requested_slot: order_number",
    )
    expected(settings, player, path, said("weather", "weather"), "action: action_answer")


def test_at_the_end_a_person_may_take_over(
    settings: Settings, player: Player, tmp_path: Path
) -> None:
    path = written(tmp_path, said("person", "weather"), "action: action_answer")
    expected(settings, player, path, said("person", "person"), "action: action_hand_off")


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([said("order", "weather"), "action: action_answer"], "begins or leaves what it asks"),
        (
            [
                said("weather", "order"),
                "action: order_form",
                "active_loop: order_form",
                said("greet", "greet"),
                "action: utter_greet",
            ],
            "begins or leaves what it asks",
        ),
        (
            [
                said("person", "weather"),
                "action: action_answer",
                said("greet", "greet"),
                "action: utter_greet",
            ],
            "passes the customer to a person",
        ),
        ([said("mumble", "weather"), "action: action_answer"], "does not understand “mumble”"),
        (
            [said("weather", "weather"), "action: action_next_question", "intent: weather"],
            "takes the message apart",
        ),
    ],
)
def test_what_only_a_conversation_shows_is_refused_with_what_to_do(
    settings: Settings, player: Player, tmp_path: Path, steps: list[str], why: str
) -> None:
    path = written(tmp_path, *steps)
    before = path.read_text()
    with pytest.raises(StoryImpossible, match=why) as refused:
        expect(settings, read_stories(path)[0], player, "tove")
    assert "delete this" in str(refused.value)
    assert path.read_text() == before
    assert changes(settings) == []


def test_the_gate_keeps_a_story_that_a_model_breaks_with_what_it_does(
    model: Path, tmp_path: Path
) -> None:
    path = written(tmp_path, said("weather", "weather"), "action: utter_greet")
    rules = Rules(stories=tmp_path, sentences=(), must=())
    (story,) = run_gate(model, model, rules).as_json()["broken"]
    assert (story["name"], story["path"], story["line"]) == ("It", str(path), 2)
    assert story["difference"] == (
        {"mark": " ", "what": "customer", "said": "weather"},
        {"mark": " ", "what": "intent", "said": "weather"},
        {"mark": "-", "what": "action", "said": "utter_greet"},
        {"mark": "+", "what": "action", "said": "action_answer"},
    )


def test_as_the_consoles_work_it_is_renewed_and_then_all_are_played(
    settings: Settings, model: Path, tmp_path: Path
) -> None:
    other = "- story: Other\n  steps:\n  - user: greet\n    intent: goodbye\n"
    path = written(tmp_path, said("greet", "goodbye"), "action: utter_greet", rest=other)
    told: list[str] = []
    wanted = {"path": str(path), "name": "It", "line": 2, "by": "tove"}
    result = run_job(
        settings,
        {"folder": str(tmp_path), "model": str(model), "expect": wanted},
        lambda what, done, total: told.append(what),
    )
    assert result["model"] == "svara-small.tar.gz"
    assert result["expected"] == {"path": str(path), "name": "It", "change": 1, "refused": ""}
    assert [(each["name"], each["passed"]) for each in result["stories"]] == [
        ("It", True),
        ("Other", False),
    ]
    assert result["stories"][1]["difference"][1:3] == [
        {"mark": "-", "what": "intent", "said": "goodbye"},
        {"mark": "+", "what": "intent", "said": "greet (1.00)"},
    ]
    assert "Other" in told
    assert changes(settings)[0].by == "tove"


def test_as_the_consoles_work_a_refusal_is_told_and_all_are_played_all_the_same(
    settings: Settings, model: Path, tmp_path: Path
) -> None:
    path = written(tmp_path, said("mumble", "weather"), "action: action_answer")
    arguments = {"folder": str(tmp_path), "model": str(model)}
    for name, why in (("It", "does not understand"), ("Gone", "no story 'Gone'")):
        wanted = {"path": str(path), "name": name, "by": "tove"}
        result = run_job(settings, {**arguments, "expect": wanted}, lambda *_: None)
        assert why in result["expected"]["refused"]
        assert [each["passed"] for each in result["stories"]] == [False]
