"""A file of questions and answers: each row an article, each bad row named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from kb_connector.errors import SourceError
from kb_connector.sources.faq import FaqSource
from kb_connector.store import Store
from kb_connector.sync import sync

Connect = Callable[[], sa.engine.Engine]


@pytest.fixture
def store(connect: Connect) -> Store:
    made = Store(connect())
    made.create_all()
    return made


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("faq.csv", "question,answer,lang\nVad kostar frakten?,49 kr,sv\nReturn?,Free,en\n"),
        (
            "faq.csv",
            "\ufeffQuestion;Answer;Lang\r\nVad kostar frakten?;49 kr;sv\r\nReturn?;Free;en",
        ),
        ("faq.csv", "title\tbody\tlanguage\nVad kostar frakten?\t49 kr\tsv\nReturn?\tFree\ten\n"),
        (
            "faq.jsonl",
            '{"question": "Vad kostar frakten?", "answer": "49 kr", "lang": "sv"}\n\n'
            '{"title": "Return?", "body": "Free", "keywords": ["send back"]}\n',
        ),
    ],
)
def test_rows_become_articles(tmp_path: Path, store: Store, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    sync(store, FaqSource(tmp_path / name, lang="en"))
    found = {(each.lang, each.title, each.body_markdown) for each in store.articles()}
    assert found == {("sv", "Vad kostar frakten?", "49 kr"), ("en", "Return?", "Free")}


def test_only_changed_rows_are_taken_and_gone_ones_go(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "faq.csv"
    source = FaqSource(path, lang="en")
    path.write_text("id,question,answer\na,A?,one\nb,B?,two\nc,C?,three\n", "utf-8")
    assert len(sync(store, source).new) == 3
    path.write_text("id,question,answer\na,A?,one\nb,B?,changed\n", "utf-8")
    summary = sync(store, source)
    assert summary.changed == ["faq:en/faq-b"]
    assert summary.removed == ["faq:en/faq-c"]
    assert summary.unchanged == 1


def test_the_same_id_in_two_languages_is_one_article_translated(
    tmp_path: Path, store: Store
) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("id,lang,question,answer\nr,sv,Retur?,Ja\nr,nb-NO,Retur?,Ja\n", "utf-8")
    sync(store, FaqSource(path, lang="en"))
    assert [(each.lang, each.slug) for each in store.articles()] == [
        ("nb", "faq-r"),
        ("sv", "faq-r"),
    ]


def test_html_is_cleaned_and_said(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "faq.csv"
    path.write_text('question,answer\nA?,"<p>One</p><script>x()</script>"\n', "utf-8")
    summary = sync(store, FaqSource(path, lang="en"))
    assert store.articles()[0].body_markdown == "One"
    assert [each.reason for each in summary.cleaned] == ["taken out: a script"]


def test_a_bad_row_is_named_with_its_line_and_the_others_go_on(
    tmp_path: Path, store: Store
) -> None:
    path = tmp_path / "faq.csv"
    rows = ["question,answer,audience", "A?,,", "B?,fine,", "C?,x,everyone", "B?,again,"]
    path.write_text("\n".join(rows), "utf-8")
    summary = sync(store, FaqSource(path, lang="en"))
    assert [each.title for each in store.articles()] == ["B?"]
    reasons = [failed.reason for failed in summary.failed]
    assert [part for part in ("line 2", "line 4", "line 5") if any(part in r for r in reasons)] == [
        "line 2",
        "line 4",
        "line 5",
    ]
    assert any("no answer" in reason for reason in reasons)
    assert any("came before" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "faq.csv",
            "question,answer\nVad kostar det?,för mycket\n".encode("cp1252"),
            "line 2: not UTF-8",
        ),
        ("faq.csv", b"q,a\nx,y\n", "must name the columns"),
        ("faq.csv", b"", "must name the columns"),
        ("faq.jsonl", b'{"question": "A"}\nnot json\n', "line 2: not JSON"),
        ("faq.jsonl", b"[1]\n", "line 1: expected an object"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, store: Store, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=said):
        sync(store, FaqSource(tmp_path / name, lang="en"))
    with pytest.raises(SourceError, match="cannot be read"):
        sync(store, FaqSource(tmp_path / "nowhere.csv", lang="en"))
