"""Topics have telling keywords and names that can be intents."""

from __future__ import annotations

from bot.trainer.discovery.naming import Said, keywords, name

GIFTS = [
    Said("can you gift wrap my order?", "en"),
    Said("I want gift wrapping for order NL-104823", "en"),
    Said("is gift wrap free", "en"),
    Said("kan ni slå in paketet som present", "sv"),
]
STORES = [
    Said("where is your store in Malmö", "en"),
    Said("does the store open on Sunday", "en"),
    Said("which store is nearest", "en"),
]
ORDERS = [Said("where is my order", "en"), Said("my order has not come", "en")]


def test_keywords_tell_a_topic_from_the_others() -> None:
    gifts, stores = keywords([GIFTS, STORES], [ORDERS])
    assert set(gifts[:2]) == {"gift", "wrap"}
    assert stores[0] == "store"
    assert "order" not in gifts[:2]


def test_stop_words_numbers_and_what_was_taken_out_are_no_keywords() -> None:
    (found,) = keywords([[Said("the [order number] 12345 is it from [name] vinyl", "en")]], [])
    assert found == ["vinyl"]


def test_a_word_of_one_message_alone_names_no_topic() -> None:
    topic = [Said("asdkjh asd", "en"), *GIFTS]
    (found,) = keywords([topic], [ORDERS])
    assert not {"asdkjh", "asd"} & set(found)
    assert name(topic, [STORES, ORDERS], taken=()) == "gift_wrap"
    apart = [Said("blueberries", "en"), Said("snow", "en")]
    assert set(keywords([apart], [])[0]) == {"blueberries", "snow"}, "they share none"


def test_a_name_is_snake_case_in_the_order_of_speech() -> None:
    assert name(GIFTS, [STORES, ORDERS], taken=()) == "gift_wrap"


def test_a_name_that_is_taken_gets_a_number() -> None:
    taken = {"gift_wrap", "gift_wrap_2"}
    assert name(GIFTS, [STORES], taken) == "gift_wrap_3"


def test_a_topic_without_english_is_named_in_its_language() -> None:
    said = [Said("har ni öppet på söndagar", "sv"), Said("när är det öppet på söndag", "sv")]
    found = name(said, [ORDERS], taken=())
    assert found.isascii()
    assert "oppet" in found


def test_messages_without_words_are_a_topic() -> None:
    assert keywords([[Said("???", "en")]], []) == [[]]
    assert name([Said("???", "en")], [], taken={"topic"}) == "topic_2"
