"""Learns the numbers that the search comes with: `python -m tests.bench.kb_learn --data FOLDER`.

From the `train` questions of public sets (FeedbackQA, StackFAQ), never from their other splits, and
from the demo shop's articles with the training examples of the intents, as the classifier sees each
without that example. Writes `kb_connector/search/ranking.json`, and from the sets' articles
`bot/nlu/english_guess.npz`, which compares texts in other languages with English ones.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bot.nlu.encoder import load_english_encoder
from bot.nlu.encoder.weights import Floats
from bot.nlu.meaning import ENGLISH
from bot.nlu.search_encoder import (
    GUESS,
    EnglishSearchEncoder,
    Guess,
    SearchEncoder,
    search_encoders,
)
from bot.server import quiet
from bot.settings import LANGUAGES
from bot.trainer.costs import fit
from bot.trainer.examples import read_examples
from bot.trainer.labelled import Labelled
from kb_connector.article import Article
from kb_connector.evaluation.questions import TRAIN, read_articles, read_queries
from kb_connector.search.index import EarlierQuestion, SearchIndex
from kb_connector.search.learning import Exercise, LabelledQuestion, first_hits, learn, unanswerable
from kb_connector.search.prepared import prepared_pieces
from kb_connector.search.ranking import ABROAD, GUESSED, MEANING, OWN, WORDS
from kb_connector.sources.markdown import MarkdownSource
from tests.bench.servers import ROOT

SETS = (
    "feedbackqa_cdc_en",
    "feedbackqa_uk_en",
    "feedbackqa_who_en",
    "stackfaq_en",
)
"""Without feedbackqa_australia: from its article 449 on, many a question has the number of another
article (often that of the one two before), so that nothing is to be learned from it."""
MOST, SHOP_MOST = 500, 400
FOREIGN = 8
"""For each so many questions that have an article, two have none: one is about something else, and
one is asked where its own article is missing."""
SHOP_FOREIGN = "out_of_scope"
OUTPUT = ROOT / "kb_connector" / "search" / "ranking.json"
SEED = 42
OTHER_LANGUAGES = [lang for lang in LANGUAGES if lang != ENGLISH]


class _Guessing(EnglishSearchEncoder):
    """Guesses the vectors of questions as if they were not in English."""

    def encode(self, texts: Sequence[str], lang: str, *, keep: bool) -> Floats:
        if keep or self._guess is None:
            return super().encode(texts, lang, keep=keep)
        rows = self._multilingual.encode(texts, lang, keep=keep)
        return self._guess(rows - self._multilingual.centre(lang))


def learn_guess(data: Path) -> Guess:
    """From the articles of the public sets."""
    multilingual, _ = search_encoders()
    texts = dict.fromkeys(
        text
        for name in SETS
        for article in read_articles(data / "retrieval" / name / "articles.jsonl")
        for text in (article.title, *prepared_pieces(article))
    )
    return Guess.learn(list(texts), multilingual, SearchEncoder(load_english_encoder()))


def public(data: Path) -> Iterator[Exercise]:
    """The public sets; questions of one set that another has no article for are among them."""
    chance = np.random.default_rng(SEED)
    multilingual, english = search_encoders()
    guessing = _Guessing(load_english_encoder(), multilingual)
    sets = {name: read_queries(data / "retrieval" / name / "queries.jsonl") for name in SETS}
    for name, queries in tqdm(sets.items(), desc="Public sets", unit=" sets"):
        articles = read_articles(data / "retrieval" / name / "articles.jsonl")
        train = [query for query in queries if query.split == TRAIN]
        drawn = [train[n] for n in chance.permutation(len(train))]
        half = len(drawn) // 2
        asking, asked = drawn[:half][:MOST], drawn[half:]
        foreign = [
            LabelledQuestion(query.text, query.lang)
            for other, theirs in sets.items()
            if other.split("_")[0] != name.split("_")[0]
            for query in theirs
            if query.split == TRAIN
        ]
        count = min(len(asking) // FOREIGN, len(foreign))
        answered = [LabelledQuestion(q.text, q.lang, frozenset({q.article_id})) for q in asking]
        questions = [
            *answered,
            *(unanswerable(each) for each in answered[::FOREIGN]),
            *(foreign[n] for n in chance.permutation(len(foreign))[:count]),
        ]
        earlier = [EarlierQuestion(q.text, q.lang, q.article_id) for q in asked]
        both = SearchIndex(articles, encoders=(multilingual, english), asked=earlier)
        for kind in (WORDS, MEANING, OWN, ABROAD):
            yield Exercise(kind, both, articles[0].lang, questions)
        abroad = SearchIndex(articles, encoders=(multilingual, guessing), asked=earlier)
        yield Exercise(GUESSED, abroad, articles[0].lang, questions)


def shop() -> Iterator[Exercise]:
    """The demo shop: any article for the intent of a sentence is right."""
    chance = np.random.default_rng(SEED)
    examples = read_examples()
    rows = [Labelled(one.text, one.intent, one.language) for one in examples]
    classifier = fit(rows, SHOP_FOREIGN)
    guessed = classifier.classes_[classifier.left_out_.argmax(axis=1)]
    changes = MarkdownSource(ROOT / "data" / "kb").changes(None)
    articles = [change for change in changes if isinstance(change, Article)]
    index = SearchIndex(articles, encoders=search_encoders())
    for lang in LANGUAGES:
        by_intent: dict[str, set[str]] = {}
        for article in articles:
            for intent in article.intents if article.lang == lang else ():
                by_intent.setdefault(intent, set()).add(article.id)
        known = [
            LabelledQuestion(
                one.text,
                lang,
                frozenset(by_intent.get(one.intent, ())),
                (str(guess),) if chance.random() < 0.5 else (),
            )
            for one, guess in zip(examples, guessed, strict=True)
            if one.language == lang and (one.intent in by_intent or one.intent == SHOP_FOREIGN)
        ]
        drawn = [known[n] for n in chance.permutation(len(known))[:SHOP_MOST]]
        drawn += [unanswerable(each) for each in drawn[::FOREIGN] if each.right]
        for kind in (WORDS, MEANING, *([OWN] if lang == ENGLISH else [])):
            yield Exercise(kind, index, lang, drawn)
        if lang != ENGLISH:
            for kind in (ABROAD, GUESSED):
                yield Exercise(kind, index, ENGLISH, [_in(ENGLISH, each) for each in drawn])
        else:
            for other in OTHER_LANGUAGES:
                yield Exercise(GUESSED, index, other, [_in(other, each) for each in drawn])


def _in(lang: str, question: LabelledQuestion) -> LabelledQuestion:
    """The same question to the articles of another language: they have the same names."""

    def there(ids: frozenset[str]) -> frozenset[str]:
        return frozenset(each.replace(f":{question.lang}/", f":{lang}/") for each in ids)

    return replace(question, right=there(question.right), hidden=there(question.hidden))


def main(arguments: Sequence[str] | None = None) -> int:
    """Learns and writes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.kb_learn", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with retrieval/")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args(arguments)
    quiet.prepare("ERROR")
    learn_guess(given.data).save(GUESS)
    exercises = [*public(given.data), *shop()]
    ranking = learn(exercises)
    for each in exercises:
        seen = first_hits(each, ranking)
        sure = [
            one for one in seen if ranking.probability(each.kind, one.values) >= ranking.answer_at
        ]
        right = sum(one.right for one in seen) / len(seen)
        of_sure = sum(one.right for one in sure) / max(1, len(sure))
        print(
            f"{each.kind:8} {each.shelf} {each.questions[0].text[:20]:20} right {right:.3f} "
            f"answered {len(sure) / len(seen):.3f} right then {of_sure:.3f}"
        )
    print(ranking)
    notes = {
        "command": "python -m tests.bench.kb_learn --data FOLDER",
        "public sets": [f"{name}, split {TRAIN}" for name in SETS],
        "demo shop": "articles, and training examples of their intents",
    }
    ranking.save(given.output, notes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
