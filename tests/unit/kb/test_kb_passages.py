"""Articles are cut at their headings; anchors are those of the page."""

from __future__ import annotations

import re

import pytest
from kb_articles import article

from kb_connector.markdown import plain_text, to_html
from kb_connector.passages import passages


def test_each_heading_begins_a_passage() -> None:
    found = passages(article("Först.\n\n## Å, äta & öl?\nSvar.\n\n### Djupare\nMer."))
    assert [(each.heading, each.anchor, each.text) for each in found] == [
        ("", "", "Först."),
        ("Å, äta & öl?", "a-ata-ol", "Svar."),
        ("Djupare", "djupare", "Mer."),
    ]
    assert found[0].url == "https://shop.example/help/sv/x"
    assert found[1].url == "https://shop.example/help/sv/x#a-ata-ol"


def test_a_heading_without_text_makes_no_passage() -> None:
    assert [each.heading for each in passages(article("## Tom\n\n## Full\nText."))] == ["Full"]


def test_what_looks_like_a_heading_in_code_or_a_list_does_not_cut() -> None:
    assert len(passages(article("```\n## kod\n```\n\n- ## i en lista\n"))) == 1


@pytest.mark.parametrize("ending", ["\u2028", "\x0b", "\x85", "\r\n", "\r"])
def test_lines_end_where_markdown_ends_them(ending: str) -> None:
    found = passages(article(f"One{ending}two\n\n## H {{#h}}\nText"))
    assert [each.text for each in found][1:] == ["Text"]


def test_headings_of_the_same_name_get_different_anchors() -> None:
    anchors = [each.anchor for each in passages(article("## Pris\na\n\n## Pris\nb"))]
    assert anchors == ["pris", "pris-2"]


def test_the_page_has_the_passages_anchors() -> None:
    body = "# Ett\na\n\n## Två\nb\n\nTre\n---\nc\n\n## Två\nd\n\n## ???\ne"
    ids = re.findall(r'id="([^"]+)"', to_html(body))
    assert ids == [each.anchor for each in passages(article(body))]
    assert ids == ["ett", "tva", "tre", "tva-2", "section"]


def test_a_passage_of_a_foreign_page_is_led_to_by_the_pages_own_id() -> None:
    body = "A\n\n## Retur {#returns}\nb\n\n## Köp\nc\n\nOm {#x}\n---\nd\n\n## E {#k%C3%B6p(1)}\ne"
    found = passages(article(body, url="https://other.example/faq?id=1"))
    assert [(each.heading, each.anchor, each.url) for each in found] == [
        ("", "", "https://other.example/faq?id=1"),
        ("Retur", "retur", "https://other.example/faq?id=1#returns"),
        ("Köp", "kop", "https://other.example/faq?id=1"),
        ("Om", "om", "https://other.example/faq?id=1#x"),
        ("E {#k%C3%B6p(1)}", "e-k-c3-b6p-1", "https://other.example/faq?id=1"),
    ]
    escaped = passages(article("## E {#k%C3%B6p%20%281%29}\ne", url="https://other.example/faq"))
    assert (escaped[0].heading, escaped[0].page_id) == ("E", "köp (1)")
    assert escaped[0].url == "https://other.example/faq#k%C3%B6p%20%281%29"


def test_an_address_of_a_place_in_a_page_stays() -> None:
    (found,) = passages(article("## A {#a}\nb", url="https://other.example/#/article/7"))
    assert found.url == "https://other.example/#/article/7"


def test_our_own_help_centre_has_our_own_anchors_whatever_ids_there_were() -> None:
    body = "## Retur {#returns}\na\n\n## Köp {#}\nb"
    found = passages(article(body))
    assert [each.url for each in found] == [
        "https://shop.example/help/sv/x#retur",
        "https://shop.example/help/sv/x#kop",
    ]
    assert re.findall(r'<h2 id="(.+)">(.+)</h2>', to_html(body)) == [
        ("retur", "Retur"),
        ("kop", "Köp"),
    ]
    assert [each.url for each in passages(article(body, url=None))] == [None, None]


def test_plain_text_has_the_words_and_not_the_marks() -> None:
    text = plain_text(
        "**Fet** [länk](https://x.example) `kod`\n\n- ett\n- två\n\n| a | b |\n|-|-|\n| c | d |"
    )
    assert text.split() == ["Fet", "länk", "kod", "ett", "två", "a", "b", "c", "d"]


def test_raw_html_and_script_links_do_not_reach_the_page() -> None:
    html = to_html("<script>alert(1)</script>\n\n[x](javascript:alert(1)) <b onclick=y>z</b>")
    assert "<script" not in html
    assert "<b" not in html
    assert "href" not in html
