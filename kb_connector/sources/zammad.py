"""Answers of Zammad's knowledge base."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kb_connector.article import PUBLIC, STAFF, Article, Change, Checkpoint, Failed, Listing
from kb_connector.errors import SourceError
from kb_connector.http import Client
from kb_connector.sources.building import Seen, build, identity
from kb_connector.sources.contract import expected, moment
from kb_connector.sources.languages import language

_SYSTEM = "Zammad"
_KEEP_EVERY = 100


@dataclass(frozen=True)
class _Translation:
    """An answer in one language, as the structure tells of it: everything but its text.

    Attributes:
        stamp: another one after every change that concerns us.
    """

    id: str
    knowledge_base: int
    answer: int
    content: int | None
    lang: str
    title: str
    audience: str
    url: str
    tags: tuple[str, ...]
    changed: dt.datetime
    stamp: str


class ZammadSource:
    """Reads published and internal answers. Its cursor says which version of each was read.

    Args:
        url: address of Zammad, as in `https://help.example`.
        key: an access token with the permission `knowledge_base.reader`.
        name: name of the source; part of every article's id.
    """

    def __init__(self, url: str, *, key: str, name: str = "zammad") -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._client = Client(self._url, headers={"Authorization": f"Token token={key}"})

    def changes(self, since: str | None) -> Iterator[Change]:
        """Changed answers since the cursor, and all that are there; see `KnowledgeSource`."""
        known = self._versions(since)
        translations = self._visible()
        versions = {each.id: known[each.id] for each in translations if each.id in known}
        seen = Seen()
        fetched = 0
        for each in translations:
            if not seen.first(each.id):
                reason = f"answer {each.answer} has two translations into {each.lang}; keep one"
                yield Failed(each.id, reason)
                continue
            if known.get(each.id) == each.stamp:
                continue
            for change in self._build(each):
                yield change
                if isinstance(change, Article):
                    versions[each.id] = each.stamp
            fetched += 1
            if fetched % _KEEP_EVERY == 0:
                yield Checkpoint(json.dumps(versions, sort_keys=True))
        yield Listing(frozenset(each.id for each in translations))
        yield Checkpoint(json.dumps(versions, sort_keys=True))

    def _versions(self, since: str | None) -> dict[str, str]:
        try:
            return dict(json.loads(since or "{}"))
        except (ValueError, TypeError) as error:
            raise SourceError(
                f"The cursor of the source {self.name!r} is damaged; sync it again with `full`."
            ) from error

    def _visible(self) -> list[_Translation]:
        """What somebody may read, the primary language first."""
        assets = self._client.post_json("api/v1/knowledge_bases/init", {})
        bases = assets.get("KnowledgeBase", {}) if isinstance(assets, dict) else {}
        with expected(_SYSTEM, "The structure of the knowledge base"):
            # for a stranger Zammad answers too, but leaves out what belongs to what
            if not all("answer_ids" in base for base in bases.values()) or not bases:
                raise SourceError(
                    f"{_SYSTEM} at {self._url} shows no knowledge base to this token. Give its "
                    "user the permission knowledge_base.reader, and the token too."
                )
        session = self._client.get_json("api/v1/signshow")
        with expected(_SYSTEM, "The list of locales"):
            locales = {int(each["id"]): each["locale"] for each in session["collections"]["Locale"]}
        with expected(_SYSTEM, "The structure of the knowledge base"):
            return list(self._translations(assets, locales))

    def _translations(
        self, assets: Mapping[str, Any], locales: Mapping[int, str]
    ) -> Iterator[_Translation]:
        now = dt.datetime.now(dt.timezone.utc)
        translations = assets.get("KnowledgeBaseAnswerTranslation", {}).values()
        own_locales = assets["KnowledgeBaseLocale"]
        for translation in sorted(
            translations,
            key=lambda each: (not own_locales[str(each["kb_locale_id"])]["primary"], each["id"]),
        ):
            answer = assets["KnowledgeBaseAnswer"][str(translation["answer_id"])]
            own_locale = own_locales[str(translation["kb_locale_id"])]
            base = assets["KnowledgeBase"][str(own_locale["knowledge_base_id"])]
            audience = _audience(answer, base, now)
            if audience is None:
                continue
            locale = locales.get(own_locale["system_locale_id"])
            if locale is None:
                raise SourceError(
                    f"{_SYSTEM} no longer offers its locale {own_locale['system_locale_id']}, in "
                    f"which answer {answer['id']} is written. Make it active again there."
                )
            lang = language(locale)
            changed = max(moment(translation["updated_at"]), moment(answer["updated_at"]))
            url = self._page(base, locale, answer, audience)
            yield _Translation(
                id=identity(self.name, lang, str(answer["id"])),
                knowledge_base=int(base["id"]),
                answer=int(answer["id"]),
                content=translation["content_id"],
                lang=lang,
                title=str(translation["title"]),
                audience=audience,
                url=url,
                tags=tuple(str(tag) for tag in answer.get("tags", ())),
                changed=changed,
                # a time set in advance changes the audience later, and nothing else
                stamp=f"{translation['updated_at']} {answer['updated_at']} {audience} {url}",
            )

    def _build(self, each: _Translation) -> Iterator[Change]:
        yield from build(
            self.name,
            str(each.answer),
            lang=each.lang,
            title=each.title,
            html=self._text(each),
            audience=each.audience,
            updated=each.changed.date(),
            url=each.url,
            keywords=each.tags,
            base_url=self._url,
        )

    def _text(self, each: _Translation) -> str:
        if each.content is None:
            return ""
        found = self._client.get_json(
            f"api/v1/knowledge_bases/{each.knowledge_base}/answers/{each.answer}",
            {"include_contents": each.content},
        )
        with expected(_SYSTEM, f"Answer {each.answer}"):
            contents = found["assets"]["KnowledgeBaseAnswerTranslationContent"]
            return str(contents[str(each.content)]["body"])

    def _page(
        self, base: Mapping[str, Any], locale: str, answer: Mapping[str, Any], audience: str
    ) -> str:
        if audience == STAFF:
            place = f"knowledge_base/{base['id']}/locale/{locale}/answer/{answer['id']}"
            return f"{self._url}/#{place}"
        own = str(base.get("custom_address") or "/help")
        root = f"{self._url}{own}" if own.startswith("/") else f"{self._scheme}://{own}"
        return f"{root}/{locale}/{answer['category_id']}/{answer['id']}"

    @property
    def _scheme(self) -> str:
        return urlsplit(self._url).scheme


def _audience(answer: Mapping[str, Any], base: Mapping[str, Any], now: dt.datetime) -> str | None:
    """Who may read an answer now; None for drafts and archived ones."""

    def passed(name: str) -> bool:
        return answer[name] is not None and moment(answer[name]) <= now

    if passed("archived_at"):
        return None
    if passed("published_at"):
        return PUBLIC if base["active"] else STAFF
    return STAFF if passed("internal_at") else None
