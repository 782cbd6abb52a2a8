"""What an intent is called on a button, as a trainer wants it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import TitleRefused
from bot.trainer.answers.reading import TITLES, Answer, Answers, title_name
from bot.trainer.answers.refusals import WordsRefused
from bot.trainer.answers.wordings import checked_titles


def wanted_titles(read: Answers, answer: Answer, titles: Mapping[str, str]) -> dict[str, str]:
    """What is to be on the button of an intent; empty where there is to be none, or no other.

    Args:
        titles: as a trainer wrote them; of a language that is not among them, what stands there.

    Raises:
        TitleRefused: it cannot be written as it is.
    """
    title = answer.title
    present = dict(title.texts) if title is not None else {}
    # What somebody wrote by hand otherwise than it may be here keeps nobody from the answer.
    if all(
        words.strip() == present.get(language, "").strip() for language, words in titles.items()
    ):
        return {}
    if title is not None and title.refusal:
        raise TitleRefused(
            f"{title.name} cannot be changed here: {title.refusal}. It stands in "
            f"{read.domain.path}, line {title.line}."
        )
    otherwise = (
        "Write them in every language, or in none."
        if title is None
        else "Every language needs them; the whole button is taken away by hand, in "
        f"{read.domain.path}, line {title.line}."
    )
    wanted = checked_titles({**present, **titles}, otherwise)
    _check_other_buttons(read, answer, wanted, present)
    return wanted


def _check_other_buttons(
    read: Answers, answer: Answer, wanted: Mapping[str, str], present: Mapping[str, str]
) -> None:
    wrong: dict[str, str] = {}
    for name, other in read.responses.items():
        if not name.startswith(TITLES) or name == title_name(answer.intent):
            continue
        same = [
            language
            for language, words in wanted.items()
            if words != present.get(language)
            and words.casefold() == other.texts.get(language, "").casefold()
        ]
        reason = (
            f"the button says the same as {name}. Customers may see both at once; make them differ."
        )
        wrong = {**dict.fromkeys(same, reason), **wrong}
    if wrong:
        raise WordsRefused(wrong)
