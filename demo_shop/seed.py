"""The demo shop's customers and orders; the same at every first start but for their dates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from demo_shop.catalogue import BY_NAME
from demo_shop.database import metadata, order_lines, orders, refunds, return_lines, returns
from demo_shop.database import timeline as timeline_table
from demo_shop.markets import MARKETS, add_working_days
from demo_shop.refunding import after_cancelling, after_return

FIRST_NUMBER: Final = 104801


@dataclass(frozen=True)
class Customer:
    """Somebody who has ordered."""

    name: str
    email: str
    country: str
    street: str
    postcode: str
    city: str
    club_member: bool = False


@dataclass(frozen=True)
class Plan:
    """One order to be.

    Attributes:
        customer: key in `CUSTOMERS`.
        state: the order's last state.
        ago: days since it was reached.
        payment: card, klarna, paypal, gift_card, swish, mobilepay or vipps.
        lines: "product/size/colour/quantity", the last three optional, joined by ", ".
        label: a return label has been made for the first line although nothing came back yet.
        promised_in: days from the seeding to the promised date, for a pre-order.
    """

    customer: str
    state: str
    ago: int
    payment: str
    lines: str
    label: bool = False
    promised_in: int | None = None


def _customer(
    name: str, address: str, country: str, place: str, *, club_member: bool = False
) -> Customer:
    street, postcode = address.split(" | ")
    local = name.lower().translate(str.maketrans("äåöøé ", "aaooe.")).replace("æ", "ae")
    email = f"{local}@mail.example"
    return Customer(name, email, country, street, postcode, place, club_member)


CUSTOMERS: Final = {
    "anna": _customer("Anna Lindqvist", "Prästgatan 24 | 831 30", "SE", "Östersund"),
    "erik": _customer("Erik Sandberg", "Kungsgatan 18 | 411 19", "SE", "Göteborg"),
    "maja": _customer("Maja Öberg", "Storgatan 51 | 903 26", "SE", "Umeå", club_member=True),
    "johan": _customer("Johan Nyström", "Folkungagatan 77 | 116 30", "SE", "Stockholm"),
    "sara": _customer("Sara Hedlund", "Östra Förstadsgatan 9 | 212 12", "SE", "Malmö"),
    "mette": _customer("Mette Kjær", "Jægergårdsgade 42 | 8000", "DK", "Aarhus C"),
    "rasmus": _customer("Rasmus Holm", "Istedgade 88 | 1650", "DK", "København V"),
    "freja": _customer("Freja Lund", "Vestergade 15 | 5000", "DK", "Odense C", club_member=True),
    "ingrid": _customer("Ingrid Solheim", "Nygårdsgaten 31 | 5015", "NO", "Bergen"),
    "lars": _customer("Lars Bakken", "Thorvald Meyers gate 60 | 0552", "NO", "Oslo"),
    "silje": _customer("Silje Haugen", "Storgata 12 | 9008", "NO", "Tromsø", club_member=True),
    "ole": _customer("Ole Kristiansen", "Kirkegata 8 | 7011", "NO", "Trondheim"),
    "greta": _customer("Greta Baumann", "Oderberger Straße 21 | 10435", "DE", "Berlin"),
    "aino": _customer("Aino Virtanen", "Hämeenkatu 14 | 33100", "FI", "Tampere"),
    "pieter": _customer("Pieter de Wit", "Prinsengracht 220 | 1016 HD", "NL", "Amsterdam"),
}

# The first is NL-104801; the numbers that the help texts and the demo page use are marked.
PLANS: Final = (
    Plan("sara", "refunded", 24, "swish", "Sarek Shell Jacket/M/Spruce"),
    Plan("lars", "delivered", 48, "vipps", "Jotun Tent 2//Moss, Femund Sleeping Pad//Slate/2"),
    Plan("johan", "delivered", 44, "card", "Abisko Down Jacket/L/Ink"),
    Plan("maja", "delivered", 46, "klarna", "Rondane Winter Trousers/S/Black"),
    Plan("rasmus", "refunded", 12, "mobilepay", "Stevns Trail Shoes/43/Rust"),
    Plan("greta", "delivered", 35, "paypal", "Padjelanta Backpack 45//Ochre"),
    Plan(
        "silje", "refunded", 2, "card", "Dovre Merino Base Layer/M/Navy, Vidda Wool Socks/39-42//2"
    ),
    Plan("erik", "cancelled", 20, "card", "Kebne Insulated Parka/XL/Black"),
    Plan("ingrid", "delivered", 21, "vipps", "Lofoten Rain Jacket/S/Yellow, Mora Wool Hat//Grey"),
    Plan("anna", "delivered", 19, "swish", "Gift Card"),
    Plan("pieter", "returned", 3, "card", "Hardanger Softshell/L/Slate"),
    Plan("freja", "delivered", 40, "mobilepay", "Møn Wool Sweater/M/Oat"),
    Plan("ole", "cancelled", 9, "klarna", "Saltfjellet Cook Set, Glomma Thermos"),
    Plan("aino", "delivered", 14, "card", "Sylarna Winter Boots/38/Brown"),
    Plan(
        "sara", "returned", 1, "card", "Kebne Hiking Trousers/40/Spruce, Bornholm T-shirt/M/White"
    ),
    Plan("mette", "delivered", 11, "mobilepay", "Rondane Fleece/M/Rust, Senja Gloves/M/Black"),
    Plan("johan", "delivered", 9, "klarna", "Jotun Hiking Boots/44/Brown", label=True),
    Plan("lars", "returned", 4, "vipps", "Skagen Windbreaker/L/Navy"),
    Plan("erik", "shipped", 9, "card", "Rapadalen Sleeping Bag//Moss, Storlien Headlamp"),
    Plan("greta", "refunded", 6, "paypal", "Tiveden Daypack 22//Ink"),
    Plan(
        "maja", "delivered", 7, "swish", "Tiveden Shorts/S/Moss, Kattegat Swim Shorts/S/Navy"
    ),  # 21
    Plan("rasmus", "delivered", 5, "card", "Vänern Drybag 20//Yellow, Glomma Thermos//Spruce"),
    Plan("anna", "shipped", 1, "card", "Sarek Shell Jacket/M/Spruce, Mora Wool Hat//Rust"),  # 23
    Plan("ingrid", "shipped", 3, "vipps", "Kebne Hiking Trousers/38/Black"),
    Plan("freja", "shipped", 2, "card", "Lofoten Shell Trousers/M/Slate"),
    Plan("pieter", "shipped", 3, "card", "Jotun Tent 3//Ochre"),
    Plan("silje", "delivered", 3, "vipps", "Abisko Down Jacket/S/Rust"),
    Plan(
        "sara",
        "delivered",
        2,
        "swish",
        "Dovre Merino Base Layer/M/Black, Dovre Merino Leggings/M/Black",
    ),
    Plan("aino", "shipped", 2, "paypal", "Møn Wool Sweater/S/Ink, Vidda Wool Socks/35-38/Grey/3"),
    Plan("ole", "packed", 1, "card", "Kebne Insulated Parka/L/Ink"),
    Plan("mette", "packed", 1, "mobilepay", "Padjelanta Backpack 45//Spruce"),  # 31
    Plan("johan", "packed", 1, "card", "Storlien Headlamp///2"),
    Plan("erik", "cancelled", 1, "swish", "Stevns Trail Shoes/42/Black"),
    Plan("greta", "packed", 1, "card", "Lofoten Rain Jacket/L/Ink"),
    Plan("maja", "received", 6, "card", "Rapadalen Sleeping Bag//Ink", promised_in=21),
    Plan("lars", "received", 1, "card", "Hardanger Softshell/M/Moss, Senja Gloves/L/Black"),  # 36
    Plan("freja", "received", 1, "mobilepay", "Jotun Hiking Boots/39/Brown"),  # 37
    Plan("anna", "received", 1, "klarna", "Rondane Fleece/M/Oat, Bornholm T-shirt/M/Navy/2"),  # 38
    Plan("aino", "received", 1, "card", "Rondane Winter Trousers/M/Black"),
    Plan("silje", "received", 1, "vipps", "Tiveden Daypack 22//Moss"),
)

_CARRIERS: Final = {"SE": ("PostNord", "Budbee"), "DK": ("PostNord", "GLS"), "NO": ("Bring",)}
_TRANSIT: Final = {"SE": 2, "DK": 3, "NO": 4}
_PATH: Final = ("received", "packed", "shipped", "delivered", "returned", "refunded")


def order_number(index: int) -> str:
    """Number of the plan at `index`."""
    return f"NL-{FIRST_NUMBER + index}"


def make_tables(engine: Any, now: datetime) -> None:
    """Make the tables and, in an empty shop, the orders; safe to call at every start."""
    with engine.begin() as connection:
        metadata.create_all(connection)
        if connection.execute(sa.select(orders.c.number).limit(1)).first() is None:
            for index, plan in enumerate(PLANS):
                _insert(connection, index, plan, now.date())


def _insert(connection: Any, index: int, plan: Plan, today: date) -> None:
    number = order_number(index)
    customer = CUSTOMERS[plan.customer]
    market = MARKETS[customer.country]
    moments = _moments(plan, customer.country, index, today)
    lines = [_line(number, place, text) for place, text in enumerate(plan.lines.split(", "), 1)]
    for line in lines:
        line["price"] = _hundredths(BY_NAME[line["product"]].price(market.currency))
    goods = sum(line["price"] * line["quantity"] for line in lines)
    delivery = 0 if goods >= _hundredths(market.free_from) else _hundredths(market.delivery)
    promised = (
        today + timedelta(days=plan.promised_in)
        if plan.promised_in is not None
        else add_working_days(moments["received"].date(), market.working_days)
    )
    carriers = _CARRIERS.get(customer.country, ("DHL",))
    sent = "shipped" in moments
    connection.execute(
        orders.insert().values(
            number=number,
            name=customer.name,
            email=customer.email,
            club_member=customer.club_member,
            country=customer.country,
            street=customer.street,
            postcode=customer.postcode,
            city=customer.city,
            state=plan.state,
            payment=plan.payment,
            delivery_price=delivery,
            promised_on=promised.isoformat(),
            carrier=carriers[index % len(carriers)] if sent else None,
            tracking_number=_digits(number, 12) if sent else None,
        )
    )
    connection.execute(order_lines.insert(), lines)
    connection.execute(
        timeline_table.insert(),
        [
            {"order_number": number, "state": state, "at": at.isoformat()}
            for state, at in moments.items()
        ],
    )
    if plan.state == "cancelled":
        refund = after_cancelling(goods + delivery, plan.payment, moments["cancelled"].date())
        connection.execute(refunds.insert().values(order_number=number, **refund))
    if "returned" in moments or plan.label:
        made = moments.get("returned", datetime.combine(today, time(), timezone.utc))
        _insert_return(connection, number, lines, made - timedelta(days=4, hours=2), plan)
    if "returned" in moments:
        paid = moments["refunded"].date() if "refunded" in moments else None
        refund = after_return(
            goods - _hundredths(market.label), plan.payment, moments["returned"].date(), paid
        )
        connection.execute(refunds.insert().values(order_number=number, **refund))


def _insert_return(
    connection: Any, number: str, lines: list[dict[str, Any]], at: datetime, plan: Plan
) -> None:
    market = MARKETS[CUSTOMERS[plan.customer].country]
    made = connection.execute(
        returns.insert().values(
            order_number=number,
            label_secret=_digits(number + "label", 20),
            reason="wrong_size",
            price=_hundredths(market.label),
            at=at.isoformat(),
        )
    )
    sent_back = lines[:1] if plan.label else lines
    connection.execute(
        return_lines.insert(),
        [
            {
                "return_id": made.inserted_primary_key[0],
                "line": line["line"],
                "quantity": line["quantity"],
            }
            for line in sent_back
        ],
    )


def _line(number: str, place: int, text: str) -> dict[str, Any]:
    product, size, colour, quantity = (*text.split("/"), "", "", "")[:4]
    return {
        "order_number": number,
        "line": place,
        "product": product,
        "size": size or None,
        "colour": colour or None,
        "quantity": int(quantity or 1),
    }


def _moments(plan: Plan, country: str, index: int, today: date) -> dict[str, datetime]:
    """When each state was reached, counted back from the last one; parcels move Monday-Friday."""
    last = today - timedelta(days=plan.ago)
    if plan.state == "received":
        return {"received": _at(last, 19, index)}
    if plan.state == "cancelled":
        return {"received": _at(last, 17, index), "cancelled": _at(last, 18, index)}
    days: dict[str, date] = {}
    if plan.state == "refunded":
        days["refunded"] = last = _working_days_before(last, 0)
        last -= timedelta(days=3)
    if plan.state in ("refunded", "returned"):
        days["returned"] = last = _working_days_before(last, 0)
        last -= timedelta(days=10)
    if plan.state in ("refunded", "returned", "delivered"):
        days["delivered"] = last = _working_days_before(last, 0)
        last = _working_days_before(last, _TRANSIT.get(country, 5))
    packed = _working_days_before(last, 0)
    if plan.state != "packed":
        days["shipped"] = packed
    days["packed"] = packed
    days["received"] = packed - timedelta(days=1)
    hours = dict(zip(_PATH, (19, 8, 15, 12, 10, 9), strict=True))
    return {state: _at(days[state], hours[state], index) for state in _PATH if state in days}


def _working_days_before(day: date, count: int) -> date:
    """The working day `count` working days before `day`; for 0, `day` or the last one before."""
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    for _ in range(count):
        day -= timedelta(days=3 if day.weekday() == 0 else 1)
    return day


def _at(day: date, hour: int, index: int) -> datetime:
    return datetime.combine(day, time(hour, (index * 17) % 60), timezone.utc)


def _digits(text: str, count: int) -> str:
    return str(int(hashlib.sha256(text.encode()).hexdigest(), 16))[:count]


def _hundredths(amount: Decimal) -> int:
    return int(amount * 100)
