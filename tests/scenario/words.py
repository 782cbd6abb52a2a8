"""What customers write, and what they must be shown, in each language, as a native writes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One language. What is shown is given in part where the rest does not matter.

    Attributes:
        page: path of the shop's page.
        question: has an answer in the help centre, with the title `article`.
        another: a second question, about `another_article`.
        source: label of the card of an answer's article.
        handed_over: the bot's words when the answers did not help.
        delivered, accepted, joined, ended: what is shown as the handoff goes on.
        rate, best, rated: the question after it, its last button, the bot's thanks.
    """

    page: str
    open_chat: str
    placeholder: str
    question: str
    article: str
    another: str
    another_article: str
    source: str
    helped: str
    no: str
    next_article: str
    handed_over: str
    ask_person: str
    cancel: str
    cancelled: str
    delivered: str
    accepted: str
    joined: str
    agent_writes: str
    customer_writes: str
    ended: str
    rate: str
    best: str
    rated: str
    technical_error: str
    too_long: str
    too_fast: str


ENGLISH = Words(
    page="/?lang=en",
    open_chat="Open chat",
    placeholder="Write a message…",
    question="How long does delivery take?",
    article="What does delivery cost and how long does it take?",
    another="I forgot my password",
    another_article="password",
    source="Source",
    helped="Did this help?",
    no="No",
    next_article="that wasn't the right answer. Perhaps this one is better:",
    handed_over="I'm passing you to a colleague",
    ask_person="I want to talk to a person",
    cancel="Never mind",
    cancelled="I've told my colleagues you don't need them any more",
    delivered="Customer service has your question. A person will answer you here.",
    accepted="{agent} has joined the chat",
    joined="{agent} has joined. You're now talking with a person.",
    agent_writes="Hello! I can see your parcel; it comes tomorrow.",
    customer_writes="That's great, thanks a lot!",
    ended="I'm the bot, and I'm back if you need anything else.",
    rate="How did we do, from 1 to 5?",
    best="5 – great",
    rated="Thank you! I'll pass it on to my colleague.",
    technical_error="Sorry, something went wrong on our side",
    too_long="too long for me. Please keep it under 2000 characters",
    too_fast="Please wait a minute and go on.",
)
SWEDISH = Words(
    page="/sv/",
    open_chat="Öppna chatten",
    placeholder="Skriv ett meddelande …",
    question="Hur lång är leveranstiden?",
    article="Vad kostar frakten och hur lång är leveranstiden?",
    another="Jag har glömt mitt lösenord",
    another_article="lösenord",
    source="Källa",
    helped="Hjälpte det här?",
    no="Nej",
    next_article="det var inte rätt svar. Det här kanske passar bättre:",
    handed_over="Jag kopplar in en kollega",
    ask_person="Jag vill prata med en människa",
    cancel="Det behövs inte",
    cancelled="jag har sagt till mina kollegor att det inte behövs",
    delivered="Kundtjänst har fått din fråga. En medarbetare svarar dig här.",
    accepted="{agent} är med i chatten nu",
    joined="{agent} är här. Nu pratar du med en människa.",
    agent_writes="Hej! Jag ser ditt paket, det kommer i morgon.",
    customer_writes="Vad bra, tack så mycket!",
    ended="Nu är det jag, boten, igen. Skriv om du behöver något mer.",
    rate="Hur gick det, från 1 till 5?",
    best="5 – toppen",
    rated="Tack! Jag framför det till min kollega.",
    technical_error="Förlåt, något gick fel hos oss",
    too_long="för långt för mig. Håll det under 2000 tecken",
    too_fast="Vänta en minut och fortsätt sedan.",
)
DANISH = Words(
    page="/da/",
    open_chat="Åbn chatten",
    placeholder="Skriv en besked …",
    question="Hvor lang er leveringstiden?",
    article="Hvad koster fragten, og hvor lang er leveringstiden?",
    another="Jeg har glemt min adgangskode",
    another_article="adgangskode",
    source="Kilde",
    helped="Hjalp det?",
    no="Nej",
    next_article="det var ikke det rigtige svar. Måske er det her bedre:",
    handed_over="Jeg henter en kollega",
    ask_person="Jeg vil gerne tale med et menneske",
    cancel="Det behøves ikke",
    cancelled="jeg har sagt til mine kolleger, at det ikke er nødvendigt",
    delivered="Kundeservice har fået dit spørgsmål. En medarbejder svarer dig her.",
    accepted="{agent} er nu med i chatten",
    joined="{agent} er med. Nu taler du med et menneske.",
    agent_writes="Hej! Jeg kan se din pakke, den kommer i morgen.",
    customer_writes="Hvor dejligt, mange tak!",
    ended="Nu er det mig, botten, igen. Skriv, hvis du har brug for mere hjælp.",
    rate="Hvordan klarede vi det, fra 1 til 5?",
    best="5 – helt i top",
    rated="Tak! Det giver jeg videre til min kollega.",
    technical_error="Beklager, noget gik galt hos os",
    too_long="for lang til mig. Hold den under 2000 tegn",
    too_fast="Vent et minut, og fortsæt så.",
)
NORWEGIAN = Words(
    page="/nb/",
    open_chat="Åpne chatten",
    placeholder="Skriv en melding …",
    question="Hvor lang er leveringstiden hjem til meg?",
    article="Hva koster frakten, og hvor lang er leveringstiden?",
    another="Jeg har glemt passordet mitt",
    another_article="passord",
    source="Kilde",
    helped="Hjalp dette?",
    no="Nei",
    next_article="det var ikke riktig svar. Kanskje dette er bedre:",
    handed_over="Jeg henter en kollega",
    ask_person="Jeg vil snakke med et menneske",
    cancel="Glem det",
    cancelled="jeg har sagt fra til kollegene mine at det ikke trengs",
    delivered="Kundeservice har fått spørsmålet ditt. En medarbeider svarer deg her.",
    accepted="{agent} er med i chatten nå",
    joined="{agent} er med i chatten. Nå snakker du med et menneske.",
    agent_writes="Hei! Jeg ser pakken din, den kommer i morgen.",
    customer_writes="Så bra, tusen takk!",
    ended="Jeg er boten, og jeg er tilbake hvis du trenger noe mer.",
    rate="Hvordan gikk det, fra 1 til 5?",
    best="5 – supert",
    rated="Takk! Jeg sier det videre til kollegaen min.",
    technical_error="Beklager, noe gikk galt hos oss",
    too_long="for lang for meg. Hold den under 2000 tegn",
    too_fast="Vent et minutt og fortsett.",
)
WORDS = {"en": ENGLISH, "sv": SWEDISH, "da": DANISH, "nb": NORWEGIAN}
