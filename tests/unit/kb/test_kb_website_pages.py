"""What a page says: its main text with tables, lists and code, its title, its letters."""

from __future__ import annotations

import re

import pytest
from servers.website import TEXT

from kb_connector.html import to_markdown
from kb_connector.sources.web.fetch import Fetched
from kb_connector.sources.web.page import Page, read_page
from kb_connector.sources.web.text import decoded

URL = "https://help.example/a"


def read(html: str | bytes, **headers: str) -> Page:
    content = html.encode() if isinstance(html, str) else html
    return read_page(Fetched(URL, 200, content, headers))


def markdown(html: str) -> str:
    return to_markdown(read(html).html, base_url=URL).text


UNMARKED = f"""<html lang=en><head><title>Delivery - Shop</title></head><body>
<div class=menu><a href=/x>Menu</a></div><div class=content>
<h1>Delivery</h1><h2>When</h2><p>{TEXT}</p>
<ul><li>Monday 9-17<ul><li>not in July</li></ul></li><li>Sunday closed</li></ul>
<ol><li>Pack it</li><li>Send it</li></ol>
<h3>What it costs</h3><table><tr><th>Country</th><th>Price</th></tr>
<tr><td>Sweden</td><td>49</td></tr></table>
<p>{TEXT} Write <code>svara up</code> or <b>ask</b>, see <a href=/y>this</a>.</p>
<p><img src=truck.png alt="A red truck"> {TEXT}</p>
<pre><code>def f():
    return 1
</code></pre><p>{TEXT}</p></div>
<div class=footer>Copyright</div></body></html>"""


@pytest.mark.parametrize("main", [False, True])
def test_a_page_keeps_its_form_whether_it_marks_its_main_part_or_not(main: bool) -> None:
    html = UNMARKED
    if main:
        html = html.replace("<div class=content>", "<main>").replace("</div>\n", "</main>\n")
    text = markdown(html)
    for part in (
        "## When",
        "- Monday 9-17\n  - not in July\n- Sunday closed",
        "1. Pack it\n2. Send it",
        "### What it costs",
        "| Country | Price |\n| --- | --- |\n| Sweden | 49 |",
        "`svara up` or **ask**, see [this](https://help.example/y)",
        "A red truck",
        "```\ndef f():\n    return 1\n```",
    ):
        assert part in text
    assert "Menu" not in text
    assert "Copyright" not in text
    assert "Delivery" not in text


@pytest.mark.parametrize("main", [False, True])
def test_headings_keep_their_ids_whether_a_page_marks_its_main_part_or_not(main: bool) -> None:
    html = UNMARKED.replace("<h2>When", "<div id=x></div><h2 id=when>When").replace(
        "<h3>What it costs", "<a name='a b'></a><h3>What <i>it</i> costs"
    )
    if main:
        html = html.replace("<div class=content>", "<main id=m>").replace("</div>\n", "</main>\n")
    text = markdown(html)
    assert "## When {#when}\n" in text
    assert "### What *it* costs {#a%20b}\n" in text
    assert "\N{UGARITIC WORD DIVIDER}" not in text
    assert re.sub(r" \{#.*\}|\*(?!\*)", "", text) == re.sub(r"\*(?!\*)", "", markdown(UNMARKED))


def test_a_part_is_not_led_to_by_what_is_left_of_it() -> None:
    text = markdown(
        f"<main><section id=top><h1>Title</h1><h2>First</h2><p>{TEXT}</p></section>"
        f"<div id=box><nav>Menu</nav><h2>Next</h2><p>{TEXT}</p></div></main>"
    )
    assert "{" not in text


def test_what_stands_round_a_main_part_is_left_out_and_notes_are_kept() -> None:
    text = markdown(
        f"<body><header>Shop</header><main><header><h1>Delivery</h1></header><nav>Path</nav><p>{TEXT}"
        "</p><section><header><h2>Abroad</h2></header><p>Ask us.</p></section>"
        "<aside class='admonition note'>Not in July.</aside><aside>Read also</aside>"
        "<footer>Was this helpful?</footer></main></body>"
    )
    assert "## Abroad" in text
    assert "Not in July." in text
    for part in ("Shop", "Path", "Read also", "helpful", "Delivery"):
        assert part not in text


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>T | Shop</title>", f"<main><h1>Our heading ¶</h1>{TEXT}</main>", "Our heading"),
        ("<title>Pay - by card | Shop</title>", "<p>x</p>", "Pay - by card"),
        (
            "<meta property=og:site_name content=Shop><title>Shop | Returns</title>",
            "<h1>Shop</h1>",
            "Returns",
        ),
        ("<title>Returns | Shop</title>", "<h1><a href='/'>Shop home</a></h1>", "Returns"),
        (
            "<meta property=og:title content='Pay - how'><title>Pay | Shop</title>",
            "<p>x</p>",
            "Pay - how",
        ),
        ("<title>Returns</title>", "<p>x</p>", "Returns"),
        ("", "<p>x</p>", ""),
    ],
)
def test_the_title_is_the_pages_own(head: str, body: str, title: str) -> None:
    assert read(f"<html><head>{head}</head><body>{body}</body></html>").title == title


@pytest.mark.parametrize(
    ("encoding", "said", "meta"),
    [
        ("utf-8", "", ""),
        ("utf-8-sig", "", ""),
        ("utf-8", "iso-8859-1", ""),
        ("cp1252", "ISO-8859-1", ""),
        ("cp1252", "", "<meta charset=iso-8859-1>"),
        ("cp1252", "nonsense", ""),
        ("utf-16", "utf-16", ""),
        ("iso8859-15", "iso-8859-15", ""),
    ],
)
def test_letters_are_those_that_were_meant(encoding: str, said: str, meta: str) -> None:
    text = f"{meta}Återbetalning på Ærø, “80 €”"
    if encoding.startswith("iso"):
        text = text.replace("“", '"').replace("”", '"')
    assert decoded(text.encode(encoding), said) == text
    page = f"<html>{meta}<body><h1>Återbetalning på Ærø</h1>"
    kind = f"text/html; charset={said}" if said else "text/html"
    assert read(page.encode(encoding), **{"content-type": kind}).title == "Återbetalning på Ærø"


def test_bytes_that_are_no_letters_do_not_stop_a_page() -> None:
    assert read(b"<h1>A\x81\xff\x00</h1>").title.startswith("A")


def test_xhtml_is_read_and_links_are_whole() -> None:
    page = read(
        "<?xml version='1.0' encoding='UTF-8'?><html xmlns='http://www.w3.org/1999/xhtml' "
        "lang='sv-SE'><head><base href='/help/'/><title>Hj\u00e4lp</title></head><body><p>"
        "<a href='b#c'>b</a><a href='javascript:x()'>x</a>"
        "<a rel='nofollow' href='d'>d</a></p></body></html>"
    )
    assert (page.lang, page.title, page.links) == (
        "sv",
        "Hj\u00e4lp",
        ("https://help.example/help/b",),
    )


def test_a_language_that_is_none_is_not_taken() -> None:
    assert read("<html lang='{{ lang }}'><h1>x</h1></html>").lang == ""


@pytest.mark.parametrize(
    "html", ["", "<", "<html></html>", "https://help.example/", "<body>" + "<div>" * 5000]
)
def test_a_page_without_a_text_has_none(html: str) -> None:
    assert to_markdown(read(html).html).text in ("", "https://help.example/")
