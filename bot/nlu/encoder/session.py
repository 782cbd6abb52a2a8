"""Opening an ONNX model."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

from bot.errors import NluError

_ERRORS_ONLY = 3


def open_session(
    model: bytes | Path, source: str, *, threads: int = 1
) -> onnxruntime.InferenceSession:
    """A session on the CPU, to be used from any number of threads at once.

    Args:
        model: the model or its file.
        source: what an error calls it.
        threads: threads that one run may use; with one, a run costs no others any waiting.

    Raises:
        NluError: it is not a model that onnxruntime runs.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Measured: as fast without, and memory does not grow with the lengths of texts seen.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.log_severity_level = _ERRORS_ONLY
    content = str(model) if isinstance(model, Path) else model
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime's exceptions have no common root of their own.
        raise NluError(
            f"{source} is damaged or not a model that onnxruntime {onnxruntime.__version__} runs: "
            f"{error}"
        ) from error
