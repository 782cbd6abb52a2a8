"""The desk `email`: what its mails look like, and what the mails of agents and others mean."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_replies import HTML, OURS, PLAIN, QUOTED

from bot.errors import DeskError, DeskRefused, DeskUnavailable
from bot.handoff.desks.contract import MESSAGE, REQUESTED, RESOLVED, Event, FromAgent
from bot.handoff.desks.email import identity, incoming, outgoing
from bot.handoff.desks.email.desk import KIND, EmailDesk
from bot.handoff.desks.email.mailbox import Position
from bot.handoff.desks.email.options import Options, Server, read_options
from bot.handoff.desks.email.replies import MARKER, read_reply, unflowed
from bot.handoff.desks.email.sending import send
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.desks.rendering import Rendering
from bot.handoff.sample import sample_context
from bot.settings import Settings

HANDOFF = f"ho_{'0123456789abcdef' * 2}"
OTHER = f"ho_{'f' * 32}"
GIVEN: dict[str, Any] = {
    "to": "help@shop.example",
    "from": "svara@shop.example",
    "smtp": "mail.shop.example",
    "imap": "mail.shop.example:1993",
    "agents": ["shop.example", "bo@partner.example"],
}


def opening(settings: Settings, **options: Any) -> Opening:
    entry = DeskEntry("support", "email", {**GIVEN, **options}, ZoneInfo("Europe/Stockholm"))
    return Opening(entry, settings, key="a password")


@pytest.fixture
def options(settings: Settings) -> Options:
    return read_options(opening(settings))


def mail(text: str = "Hej!", **headers: str) -> EmailMessage:
    """An agent's answer, with other headers where they are given (underscores for hyphens)."""
    made = EmailMessage()
    usual = {
        "From": "Astrid Lund <astrid@shop.example>",
        "To": "Svara <svara@shop.example>",
        "Subject": "Re: Var är min jacka?",
        "Message-ID": "<answer-1@shop.example>",
        "In-Reply-To": f"<{HANDOFF}@shop.example>",
    }
    for name, value in {**usual, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
        if value:
            made[name] = value
    made.set_content(text)
    return made


def parsed(made: EmailMessage) -> EmailMessage:
    return incoming.parse(made.as_bytes(policy=SMTP))


def said(made: EmailMessage | bytes) -> list[FromAgent]:
    """What an agent says by a mail, as it arrives."""
    raw = made if isinstance(made, bytes) else made.as_bytes(policy=SMTP)
    read = incoming.parse(raw)
    who = incoming.sender(read)
    assert who is not None
    return list(incoming.events(read, raw, HANDOFF, who))


def words(made: EmailMessage | bytes) -> str:
    """The text of a mail that says one thing."""
    (event,) = said(made)
    return event.text


# What an agent has written


@pytest.mark.parametrize("name", PLAIN)
def test_an_agents_words_are_found_among_what_their_mail_program_adds(name: str) -> None:
    text, wanted = PLAIN[name]
    assert read_reply(text).text == wanted
    assert not read_reply(text).closes


@pytest.mark.parametrize("name", HTML)
def test_a_mail_in_html_only_becomes_text(name: str) -> None:
    html, wanted = HTML[name]
    made = mail()
    made.set_content(html, subtype="html")
    assert words(made) == wanted


@pytest.mark.parametrize(
    "close", ["#close", "#stäng", "#luk", "#lukk", "#CLOSE", "# close", "#Luk."]
)
@pytest.mark.parametrize(
    "form", ["Klart!\n\n{}", "{}\nKlart!", "Klart!\n{}\n\nMvh\nAstrid\n\n" + QUOTED]
)
def test_a_line_that_closes_is_understood_first_or_last(close: str, form: str) -> None:
    reply = read_reply(form.format(close))
    assert (reply.text, reply.closes) == ("Klart!", True)


@pytest.mark.parametrize(
    "text", ["#close", "#stäng\n\nMvh Astrid", f"#lukk\n\n{QUOTED}", f"#luk\n{OURS}"]
)
def test_a_mail_that_only_closes_says_nothing_else(text: str) -> None:
    (event,) = said(mail(text))
    assert (event.type, event.ticket, event.agent["name"]) == (RESOLVED, HANDOFF, "Astrid Lund")


@pytest.mark.parametrize(
    "text",
    [
        "Skriv #close när du är klar",
        "Hej\n#close\nhej då",
        "#closed",
        f"Hej!\n\n{QUOTED}\n> #close",
    ],
)
def test_a_word_that_closes_means_nothing_elsewhere(text: str) -> None:
    assert not read_reply(text).closes


def test_words_and_an_end_are_two_happenings_each_with_an_id_of_its_own() -> None:
    message, end = said(mail("Klart!\n#close"))
    assert (message.type, message.text, message.id) == (
        MESSAGE,
        "Klart!",
        "mail-answer-1@shop.example",
    )
    assert (end.type, end.id) == (RESOLVED, "mail-end-answer-1@shop.example")
    assert message.agent == {"id": "astrid@shop.example", "name": "Astrid Lund"}


def test_flowing_lines_become_the_paragraphs_that_they_were() -> None:
    flowed = "En lång rad som \nfortsätter här.\nEn ny.\n-- \nAstrid\n> citat som \n> går vidare"
    assert unflowed(flowed, delete_space=False).splitlines() == [
        "En lång rad som fortsätter här.",
        "En ny.",
        "-- ",
        "Astrid",
        "> citat som går vidare",
    ]
    assert unflowed("Dampf \nschiff", delete_space=True) == "Dampfschiff"
    made = mail("En lång rad som \nfortsätter.\n")
    made.set_param("format", "flowed")
    assert words(made) == "En lång rad som fortsätter."


@given(st.text(alphabet="abc >-:\n#åäö.@<1", max_size=300))
def test_whatever_is_written_is_read(text: str) -> None:
    assert read_reply(text).text.strip() == read_reply(text).text
    assert isinstance(unflowed(text, delete_space=False), str)


@given(st.lists(st.sampled_from(["Hej du", "Den är röd", "Ja"]), min_size=1, max_size=6))
def test_plain_words_stay_as_they_are(lines: list[str]) -> None:
    assert read_reply("\n".join(lines)).text == "\n".join(lines)


# Mails in all their forms


def test_of_two_forms_of_a_text_the_plain_one_counts() -> None:
    made = mail("Ren text.")
    made.add_alternative("<p>Samma i <b>HTML</b>.</p>", subtype="html")
    assert words(made) == "Ren text."


def test_an_empty_plain_form_gives_way_to_html() -> None:
    made = mail(" \n")
    made.add_alternative("<p>Bara här.</p>", subtype="html")
    assert words(made) == "Bara här."


def test_what_is_attached_is_named_and_a_signatures_picture_is_not() -> None:
    made = mail("Se bifogat.")
    made.add_attachment(b"%PDF", "application", "pdf", filename="kvitto åäö.pdf")
    made.add_attachment(
        b"\x89PNG", "image", "png", filename="logo.png", disposition="inline", cid="<1@x>"
    )
    made.add_attachment(mail("inuti"))
    assert words(made) == "Se bifogat.\n📎 kvitto åäö.pdf\n📎 message/rfc822"


def test_a_mail_with_nothing_but_a_file_names_it() -> None:
    made = mail("")
    made.add_attachment(b"%PDF", "application", "pdf", filename="kvitto.pdf")
    assert words(made) == "📎 kvitto.pdf"


def test_text_around_a_picture_is_read_to_its_end() -> None:
    made = EmailMessage()
    for name, value in mail().items():
        if not name.lower().startswith(("content-", "mime-")):
            made[name] = value
    made.make_mixed()
    for part in ("Före.", "Efter."):
        made.attach(_text_part(part))
    assert words(made) == "Före.\n\nEfter."


def _text_part(text: str) -> EmailMessage:
    part = EmailMessage()
    part.set_content(text)
    return part


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "x-unknown"])
def test_letters_survive_the_charsets_of_old_mail_programs(charset: str) -> None:
    encoded = "Blåbär".encode("utf-8" if charset == "x-unknown" else charset)
    raw = (
        b"From: =?iso-8859-1?q?=C5sa_=D6berg?= <asa@shop.example>\r\nMessage-ID: <1@x>\r\n"
        b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n" + encoded
    )
    (event,) = said(raw)
    assert (event.text, event.agent["name"]) == ("Blåbär", "Åsa Öberg")


