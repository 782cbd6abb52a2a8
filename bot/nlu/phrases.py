"""Phrases that a trainer writes by hand, found in a text whatever the case and ending.

A phrase is words with spaces; `*` stands for the rest of a word ("bedräg*").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from bot.errors import NluError


def compile_phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern for many phrases."""
    parts = [
        r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in phrase.split())
        for phrase in phrases
    ]
    if not parts:
        return re.compile(r"(?!)")
    return re.compile(r"\b(?:" + "|".join(sorted(parts, key=len, reverse=True)) + r")(?!\w)", re.I)


def load_phrases(path: Path) -> Mapping[str, Mapping[str, list[str]]]:
    """Phrases by group and language.

    Raises:
        NluError: the file is missing or has another shape.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {
            str(group): {str(lang): [str(p) for p in phrases] for lang, phrases in langs.items()}
            for group, langs in content.items()
        }
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise NluError(
            f"{path}: expected groups of languages of phrases, as in data/lookups/tone.yml: {error}"
        ) from error
