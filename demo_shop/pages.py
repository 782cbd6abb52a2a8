"""The shop's web pages as strings; whoever serves them chooses their addresses with `home_path` and
`demo_orders_path`.

They need no more than `Content-Security-Policy: default-src 'self'`, and the folder `STATIC_FOLDER`
served under `STATIC_URL`. An element with `data-svara-open` is a wish to open the chat; without the
widget it leads to the help pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo_shop.catalogue import PRODUCTS
from demo_shop.samples import SampleOrder

LANGUAGES: Final = ("en", "sv", "da", "nb")
STATIC_FOLDER: Final = Path(__file__).parent / "static"
STATIC_URL: Final = "/shop/static"

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# Cards take their background from the drawing on them
_TINTS: Final = {
    "sarek-shell-jacket": "spruce",
    "abisko-down-jacket": "rust",
    "mon-wool-sweater": "ink",
    "kebne-hiking-trousers": "slate",
    "jotun-hiking-boots": "oat",
    "mora-wool-hat": "ochre",
    "padjelanta-backpack-45": "spruce",
    "jotun-tent-2": "moss",
}


def home_path(lang: str) -> str:
    """Address of the front page; the English one names its language, as "/" may choose by itself.

    >>> home_path("sv")
    '/sv/'
    """
    return "/?lang=en" if lang == "en" else f"/{lang}/"


def demo_orders_path(lang: str) -> str:
    """Address of the page with the demo orders."""
    return f"/demo-orders/{lang}/"


def home(lang: str, widget_url: str = "/chat/widget.js") -> str:
    """The front page as HTML.

    Args:
        lang: one of `LANGUAGES`.
        widget_url: address of the chat widget's script.

    Raises:
        ValueError: a language that the shop does not speak.
    """
    texts = _texts(lang)
    by_slug = {product.slug: product for product in PRODUCTS}
    cards = [
        {
            "slug": slug,
            "name": by_slug[slug].name,
            "price": format_price(int(by_slug[slug].price(texts["currency"])), texts["currency"]),
            "tint": _TINTS[slug],
            **item,
        }
        for slug, item in texts["products"]["items"].items()
    ]
    return _render("home.html", lang, widget_url, home_path, cards=cards)


def demo_orders(
    lang: str, orders: Iterable[SampleOrder], widget_url: str = "/chat/widget.js"
) -> str:
    """The page with orders to try the assistant with, as HTML.

    Args:
        lang: one of `LANGUAGES`.
        orders: from `demo_shop.samples.sample_orders`.
        widget_url: address of the chat widget's script.

    Raises:
        ValueError: a language that the shop does not speak.
    """
    return _render("demo_orders.html", lang, widget_url, demo_orders_path, orders=tuple(orders))


def format_price(amount: int, currency: str) -> str:
    """A price as people of the currency's country write it, with spaces that do not break.

    >>> format_price(1329, "EUR"), format_price(2399, "DKK").split()
    ('€1,329', ['2.399', 'kr.'])
    """
    if currency == "EUR":
        return f"€{amount:,}"
    if currency == "DKK":
        return f"{amount:,} kr.".replace(",", ".").replace(" ", "\N{NO-BREAK SPACE}")
    return f"{amount:,} kr".replace(",", " ").replace(" ", "\N{NO-BREAK SPACE}")


def _render(template: str, lang: str, widget_url: str, path: Any, **more: Any) -> str:
    texts = _texts(lang)
    languages = [
        {"lang": other, "name": _texts(other)["language"], "url": path(other)}
        for other in LANGUAGES
    ]
    return _TEMPLATES.get_template(template).render(
        t=texts,
        lang=lang,
        languages=languages,
        home=home_path(lang),
        demo_orders=demo_orders_path(lang),
        help=f"/help/{lang}/",
        static=STATIC_URL,
        widget_url=widget_url,
        **more,
    )


@cache
def _texts(lang: str) -> dict[str, Any]:
    if lang not in LANGUAGES:
        raise ValueError(f"The shop speaks {', '.join(LANGUAGES)}, not {lang!r}. Choose one.")
    path = Path(__file__).parent / "texts" / f"{lang}.yml"
    texts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return texts