def test_what_no_database_takes_is_left_out() -> None:
    raw = b"From: \xe5sa\x00 <asa@shop.example>\r\nMessage-ID: <1@x>\r\n\r\nHej\x00 \xff!"
    (event,) = said(raw)
    assert "\0" not in event.text + event.agent["name"]
    (event.text + event.agent["name"]).encode()


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "<>?=;",
        "<a@[1.2.3.4]>",
        "<[x]@y.example>",
        "<" + "x" * 500 + "@shop.example>",
        "<åäö@shop.example>",
        "<a b@x>",
    ],
)
def test_every_mail_is_known_by_the_same_short_id_each_time(message_id: str) -> None:
    raw = f"From: a@shop.example\r\nMessage-ID: {message_id}\r\n\r\nHej".encode()
    (first,), (second,) = said(raw), said(raw)
    assert first.id == second.id
    assert len(first.id) <= 200


def test_mails_without_an_id_are_told_apart_by_what_they_say() -> None:
    first, second = (said(f"From: a@shop.example\r\n\r\n{text}".encode()) for text in "AB")
    assert first[0].id != second[0].id


@given(st.binary(max_size=400))
def test_no_mail_is_so_broken_that_it_cannot_be_looked_at(raw: bytes) -> None:
    read = incoming.parse(b"From: a@shop.example\r\n" + raw)
    who = incoming.sender(read)
    if who is not None:
        list(incoming.events(read, raw, HANDOFF, who))


