"""Handoffs to a mailbox at a real mail server: agents answer by mail, the customer reads it."""

from __future__ import annotations

import json
import logging
import ssl
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from mail_relay import MailRelay, certificate, running_relay
from mail_server import PASSWORD, MailServer, running_mail_server
from rest_customer import RestCustomer
from running_svara import RunningSvara, until
from words import SWEDISH

from bot.errors import DeskRefused, DeskUnavailable
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    REQUESTED,
    RESOLVED,
    Event,
    FromAgent,
    Ticket,
)
from bot.handoff.desks.email.desk import KIND
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.sample import sample_context
from bot.settings import Settings

pytestmark = pytest.mark.scenario

ASTRID = "Astrid Lund <astrid@shop.example>"
BO = "Bo Møller <bo@partner.example>"
PLUS = "svara-plus@shop.example"
QUOTE = "\n\nDen mån 23 nov. 2026 kl 07:36 skrev Svara <svara@shop.example>:\n\n> hemligt\n> #close"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    folder = tmp_path_factory.mktemp("mail-server")
    with running_mail_server(folder, plus=[PLUS]) as server:
        yield server


@pytest.fixture(scope="module")
def secure(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[MailServer, MailRelay, Path]]:
    """A server with TLS, a relay that speaks IMAP over TLS for it, and their certificate."""
    folder = tmp_path_factory.mktemp("secure-mail-server")
    made, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    with (
        running_mail_server(folder, certificate=(made, key)) as server,
        running_relay(server.imap_port, context) as imaps,
    ):
        yield server, imaps, made


@dataclass
class Office:
    """A desk with addresses of its own, and the agents' side of it.

    Attributes:
        cursor: up to where its answers were read.
    """

    server: MailServer
    settings: Settings
    options: dict[str, Any]
    cursor: str | None = None
    tickets: list[Ticket] = field(default_factory=list)

    def __post_init__(self) -> None:
        entry = DeskEntry("mailbox", "email", self.options, ZoneInfo("Europe/Stockholm"))
        self.desk = KIND.open(Opening(entry, self.settings, key=PASSWORD))

    def reopened(self, **options: Any) -> Office:
        """The same after Svara was started anew, with other options where given."""
        changed = {**self.options, **options}
        return Office(self.server, self.settings, changed, self.cursor, self.tickets)

    def hands_over(self, **more: Any) -> tuple[Ticket, Event]:
        context = {**sample_context(self.settings), **more}
        event = Event(f"msg_{uuid.uuid4().hex}", REQUESTED, context, json.dumps(context))
        ticket = self.desk.deliver(event, None)
        assert ticket is not None
        self.tickets.append(ticket)
        return ticket, event

    def tells(self, ticket: Ticket, kind: str, **data: Any) -> Event:
        event = Event(f"msg_{uuid.uuid4().hex}", kind, {"handoff_id": ticket.id, **data}, "")
        self.desk.deliver(event, ticket)
        return event

    @property
    def mails(self) -> list[EmailMessage]:
        """What has come to the helpdesk."""
        return self.server.mails(self.options["to"])

    def news(self) -> list[FromAgent]:
        """What agents have said since the last time."""
        found = self.desk.news(self.cursor, self.tickets)
        self.cursor = found.cursor
        return list(found.events)

    def answer(self, text: str, *, to: EmailMessage | None = None, **headers: str) -> EmailMessage:
        """An answer to the newest mail or another; headers as given, underscores for hyphens."""
        answered = to or self.mails[-1]
        made = EmailMessage()
        usual = {
            "From": ASTRID,
            "To": str(answered["Reply-To"] or answered["From"]),
            "Subject": f"Re: {answered['Subject']}",
            "Message-ID": f"<{uuid.uuid4().hex}@shop.example>",
            "In-Reply-To": str(answered["Message-ID"]),
        }
        for name, value in {
            **usual,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }.items():
            if value:
                made[name] = value
        made.set_content(text)
        return made

    def answers(self, text: str, *, to: EmailMessage | None = None, **headers: str) -> EmailMessage:
        """An answer, sent."""
        made = self.answer(text, to=to, **headers)
        self.server.send(made)
        return made


def options_of(server: MailServer, **more: Any) -> dict[str, Any]:
    name = uuid.uuid4().hex[:8]
    return {
        "to": f"help-{name}@helpdesk.example",
        "from": f"svara-{name}@shop.example",
        "smtp": f"127.0.0.1:{server.smtp_port}",
        "imap": f"127.0.0.1:{server.imap_port}",
        "smtp_security": "none",
        "imap_security": "none",
        "agents": ["shop.example", "bo@partner.example"],
        **more,
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path)


