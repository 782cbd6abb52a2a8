"""HTML of other systems becomes clean Markdown."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kb_connector.article import Article, Cleaned, Failed
from kb_connector.html import to_markdown
from kb_connector.markdown import headings, page_id, parse, plain_text
from kb_connector.sources.building import Seen, build
from kb_connector.sources.languages import language


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<h1>A</h1><p>x</p><h3>B</h3>", "## A\n\nx\n\n#### B"),
        ("<h4>A</h4><p>x</p>", "## A\n\nx"),
        ("<h2> </h2><p>x</p>", "x"),
        ("<h2>A <a href='#a'>¶</a></h2><p>x</p>", "## A {#a}\n\nx"),
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


@pytest.mark.parametrize(
    ("html", "identity"),
    [
        ("<h2 id=returns>T</h2>", "returns"),
        ("<h2><a name=x></a>T</h2>", "x"),
        ("<h2><a id=x>T</a></h2>", "x"),
        ("<h2><span class=mw-headline id=x>T</span></h2>", "x"),
        ("<a id=x></a><h2>T</h2>", "x"),
        ("<p><a name=x></a></p>\n<!-- note --><script>y</script><h2>T</h2>", "x"),
        ("<section id=x><h2>T</h2></section>", "x"),
        ("<div class=section id=x><span id=old></span>\n<h2>T</h2></div>", "old"),
        ("<div id=x><header><div><h2>T</h2></div></header></div>", "x"),
        ("<section id=x><h2>T<a class=headerlink href='#x'>¶</a></h2></section>", "x"),
        ("<div id=x></div><h2>T<a class=headerlink href='#x'>¶</a></h2>", "x"),
        ("<section id=y><h2>T<a class=headerlink href='#x'>¶</a></h2></section>", "y"),
        ("<h2>T<a class=hash-link href='#x'>\u200b</a></h2>", "x"),
        ("<h2>T<a class=headerlink href='#k%C3%B6p'>#</a></h2>", "köp"),
        ("<h2 id='köp (1) {a}_*%'>T</h2>", "köp (1) {a}_*%"),
        # none is the heading's own
        ("<h2>T</h2>", ""),
        ("<h2 id=''>T</h2>", ""),
        ("<h2>T <a href='#fees'>(fees)</a></h2><p id=fees></p>", ""),
        ("<section id=x>Before<h2>T</h2></section>", ""),
        ("<section id=x><img alt=''><h2>T</h2></section>", ""),
        ("<section id=x><h2> </h2><h3>T</h3></section>", ""),
        ("<p id=x></p><h2>T</h2>", ""),
        ("<main id=x><h2>T</h2></main>", ""),
        ("<p id=x>Before</p><h2 id=x>T</h2>", ""),
        ("<p id=x>Before</p><h2><a name=x></a>T</h2>", ""),
    ],
)
def test_a_heading_keeps_the_id_that_leads_to_it(html: str, identity: str) -> None:
    text = to_markdown(f"{html}<p>Text.</p>").text
    (opening,) = [token for token in parse(text) if token.type == "heading_open"]
    assert page_id(opening) == identity
    assert plain_text(text).splitlines()[-2:] in (["T", "Text."], ["T (fees)", "Text."])


def test_ids_stand_only_where_they_are_read() -> None:
    html = (
        "<blockquote><h2 id=a>Quoted</h2></blockquote><ul><li><h3 id=b>Listed</h3></li></ul>"
        "<a href='https://x.example'><h2 id=c>Card</h2></a><pre><h2 id=d>code</h2></pre>"
        "<table><tr><td><h2 id=e>Cell</h2></td></tr></table><h2 id=f>Heading</h2><p>Text</p>"
    )
    text = to_markdown(html).text
    assert re.findall(r"\{#.*", text) == ["{#f}"]
    assert "\N{UGARITIC WORD DIVIDER}" not in text


def test_a_headings_text_is_not_taken_for_an_id() -> None:
    for html in ("<h2>Write {#a}</h2>", "<h2 id=x>Write {#a}</h2>"):
        (heading,) = headings(parse(to_markdown(html).text))
        assert heading[1] == "Write {#a}"


def test_signs_on_headings_are_no_text_whether_links_have_a_base_or_not() -> None:
    for base_url in (None, "https://help.example/"):
        text = to_markdown("<h2>A<a href='#a'>¶</a></h2><p>x</p>", base_url=base_url).text
        assert "¶" not in text


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
