"""The articles of a small shop, as files and as objects."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from kb_connector.article import Article

BASE_URL = "https://shop.example"

PAGES = {
    "en/track-order": (
        "Where is my order?",
        "[order_status]",
        "[tracking, late parcel]",
        "You follow your parcel with the tracking link in our e-mail.\n\n"
        "## The link shows nothing\n\nWait 24 hours; the carrier must scan the parcel first.",
    ),
    "en/return-how": (
        "How do I return something?",
        "[return_item]",
        "[send back, return label]",
        "Make a return label:\n\n1. Open My pages.\n2. Choose Return.\n3. Print the label.\n\n"
        "## What does a return cost?\n\nA return costs 5 EUR, taken from the refund.",
    ),
    "en/reset-password": (
        "I have forgotten my password",
        "[reset_password]",
        "[new password, reset link]",
        "Choose Forgot password on the login page. The link is valid for 60 minutes.",
    ),
    "en/washing": ("Washing wool", "[product_availability]", "[laundry]", "Wash wool at 30 °C."),
    "sv/track-order": (
        "Var är min beställning?",
        "[order_status]",
        "[spåra, sen leverans]",
        "Följ paketet med spårningslänken i vårt mejl.\n\n"
        "## Länken visar inget\n\nVänta 24 timmar, transportören måste läsa av paketet först.",
    ),
    "sv/return-how": (
        "Hur gör jag en retur?",
        "[return_item]",
        "[skicka tillbaka, retursedel]",
        "Gör en retursedel på Mina sidor. Returen kostar 39 kr.",
    ),
    "sv/delivery": (
        "Vad kostar frakten?",
        "[shipping_info]",
        "[fraktkostnad, leveranspris]",
        "Frakten kostar 49 kr och är fri från 599 kr.",
    ),
    "da/track-order": (
        "Hvor er min ordre?",
        "[order_status]",
        "[spore, forsinket pakke]",
        "Følg pakken med sporingslinket i vores mail.",
    ),
    "da/return-how": (
        "Hvordan returnerer jeg en vare?",
        "[return_item]",
        "[sende tilbage, returlabel]",
        "Lav en returlabel på Min side. Det koster 29 kr.",
    ),
    "nb/track-order": (
        "Hvor er bestillingen min?",
        "[order_status]",
        "[spore, forsinket pakke]",
        "Følg pakken med sporingslenken i e-posten vår.",
    ),
    "nb/return-how": (
        "Hvordan returnerer jeg en vare?",
        "[return_item]",
        "[sende tilbake, returlapp]",
        "Lag en returlapp på Mine sider. Det koster 49 kr.",
    ),
}
STAFF_PAGE = (
    "Vouchers that agents may give",
    "[order_status]",
    "[goodwill, voucher]",
    "Up to 20 EUR after a late parcel.",
)


def write_page(
    folder: Path, name: str, page: tuple[str, str, str, str], audience: str = "public"
) -> Path:
    """Writes one article as a file."""
    title, intents, keywords, body = page
    path = folder / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"---\ntitle: {title}\nsummary: About it.\naudience: {audience}\nupdated: 2026-09-14\n"
        f"intents: {intents}\nkeywords: {keywords}\n---\n{body}\n",
        "utf-8",
    )
    return path


def article(body: str, url: str | None = "https://shop.example/help/sv/x") -> Article:
    """A Swedish article with nothing but a body."""
    return Article(
        "m:sv/x", "x", "sv", "Titel", "", body, "public", dt.date(2026, 1, 1), (), (), "m", url
    )