@pytest.fixture
def office(server: MailServer, settings: Settings) -> Office:
    made = Office(server, settings, options_of(server))
    assert made.news() == []
    return made


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


# Out


def test_a_handoff_is_one_mail_and_what_follows_is_its_thread(office: Office) -> None:
    ticket, event = office.hands_over(summary="Var är min jacka? åäö")
    time = "2026-11-22T07:36:02.099+00:00"
    office.tells(ticket, MESSAGE, message={"id": 7, "time": time, "text": "Hallå?"})
    office.tells(ticket, CANCELLED)
    office.tells(ticket, RATED, rating={"score": 4, "out_of": 5})
    first, *later = office.mails
    assert first["Message-ID"] == f"<{ticket.id}@shop.example>"
    assert "Var är min jacka? åäö" in first["Subject"]
    assert "Asked for a person" in text_of(first)
    (file,) = first.iter_attachments()
    assert json.loads(file.get_content()) == event.data
    assert "[2026-11-22 08:36:02] Hallå?" in text_of(later[0])
    assert "bot answers again" in text_of(later[1])
    assert "4 of 5" in text_of(later[2])
    assert {mail["References"] for mail in later} == {first["Message-ID"]}
    assert {mail["Subject"] for mail in later} == {f"Re: {first['Subject']}"}


def test_the_thread_keeps_its_subject_when_svara_is_started_anew(office: Office) -> None:
    ticket, _ = office.hands_over(summary="Var är min jacka?")
    office.reopened().tells(ticket, CANCELLED)
    first, second = office.mails
    assert second["Subject"] == f"Re: {first['Subject']}"


def test_a_mail_whose_yes_was_lost_is_not_sent_again(
    server: MailServer, settings: Settings
) -> None:
    with running_relay(server.smtp_port) as relay:
        office = Office(server, settings, options_of(server, smtp=f"127.0.0.1:{relay.port}"))
        ticket = Ticket("")
        context = sample_context(settings)
        event = Event("msg_1", REQUESTED, context, "")
        relay.loses = True
        with pytest.raises(DeskUnavailable, match="takes no mail now"):
            office.desk.deliver(event, None)
        ticket = office.desk.deliver(Event("msg_1", REQUESTED, context, "", True), None)
        assert ticket == Ticket(context["handoff_id"])
        relay.loses = True
        data = {"handoff_id": ticket.id}
        with pytest.raises(DeskUnavailable):
            office.desk.deliver(Event("msg_2", CANCELLED, data, ""), ticket)
        office.desk.deliver(Event("msg_2", CANCELLED, data, "", True), ticket)
    assert len(office.mails) == 2


def test_copies_go_to_the_folder_of_what_was_sent_and_are_looked_for_there(
    office: Office, server: MailServer
) -> None:
    with_sent = office.reopened(sent="Skickat åäö")
    server.make_folder(office.options["from"], '"Skickat &AOUA5AD2-"')
    ticket, event = with_sent.hands_over()
    with_sent.desk.deliver(event, None)
    assert len(with_sent.mails) == 1
    (copy,) = server.mails(office.options["from"], '"Skickat &AOUA5AD2-"')
    assert copy["Message-ID"] == f"<{ticket.id}@shop.example>"


def test_a_folder_that_is_not_there_is_named_with_those_that_are(office: Office) -> None:
    with pytest.raises(DeskRefused, match=r"'Skickat'.*There is INBOX"):
        office.reopened(sent="Skickat").hands_over()
    assert office.mails == []


