"""The linear algebra is done by kernels that fit the processor."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.openblas import VARIABLE, choose_kernels, kernels_for

MODERN = "avx avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl amx_tile"
TRAIN = """
import numpy as np
from bot.nlu.ridge import fit_ridge
points = np.random.default_rng(1).normal(size=(541, 8)).astype(np.float32)
distances = ((points[:, None] - points[None]) ** 2).sum(axis=2)
fitted = fit_ridge(np.exp(-distances), np.arange(541), np.eye(541, 3), 0.3)
assert np.isfinite(fitted.left_out).all()
"""
WHICH = """
import os, bot, numpy, scipy.linalg, threadpoolctl
print(os.environ.get("OPENBLAS_CORETYPE"))
print({each["architecture"] for each in threadpoolctl.threadpool_info()})
"""


def run(program, **environment):
    kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, check=False, env=kept | environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("instructions", "kernels"),
    [
        (MODERN, "SkylakeX"),
        ("avx avx2 fma avx512f", "Haswell"),
        ("sse sse2 avx", None),
        ("", None),
    ],
)
def test_the_kernels_are_those_of_the_instructions(instructions, kernels, tmp_path):
    assert kernels_for(instructions.split()) == kernels
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags\t\t: {instructions}\n\nprocessor : 1\nflags : sse\n")
    environment = {}
    choose_kernels(environment, cpuinfo)
    assert environment.get(VARIABLE) == kernels


def test_what_a_user_has_chosen_stays(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"flags : {MODERN}\n")
    environment = {VARIABLE: "Zen"}
    choose_kernels(environment, cpuinfo)
    assert environment == {VARIABLE: "Zen"}


def test_where_linux_is_not_nothing_is_chosen(tmp_path):
    environment = {}
    choose_kernels(environment, tmp_path / "missing")
    assert environment == {}


def test_numpy_and_scipy_take_them():
    chosen = {}
    choose_kernels(chosen)
    done = run(WHICH)
    assert done.returncode == 0, done.stderr
    told, taken = done.stdout.splitlines()
    assert told == str(chosen.get(VARIABLE))
    assert VARIABLE not in chosen or taken == str({chosen[VARIABLE]})


def test_an_odd_number_of_examples_is_learned_on_one_thread_with_the_oldest_kernels():
    done = run(TRAIN, OPENBLAS_CORETYPE="Prescott", OPENBLAS_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
