"""Everything that the help centre itself says, in each of its languages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import MappingProxyType

DEFAULT_LANG = "en"

# Which shelf an article stands on is told by the first of its intents that is named here.
CATEGORY_INTENTS = MappingProxyType(
    {
        "orders": ("order_status", "cancel_order", "change_delivery_address"),
        "delivery": ("shipping_info",),
        "returns": ("return_item", "refund_status", "damaged_item", "missing_item"),
        "payment": ("payment_problem", "charged_twice", "invoice_request", "discount_code"),
        "account": (
            "reset_password",
            "login_problem",
            "update_account_details",
            "delete_account",
            "data_request",
        ),
        "subscription": ("cancel_subscription", "change_subscription"),
        "products": ("product_availability",),
        "contact": ("contact_info", "talk_to_human", "request_callback", "complaint"),
    }
)
OTHER = "other"


@dataclass(frozen=True)
class Texts:
    """One language's texts; `{name}` is the shop's name, `{query}` what was searched for.

    Attributes:
        categories: heading of each category, by its name in `CATEGORY_INTENTS`, and of the rest.
        months: names of the months, as within a date, with spaces between.
        date: pattern of a date.
    """

    language: str
    help_centre: str
    title: str
    lead: str
    skip: str
    search_label: str
    search_placeholder: str
    search_button: str
    languages_label: str
    breadcrumb_label: str
    updated: str
    on_this_page: str
    related: str
    one_found: str
    many_found: str
    none_found: str
    none_found_advice: str
    ask: str
    only_in: str
    more_help: str
    more_help_chat: str
    more_help_contact: str
    not_found: str
    not_found_advice: str
    to_start: str
    empty: str
    categories: dict[str, str]
    months: str
    date: str

    def format_date(self, day: dt.date) -> str:
        """A date as one writes it in a sentence."""
        return self.date.format(
            day=day.day, month=self.months.split()[day.month - 1], year=day.year
        )


TEXTS = {
    "en": Texts(
        language="English",
        help_centre="Help centre",
        title="How can we help?",
        lead="Search, or choose a topic below.",
        skip="Skip to content",
        search_label="Search the help centre",
        search_placeholder="Where is my parcel?",
        search_button="Search",
        languages_label="Language",
        breadcrumb_label="You are here",
        updated="Updated {date}",
        on_this_page="On this page",
        related="You may also want to read",
        one_found="1 answer to “{query}”",
        many_found="{count} answers to “{query}”",
        none_found="Nothing found for “{query}”",
        none_found_advice="Try fewer or other words, or have a look at the topics.",
        ask="What would you like to know?",
        only_in="In {language}",
        more_help="Still need a hand?",
        more_help_chat="Ask our chat assistant, day or night. It can put you through to a person.",
        more_help_contact="Contact us",
        not_found="We can’t find that page",
        not_found_advice="It may have moved. Try a search, or start from the help centre.",
        to_start="To the help centre",
        empty="There are no articles here yet.",
        categories={
            "orders": "Your order",
            "delivery": "Delivery",
            "returns": "Returns and complaints",
            "payment": "Payment and discounts",
            "account": "Your account",
            "subscription": "Memberships and subscriptions",
            "products": "Products and sizes",
            "contact": "Contact",
            OTHER: "More",
        },
        months=(
            "January February March April May June July August September October November December"
        ),
        date="{day} {month} {year}",
    ),
    "sv": Texts(
        language="Svenska",
        help_centre="Hjälpcenter",
        title="Vad kan vi hjälpa dig med?",
        lead="Sök, eller välj ett ämne här nedanför.",
        skip="Hoppa till innehållet",
        search_label="Sök i hjälpcentret",
        search_placeholder="Var är mitt paket?",
        search_button="Sök",
        languages_label="Språk",
        breadcrumb_label="Du är här",
        updated="Uppdaterad {date}",
        on_this_page="På den här sidan",
        related="Läs också",
        one_found="1 svar på ”{query}”",
        many_found="{count} svar på ”{query}”",
        none_found="Vi hittade inget om ”{query}”",
        none_found_advice="Prova med färre eller andra ord, eller titta bland ämnena.",
        ask="Vad undrar du över?",
        only_in="Språk: {language}",
        more_help="Behöver du mer hjälp?",
        more_help_chat=(
            "Vår chattassistent svarar dygnet runt och kan koppla dig vidare till en människa."
        ),
        more_help_contact="Kontakta oss",
        not_found="Vi hittar inte sidan",
        not_found_advice="Den kan ha flyttats. Sök, eller börja om från hjälpcentret.",
        to_start="Till hjälpcentret",
        empty="Här finns inga artiklar än.",
        categories={
            "orders": "Din beställning",
            "delivery": "Leverans",
            "returns": "Retur och reklamation",
            "payment": "Betalning och rabatter",
            "account": "Ditt konto",
            "subscription": "Medlemskap och prenumeration",
            "products": "Produkter och storlekar",
            "contact": "Kontakt",
            OTHER: "Övrigt",
        },
        months=(
            "januari februari mars april maj juni juli augusti september oktober november december"
        ),
        date="{day} {month} {year}",
    ),
    "da": Texts(
        language="Dansk",
        help_centre="Hjælpecenter",
        title="Hvad kan vi hjælpe dig med?",
        lead="Søg, eller vælg et emne herunder.",
        skip="Spring til indholdet",
        search_label="Søg i hjælpecentret",
        search_placeholder="Hvor er min pakke?",
        search_button="Søg",
        languages_label="Sprog",
        breadcrumb_label="Du er her",
        updated="Opdateret {date}",
        on_this_page="På denne side",
        related="Læs også",
        one_found="1 svar på ”{query}”",
        many_found="{count} svar på ”{query}”",
        none_found="Vi fandt ikke noget om ”{query}”",
        none_found_advice="Prøv med færre eller andre ord, eller kig blandt emnerne.",
        ask="Hvad vil du gerne vide?",
        only_in="Sprog: {language}",
        more_help="Har du brug for mere hjælp?",
        more_help_chat=(
            "Vores chatassistent svarer døgnet rundt og kan stille dig videre til et menneske."
        ),
        more_help_contact="Kontakt os",
        not_found="Vi kan ikke finde siden",
        not_found_advice="Den kan være flyttet. Prøv at søge, eller begynd forfra i hjælpecentret.",
        to_start="Til hjælpecentret",
        empty="Der er ingen artikler her endnu.",
        categories={
            "orders": "Din ordre",
            "delivery": "Levering",
            "returns": "Retur og reklamation",
            "payment": "Betaling og rabatter",
            "account": "Din konto",
            "subscription": "Medlemskab og abonnement",
            "products": "Produkter og størrelser",
            "contact": "Kontakt",
            OTHER: "Andet",
        },
        months=(
            "januar februar marts april maj juni juli august september oktober november december"
        ),
        date="{day}. {month} {year}",
    ),
    "nb": Texts(
        language="Norsk",
        help_centre="Hjelpesenter",
        title="Hva kan vi hjelpe deg med?",
        lead="Søk, eller velg et emne nedenfor.",
        skip="Hopp til innholdet",
        search_label="Søk i hjelpesenteret",
        search_placeholder="Hvor er pakken min?",
        search_button="Søk",
        languages_label="Språk",
        breadcrumb_label="Du er her",
        updated="Oppdatert {date}",
        on_this_page="På denne siden",
        related="Les også",
        one_found="1 svar på «{query}»",
        many_found="{count} svar på «{query}»",
        none_found="Vi fant ingenting om «{query}»",
        none_found_advice="Prøv med færre eller andre ord, eller se blant emnene.",
        ask="Hva lurer du på?",
        only_in="På {language}",
        more_help="Trenger du mer hjelp?",
        more_help_chat=(
            "Spør chatassistenten vår, døgnet rundt. Den kan sette deg i kontakt med et menneske."
        ),
        more_help_contact="Kontakt oss",
        not_found="Vi finner ikke siden",
        not_found_advice="Den kan være flyttet. Prøv et søk, eller begynn i hjelpesenteret.",
        to_start="Til hjelpesenteret",
        empty="Her er det ingen artikler ennå.",
        categories={
            "orders": "Bestillingen din",
            "delivery": "Levering",
            "returns": "Retur og reklamasjon",
            "payment": "Betaling og rabatter",
            "account": "Kontoen din",
            "subscription": "Medlemskap og abonnement",
            "products": "Produkter og størrelser",
            "contact": "Kontakt",
            OTHER: "Annet",
        },
        months=(
            "januar februar mars april mai juni juli august september oktober november desember"
        ),
        date="{day}. {month} {year}",
    ),
}
