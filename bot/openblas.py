"""Which of OpenBLAS's kernels are for this processor."""

from __future__ import annotations

import os
from collections.abc import Collection, MutableMapping
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"
"""Read by OpenBLAS when NumPy or SciPy is loaded."""
CPUINFO = Path("/proc/cpuinfo")
_KERNELS = {
    "SkylakeX": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"},
    "Haswell": {"avx2", "fma"},
}
"""With the instructions that they are made of, the fastest first."""


def choose_kernels(
    environment: MutableMapping[str, str] = os.environ, cpuinfo: Path = CPUINFO
) -> None:
    """Has OpenBLAS take the kernels for the instructions that the processor has.

    The OpenBLAS in the SciPy that Rasa asks for goes by a list of processors, and takes kernels of
    2004 for any that is newer than the list: fitting takes twice as long with them. To have an
    effect here it has to be called before NumPy is loaded; in processes that are started from here
    it has one in any case. What a user has chosen stays.

    Args:
        cpuinfo: what Linux says of the processor; where it is missing, nothing is chosen.
    """
    try:
        said = cpuinfo.read_text(encoding="ascii", errors="replace")
    except OSError:  # not Linux
        return
    first = next((line for line in said.splitlines() if line.startswith("flags")), "")
    kernels = kernels_for(first.partition(":")[2].split())
    if kernels is not None:
        environment.setdefault(VARIABLE, kernels)


def kernels_for(instructions: Collection[str]) -> str | None:
    """The fastest kernels for a processor with some instructions, as Linux calls them."""
    fit = (name for name, needed in _KERNELS.items() if needed <= set(instructions))
    return next(fit, None)
