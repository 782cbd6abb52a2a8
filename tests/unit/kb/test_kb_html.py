"""HTML of other systems becomes clean Markdown."""

from __future__ import annotations

import datetime as dt

import pytest

from kb_connector.article import Article, Cleaned, Failed
from kb_connector.html import to_markdown
from kb_connector.sources.building import Seen, build
from kb_connector.sources.languages import language


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<h1>A</h1><p>x</p><h3>B</h3>", "## A\n\nx\n\n#### B"),
        ("<h4>A</h4><p>x</p>", "## A\n\nx"),
        ("<h2> </h2><p>x</p>", "x"),
        ("<h2>A <a href='#a'>¶</a></h2><p>x</p>", "## A\n\nx"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ('<pre><code class="language-sh">ls -l\nps</code></pre>', "```sh\nls -l\nps\n```"),
        ('<p>See <img src="x.png" alt="the menu"> here</p>', "See the menu here"),
        ('<a href="/hc/1?a=1">link</a>', "[link](https://help.example/hc/1?a=1)"),
        ('<a href="javascript:alert(1)">bad</a>', "bad"),
        ('<a href="data:text/html,x">bad</a>', "bad"),
        ('<a href="http://[broken">bad</a>', "bad"),
        ('<a href="mailto:a@b.se">mail</a>', "[mail](mailto:a@b.se)"),
        (
            "<table><tr><th>Land</th><th>Pris</th></tr><tr><td>Norge</td><td>49</td></tr></table>",
            "| Land | Pris |\n| --- | --- |\n| Norge | 49 |",
        ),
        ("", ""),
        ("https://help.example", "https://help.example"),
        ("åäö &amp; < b", "åäö & < b"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert to_markdown(html, base_url="https://help.example/hc/0").text == markdown


def test_what_runs_or_asks_is_taken_out_and_said() -> None:
    made = to_markdown(
        "<p>Text</p><script>alert(1)</script><script>x</script><style>p{}</style>"
        "<iframe src=x></iframe><form><input name=a>Send</form><!-- note --><p onclick=x()>End</p>"
    )
    assert made.text == "Text\n\nEnd"
    assert made.notes == ("2 scripts", "an iframe", "a form")


def test_a_broken_table_is_mended() -> None:
    made = to_markdown("<table><tr><td>a<td>b<tr><td colspan=2>c<tr><td>d</table>")
    rows = [line for line in made.text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {3}
    assert made.notes == ("a broken table",)


def test_a_table_for_layout_becomes_its_text() -> None:
    inner = "<table><tr><td>inner</td></tr></table>"
    made = to_markdown(f"<table><tr><td>outer</td><td>{inner}</td></tr></table>")
    assert [line for line in made.text.splitlines() if line] == ["outer", "inner"]


def test_a_few_cells_in_an_endless_grid_are_no_table() -> None:
    wide, long = "<td>a" * 500, "<tr><td>b" * 500
    made = to_markdown(f"<table><tr>{wide}{long}</table>")
    assert "|" not in made.text
    assert (made.text.count("a"), made.text.count("b")) == (500, 500)


@pytest.mark.parametrize("tag", ["div", "ul", "li", "b", "blockquote", "table", "td"])
def test_html_that_is_nested_without_end_becomes_text(tag: str) -> None:
    assert to_markdown(f"<{tag}>" * 5000 + "deep").text.strip("*| ").endswith("deep")


def article(**changed: object) -> list[Article | Failed | Cleaned]:
    fields: dict[str, object] = {
        "lang": "en", "title": "Title", "html": "<p>text</p>", "audience": "public",
        "updated": dt.date(2026, 1, 1), "url": "https://help.example/1",
    }  # fmt: skip
    return list(build("shop", "42", **(fields | changed)))  # type: ignore[arg-type]


def test_an_article_is_built_or_refused_with_the_reason() -> None:
    (made,) = article(keywords=["a", " a ", ""], title="  A\n title \0", html="te\0xt \ud800")
    assert isinstance(made, Article)
    assert (made.id, made.slug, made.title, made.keywords) == (
        "shop:en/shop-42", "shop-42", "A title", ("a",),
    )  # fmt: skip
    assert made.body_markdown == "text ?"
    for changed, reason in (
        ({"title": " "}, "no title"),
        ({"html": "<script>x</script>"}, "no text"),
        ({"html": "<b>" * 1_700_000}, "5,100,000 bytes, more than 2,000,000"),
    ):
        (failed,) = article(**changed)
        assert isinstance(failed, Failed)
        assert reason in failed.reason


def test_the_same_id_twice_is_noticed_and_languages_have_our_names() -> None:
    seen = Seen()
    assert [seen.first(each) for each in ("a", "b", "a")] == [True, True, False]
    assert [language(code) for code in ("sv-SE", "en_us", "NO", "nn-no", "da")] == [
        "sv", "en", "nb", "nb", "da",
    ]  # fmt: skip