# Whose mail it is, and of which handoff


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"In_Reply_To": f"<{HANDOFF}.msg_7@shop.example>"},
        {"In_Reply_To": "<x@y>", "References": f"<a@b> <{HANDOFF}@shop.example> <c@d>"},
        {"In_Reply_To": "", "To": f"svara+{HANDOFF}@shop.example"},
        {"In_Reply_To": "", "Delivered_To": f"svara+{HANDOFF}@shop.example"},
    ],
)
def test_a_mail_names_its_handoff_by_what_it_answers_or_by_its_address(
    headers: dict[str, str], options: Options
) -> None:
    assert incoming.handoff_of(parsed(mail(**headers)), options) == HANDOFF


def test_a_subject_names_a_handoff_where_nothing_else_does(options: Options) -> None:
    subject = f"SV: Var är min jacka? {identity.token(HANDOFF)}"
    named = incoming.handoff_of(parsed(mail(In_Reply_To="", Subject=subject)), options)
    assert named is not None
    assert HANDOFF.startswith(named) and len(named) == 15


@pytest.mark.parametrize(
    "headers",
    [
        {"In_Reply_To": ""},
        {"In_Reply_To": f"<{HANDOFF}@evil.example>"},
        {"In_Reply_To": f"<{HANDOFF}@shop.example.evil.example>"},
        {"In_Reply_To": "", "To": f"other+{HANDOFF}@shop.example"},
        {"In_Reply_To": "", "Subject": "[Svara 0123]"},
    ],
)
def test_a_mail_that_only_looks_like_an_answer_names_none(
    headers: dict[str, str], options: Options
) -> None:
    assert incoming.handoff_of(parsed(mail(**headers)), options) is None


@pytest.mark.parametrize(
    ("address", "agent"),
    [
        ("astrid@shop.example", True),
        ("ASTRID@Shop.Example", True),
        ("bo@partner.example", True),
        ("eve@partner.example", False),
        ("astrid@shop.example.evil.example", False),
        ("astrid@evil-shop.example", False),
        ("shop.example@evil.example", False),
    ],
)
def test_agents_are_those_that_the_option_lists(
    address: str, agent: bool, options: Options
) -> None:
    who = incoming.sender(parsed(mail(From=f"A <{address}>")))
    assert who is not None
    assert options.is_agent(who.address) is agent


@pytest.mark.parametrize(
    "sender",
    [
        "astrid@shop.example, eve@evil.example",
        "",
        "Astrid",
        "<>",
    ],
)
def test_a_mail_from_nobody_or_from_several_is_nobodys(sender: str) -> None:
    raw = f"From: {sender}\r\n\r\nHej".encode() if sender else b"To: a@b\r\n\r\nHej"
    assert incoming.sender(incoming.parse(raw)) is None


def test_of_two_senders_in_two_headers_neither_counts() -> None:
    raw = b"From: astrid@shop.example\r\nFrom: eve@evil.example\r\n\r\nHej"
    assert incoming.sender(incoming.parse(raw)) is None


