"""The part of Freshdesk's API about solutions, as documented: https://developers.freshdesk.com/api/"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator
from typing import Any

from servers.loopback import Answer, Request, serving

KEY = "fresh-key"
DRAFT, PUBLISHED = 1, 2


class Freshdesk:
    """One category; folders by visibility; articles by folder and language.

    Attributes:
        inner: folders within the first one, by visibility.
        articles: (folder, language, "" for the account's own) to articles.
        garbage: paths that end so are answered with something else.
    """

    def __init__(self) -> None:
        self.folders = {10: 1, 20: 3}
        self.inner: dict[int, int] = {}
        self.articles: dict[tuple[int, str], list[dict[str, Any]]] = {}
        self.garbage: dict[str, Any] = {}

    def write(self, number: int, title: str, html: str, *, folder: int = 10, lang: str = "",
              status: int = PUBLISHED, day: int = 1) -> None:  # fmt: skip
        """Adds an article or replaces it."""
        shelf = self.articles.setdefault((folder, lang), [])
        shelf[:] = [one for one in shelf if one["id"] != number]
        shelf.append({
            "id": number, "title": title, "description": html, "status": status, "tags": ["x"],
            "updated_at": f"2026-03-{day:02}T09:00:00Z", "folder_id": folder,
        })  # fmt: skip

    def answer(self, request: Request) -> Answer:
        """One call."""
        wanted = base64.b64encode(f"{KEY}:X".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return Answer({"code": "invalid_credentials"}, 401)
        for ending, garbage in self.garbage.items():
            if request.path.endswith(ending):
                return Answer(garbage)
        number, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 30))
        rows = self._rows(request.path)
        if rows is None:
            return Answer({"code": "not_found"}, 404)
        more = number * size < len(rows)
        link = f'<https://shop.freshdesk.com{request.path}?page={number + 1}>; rel="next"'
        return Answer(
            rows[(number - 1) * size : number * size], headers={"Link": link} if more else {}
        )

    def _rows(self, path: str) -> list[dict[str, Any]] | None:
        if re.fullmatch(r"/api/v2/solutions/categories(/[a-zA-Z-]+)?", path):
            return [{"id": 1, "name": "General"}]
        if re.fullmatch(r"/api/v2/solutions/categories/1/folders(/[a-zA-Z-]+)?", path):
            return [
                {
                    "id": each,
                    "visibility": seen,
                    "sub_folders_count": len(self.inner) if each == min(self.folders) else 0,
                }
                for each, seen in self.folders.items()
            ]
        if path == f"/api/v2/solutions/folders/{min(self.folders)}/subfolders":
            return [{"id": each, "visibility": seen} for each, seen in self.inner.items()]
        found = re.fullmatch(r"/api/v2/solutions/folders/(\d+)/articles(?:/([a-zA-Z-]+))?", path)
        return self.articles.get((int(found[1]), found[2] or ""), []) if found else None


@contextlib.contextmanager
def running_freshdesk() -> Iterator[tuple[Freshdesk, str]]:
    """Runs until the block ends; with its address."""
    freshdesk = Freshdesk()
    with serving(freshdesk.answer) as url:
        yield freshdesk, url
