"""The responses of the domain: their texts by language, and which of them can be changed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yaml.nodes import MappingNode, Node, ScalarNode

from bot.settings import LANGUAGES
from bot.trainer.answers.wordings import quoted
from bot.trainer.answers.yaml_file import YamlFile, is_empty, items, pairs, text_of

SECTION = "responses"
_CONDITION = "- condition: [{{type: slot, name: language, value: {language}}}]"


@dataclass(frozen=True)
class Spot:
    """Where a text stands: its line, counted from 1, and the columns of its quotes."""

    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Response:
    """A response of the domain.

    Attributes:
        line: of its name, counted from 1.
        texts: the first of each language; without a language, that of `""`.
        refusal: why it is not changed here; empty where it is.
        spots: where the texts stand; of one that can be changed.
    """

    name: str
    line: int
    texts: Mapping[str, str]
    refusal: str
    spots: Mapping[str, Spot] = field(default_factory=dict)


def read_responses(domain: YamlFile) -> dict[str, Response]:
    """The responses of a domain by name."""
    section = domain.sections.get(SECTION)
    return {
        str(key.value): _response(domain, key, value)
        for key, value in pairs(section.node if section else None)
    }


def response_lines(domain: YamlFile, name: str, texts: Mapping[str, str]) -> list[str]:
    """The lines of a new response, in the form of the last plain one in the domain.

    Raises:
        NluDataInvalid: the responses are written in a form that no line can be added to.
    """
    section = domain.sections.get(SECTION)
    column, dash, languages = 2, 2, list(LANGUAGES)
    heads: dict[str, str] = {}
    if section is not None and not is_empty(section.node):
        if not isinstance(section.node, MappingNode) or section.node.flow_style:
            raise domain.invalid(
                section.line, "`responses:` is not written one to a line; add the answer by hand."
            )
        found = [(key, value) for key, value in pairs(section.node)]
        column = found[0][0].start_mark.column
        dash = next((v.start_mark.column for _, v in found if items(v)), column)
        for key, value in reversed(found):
            if not (response := _response(domain, key, value)).refusal:
                dash, languages = value.start_mark.column, list(response.texts)
                heads = {
                    language: domain.lines[spot.line - 2].strip()
                    for language, spot in response.spots.items()
                }
                break
    lines = [f"{' ' * column}{name}:"]
    for language in languages:
        head = heads.get(language, "")
        usual = _CONDITION.format(language=language)
        # Only a condition of one line is taken over: with a comment it is about the other one.
        lines.append(" " * dash + (head if _is_condition(head, language) else usual))
        lines.append(f"{' ' * dash}  text: {quoted(texts[language])}")
    return lines


def apart(domain: YamlFile) -> bool:
    """Whether an empty line stands between the responses."""
    section = domain.sections.get(SECTION)
    if section is None or is_empty(section.node):
        return False
    starts = [key.start_mark.line for key, _ in pairs(section.node)]
    last = starts[-1]
    while last > section.line and domain.lines[last - 1].lstrip().startswith("#"):
        last -= 1
    return len(starts) == 1 or not domain.lines[last - 1].strip()


def changed(domain: YamlFile, response: Response, scalars: Mapping[str, str]) -> bytes:
    """The domain with other texts in a response.

    Args:
        scalars: the new ones as they are written, with their quotes.
    """
    lines = list(domain.lines)
    for language, scalar in scalars.items():
        spot = response.spots[language]
        line = lines[spot.line - 1]
        lines[spot.line - 1] = line[: spot.start] + scalar + line[spot.end :]
    return "".join(lines).encode("utf-8")


def written(domain: YamlFile, spot: Spot) -> str:
    """A text as it is written, with its quotes."""
    return domain.lines[spot.line - 1][spot.start : spot.end]


def _is_condition(head: str, language: str) -> bool:
    parts = head.replace(" ", "").replace('"', "").replace("'", "")
    return parts in (
        f"-condition:[{{type:slot,name:language,value:{language}}}]",
        f"-condition:[{{name:language,type:slot,value:{language}}}]",
    )


def _response(domain: YamlFile, key: ScalarNode, value: Node) -> Response:
    texts: dict[str, str] = {}
    spots: dict[str, Spot] = {}
    refusals = []
    for variation in items(value):
        parts = {text_of(name): part for name, part in pairs(variation)}
        language, only = _language(parts.get("condition"))
        if language in texts:
            refusals.append("it has several variations of a language")
        elif "text" in parts:
            texts[language] = text_of(parts["text"])
        if more := sorted(set(parts) - {"condition", "text"}):
            refusals.append(f"it has {' and '.join(more)}")
        spot = _spot(domain, parts.get("text"))
        if spot is None:
            refusals.append("a text does not stand in one line between double quotes")
        elif "condition" not in parts:
            refusals.append("it has a text for any language")
        elif not only:
            refusals.append("it has other conditions than the language")
        else:
            spots.setdefault(language, spot)
    if "" not in texts and any(language not in texts for language in LANGUAGES):
        refusals.append("it has not all of the languages")
    return Response(
        str(key.value), key.start_mark.line + 1, texts, "; ".join(dict.fromkeys(refusals)), spots
    )


def _language(condition: Node | None) -> tuple[str, bool]:
    """The language of a variation, and whether that is its one condition."""
    language, conditions = "", items(condition)
    for each in conditions:
        parts = {text_of(name): text_of(value) for name, value in pairs(each)}
        if parts.get("name") == "language" and parts.get("type") == "slot":
            language = parts.get("value", "")
    return language, bool(language in LANGUAGES and len(conditions) == 1)


def _spot(domain: YamlFile, node: Node | None) -> Spot | None:
    if not isinstance(node, ScalarNode) or node.style != '"':
        return None
    start, end = node.start_mark, node.end_mark
    if start.line != end.line:
        return None
    spot = Spot(start.line + 1, start.column, end.column)
    # With an anchor before it, the words stand for another place as well.
    return spot if written(domain, spot).startswith('"') else None