def test_an_agents_address_as_somebodys_name_is_no_agents_address(options: Options) -> None:
    who = incoming.sender(parsed(mail(From='"astrid@shop.example" <eve@evil.example>')))
    assert who is not None
    assert not options.is_agent(who.address)


def test_an_agent_without_a_name_is_called_as_their_address_is() -> None:
    assert said(mail(From="astrid.lund@shop.example"))[0].agent["name"] == "astrid.lund"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": 'auto-generated; owner-email="x@y"'},
        {"Precedence": "bulk"},
        {"Precedence": "junk"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "yes"},
        {"Subject": "Automatiskt svar: Var är min jacka?"},
        {"Subject": "Autosvar: Hvor er min jakke?"},
        {"Subject": "Automatic reply: Where is my jacket?"},
        {"Return_Path": "<>"},
        {"From": "Mail Delivery <MAILER-DAEMON@shop.example>"},
    ],
)
def test_a_programs_mail_is_not_an_agents(headers: dict[str, str]) -> None:
    assert incoming.is_automatic(parsed(mail(**headers)))


@pytest.mark.parametrize(
    "headers",
    [{}, {"Auto_Submitted": "no"}, {"Precedence": "list"}, {"Subject": "Re: Automatisk dörr"}],
)
def test_a_persons_mail_is_not_a_programs(headers: dict[str, str]) -> None:
    assert not incoming.is_automatic(parsed(mail(**headers)))


def test_a_report_of_a_server_is_no_answer() -> None:
    raw = b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nUndelivered\r\n--x--"
    assert incoming.is_bounce(incoming.parse(raw))


@pytest.mark.parametrize(
    ("headers", "for_customer"),
    [
        ({}, True),
        ({"To": f"Bo <bo@shop.example>, svara+{HANDOFF}@shop.example"}, True),
        ({"To": "bo@shop.example", "Cc": "svara@shop.example"}, False),
        ({"To": ""}, False),
    ],
)
def test_only_what_is_addressed_to_us_is_for_the_customer(
    headers: dict[str, str], for_customer: bool, options: Options
) -> None:
    assert incoming.is_for_customer(parsed(mail(**headers)), options) is for_customer


@pytest.mark.parametrize(
    ("results", "verified"),
    [
        (["mx.shop.example; spf=pass; dmarc=pass (p=none) header.from=shop.example"], True),
        (["mx.shop.example 1;\r\n dkim=fail; dmarc=pass header.from=shop.example"], True),
        (["mx.shop.example; dmarc=fail", "mx.shop.example; dmarc=pass"], False),
        (["evil.example; dmarc=pass"], False),
        (["mx.shop.example; dmarc=fail (dmarc=pass)"], False),
        (["mx.shop.example; x-dmarc=pass"], False),
        ([], False),
    ],
)
def test_a_senders_word_is_taken_when_our_own_server_vouches_for_it(
    results: list[str], verified: bool
) -> None:
    lines = "".join(f"Authentication-Results: {each}\r\n" for each in results)
    read = incoming.parse(f"{lines}From: astrid@shop.example\r\n\r\nHej".encode())
    assert incoming.is_verified(read, "mx.shop.example") is verified


# Our own mails


@pytest.fixture
def context(settings: Settings) -> dict[str, Any]:
    return {**sample_context(settings), "handoff_id": HANDOFF}


@pytest.fixture
def rendering() -> Rendering:
    return Rendering(ZoneInfo("Europe/Stockholm"))


def event(kind: str, data: dict[str, Any], webhook_id: str = "msg_1") -> Event:
    return Event(webhook_id, kind, data, json.dumps(data))


def as_arrived(made: EmailMessage) -> EmailMessage:
    return message_from_bytes(made.as_bytes(policy=SMTP), policy=default)


def test_a_handoff_is_a_mail_with_everything_to_read_and_the_context_attached(
    context: dict[str, Any], options: Options, rendering: Rendering
) -> None:
    context |= {"summary": "Var är min jacka?\nNL-104823", "priority": "urgent"}
    arrived = as_arrived(outgoing.opening(event(REQUESTED, context), options, rendering))
    assert arrived["Message-ID"] == f"<{HANDOFF}@shop.example>"
    assert (arrived["To"], arrived["From"]) == ("help@shop.example", "Svara <svara@shop.example>")
    assert arrived["Subject"] == f"Var är min jacka? {identity.token(HANDOFF)}"
    assert arrived["Importance"] == "high"
    body = arrived.get_body()
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert text.startswith(MARKER) and rendering.opening(context).strip() in text
    (file,) = arrived.iter_attachments()
    assert file.get_filename() == "handoff.json"
    assert json.loads(file.get_content()) == context


