"""The files of sentences that tones are learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluError
from bot.nlu.tone import NEUTRAL, UPSET, ToneExample, read_tones


def write(folder: Path, **files: str) -> Path:
    for language, content in files.items():
        (folder / f"{language}.yml").write_text(content, encoding="utf-8")
    return folder


def test_a_file_has_lists_of_sentences_by_tone(tmp_path: Path) -> None:
    folder = write(tmp_path, sv="upset:\n- Nej!\nneutral:\n- hej\n- 'ja'\n", en="upset: [no]")
    with pytest.raises(NluError, match=r"en\.yml, upset: False"):  # YAML's no
        read_tones(folder)
    write(tmp_path, en='upset: ["no"]')
    assert read_tones(folder) == [
        ToneExample("no", UPSET, "en"),
        ToneExample("Nej!", UPSET, "sv"),
        ToneExample("hej", NEUTRAL, "sv"),
        ToneExample("ja", NEUTRAL, "sv"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "- a",
        "angry: [a]",
        "upset: a",
        "upset:",
        "upset: [1]",
        "upset: [' ']",
        "upset: [[]]",
        "{",
    ],
)
def test_one_of_another_shape_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    with pytest.raises(NluError, match=r"nb\.yml"):
        read_tones(write(tmp_path, nb=content))


def test_one_that_is_no_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "da.yml").write_bytes(b"upset: [\xff]")
    with pytest.raises(NluError, match=r"da\.yml"):
        read_tones(tmp_path)


def test_a_sentence_in_two_tones_is_an_error_that_names_it(tmp_path: Path) -> None:
    write(tmp_path, en="upset: [Well done]\nneutral: [ok]", sv="neutral: [well done]")
    with pytest.raises(NluError, match="'well done' is an example of two tones, upset and neutral"):
        read_tones(tmp_path)


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError, match=r"no examples.*en\.yml"):
        read_tones(tmp_path / "nowhere")