def test_a_wrong_password_is_told_with_the_command_that_sets_it(
    office: Office, server: MailServer, settings: Settings
) -> None:
    entry = DeskEntry("mailbox", "email", office.options)
    desk = KIND.open(Opening(entry, settings, key="wrong-password"))
    with pytest.raises(DeskRefused, match="svara handoff secret mailbox") as refused:
        desk.news(None, ())
    assert "wrong-password" not in str(refused.value)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mails_go_both_ways_encrypted(
    security: str,
    secure: tuple[MailServer, MailRelay, Path],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, imaps, made = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    office = Office(server, settings, secure_options(server, imaps, security))
    assert office.news() == []
    office.hands_over()
    office.answers("Hej!")
    assert [each.text for each in office.news()] == ["Hej!"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_not_taken(
    security: str, secure: tuple[MailServer, MailRelay, Path], settings: Settings
) -> None:
    server, imaps, _ = secure
    office = Office(server, settings, secure_options(server, imaps, security))
    with pytest.raises(DeskUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        office.news()
    trusting = {"imap": f"127.0.0.1:{server.imap_port}", "imap_security": "none"}
    with pytest.raises(DeskUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        office.reopened(**trusting).hands_over()


def secure_options(server: MailServer, imaps: MailRelay, security: str) -> dict[str, Any]:
    ports = {
        "tls": (server.smtps_port, imaps.port),
        "starttls": (server.smtp_port, server.imap_port),
    }
    smtp, imap = ports[security]
    return options_of(
        server,
        smtp=f"localhost:{smtp}",
        imap=f"localhost:{imap}",
        smtp_security=security,
        imap_security=security,
    )


def test_a_server_that_cannot_encrypt_gets_neither_mail_nor_password(
    office: Office,
) -> None:
    with pytest.raises(DeskRefused, match="imap_security"):
        office.reopened(imap_security="starttls").news()
    with pytest.raises(DeskRefused, match="smtp_security"):
        office.reopened(smtp_security="starttls").hands_over()


# In


def test_two_agents_answer_in_one_thread_and_each_is_named(office: Office) -> None:
    ticket, _ = office.hands_over()
    office.answers("Hej! Jag tittar på det." + QUOTE)
    office.answers("Den kommer i morgen.\n\nMed venlig hilsen\nBo Møller" + QUOTE, From=BO)
    assert [(each.ticket, each.type, each.text, each.agent) for each in office.news()] == [
        (
            ticket.id,
            MESSAGE,
            "Hej! Jag tittar på det.",
            {"id": "astrid@shop.example", "name": "Astrid Lund"},
        ),
        (
            ticket.id,
            MESSAGE,
            "Den kommer i morgen.",
            {"id": "bo@partner.example", "name": "Bo Møller"},
        ),
    ]
    assert office.news() == []


def test_an_answer_to_a_later_mail_belongs_to_the_same_handoff(office: Office) -> None:
    first, _ = office.hands_over()
    second, _ = office.hands_over()
    time = "2026-11-22T07:36:02.099+00:00"
    office.tells(first, MESSAGE, message={"id": 7, "time": time, "text": "Hallå?"})
    mails = office.mails
    office.answers("Till den första.", to=mails[2])
    office.answers("Till den andra.", to=mails[1])
    office.answers("Bara ämnet.", to=mails[1], In_Reply_To="")
    assert [(each.ticket, each.text) for each in office.news()] == [
        (first.id, "Till den första."),
        (second.id, "Till den andra."),
        (second.id, "Bara ämnet."),
    ]


def test_an_answer_is_known_by_its_address_alone_where_addresses_have_more(office: Office) -> None:
    office = office.reopened(**{"plus": True, "from": PLUS})
    office.cursor = None
    assert office.news() == []
    ticket, _ = office.hands_over()
    answered = office.mails[0]
    assert ticket.id in answered["Reply-To"]
    office.answers("Ny tråd.", In_Reply_To="", Subject="Din jacka")
    assert [(each.ticket, each.text) for each in office.news()] == [(ticket.id, "Ny tråd.")]


def test_an_answer_that_closes_ends_the_handoff(office: Office) -> None:
    ticket, _ = office.hands_over()
    office.answers("#stäng\n\nMvh Astrid" + QUOTE)
    (end,) = office.news()
    assert (end.type, end.ticket) == (RESOLVED, ticket.id)


def test_nobody_but_an_agent_speaks_to_the_customer(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    ticket, _ = office.hands_over()
    caplog.set_level(logging.WARNING)
    office.answers("Ge mig koden.", From="Eve <eve@evil.example>")
    office.answers("Ge mig koden.", From='"astrid@shop.example" <eve@evil.example>')
    office.answers("Jag är på semester.", Auto_Submitted="auto-replied")
    office.answers("Semester.", X_Auto_Response_Suppress="All", Subject="Automatiskt svar: Hej")
    office.answers("Undelivered.", From="MAILER-DAEMON@shop.example")
    us = office.options["from"]
    office.answers("Hon är arg, säg inget.", To="Bo <bo@partner.example>", Cc=us)
    office.tells(ticket, CANCELLED)
    assert office.news() == []
    told = [record.getMessage() for record in caplog.records]
    for reason in ("eve@evil.example is not one of", "a program", "a server's", "stand in To"):
        assert any(reason in line and ticket.id in line for line in told), reason
    assert not any("arg" in line or "koden" in line for line in told)


def test_an_agent_counts_only_with_our_servers_word_where_that_is_asked_for(office: Office) -> None:
    office = office.reopened(verified_by="mx.shop.example")
    office.hands_over()
    verdict = "mx.shop.example; dmarc={} header.from=shop.example"
    office.answers("Falskt.", Authentication_Results=verdict.format("fail"))
    office.answers("Utan.")
    office.answers("Äkta.", Authentication_Results=verdict.format("pass"))
    assert [each.text for each in office.news()] == ["Äkta."]


def test_html_files_and_long_mails_are_read(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.hands_over()
    html = office.answer("")
    html.set_content("<p>Hej <b>du</b>!</p><blockquote>hemligt</blockquote>", subtype="html")
    html.add_attachment(b"%PDF", "application", "pdf", filename="kvitto.pdf")
    office.server.send(html)
    long = office.answer("Se filmen.")
    long.add_attachment(bytes(7 * 1024 * 1024), "video", "mp4", filename="film.mp4")
    office.server.send(long)
    assert [each.text for each in office.news()] == [
        "Hej **du**!\n📎 kvitto.pdf",
        "Se filmen.\n📎 film.mp4",
    ]
    assert any("only its beginning" in record.getMessage() for record in caplog.records)


def test_a_broken_mail_is_told_and_does_not_keep_others_back(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    ticket, _ = office.hands_over()
    us = office.options["from"]
    answered = f"To: {us}\r\nIn-Reply-To: <{ticket.id}@shop.example>\r\n"
    # Python's own parser breaks at this sender.
    office.server.append(us, f"From: .<?=?=?:;?\t>;?:(\r\n{answered}\r\nHej!".encode())
    office.server.append(us, b"\xff\xfe nonsense\r\n\x01")
    half = f"From: {ASTRID}\r\n{answered}Content-Type: multipart/mixed\r\n\r\nHalv."
    office.server.append(us, half.encode())
    office.answers("Hel.")
    assert [each.text for each in office.news()] == ["Halv.", "Hel."]
    assert any("passed over" in record.getMessage() for record in caplog.records)


def test_an_answer_to_a_mail_that_we_do_not_know_to_be_sent_waits(office: Office) -> None:
    context = sample_context(office.settings)
    event = Event("msg_1", REQUESTED, context, "")
    office.desk.deliver(event, None)
    office.answers("Snabbt svar.")
    assert office.news() == []
    other, _ = office.hands_over()
    office.answers("Annat.")
    assert [each.ticket for each in office.news()] == [other.id]
    office.tickets.append(Ticket(str(context["handoff_id"])))
    assert [each.text for each in office.news()] == ["Snabbt svar."]
    assert office.news() == []


def test_answers_from_before_the_first_look_are_read(office: Office) -> None:
    office.hands_over()
    office.answers("Före.")
    office.cursor = None
    assert [each.text for each in office.news()] == ["Före."]
    assert office.news() == []


def test_reading_changes_nothing_in_the_mailbox(office: Office) -> None:
    office.hands_over()
    office.answers("Hej!")
    assert office.news()
    assert not any("Seen" in flags for flags in office.server.flags(office.options["from"]))


def test_a_mailbox_numbered_anew_is_looked_through_and_nothing_gets_a_new_id(
    tmp_path: Path, settings: Settings
) -> None:
    with running_mail_server(tmp_path) as server:
        office = Office(server, settings, options_of(server))
        office.news()
        office.hands_over()
        kept = office.answers("Hej!")
        (before,) = office.news()
        # mail-devel forgets all when it ends, and numbers its folders anew.
        server.stop()
        with pytest.raises(DeskUnavailable, match="does not answer"):
            office.news()
        server.start()
        server.send(kept)
        office.hands_over()
        office.answers(
            "Och nu?", to=kept, To=office.options["from"], In_Reply_To=office.mails[0]["Message-ID"]
        )
        again, later = office.news()
        assert again == before
        assert later.text == "Och nu?"
        assert office.news() == []


# With all of Svara


@pytest.fixture(scope="module")
def shared() -> dict[str, str]:
    name = uuid.uuid4().hex[:8]
    return {"to": f"help-{name}@helpdesk.example", "from": f"svara-{name}@shop.example"}


@pytest.fixture(scope="module")
def svara(
    server: MailServer, shared: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSvara]:
    folder = tmp_path_factory.mktemp("with-a-mailbox")
    desks = folder / "desks.yml"
    entry = {"kind": "email", "time_zone": "Europe/Stockholm", **options_of(server), **shared}
    desks.write_text(json.dumps({"desks": {"mailbox": entry}}))
    running = RunningSvara(
        folder, desks_file=desks, desk_poll_seconds=0.5, desk_secret_mailbox=PASSWORD
    )
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def customer(svara: RunningSvara) -> RestCustomer:
    return RestCustomer(svara, language="sv", customer={"name": "Åsa"})


@dataclass
class Thread:
    """The mails of one handoff, as its agents have them."""

    server: MailServer
    to: str
    first: EmailMessage

    @property
    def mails(self) -> list[EmailMessage]:
        mine = self.first["Message-ID"]
        return [m for m in self.server.mails(self.to) if mine in (m["Message-ID"], m["References"])]

    def answers(self, text: str, sender: str = ASTRID) -> None:
        made = EmailMessage()
        made["From"], made["To"] = sender, str(self.first["From"])
        made["Subject"] = f"SV: {self.first['Subject']}"
        made["In-Reply-To"] = str(self.mails[-1]["Message-ID"])
        made["Message-ID"] = f"<{uuid.uuid4().hex}@shop.example>"
        made.set_content(text + QUOTE)
        self.server.send(made)


def handed_over(server: MailServer, shared: dict[str, str], customer: RestCustomer) -> Thread:
    """The customer asks for a person; the thread that it becomes."""
    before = len(server.mails(shared["to"]))
    assert SWEDISH.handed_over in customer.say(SWEDISH.ask_person)[0]
    found = until(
        lambda: [m for m in [server.mails(shared["to"])] if len(m) > before], "the mail", 30
    )[0]
    return Thread(server, shared["to"], found[-1])


def joined(name: str = "Astrid Lund") -> str:
    return SWEDISH.joined.format(agent=name)


def test_words_go_both_ways_in_order_and_the_end_is_the_end(
    server: MailServer, shared: dict[str, str], customer: RestCustomer
) -> None:
    customer.say(SWEDISH.question)
    thread = handed_over(server, shared, customer)
    for line in customer.lines:
        assert line.text.splitlines()[0] in text_of(thread.first).replace("\r\n", "\n")
    assert customer.say("Hallå?") == []
    until(lambda: len(thread.mails) == 2, "the customer's words")
    thread.answers("Hej Åsa!\n\nJag tittar på det.\n\nMvh Astrid")
    customer.read(joined(), "Hej Åsa!\n\nJag tittar på det.")
    thread.answers("Jag har den här.", BO)
    customer.read("Jag har den här.")
    customer.say("Tack!")
    until(lambda: len(thread.mails) == 3, "the thanks")
    thread.answers("Varsågod!\n\n#stäng")
    goodbye, notice, question = until(
        lambda: [m for m in [customer.fetch(customer.last_id)] if len(m) == 3], "the end of it"
    )[0]
    assert (goodbye["text"], question["text"]) == ("Varsågod!", SWEDISH.rate)
    customer.read("Varsågod!", notice["text"], SWEDISH.rate)
    assert customer.press(SWEDISH.best) == [SWEDISH.rated]
    until(lambda: len(thread.mails) == 4, "the rating")
    assert "5 of 5" in text_of(thread.mails[3])


def test_what_agents_write_while_svara_is_down_arrives_afterwards_once(
    svara: RunningSvara, server: MailServer, shared: dict[str, str], customer: RestCustomer
) -> None:
    thread = handed_over(server, shared, customer)
    assert svara.stop() == 0
    thread.answers("Hej, medan ni sov.")
    svara.start()
    customer.read(joined(), "Hej, medan ni sov.")
    thread.answers("Och nu vakna.")
    customer.read("Och nu vakna.")


def test_a_handoff_that_is_delivered_again_makes_no_second_mail(
    svara: RunningSvara, server: MailServer, shared: dict[str, str], customer: RestCustomer
) -> None:
    thread = handed_over(server, shared, customer)
    customer.say("Hallå?")
    until(lambda: len(thread.mails) == 2, "the customer's words")
    # As it looks to a dispatcher whose predecessor was killed between the answer and its note.
    pending = "SELECT 1 FROM svara_deliveries WHERE conversation_id = :id AND state = 'pending'"
    until(lambda: not svara.sql(pending, id=customer.sender), "both to be noted")
    svara.sql(
        "UPDATE svara_deliveries SET state = 'pending', next_at = 0 WHERE conversation_id = :id",
        id=customer.sender,
    )
    svara.sql(
        "DELETE FROM svara_tickets WHERE handoff_id IN "
        "(SELECT id FROM svara_handoffs WHERE conversation_id = :id)",
        id=customer.sender,
    )
    until(lambda: not svara.sql(pending, id=customer.sender), "both to be delivered again")
    assert len(thread.mails) == 2
    thread.answers("Jag är här.")
    customer.read(joined(), "Jag är här.")
