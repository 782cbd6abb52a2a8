"""A shop's training files and an inbox, for the trainer's pages."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from bot.console import staff
from bot.storage import conversations
from bot.storage.database import transaction
from bot.storage.trainer_tables import review_sources, reviews
from bot.trainer.inbox.wording import key, masked

EXAMPLES = {
    "order_status": {
        "en": "where is my parcel [NL-104823](order_number)",
        "sv": "var är mitt paket",
        "da": "hvor er min pakke",
    },
    "return_item": {"en": "i want to send it back", "sv": "jag vill returnera en [jacka](product)"},
    "refund_status": {"en": "when do i get my money", "sv": "när får jag pengarna"},
    "missing_item": {"en": "there is an item missing", "sv": "det fattas en vara i [Lund](place)"},
    "cancel_order": {"en": "cancel my order please", "sv": "avbeställ min order"},
    "charged_twice": {"en": "i have been charged twice"},
}
ENTITIES = ("order_number", "product", "place", "tone")
SAID = (
    ("sv", "Var är mitt paket? Det skulle ha kommit i tisdags", "order_status", 0.42),
    ("sv", "Ni har dragit pengar två gånger för order [order number]", "charged_twice", 0.61),
    ("en", "The jacket I got is not the one in the picture", "return_item", 0.38),
    ("da", "Hvornår får jag mine penge tilbage?", "refund_status", 0.55),
    ("nb", "Jeg mangler en lue i pakken, og den andre er feil størrelse", "missing_item", 0.47),
    ("en", "hello can you cancel it i ordered the wrong one", "cancel_order", 0.66),
    (
        "sv",
        "Hej! Jag undrar två saker. När kommer mina skor? Kan jag byta storlek?",
        "order_status",
        0.35,
    ),
    ("en", "do you gift wrap", "return_item", 0.21),
)


def write_project(folder: Path) -> None:
    """`data/nlu` and `domain.yml` in a folder, which the console is started in."""
    for intent, examples in EXAMPLES.items():
        for language, example in examples.items():
            path = folder / "data" / "nlu" / language / f"{intent}.yml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n    - {example}\n',
                encoding="utf-8",
            )
    (folder / "domain.yml").write_text(
        'version: "3.1"\n\nintents:\n'
        + "".join(f"- {intent}\n" for intent in EXAMPLES)
        + "\nentities:\n"
        + "".join(f"- {entity}\n" for entity in ENTITIES),
        encoding="utf-8",
    )


def row(
    rank: int, language: str, text: str, intent: str | None, confidence: float
) -> dict[str, Any]:
    """A review that is open."""
    others = [name for name in EXAMPLES if name != intent]
    ranking = [(intent, confidence)] if intent else []
    left = 1 - confidence
    for name in others[:4]:
        left /= 2
        ranking.append((name, round(left * 0.8, 3)))
    ranking.sort(key=lambda each: -each[1])
    return {
        "key": key(text, language),
        "text": text,
        "masked": masked(text),
        "language": language,
        "count": 1 + (rank * 7) % 13,
        "first_at": time.time() - 90000 - rank,
        "last_at": time.time() - 3600 - rank,
        "channels": [("webchat", "telegram", "email")[rank % 3]],
        "predicted": intent,
        "confidence": confidence,
        "answered": False,
        "ranking": [[name, share] for name, share in ranking],
        "entities": [],
        "fell_back": (rank + 1) % 2,
        "rejected": rank % 3 == 1,
        "handed_off": rank % 5 == 4,
        "upset": 0,
        "state": "open",
        "rank": rank,
    }


def fill(engine: Engine, many: int = len(SAID)) -> list[int]:
    """An inbox of so many messages; the first are `SAID`, each with conversations around it.

    Returns:
        The ids of the first.
    """
    ids = []
    with transaction(engine) as connection:
        for values in (row(rank, *said) for rank, said in enumerate(SAID)):
            inserted = connection.execute(reviews.insert().values(values))
            ids.append(int(inserted.inserted_primary_key[0]))
            _converse(connection, ids[-1], values)
    fill_up(engine, many)
    return ids


def fill_up(engine: Engine, many: int) -> None:
    """Messages after the first, so that there are so many."""
    chance = random.Random(6)
    words = " ".join(text for _, text, _, _ in SAID).split()
    rows = []
    for rank in range(len(SAID), many):
        language, _, intent, _ = chance.choice(SAID)
        text = " ".join(chance.sample(words, chance.randint(3, 14))) + f" {rank}"
        rows.append(row(rank, language, text, intent, round(chance.uniform(0.2, 0.8), 2)))
    if rows:
        with transaction(engine) as connection:
            connection.execute(reviews.insert(), rows)


def _converse(connection: Any, review: int, values: dict[str, Any]) -> None:
    for time_ago in (2, 1):
        name = f"web-{review}-{time_ago}"
        conversations.start(connection, name, "webchat", language=values["language"])
        conversations.append(connection, name, "bot", "Hi! I am Svara. How can I help?")
        said = conversations.append(connection, name, "customer", values["text"])
        nlu = {"intent": {"name": values["predicted"], "confidence": values["confidence"]}}
        conversations.mark_handled(connection, said.id, nlu=nlu)
        conversations.append(connection, name, "bot", f"I did not get that ({time_ago}).")
        conversations.append(connection, name, "customer", "Then a person, please")
        connection.execute(
            review_sources.insert().values(
                message_id=said.id,
                review_id=review,
                conversation_id=name,
                channel="webchat",
                time=time.time() - 1000 * time_ago,
                fell_back=True,
                rejected=False,
                handed_off=True,
                upset=False,
            )
        )


def hire(engine: Engine, login: str = "tove", name: str = "Tove", password: str = "") -> None:
    """A trainer."""
    with transaction(engine) as connection:
        staff.add(connection, login, name, password, "trainer")