def test_later_mails_belong_to_the_thread_of_the_first_and_have_ids_of_their_own(
    options: Options,
) -> None:
    data = {"handoff_id": HANDOFF}
    subject = f"Hej {identity.token(HANDOFF)}"
    made = [
        outgoing.further(event(MESSAGE, data, webhook_id), options, "Hallå?", subject)
        for webhook_id in ("msg_1", "msg_2", "msg_2")
    ]
    assert {each["In-Reply-To"] for each in made} == {f"<{HANDOFF}@shop.example>"}
    assert {each["References"] for each in made} == {f"<{HANDOFF}@shop.example>"}
    assert {each["Subject"] for each in made} == {f"Re: {subject}"}
    assert made[0]["Message-ID"] != made[1]["Message-ID"] == made[2]["Message-ID"]


def test_our_own_mails_are_known_also_when_a_server_has_changed_their_ids(
    context: dict[str, Any], options: Options, rendering: Rendering
) -> None:
    ours = as_arrived(outgoing.opening(event(REQUESTED, context), options, rendering))
    assert incoming.is_own(ours, options)
    ours.replace_header("Message-ID", "<000@ses.example>")
    assert incoming.is_own(ours, options)
    assert not incoming.is_own(parsed(mail()), options)


@pytest.mark.parametrize(
    "summary", ["Hej\r\nBcc: eve@evil.example", "Hej\0\x1b\u2028du", "\ud83d halv", "å" * 300, ""]
)
def test_no_words_of_a_customer_break_a_mail(
    summary: str, context: dict[str, Any], options: Options, rendering: Rendering
) -> None:
    context["summary"] = summary
    arrived = as_arrived(outgoing.opening(event(REQUESTED, context), options, rendering))
    assert arrived["Bcc"] is None
    assert str(arrived["Subject"]).endswith(identity.token(HANDOFF))
    assert arrived["Message-ID"] == f"<{HANDOFF}@shop.example>"


def test_answers_go_to_an_address_of_the_handoff_where_that_is_wanted(
    context: dict[str, Any], rendering: Rendering, settings: Settings
) -> None:
    options = read_options(opening(settings, plus=True))
    made = outgoing.opening(event(REQUESTED, context), options, rendering)
    assert made["Reply-To"] == f"svara+{HANDOFF}@shop.example"


# Options


def test_what_is_not_said_is_as_most_servers_have_it(options: Options) -> None:
    assert options.smtp == Server("mail.shop.example", 465, "tls")
    assert options.imap == Server("mail.shop.example", 1993, "tls")
    assert (options.user, options.folder, options.sent) == ("svara@shop.example", "INBOX", "")
    assert options.smtp_login and not options.plus


def test_agents_may_be_listed_in_one_line(settings: Settings) -> None:
    options = read_options(opening(settings, agents="@shop.example, bo@partner.example"))
    assert options.agents == {"shop.example", "bo@partner.example"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"smtp": "https://mail"}, "'smtp' must be a server"),
        ({"imap_security": "ssl"}, "'imap_security' must be one of tls, starttls, none"),
        ({"smtp_security": "none"}, "unencrypted: yes"),
        ({"imap_security": "none", "imap": "192.0.2.1"}, "unencrypted: yes"),
        ({"from": "Svara <svara@shop.example>"}, "'from' must be one e-mail address"),
        ({"agents": []}, "'agents' must list"),
        ({"agents": ["*"]}, "'agents' must list"),
        ({"agents": ["localhost"]}, "'agents' must list"),
        ({"plus": "perhaps"}, "'plus' must be yes or no"),
    ],
)
def test_an_option_that_cannot_be_used_is_told(
    wrong: dict[str, Any], told: str, settings: Settings
) -> None:
    with pytest.raises(DeskRefused, match=told) as refused:
        KIND.open(opening(settings, **wrong))
    assert str(refused.value).startswith("support: ")
    assert "a password" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1:2525", "localhost", "[::1]:25"])
