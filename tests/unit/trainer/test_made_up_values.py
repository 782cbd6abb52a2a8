"""Made-up values in redacted places: of the right form, nobody's, and what the line becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from inbox_world import ANNA, World, a_world, nlu

from bot.errors import NluDataInvalid
from bot.nlu.entities.patterns import find_patterns
from bot.settings import LANGUAGES
from bot.storage.database import transaction
from bot.storage.trainer_tables import reviews
from bot.trainer import inbox
from bot.trainer.checks.data import Data
from bot.trainer.checks.personal import personal_data
from bot.trainer.inbox import Mark
from bot.trainer.inbox.lines import ENTITIES
from bot.trainer.nlu_files import SourceExample
from bot.trainer.nlu_files.marks import read_marks
from bot.trainer.redaction import KINDS, fill, is_made_up, made_up, redact

SENTENCES = {
    "sv": "hej det gäller {} tack",
    "da": "hej det drejer sig om {} tak",
    "nb": "hei det gjelder {} takk",
    "en": "hi it is about {} thanks",
}
NUMBERS = range(1000)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "name"])
def test_every_value_has_the_form_of_what_it_stands_for(kind, language):
    values = {made_up(kind, language, number) for number in NUMBERS}
    for value in values:
        text = SENTENCES[language].format(value)
        (found,) = redact(text, language).found
        assert (found.kind, text[found.start : found.end]) == (kind, value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(ENTITIES))
def test_the_assistant_finds_the_entity_that_a_value_is_marked_as(kind, language):
    for value in {made_up(kind, language, number) for number in NUMBERS}:
        text = SENTENCES[language].format(value)
        found = [(span.entity, text[span.start : span.end]) for span in find_patterns(text)]
        assert (ENTITIES[kind], value) in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_filled_and_the_checks_have_nothing_to_say(language):
    redacted = SENTENCES[language].format(", ".join(f"[{kind}]" for kind in KINDS))
    filled = fill(redacted, language)
    assert [made.kind for made in filled.made_up] == list(KINDS)
    assert not any(f"[{kind}]" in filled.text for kind in KINDS)
    for made in filled.made_up:
        assert filled.text[made.start : made.end] == made.value
        assert is_made_up(made.value)
        alone = SENTENCES[language].format(made.value)
        example = SourceExample(alone, alone, "order_status", language, Path("a.yml"), 1, ())
        assert list(personal_data(Data((example,)))) == []


def test_somebodys_own_number_is_still_told_by_the_checks():
    text = "my card is 4000 0566 5566 5556"
    example = SourceExample(text, text, "order_status", "en", Path("a.yml"), 1, ())
    assert [each.check for each in personal_data(Data((example,)))] == ["personal-data"]


def test_the_same_text_gets_the_same_values_and_two_places_get_two():
    text = "not [order number] but [order number]"
    filled = fill(text, "en")
    assert filled == fill(text, "en")
    first, second = filled.made_up
    assert first.value != second.value
    others = {
        fill(f"{number} shirts of [order number]", "en").made_up[0].value for number in NUMBERS
    }
    assert len(others) > 300


def test_brackets_that_are_no_placeholder_stay():
    assert fill("[hello] [Order Number] [orders]", "en").text == "[hello] [Order Number] [orders]"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(tmp_path)


def said(world: World, text: str) -> inbox.Review:
    world.say(text)
    world.collect()
    (review,) = world.reviews()
    return review


def test_a_label_writes_the_value_with_its_entity(world):
    review = said(world, "where is NL-104823 now, write to anna.lind@gmail.com")
    assert review.text == "where is [order number] now, write to [email]"
    line = inbox.line_of(review, ["order_number"])
    number, address = line.made_up
    assert line.marked == f"where is [{number.value}](order_number) now, write to {address.value}"
    inbox.accept(world.inbox, world.seen(review.text), ANNA)
    assert f"    - {line.marked}\n" in world.file("en/order_status.yml")
    assert "[order number]" not in world.file("en/order_status.yml")
    inbox.undo(world.inbox, ANNA)
    assert number.value not in world.file("en/order_status.yml")


def test_of_an_address_the_postcode_is_marked(world):
    review = said(world, "please send it to 5 Mill Lane, Leeds LS1 4AP today")
    line = inbox.line_of(review, ["postcode"])
    assert line.marked.count("[N1 1AA](postcode)") == 1
    assert read_marks(line.marked)[0] == read_marks(inbox.line_of(review, []).marked)[0]


def test_words_beside_a_filled_place_are_marked_where_they_are_shown(world):
    review = said(world, "where is NL-104823, the jacket")
    text = read_marks(inbox.line_of(review, ["order_number"]).marked)[0]
    start = text.index("jacket")
    done = inbox.mark(
        world.inbox, world.seen(review.text), ANNA, [Mark(start, start + 6, "product")]
    )
    line = inbox.line_of(done.review, ["order_number"])
    assert "[jacket](product)" in line.marked
    (made,) = line.made_up
    assert read_marks(line.marked)[0][made.start : made.end] == made.value


def test_keeping_the_proposed_line_is_no_edit_and_another_value_is_one(world):
    review = said(world, "where is NL-104823 then")
    proposed = inbox.line_of(review, ["order_number", "product"]).marked
    same = inbox.edit(world.inbox, world.seen(review.text), ANNA, proposed)
    assert same.review.draft is None
    other = "where is [NL-123456](order_number) then"
    done = inbox.edit(world.inbox, world.seen(review.text), ANNA, other)
    line = inbox.line_of(done.review, ["order_number"])
    assert (line.marked, line.made_up) == (other, ())


def test_a_place_that_an_edit_has_left_is_filled_and_marks_stay_where_they_were(world):
    review = said(world, "where is NL-104823, the jacket")
    with transaction(world.engine) as connection:
        draft = "[order number]: my [jacket](product), [order number]"
        connection.execute(reviews.update().values(draft=draft))
    line = inbox.line_of(world.review(review.text), ["order_number"])
    first, second = line.made_up
    assert line.marked == (
        f"[{first.value}](order_number): my [jacket](product), [{second.value}](order_number)"
    )


def test_a_text_that_cannot_be_a_line_can_be_edited_into_one(world):
    review = said(world, "what is [this](thing)")
    with pytest.raises(NluDataInvalid, match="brackets"):
        inbox.accept(world.inbox, world.seen(review.text), ANNA)
    done = inbox.edit(world.inbox, world.seen(review.text), ANNA, "what is this thing")
    assert done.review.draft == "what is this thing"


def test_a_split_part_gets_its_own_values(world):
    review = said(world, "where is NL-104823? and cancel NL-104824!")
    parts = ["where is [order number]?", "cancel [order number]!"]
    done = inbox.split(world.inbox, world.seen(review.text), ANNA, parts)
    lines = [inbox.line_of(world.review(text), ["order_number"]).marked for text in parts]
    assert len(done.made) == 2
    assert all("](order_number)" in line and "[order number]" not in line for line in lines)


def test_the_language_decides_whose_values(world):
    world.say("ring mig på 070-123 45 67 tack", nlu(language="sv"))
    world.collect()
    (review,) = world.reviews()
    (made,) = inbox.line_of(review, []).made_up
    assert made.value.startswith("070-174 06 ")
