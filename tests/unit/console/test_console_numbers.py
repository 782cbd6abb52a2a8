"""Numbers that nobody could mean: in an address, in a form."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Route

from bot.console.app import create_app

HUGE = "9" * 40


def test_an_address_with_a_number_beyond_all_numbers_is_no_page(console, agent):
    there = [route for route in create_app(console.settings).routes if isinstance(route, Route)]
    paths = [
        (route.path, next(iter((route.methods or set()) - {"HEAD"})))
        for route in there
        if ":number}" in route.path
    ]
    assert len(paths) >= 19
    assert not [route.path for route in there if ":int}" in route.path]
    for path, method in paths:
        address = re.sub(r"\{\w+:number\}", HUGE, path)
        answer = agent.get(address) if method == "GET" else agent.post(address)
        assert answer.status_code in (404, 405), (path, answer.status_code)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/train/checks/undo", {"change": HUGE}),
        ("/train/stories/undo", {"change": HUGE}),
        ("/train/stories/make", {"message": HUGE}),
        ("/train/answers/undo", {"change": HUGE}),
        ("/train/topics/make", {"name": "gifts", f"review-{HUGE}": "1"}),
        ("/train/topics/make", {"name": "gifts", "review-1": HUGE}),
        ("/train/topics/undo", {"action": HUGE}),
        ("/train/inbox/bulk", {"seen": f"{HUGE}:1", "action": "skip"}),
        ("/train/inbox/undo", {"before": HUGE}),
    ],
)
def test_a_form_with_a_number_beyond_all_numbers_is_refused(
    agent, path, fields, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    answer = agent.post(path, **fields)
    assert answer.status_code < 500, answer.text
    assert answer.status_code >= 400 or "refused=" in answer.headers["location"]


@pytest.mark.parametrize("query", [f"/news?rows={HUGE}", f"/list?after={HUGE}"])
def test_a_query_with_a_number_beyond_all_numbers_is_as_none(agent, query, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert agent.get(f"/train/inbox{query}").status_code == 200
