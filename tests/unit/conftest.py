"""Warnings of libraries that are no fault of ours."""

from __future__ import annotations

import pytest
import sanic.app  # noqa: F401 (resets the filters when it is imported, so it comes first)

IGNORED = (
    "ignore:pkg_resources is deprecated as an API:DeprecationWarning",
    "ignore:Deprecated call to `pkg_resources.declare_namespace:DeprecationWarning",
    "ignore:the load_module:DeprecationWarning",
    "ignore::sqlalchemy.exc.MovedIn20Warning",
)


def pytest_configure(config: pytest.Config) -> None:
    for line in IGNORED:
        config.addinivalue_line("filterwarnings", line)
