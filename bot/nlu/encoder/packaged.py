"""The encoders that come with Svara: multilingual-e5-small and, for English, all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from bot.nlu.encoder import e5, minilm, pieces
from bot.nlu.encoder.base import MAX_TOKENS, SentenceEncoder
from bot.nlu.encoder.kept import kept
from bot.nlu.encoder.pieces import PieceTokenizer
from bot.nlu.encoder.session import open_session
from bot.nlu.encoder.weights import BertWeights, Floats

LAYERS = (9, 12)
"""After which layers the mean over the tokens is taken. The last one alone compares best, across
languages above all; both together classify best."""

GRAPH_VERSION = 1
"""Goes up whenever `graph` makes other vectors of the same weights."""

_E5 = f"multilingual-e5-small-{e5.SHA256[:12]}"
_MINILM = f"all-MiniLM-L6-v2-{minilm.SHA256[:12]}"
_MINILM_LAYERS = (6,)


class _Weights(Protocol):
    def verify(self) -> None: ...

    def embed(self, ids: Sequence[int]) -> Floats: ...

    def weights(self) -> BertWeights: ...


def load_packaged(
    cache: Path, *, layers: Sequence[int] = LAYERS, threads: int | None = None
) -> SentenceEncoder:
    """The encoder for about 100 languages.

    The first call makes the graph and the tokenizer's model from the weights, about a second's
    work, and keeps them in `cache`. The word table stays in the weights' file.

    Args:
        cache: folder for what is made.
        layers: after which layers the mean over the tokens is taken; their unit vectors stand
            side by side.
        threads: sentences that are computed at once; default one a processor.

    Raises:
        NluError: the weights are missing, damaged or another version's.
    """
    file = e5.E5File()

    def make_pieces() -> bytes:
        file.verify()
        return pieces.build_model(file.vocabulary())

    model = kept(cache / f"{_E5}-v{pieces.VERSION}.pieces", make_pieces)
    tokenizer = PieceTokenizer(model, file.replacements(), prefix=e5.PREFIX, limit=MAX_TOKENS)
    return _encoder(
        _E5, file, tokenizer.ids, cache, layers=layers, prefix=e5.PREFIX, threads=threads
    )


def load_packaged_english(cache: Path, *, threads: int | None = None) -> SentenceEncoder:
    """The encoder for English: half the layers, and its dot products tell meanings further apart.

    The first call makes the graph from the weights, less than a second's work, and keeps it in
    `cache`. The word table stays in the weights' file.

    Args:
        cache: folder for what is made.
        threads: sentences that are computed at once; default one a processor.

    Raises:
        NluError: the weights or the tokenizer are missing, damaged or another version's.
    """
    files = minilm.MiniLmFiles()
    tokenizer = files.tokenizer(MAX_TOKENS)

    def ids(text: str) -> list[int]:
        found: list[int] = tokenizer.encode(text).ids
        return found

    return _encoder(_MINILM, files, ids, cache, layers=_MINILM_LAYERS, prefix="", threads=threads)


def _encoder(
    model: str,
    file: _Weights,
    ids: Callable[[str], list[int]],
    cache: Path,
    *,
    layers: Sequence[int],
    prefix: str,
    threads: int | None,
) -> SentenceEncoder:
    name = f"{model}-v{GRAPH_VERSION}-{'-'.join(map(str, layers))}"

    def make_graph() -> bytes:
        # onnx takes a third of a second to import and is not needed again.
        from bot.nlu.encoder.graph import build_graph  # noqa: PLC0415

        file.verify()
        return build_graph(file.weights(), layers)

    graph = kept(cache / f"{name}.onnx", make_graph)
    session = open_session(graph, str(cache / f"{name}.onnx"))

    def vector(text: str) -> Floats:
        tokens = file.embed(ids(text))
        found: Floats = session.run(None, {"tokens": tokens[None]})[0][0]
        return found

    return SentenceEncoder(
        f"{name}/{MAX_TOKENS}/{prefix}",
        session.get_outputs()[0].shape[1],
        vector,
        blocks=len(layers),
        threads=threads,
    )
