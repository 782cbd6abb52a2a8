"""What finding entities costs, and how many misspelt names are found: `-m tests.bench.entities`.

Times are of the wall and of this thread's CPU; on a busy machine only the second says something.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from bot.nlu.entities import dates
from bot.nlu.entities.extractor import EntityExtractor
from bot.nlu.entities.places import load_towns
from bot.nlu.entities.products import ProductFinder, load_products
from bot.nlu.entities.words import is_ordinary
from bot.nlu.spans import Span

LOOKUPS = Path(__file__).parents[2] / "data" / "lookups"
NAMES = 50_000
NOW = datetime(2025, 10, 8, 12, tzinfo=timezone.utc)

BEGINNINGS = "b br d f fj g gr h k kl l m n p r s sk st sv t tr v"
VOWELS, ENDS = "aeiouyåäöøæ", ["", "l", "n", "r", "s", "ll", "nd", "rk", "st", "v", "m", "t", "ng"]
KINDS = (
    "Shell Jacket|Down Jacket|Jacka|Hiking Boots|Tent|Backpack|Rain Trousers|Sleeping Bag|Lampa"
    "|Wool Sweater|Cap|Skor|Telt|Kabel|Hodelykt|Pannlampa|Rygsæk"
)
FRAMES = (
    "hej jag undrar om ni har {} kvar i lager nu",
    "my {} has not arrived yet, where is it now",
    "jeg vil gerne bytte min {} til en anden størrelse tak",
    "når kommer {} på lager igjen hos dere egentlig",
    "can I return the {} that I bought in your shop last week",
)
MESSAGES = (
    ("sv", "hej, var är min order NL-104823? jag beställde den i fredags och betalade 1 299 kr"),
    ("sv", "Kan ni leverera till Malmö på fredag eller tar det längre tid än så?"),
    ("sv", "jag vill lämna tillbaka jackan jag köpte för två veckor sedan, den är för liten"),
    ("sv", "ni kan nå mig på 070-174 06 05 eller anna.berg@mail.example, tack på förhand"),
    ("da", "Jeg har betalt 1.299,- for ordre 104823 den 3. marts, men den er ikke kommet"),
    ("da", "hvornår kommer min pakke? den skulle være her i går, I kan ringe på 32 12 34 56"),
    ("da", "kan I sende den til 8600 Silkeborg i stedet for, det er min nye adresse"),
    ("nb", "jeg vil bytte sarekjakka mi til en større størrelse, har dere den på lager?"),
    ("nb", "pakken skulle komme 12. oktober til Trondheim, men sporingen sier ingenting"),
    ("en", "I ordered a Sarek Shel Jacket on 3 March and was charged £120 twice, please refund me"),
    ("en", "my phone number is +44 7911 123456 and my postcode is SW4 7AB if you need it"),
    ("en", "how long does it take to get the money back when I have sent the parcel?"),
)
NOISE = (
    "1 ",
    "a",
    "(",
    "?!",
    "😊",
    "a\u200b",
    "<b>x</b> ",
    "> On 3 March Ida wrote:\n",
    "070-",
    "kr 1.",
)


def main() -> int:
    """Prints the measurements."""
    rng = random.Random(1)
    names = _names(rng)
    towns = load_towns(LOOKUPS / "places.csv")
    is_ordinary(["word"])  # loads the word lists
    before = _memory()
    built, products = _timed(lambda: ProductFinder({name: name for name in names}))
    _say(f"{NAMES} names: built in {built:.2f} s, {_memory() - before:.0f} MiB")

    meant = rng.sample(names, 500)
    texts = [rng.choice(FRAMES).format(_misspelt(name, rng).lower()) for name in meant]
    products.find(texts[0])
    found = _report("a message with a misspelt one", texts, products.find)
    right = sum(bool(f) and f[0].value == name for f, name in zip(found, meant, strict=True))
    _say(f"  found: {right / len(meant):.1%}")
    plain = [text for _, text in MESSAGES] * 40
    _report("an ordinary message", plain, products.find)

    small = EntityExtractor(load_products(LOOKUPS / "products.yml"), towns)
    large = EntityExtractor({name: name for name in names}, towns)
    languages = {text: language for language, text in MESSAGES}
    for title, extractor in (("demo shop's", small), (f"{NAMES}", large)):

        def find(text: str, extractor: EntityExtractor = extractor) -> list[Span]:
            dates._parsed.cache_clear()
            return extractor.find(text, languages.get(text), NOW)

        find(plain[0])
        _report(f"all entities, {title} products, {len(towns)} towns", plain, find)
        noise = [(piece * 20_000)[:20_000] for piece in NOISE]
        noise += [" ".join(rng.choice(names) for _ in range(1500))[:20_000]]
        _report(f"20,000 characters, {title} products", noise * 10, find)
    return 0


def _names(rng: random.Random) -> list[str]:
    def word() -> str:
        syllables = (
            rng.choice(BEGINNINGS.split()) + rng.choice(VOWELS) + rng.choice(ENDS)
            for _ in range(rng.choice([2, 2, 3]))
        )
        return "".join(syllables).capitalize()

    makers = [word() for _ in range(6000)]
    names: dict[str, None] = {}
    while len(names) < NAMES:
        name = f"{rng.choice(makers)} {rng.choice(KINDS.split('|'))}"
        if rng.random() < 0.35:
            name += f" {rng.randint(1, 60)}"
        if rng.random() < 0.2:
            name = f"{rng.choice(makers)} {name}"
        names[name] = None
    return list(names)


def _misspelt(name: str, rng: random.Random) -> str:
    """The name with a letter dropped, changed or doubled, or two in the wrong order."""
    places = [i for i in range(1, len(name) - 1) if name[i : i + 2].isalpha()]
    i = rng.choice(places)
    letter = rng.choice("aeinrst")
    return rng.choice(
        [
            name[:i] + name[i + 1 :],
            name[:i] + letter + name[i + 1 :],
            name[:i] + name[i] + name[i:],
            name[:i] + name[i + 1] + name[i] + name[i + 2 :],
        ]
    )


def _report(
    title: str, texts: Sequence[str], find: Callable[[str], list[Span]]
) -> list[list[Span]]:
    wall, cpu = [], []
    found: list[list[Span]] = []
    for text in texts:
        began, worked = time.perf_counter(), time.thread_time()
        found.append(find(text))
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.thread_time() - worked))
    _say(f"{title}: wall {_percentiles(wall)}, CPU {_percentiles(cpu)}")
    return found


def _percentiles(times: Iterable[float]) -> str:
    p50, p99 = np.percentile(list(times), [50, 99])
    return f"p50 {p50:.2f} ms p99 {p99:.2f} ms"


def _timed(build: Callable[[], ProductFinder]) -> tuple[float, ProductFinder]:
    began = time.perf_counter()
    built = build()
    return time.perf_counter() - began, built


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
