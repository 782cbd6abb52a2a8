"""The part of Zammad's API that has to do with knowledge bases, as documented and recorded.

https://docs.zammad.org/en/latest/api/knowledgebase.html; what `zammad_py` writes, it reads back.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from servers.loopback import Answer, Request, serving

EDITOR = "editor-token"
NOBODY = "token-without-rights"
SWEDISH, ENGLISH, BRITISH = 1, 2, 3  # ids of the knowledge base's own locales
LOCALES = [
    {"id": 4, "locale": "da", "alias": "", "name": "Dansk", "active": True},
    {"id": 7, "locale": "en-us", "alias": "en", "name": "English", "active": True},
    {"id": 8, "locale": "en-gb", "alias": "", "name": "English (Great Britain)", "active": True},
    {"id": 31, "locale": "sv-se", "alias": "sv", "name": "Svenska", "active": True},
]
SYSTEM_LOCALES = {SWEDISH: 31, ENGLISH: 7, BRITISH: 8}
STATES = {"publish": "published_at", "internal": "internal_at", "archive": "archived_at"}

Record = dict[str, Any]


class Zammad:
    """A Zammad with one knowledge base and one category.

    Attributes:
        bodies_read: ids of the contents that were asked for.
        garbage: paths that end so are answered with something else.
        primary: id of the first of the knowledge base's locales.
    """

    def __init__(self) -> None:
        self.answers: dict[int, Record] = {}
        self.translations: dict[int, Record] = {}
        self.contents: dict[int, Record] = {}
        self.bodies_read: list[int] = []
        self.garbage: dict[str, Any] = {}
        self.primary = SWEDISH
        self.base: Record = {"id": 1, "active": True, "custom_address": None}
        self._clock = dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc)

    def answer(self, request: Request) -> Answer:
        """One call."""
        token = request.headers.get("authorization", "").removeprefix("Token token=")
        if token not in (EDITOR, NOBODY):
            return Answer({"error": "Can't find User for Token"}, 401)
        for ending, garbage in self.garbage.items():
            if request.path.endswith(ending):
                return Answer(garbage)
        routes = {
            r"POST /knowledge_bases/init": self._init,
            r"GET /signshow": self._signshow,
            r"POST /knowledge_bases/1/answers": self._create,
            r"GET /knowledge_bases/1/answers/(\d+)": self._show,
            r"PATCH /knowledge_bases/1/answers/(\d+)": self._update,
            r"DELETE /knowledge_bases/1/answers/(\d+)": self._destroy,
            r"POST /knowledge_bases/1/answers/(\d+)/(\w+)": self._set,
        }
        call = f"{request.method} {request.path.removeprefix('/api/v1')}"
        for pattern, route in routes.items():
            found = re.fullmatch(pattern, call)
            if found and (not found.groups() or int(found[1]) in self.answers):
                return route(request, token, *found.groups())
        return Answer({"error": "No such thing"}, 404)

    def schedule(self, answer: int, state: str, when: dt.datetime) -> None:
        """Sets a time in advance; Zammad touches the answer then, and again when it has come."""
        self.answers[answer][STATES[state]] = _text(when)
        self._touch(answer)

    def _init(self, _request: Request, token: str) -> Answer:
        if token == NOBODY:
            return Answer({"KnowledgeBase": {"1": {**self.base, "updated_at": _text(self._clock)}}})
        assets = {
            "KnowledgeBase": {"1": {**self.base, "answer_ids": [], "category_ids": [1]}},
            "KnowledgeBaseLocale": {
                str(own): {
                    "id": own,
                    "knowledge_base_id": 1,
                    "system_locale_id": system,
                    "primary": own == self.primary,
                }
                for own, system in SYSTEM_LOCALES.items()
            },
            "KnowledgeBaseCategory": {"1": {"id": 1, "knowledge_base_id": 1}},
        }
        if self.answers:
            assets["KnowledgeBaseAnswer"] = _by_id(self.answers)
            assets["KnowledgeBaseAnswerTranslation"] = _by_id(self.translations)
        return Answer(assets)

    def _signshow(self, _request: Request, _token: str) -> Answer:
        return Answer({"session": {"id": 3}, "collections": {"Locale": LOCALES}})

    def _show(self, request: Request, _token: str, number: str) -> Answer:
        wanted = request.query.get("include_contents", "")
        ids = [int(each) for each in wanted.split(",") if each]
        self.bodies_read += ids
        return Answer(self._assets(int(number), ids))

    def _create(self, request: Request, _token: str) -> Answer:
        number = len(self.answers) + 1
        self.answers[number] = {
            "id": number,
            "category_id": int(request.body["category_id"]),
            "tags": request.body.get("tags", []),
            **dict.fromkeys(STATES.values()),
        }
        return self._write(number, request)

    def _update(self, request: Request, _token: str, number: str) -> Answer:
        return self._write(int(number), request)

    def _destroy(self, _request: Request, _token: str, number: str) -> Answer:
        del self.answers[int(number)]
        for each in [t for t in self.translations.values() if t["answer_id"] == int(number)]:
            del self.translations[each["id"]], self.contents[each["content_id"]]
        return Answer({})

    def _set(self, _request: Request, _token: str, number: str, state: str) -> Answer:
        answer = self.answers[int(number)]
        if state not in {*STATES, "unarchive"}:
            return Answer({"error": "No such event"}, 422)
        if state == "unarchive":
            answer["archived_at"] = None
        else:
            answer[STATES[state]] = _text(self._clock)
        self._touch(int(number))
        return Answer(self._assets(int(number), []))

    def _write(self, number: int, request: Request) -> Answer:
        changed = []
        for fields in request.body.get("translations_attributes", []):
            old = self.translations.get(fields.get("id", 0))
            translation = old or {
                "id": len(self.translations) + 1,
                "answer_id": number,
                "kb_locale_id": fields["kb_locale_id"],
                "content_id": len(self.contents) + 101,  # not the translation's id, on purpose
            }
            self.translations[translation["id"]] = translation
            translation["title"] = fields.get("title", translation.get("title"))
            content = translation["content_id"]
            if "content_attributes" in fields:
                body = fields["content_attributes"]["body"]
                self.contents[content] = {"id": content, "body": body, "attachments": []}
                changed.append(content)
        self._touch(number)
        return Answer(self._assets(number, changed), 201)

    def _touch(self, number: int) -> None:
        """An answer touches its translations and the other way round, as in Zammad."""
        self._clock += dt.timedelta(seconds=1)
        self.answers[number]["updated_at"] = _text(self._clock)
        for each in self.translations.values():
            if each["answer_id"] == number:
                each["updated_at"] = _text(self._clock)

    def _assets(self, number: int, contents: list[int]) -> Record:
        own = {k: t for k, t in self.translations.items() if t["answer_id"] == number}
        assets = {
            "KnowledgeBaseAnswer": _by_id({number: self.answers[number]}),
            "KnowledgeBaseAnswerTranslation": _by_id(own),
        }
        if contents:
            asked = {each: self.contents[each] for each in contents if each in self.contents}
            assets["KnowledgeBaseAnswerTranslationContent"] = _by_id(asked)
        return {"id": number, "assets": assets}


@contextlib.contextmanager
def running_zammad() -> Iterator[tuple[Zammad, str]]:
    """A Zammad and its address."""
    zammad = Zammad()
    with serving(zammad.answer) as url:
        yield zammad, url


def _by_id(records: dict[int, Record]) -> Record:
    return {str(number): record for number, record in records.items()}


def _text(when: dt.datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"
