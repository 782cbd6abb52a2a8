"""Which language a message is in."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.language import SCRIPTS, Identified, LanguageIdentifier
from bot.settings import LANGUAGES
from bot.trainer.examples import read_examples


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier(ignored=["Nordlys"])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order?", "en"),
        ("I want to return the jacket", "en"),
        ("refund please", "en"),
        ("thank you", "en"),
        ("var är min beställning?", "sv"),
        ("jag vill lämna tillbaka jackan", "sv"),
        ("pengarna tillbaka", "sv"),
        ("tack så mycket", "sv"),
        ("hvor er min ordre henne? den skulle være kommet i går", "da"),
        ("jeg vil gerne returnere jakken", "da"),
        ("hvor bliver pengene af", "da"),
        ("mange tak", "da"),
        ("hvor er bestillingen min?", "nb"),
        ("jeg vil gjerne sende tilbake jakka", "nb"),
        ("når får jeg pengene tilbake", "nb"),
        ("tusen takk", "nb"),
    ],
)
def test_a_first_message_is_told_without_any_hint(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    assert identifier.detect(text) == Identified(language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Holder I lukket i morgen", "da"),
        ("hvor ligger I henne", "da"),
        ("har i modtaget pakken", "da"),
        ("I må ringe", "da"),
        ("hvor er pakken min", "nb"),
        ("hvor er pengene mine", "nb"),
    ],
)
def test_danish_and_norwegian_are_told_apart_by_their_habits(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    assert identifier.identify(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("fraktsedelskopian", "sv"),
        ("leveringsbekræftelsen", "da"),
        ("betalingspåminnelsen", "nb"),
        ("shippingwise", "en"),
    ],
)
def test_a_word_that_no_list_has_is_told_by_its_pieces(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    assert identifier.identify(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hur lange tar frakten till Gavle", "sv"),
        ("nar kommer min bestallning", "sv"),
        ("hvornaar kommer pakken, jeg faar ingen besked", "da"),
        ("jeg har ikke modtaget noget pa min konto, hvad goer jeg", "da"),
        ("nar far jeg pengene, jeg har provd a ringe", "nb"),
        ("VAR ÄR MINA PENGAR", "sv"),
        ("JAG BOR I LUND OCH VILL HA MITT PAKET", "sv"),
        ("HVORNÅR ÅBNER I", "da"),
        ("WHERE ARE YOU GUYS", "en"),
        ("va e mitt paket nånstans asså", "sv"),
        ("lol ok tak", "da"),
        ("tracking linket virker ikke længere", "da"),
        ("spelar ingen roll, just ship it", "sv"),
        ("<p>var är <b>min</b> order</p>", "sv"),
        ("se https://www.example.com/where-is-my-order den länken funkar inte", "sv"),
        ("min mejl är where.is.it@mail.example", "sv"),
        ("va\u0308nligen a\u030aterkom", "sv"),
        ("beställ\u00adningen\u200b saknas", "sv"),
    ],
)
def test_hurried_and_shouted_and_mixed_writing_is_told(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    assert identifier.detect(text) == Identified(language)


@pytest.mark.parametrize(
    "text",
    [
        "kvar er pakka mi?",
        "eg har ikkje fått tinginga mi",
        "når får eg pengane tilbake",
        "kan eg få snakke med nokon",
        "æ e ikke fornøyd me dokker",
    ],
)
def test_nynorsk_and_dialect_are_norwegian(identifier: LanguageIdentifier, text: str) -> None:
    assert identifier.detect(text) == Identified("nb")


@pytest.mark.parametrize("text", ["ok", "OK!", "super", "NL-104823", "123456", "👍", "", "?!"])
@pytest.mark.parametrize("current", LANGUAGES)
def test_what_every_language_says_keeps_the_conversations(
    identifier: LanguageIdentifier, text: str, current: str
) -> None:
    assert identifier.identify(text, current=current) == current


@pytest.mark.parametrize("text", ["Nordlys", "nordlys?", "NORDLYS"])
@pytest.mark.parametrize("current", LANGUAGES)
def test_the_shops_name_says_nothing(
    identifier: LanguageIdentifier, text: str, current: str
) -> None:
    assert identifier.identify(text, current=current) == current
    assert set(identifier.scores(text).values()) == {0.0}


@pytest.mark.parametrize("text", ["tracking?", "unsubscribe", "sorry", "password", "support"])
@pytest.mark.parametrize("current", ["sv", "da", "nb"])
def test_one_borrowed_word_does_not_flip_a_conversation(
    identifier: LanguageIdentifier, text: str, current: str
) -> None:
    assert identifier.identify(text, current=current) == current


@pytest.mark.parametrize("current", ["sv", "da", "nb"])
@pytest.mark.parametrize("text", ["can we speak English instead?", "where is it", "the money back"])
def test_a_sentence_in_another_language_does(
    identifier: LanguageIdentifier, text: str, current: str
) -> None:
    assert identifier.identify(text, current=current) == "en"


def test_the_page_speaks_first_but_not_loudly(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("ok", hint="da") == "da"
    assert identifier.identify("where is my parcel", hint="da") == "en"


def test_the_conversation_is_heard_before_the_page(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("ok", current="nb", hint="da") == "nb"


def test_an_unknown_language_as_the_current_one_counts_for_nothing(
    identifier: LanguageIdentifier,
) -> None:
    assert identifier.identify("var är mitt paket", current="fi") == "sv"
    assert identifier.identify("", current="fi") == "en"


def test_only_the_languages_asked_for_are_chosen_from() -> None:
    found = LanguageIdentifier(["da", "nb"]).detect("where is my order")
    assert found == Identified("da", other="en")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Wo ist meine Bestellung?", "de"),
        ("wann bekomme ich mein geld zurück", "de"),
        ("DAS PAKET IST NICHT ANGEKOMMEN", "de"),
        ("Waar is mijn bestelling?", "nl"),
        ("Ik wil de jas terugsturen", "nl"),
        ("Missä tilaukseni on?", "fi"),
        ("milloin saan rahani takaisin", "fi"),
        ("Ég vil skila jakkanum", "is"),
        ("quand vais-je être remboursé", "fr"),
        ("¿Dónde está mi pedido?", "es"),
        ("Vorrei restituire la giacca", "it"),
        ("Onde está a minha encomenda?", "pt"),
        ("Gdzie jest moje zamówienie?", "pl"),
        ("czy moge porozmawiac z czlowiekiem", "pl"),
        ("Kde je moje objednávka?", "cs"),
        ("Unde este comanda mea?", "ro"),
        ("Gdje je moja narudžba?", "hr"),
        ("paramı ne zaman geri alırım", "tr"),
        ("Kur yra mano užsakymas?", "lt"),
        ("Đơn hàng của tôi ở đâu?", "vi"),
        ("Nasaan na ang order ko?", "tl"),
        ("Где мой заказ?", "ru"),
        ("Я хочу повернути куртку", "uk"),
        ("أين طلبي؟", "ar"),
        ("سفارش من کجاست؟", "fa"),
        ("Πού είναι η παραγγελία μου;", "el"),
        ("我的订单在哪里?", "zh"),
        ("注文した荷物はどこですか", "ja"),
        ("제 주문은 어디에 있나요?", "ko"),
        ("คำสั่งซื้อของฉันอยู่ที่ไหน", "th"),
        ("मेरा ऑर्डर कहाँ है", "hi"),
    ],
)
def test_a_language_that_is_not_ours_is_named_and_the_conversations_kept(
    identifier: LanguageIdentifier, text: str, other: str
) -> None:
    assert identifier.detect(text, current="da") == Identified("da", other)
    assert identifier.detect(text, hint="sv") == Identified("sv", other)
    assert identifier.detect(text) == Identified("en", other)


@pytest.mark.parametrize(
    "text",
    [
        *("asdf jkl qwe zxc", "aaaa bbbb", "qwertyuiop åäö", "xD haha", "n. r. j.", "u. s. d."),
        *("Anna Kowalski", "Giovanni Rossi ringde mig", "jag heter Jürgen Müller", "mvh Håkan"),
        *("min pizza margherita quattro formaggi", "Dolce Gabbana", "La Sportiva skor"),
        *("danke", "ciao", "hola", "bonjour", "nee", "joo", "die", "no", "si", "ja", "en"),
        *("tel nr?", "mega tak", "ok bye", "ses", "vis ordre", "pi π", "Ω"),
    ],
)
def test_names_and_noise_and_single_words_are_in_no_other_language(
    identifier: LanguageIdentifier, text: str
) -> None:
    assert identifier.detect(text).other is None


def test_no_training_example_is_taken_for_another_language(
    identifier: LanguageIdentifier,
) -> None:
    assert [e.text for e in read_examples() if identifier.detect(e.text).other] == []


def test_first_three_words_of_examples_are_mostly_told(identifier: LanguageIdentifier) -> None:
    starts: dict[str, set[str]] = {}
    for example in read_examples():
        words = example.text.lower().split()
        if len(words) > 3:
            starts.setdefault(" ".join(words[:3]), set()).add(example.language)
    decidable = [(text, *languages) for text, languages in starts.items() if len(languages) == 1]
    right = [identifier.identify(text) == language for text, language in decidable]
    assert sum(right) / len(right) > 0.93


@given(text=st.text(max_size=300), current=st.sampled_from([*LANGUAGES, None, "xx"]))
def test_anything_gets_one_of_the_languages(text: str, current: str | None) -> None:
    found = LanguageIdentifier().detect(text, current=current)
    assert found.language in LANGUAGES
    assert found.other not in LANGUAGES


@given(letters=st.text(alphabet=st.characters(categories=["L", "M", "Cf", "Cs"]), min_size=1))
@settings(max_examples=50)
def test_letters_of_any_script_are_taken(letters: str) -> None:
    codes = {code for codes in SCRIPTS.values() for code in codes}
    other = LanguageIdentifier().detect(letters).other
    assert other is None or len(other) == 2 or other in codes


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "x@y",
        "<b",
        "hvor ",
        "I ",
        "ﷺ",
        "\u200b",
        "İ",
        "qwrtp ",
        "jeg vil ha pengene mine ",
        "🙂",
    ],
)
def test_a_very_long_message_takes_no_longer(identifier: LanguageIdentifier, piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    identifier.detect(text)
    began = time.thread_time()
    for _ in range(10):
        identifier.detect(text)
    assert (time.thread_time() - began) / 10 < 0.02
