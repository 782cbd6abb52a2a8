"""The shop's pages: whole, in every language, and at home under a strict content policy."""

from __future__ import annotations

import re
import xml.etree.ElementTree as Tree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo_shop import pages
from demo_shop.pages import LANGUAGES, STATIC_FOLDER, STATIC_URL, demo_orders, home
from demo_shop.samples import SAMPLE_NUMBERS, SampleOrder, sample_orders

TEXTS = Path(pages.__file__).parent / "texts"
STATES = ("received", "packed", "shipped", "delivered", "cancelled", "returned", "refunded")
ORDERS = [SampleOrder("NL-104801", "a@mail.example", "831 30", "SE", state) for state in STATES]
VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """All elements with their attributes; fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def every_page() -> list[tuple[str, str]]:
    return [(lang, html) for lang in LANGUAGES for html in (home(lang), demo_orders(lang, ORDERS))]


def test_pages_are_well_formed_and_need_no_inline_code() -> None:
    for _, html in every_page():
        page = Page(html)
        assert not page.all("style")
        for _, attributes in page.elements:
            assert "style" not in attributes
            assert not any(name.startswith("on") for name in attributes)
        assert [script["src"] for script in page.all("script")] == ["/chat/widget.js"]
        assert "https://" not in html and "http://" not in html


def test_the_widget_is_loaded_in_the_pages_language() -> None:
    for lang, html in every_page():
        page = Page(html)
        assert page.all("html")[0]["lang"] == lang
        script = page.all("script")[0]
        assert script["data-lang"] == lang and "defer" in script
        assert any("data-svara-open" in link for link in page.all("a"))


def test_the_widgets_address_is_escaped() -> None:
    page = Page(home("en", '/w.js?a=1&b="><script>'))
    assert page.all("script")[0]["src"] == '/w.js?a=1&b="><script>'


def test_every_file_used_exists_and_every_file_is_used() -> None:
    used = {"schibsted-grotesk-OFL.txt"}
    for _, html in every_page():
        used |= set(re.findall(rf'"{STATIC_URL}/([^"]+)"', html))
    used |= set(re.findall(r'url\("([^"]+)"\)', (STATIC_FOLDER / "shop.css").read_text()))
    assert used == {path.name for path in STATIC_FOLDER.iterdir()}


def test_drawings_are_plain_xml_without_scripts_or_links() -> None:
    drawings = list(STATIC_FOLDER.glob("*.svg"))
    assert len(drawings) >= 14
    for drawing in drawings:
        for element in Tree.parse(drawing).iter():
            name = element.tag.rpartition("}")[2]
            assert name not in ("script", "foreignObject", "image", "a", "style"), drawing
            assert not any("href" in key or key.startswith("on") for key in element.attrib)


def test_images_have_alternatives_and_links_lead_somewhere() -> None:
    for _, html in every_page():
        page = Page(html)
        assert all("alt" in image for image in page.all("img"))
        ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
        for link in page.all("a"):
            assert link["href"]
            if link["href"].startswith("#"):
                assert link["href"][1:] in ids
        assert len(page.all("h1")) == 1


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_the_same_texts_of_its_own(lang: str) -> None:
    english, other = (yaml.safe_load((TEXTS / f"{name}.yml").read_text()) for name in ("en", lang))
    assert shape(english) == shape(other)
    if lang != "en":
        assert english["hero"]["title"] != other["hero"]["title"]
        assert english["demo"]["tries"].keys() == set(STATES)
        assert not set(english["demo"]["tries"].values()) & set(other["demo"]["tries"].values())


@pytest.mark.parametrize(
    ("lang", "price"), [("en", "€329"), ("sv", "3 499 kr"), ("da", "2.399 kr."), ("nb", "3 599 kr")]
)
def test_prices_are_those_of_the_market(lang: str, price: str) -> None:
    assert f">{price}<".replace(" ", "\N{NO-BREAK SPACE}") in home(lang)


def test_the_language_switch_names_the_page_one_is_on() -> None:
    current = [a for a in Page(home("da")).all("a") if "aria-current" in a]
    assert [link["hreflang"] for link in current] == ["da"]
    assert 'href="/demo-orders/nb/"' in demo_orders("da", ORDERS)


def test_orders_are_shown_escaped() -> None:
    order = SampleOrder("NL-104801", "<b>@mail.example", "831 30", "SE", "shipped")
    html = demo_orders("sv", [order])
    assert "&lt;b&gt;@mail.example" in html and "<b>" not in html
    assert "Skickad" in html and "Var är mitt paket?" in html


def test_a_language_that_the_shop_does_not_speak() -> None:
    with pytest.raises(ValueError, match="en, sv, da, nb"):
        home("../en")


def test_the_sample_orders_are_the_shops_own(tmp_path: Path) -> None:
    samples = sample_orders(tmp_path / "shop.db")
    assert tuple(sample.number for sample in samples) == SAMPLE_NUMBERS
    assert len({sample.state for sample in samples}) == 7
    assert sample_orders(tmp_path / "shop.db") == samples
