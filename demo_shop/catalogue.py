"""What Nordlys sells: names (the same in every language), prices in each market's currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True)
class Product:
    """One product.

    Attributes:
        name: as the shop writes it, in every language.
        sek, dkk, nok, eur: price with VAT, in whole units of the currency.
        returnable: whether an unused one may be sent back.
    """

    name: str
    sek: int
    dkk: int
    nok: int
    eur: int
    returnable: bool = True

    def price(self, currency: str) -> Decimal:
        """Price in `currency` (SEK, DKK, NOK or EUR). Raises KeyError for any other."""
        prices = {"SEK": self.sek, "DKK": self.dkk, "NOK": self.nok, "EUR": self.eur}
        return Decimal(prices[currency])

    @property
    def slug(self) -> str:
        """Name for URLs and files."""
        return self.name.lower().replace("ø", "o").replace("ä", "a").replace(" ", "-")


PRODUCTS: Final = tuple(
    Product(*row)
    for row in (
        ("Sarek Shell Jacket", 3499, 2399, 3599, 329),
        ("Abisko Down Jacket", 2799, 1899, 2899, 259),
        ("Skagen Windbreaker", 1199, 799, 1249, 109),
        ("Lofoten Rain Jacket", 1799, 1199, 1849, 169),
        ("Kebne Insulated Parka", 3299, 2249, 3399, 309),
        ("Hardanger Softshell", 1499, 999, 1549, 139),
        ("Kebne Hiking Trousers", 1399, 949, 1449, 129),
        ("Lofoten Shell Trousers", 2199, 1499, 2249, 199),
        ("Rondane Winter Trousers", 1899, 1299, 1949, 179),
        ("Tiveden Shorts", 699, 479, 729, 65),
        ("Dovre Merino Base Layer", 799, 549, 829, 75),
        ("Dovre Merino Leggings", 749, 499, 779, 69),
        ("Rondane Fleece", 999, 679, 1029, 95),
        ("Møn Wool Sweater", 1299, 899, 1349, 119),
        ("Mora Wool Hat", 349, 239, 359, 32),
        ("Bornholm T-shirt", 399, 269, 409, 37),
        ("Senja Gloves", 499, 349, 519, 47),
        ("Vidda Wool Socks", 179, 119, 185, 17),
        ("Jotun Hiking Boots", 2299, 1549, 2349, 215),
        ("Stevns Trail Shoes", 1499, 999, 1549, 139),
        ("Sylarna Winter Boots", 1999, 1349, 2049, 185),
        ("Padjelanta Backpack 45", 1899, 1299, 1949, 179),
        ("Tiveden Daypack 22", 899, 599, 929, 85),
        ("Jotun Tent 2", 4499, 2999, 4599, 419),
        ("Jotun Tent 3", 5299, 3599, 5399, 489),
        ("Rapadalen Sleeping Bag", 2499, 1699, 2549, 229),
        ("Femund Sleeping Pad", 899, 599, 929, 85),
        ("Storlien Headlamp", 549, 369, 569, 52),
        ("Vänern Drybag 20", 299, 199, 309, 28),
        ("Glomma Thermos", 349, 239, 359, 32),
        ("Saltfjellet Cook Set", 649, 449, 669, 59),
        ("Kattegat Swim Shorts", 499, 349, 519, 47),
        ("Gift Card", 500, 500, 500, 50, False),
    )
)

BY_NAME: Final = {product.name: product for product in PRODUCTS}
