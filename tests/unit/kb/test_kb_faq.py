"""A file of questions and answers: each row an article, each bad row named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb_connector.errors import SourceError
from kb_connector.sources.faq import FaqSource
from kb_connector.store import Store
from kb_connector.sync import sync


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
        ("faq.csv", b"question,title,answer\n", "two columns are the question"),
        ("faq.csv", b'question,answer\nA?,one\nB?,"two\nC?,three\n', "begins at line 3"),
        ("faq.csv", b"question,answer\nA?,a\0b\n", "begins at line 2"),
        ("faq.jsonl", b"question,answer\nA?,one\n", "line 1: not JSON"),
        ("faq.jsonl", b"[" * 100_000, "line 1: not JSON"),
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


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("b,,Two,,,", "line 3: there is no question"),
        ("b,B?,,,,", "line 3: there is no answer"),
        ("b,B?,Two,,everyone,", "line 3: the audience is 'everyone'"),
        ("b,B?,Two,,,javascript:x()", "line 3: 'javascript:x()' is no web address"),
        ("b,B?,<script>x()</script><p></p>,,,", "line 3: there is no text in the answer"),
    ],
)
def test_a_row_that_breaks_keeps_the_article_that_it_was(
    tmp_path: Path, store: Store, row: str, said: str
) -> None:
    path = tmp_path / "faq.csv"
    source = FaqSource(path, lang="en")
    first = "id,question,answer,lang,audience,url\na,A?,One,,,\n"
    path.write_text(f"{first}b,B?,Two,,,\nc,C?,Three,,,\n", "utf-8")
    sync(store, source)
    path.write_text(f"{first}{row}\n", "utf-8")
    summary = sync(store, source)
    (failed,) = summary.failed
    assert failed.id == "faq:en/faq-b"
    assert said in failed.reason
    assert [each.slug for each in store.articles()] == ["faq-a", "faq-b"]
    path.write_text(f"{first}b,B?,Two,,,\n", "utf-8")
    assert sync(store, source).failed == []


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("faq.csv", "b,B?,49 kr, VAT included,en", "line 3: it has 5 cells for 4 columns"),
        ("faq.csv", "b,B?,Two,Swedish", "line 3: the language is 'swedish'"),
        ("faq.csv", ",???,Two,", "line 3: '???' has no letters for a name; give it an id"),
        ("faq.csv", ",,Two,", "line 3: there is no question"),
        ("faq.jsonl", '{"id": "b", "question"', "line 3: not JSON"),
        ("faq.jsonl", '{"question": "B?", "answer": {"text": "x"}}', "'answer' is an object"),
        ("faq.jsonl", r'{"question": "B?", "answer": "\ud83d"}', "'answer' has something in it"),
        ("faq.jsonl", r'{"question": "B?", "answer": "a\u0000b"}', "'answer' has something in it"),
    ],
)
def test_while_a_row_cannot_be_told_nothing_counts_as_gone(
    tmp_path: Path, store: Store, name: str, row: str, said: str
) -> None:
    path = tmp_path / name
    source = FaqSource(path, lang="en")
    heads = {"faq.csv": "id,question,answer,lang\na,A?,One,\n"}
    first = heads.get(name, '{"id": "a", "question": "A?", "answer": "One"}\n\n')
    rest = {"faq.csv": "b,B?,Two,\n", "faq.jsonl": '{"id": "b", "question": "B?", "answer": "2"}\n'}
    path.write_text(first + rest[name], "utf-8")
    sync(store, source)
    path.write_text(f"{first}{row}\n", "utf-8")
    summary = sync(store, source)
    assert [said in failed.reason for failed in summary.failed] == [True]
    assert [each.slug for each in store.articles()] == ["faq-a", "faq-b"]


def test_rows_without_anything_in_them_are_passed_over(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "faq.csv"
    path.write_bytes('question;answer\r\n\r\nÖppet?;"Ja,\r\nalltid"\r\n;\r\nRetur?;Ja\r\n'.encode())
    assert sync(store, FaqSource(path, lang="sv")).failed == []
    assert [each.slug for each in store.articles()] == ["faq-oppet", "faq-retur"]


def test_a_group_joins_translations_and_an_id_comes_once(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "faq.csv"
    rows = [
        "id,group,lang,question,answer",
        "1,r,sv,Retur?,Ja",
        "2,r,da,Retur?,Ja",
        "1,x,sv,Ny?,Ja",
    ]
    path.write_text("\n".join(rows), "utf-8")
    summary = sync(store, FaqSource(path, lang="en"))
    assert [failed.reason for failed in summary.failed] == [
        f"{path}, line 4: '1' came before; keep one"
    ]
    assert [(each.lang, each.slug) for each in store.articles()] == [
        ("da", "faq-r"),
        ("sv", "faq-r"),
    ]


def test_all_that_a_row_says_is_kept(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "faq.jsonl"
    path.write_text(
        '{"title": "Return?", "body": "One\u2028two", "tags": ["send back", "refund"], "category": '
        '"Orders", "summary": "Short", "audience": "staff", "url": "https://shop.example/r"}\n',
        "utf-8",
    )
    sync(store, FaqSource(path, lang="en"))
    (article,) = store.articles()
    assert article.keywords == ("Orders", "send back", "refund")
    assert (article.summary, article.audience) == ("Short", "staff")
    assert (article.url, article.body_markdown) == ("https://shop.example/r", "One\u2028two")


@pytest.mark.parametrize(
    ("answer", "markdown"),
    [
        ("**Yes**, see [this](https://a.example)", "**Yes**, see [this](https://a.example)"),
        ("<p><b>Yes</b></p><ul><li>one</li></ul>", "**Yes**\n\n- one"),
        ("One<br>*two*", "One  \n*two*"),
        ("Write `<b>` for **bold**", "Write `<b>` for **bold**"),
        ("1 < 2 and a<b", "1 < 2 and a<b"),
    ],
)
def test_an_answer_is_markdown_or_html(
    tmp_path: Path, store: Store, answer: str, markdown: str
) -> None:
    path = tmp_path / "faq.jsonl"
    path.write_text(json.dumps({"question": "A?", "answer": answer}), "utf-8")
    sync(store, FaqSource(path, lang="en"))
    assert store.articles()[0].body_markdown == markdown


def test_an_answer_too_large_is_refused(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "faq.jsonl"
    path.write_text(json.dumps({"question": "A?", "answer": "x" * 2_000_001}), "utf-8")
    (failed,) = sync(store, FaqSource(path, lang="en")).failed
    assert "2,000,001 bytes, more than 2,000,000" in failed.reason