def test_nothing_need_be_encrypted_on_this_machine(host: str, settings: Settings) -> None:
    assert read_options(opening(settings, smtp=host, smtp_security="none")).smtp.port in (25, 2525)


def test_what_is_unencrypted_elsewhere_must_be_allowed(settings: Settings) -> None:
    options = read_options(opening(settings, smtp_security="none", unencrypted=True))
    assert options.smtp == Server("mail.shop.example", 25, "none")


def test_a_mailbox_is_asked_and_has_neither_notes_nor_files(settings: Settings) -> None:
    desk = KIND.open(opening(settings))
    assert isinstance(desk, EmailDesk)
    able = desk.abilities
    assert able.polls and not (able.notes or able.attachments or able.pushes)


@pytest.mark.parametrize("position", [Position(7, 12), Position(7, 12, (3, 9)), Position(0, 0)])
def test_a_position_is_the_same_after_it_was_kept(position: Position) -> None:
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize("text", ["", "12", "a:b", "1:2:x"])
def test_what_is_no_position_is_none(text: str) -> None:
    assert Position.parse(text) is None


def test_the_documentation_lists_every_option_with_its_words() -> None:
    page = (Path(__file__).parents[3] / "docs" / "desks.md").read_text(encoding="utf-8")
    section = page.partition("\n## email\n")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))
    assert listed == {**KIND.required, **KIND.optional}


# A server's answers


class SmtpServer(ThreadingTCPServer):
    """Says to each command what it is told to, else yes.

    Attributes:
        answers: by the beginning of a command; `.` is the end of a mail.
        heard: all commands, in order.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SmtpConnection)
        self.answers: dict[str, str] = {}
        self.heard: list[str] = []


class SmtpConnection(StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self.say("220 ready")
        in_mail = False
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            if in_mail and line != ".":
                self.skip()
                line = "."
            line = line[:4].upper() + line[4:]
            self.server.heard.append(line)
            in_mail = False
            told = next((a for c, a in self.server.answers.items() if line.startswith(c)), "")
            if line.startswith("DATA") and not told:
                in_mail, told = True, "354 go on"
            self.say(told or "250 ok")
            if line == "QUIT":
                return

    def skip(self) -> None:
        while self.rfile.readline() != b".\r\n":
            pass

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sent(smtp: SmtpServer) -> None:
    """Sends a mail to the helpdesk, with a copy to ourselves."""
    server = Server("127.0.0.1", int(smtp.server_address[1]), "none")
    made = mail()
    send("support", server, None, made, to="help@shop.example", copy_to="svara@shop.example")


def test_a_mail_goes_to_the_helpdesk_first_and_to_ourselves(smtp: SmtpServer) -> None:
    sent(smtp)
    recipients = [line for line in smtp.heard if line.startswith("RCPT")]
    assert recipients == ["RCPT TO:<help@shop.example>", "RCPT TO:<svara@shop.example>"]
    assert "." in smtp.heard


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT TO:<help", "550 no such mailbox", DeskRefused),
        ("RCPT TO:<help", "450 greylisted", DeskUnavailable),
        ("MAIL", "552 too large", DeskRefused),
        ("DATA", "451 later", DeskUnavailable),
        (".", "554 it looks like spam", DeskRefused),
        (".", "421 closing", DeskUnavailable),
    ],
)
def test_what_a_server_says_decides_whether_it_is_tried_again(
    command: str, answer: str, error: type[DeskError], smtp: SmtpServer
) -> None:
    smtp.answers[command] = answer
    with pytest.raises(error, match=answer[4:]) as raised:
        sent(smtp)
    assert raised.value.status == int(answer[:3])
    if command != ".":
        # Our copy alone would say that the mail is sent.
        assert "." not in smtp.heard


@pytest.mark.parametrize("command", ["RCPT TO:<svara", "QUIT"])
def test_what_is_said_of_our_copy_and_in_farewell_is_of_no_account(
    command: str, smtp: SmtpServer
) -> None:
    smtp.answers[command] = "550 no"
    sent(smtp)
    assert "." in smtp.heard


def test_a_server_that_takes_no_login_is_told(smtp: SmtpServer) -> None:
    server = Server("127.0.0.1", int(smtp.server_address[1]), "none")
    login = ("svara@shop.example", "a password")
    with pytest.raises(DeskRefused, match="smtp_login"):
        send("support", server, login, mail(), to="help@shop.example", copy_to="a@shop.example")
