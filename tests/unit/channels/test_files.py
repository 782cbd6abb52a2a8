"""Files of customers, by real HTTP: over REST and from the web chat, into the message, and out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from a_conversation import SENDER, Talk, hands_over, says
from sanic import Sanic

from bot import texts
from bot.attachments import files, links
from bot.channels import sessions
from bot.channels.rest import RestChannel
from bot.server import attachment_routes, kb_routes
from bot.settings import LANGUAGES
from tests.unit.attachments import samples

SHOP = "https://shop.example"
MB = 1024 * 1024


class Server:
    """The channel and the routes on a free port, over one conversation's world."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        app = Sanic(f"files-{uuid.uuid4().hex}", configure_logging=False, register=False)
        app.config.REQUEST_MAX_SIZE = MB
        app.ctx.settings, app.ctx.engine, app.ctx.knowledge_base = talk.settings, talk.engine, None
        channel = RestChannel()
        hub: Any = None
        channel.start(talk.intake, hub)
        app.blueprint(channel.blueprint(self._nobody), url_prefix="/webhooks/rest")
        kb_routes.add(app)
        attachment_routes.add(app)
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(self._start(app, listening))

    async def _nobody(self, _message: Any) -> None:
        raise AssertionError("the channel has its own way in")

    async def _start(self, app: Sanic, listening: socket.socket) -> Any:
        server = await app.create_server(
            sock=listening, return_asyncio_server=True, access_log=False
        )
        await server.startup()
        await server.start_serving()
        return server

    async def _stop(self) -> None:
        await self._server.close()
        for connection in list(self._server.connections):
            connection.abort()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._loop.shutdown_default_executor()

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    def close(self) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def rest(self, **body: Any) -> requests.Response:
        """A message over REST."""
        return requests.post(
            f"{self.url}/webhooks/rest/webhook", json={"sender": SENDER, **body}, timeout=20
        )

    def upload(
        self,
        content: bytes,
        name: str = "mugg.png",
        *,
        session: str | None = None,
        lang: str = "sv",
        **headers: str,
    ) -> requests.Response:
        """A file of the web chat's."""
        token = session or sessions.issue(self.talk.settings, SENDER)
        return requests.post(
            f"{self.url}{links.PATH}?lang={lang}",
            data=content,
            headers={"Authorization": f"Bearer {token}", "X-File-Name": quote(name), **headers},
            timeout=20,
        )

    def fetch(self, link: str) -> requests.Response:
        """Opens a link to a file."""
        return requests.get(self.url + link[link.index(links.PATH) :], timeout=20)

    @property
    def kept(self) -> list[str]:
        """Names in the folder."""
        place = files.folder(self.talk.settings)
        return [path.name for path in place.iterdir()] if place.is_dir() else []


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path, attachment_max_bytes=3 * MB, web_origins=SHOP)


@pytest.fixture
def server(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(Sanic, "test_mode", True)
    running = Server(talk)
    yield running
    running.close()


# ------------------------------------------------------------------ REST


def test_a_file_in_base64_goes_with_its_message(server: Server) -> None:
    picture = samples.picture()
    item = {"name": "mugg.png", "content": samples.in_base64(picture)}
    answer = server.rest(message="Min mugg är trasig", attachments=[item])
    assert [said["text"] for said in answer.json()] == ["hello"]
    (message, _) = server.talk.messages
    (stored,) = message.data["attachments"]
    assert {**stored, "id": ""} == {
        "id": "",
        "name": "mugg.png",
        "type": "image/png",
        "size": len(picture),
    }
    assert server.kept == [stored["id"]]


def test_a_file_in_a_form_goes_with_its_message(server: Server) -> None:
    big = samples.PDF + bytes(2 * MB)
    answer = requests.post(
        f"{server.url}/webhooks/rest/webhook",
        data={"sender": SENDER, "message": "Kvittot", "language": "sv"},
        files=[("attachments", ("kvitto å.pdf", big)), ("attachments", ("b.txt", b"hej"))],
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    message = server.talk.messages[0]
    assert message.text == "Kvittot"
    assert [(f["name"], f["size"]) for f in message.data["attachments"]] == [
        ("kvitto å.pdf", len(big)),
        ("b.txt", 3),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_to_a_file_without_words_the_bot_offers_a_person(server: Server, language: str) -> None:
    item = {"name": "m.png", "content": samples.in_base64(samples.picture())}
    (said,) = server.rest(attachments=[item], language=language).json()
    assert said["text"] == texts.say("utter_file_received", language)
    (button,) = said["buttons"]
    assert button["payload"] == "/talk_to_human"
    assert server.talk.heard == []
    server.talk.rasa.reaction = hands_over()
    server.rest(message="/talk_to_human")
    # Rasa has heard no word so far from which to tell the language.
    assert server.talk.heard == [f'/talk_to_human{{"language": "{language}"}}']
    assert server.talk.handoff is not None
    ((kind, data),) = server.talk.outbox
    assert kind == "handoff.requested"
    first = data["transcript"]["messages"][0]
    assert first["text"] == ""
    assert server.fetch(first["attachments"][0]["url"]).content == samples.picture()


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "yes please"), ("sv", "ja tack gärna"), ("da", "ja tak"), ("nb", "ja")],
)
def test_a_yes_to_the_person_who_can_look_at_the_file_is_the_press_of_the_button(
    server: Server, language: str, text: str
) -> None:
    item = {"name": "m.png", "content": samples.in_base64(samples.picture())}
    server.rest(attachments=[item], language=language)
    server.talk.rasa.reaction = hands_over()
    server.rest(message=text)
    assert server.talk.heard == [f'/talk_to_human{{"language": "{language}"}}']
    assert server.talk.handoff is not None
    assert server.talk.messages[-2].text == text  # what was written, not what the button says


def test_a_yes_is_of_the_file_only_right_after_it(server: Server) -> None:
    item = {"name": "m.png", "content": samples.in_base64(samples.picture())}
    server.talk.rasa.reaction = says("Did this help?")
    server.rest(attachments=[item], language="en")
    server.rest(message="no, what does delivery cost?")
    server.rest(message="yes")
    assert server.talk.heard == ["no, what does delivery cost?", "yes"]


def test_a_message_sent_twice_has_its_file_once(server: Server) -> None:
    item = {"name": "m.png", "content": samples.in_base64(samples.picture())}
    for _ in range(2):
        server.rest(message="hej", message_id="a1", attachments=[item])
    assert len(server.talk.messages) == 2
    assert len(server.kept) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"attachments": [{"name": "a.exe", "content": samples.in_base64(samples.EXE)}]}, 400),
        ({"attachments": [{"name": "a.txt", "content": "not base64!"}]}, 400),
        ({"attachments": [{"name": "a.txt"}]}, 400),
        ({"attachments": ["a"]}, 400),
        ({"attachments": {"name": "a"}}, 400),
        ({"attachments": [{"name": "a.txt", "content": "aGVq"}] * 6}, 400),
        ({"attachments": [{"name": "a", "content": samples.in_base64(bytes(3 * MB + 1))}]}, 400),
        ({"attachments": [{"name": "a", "content": ""}]}, 400),
        ({"message": ["hej"]}, 400),
        ({}, 400),
        ({"message": "a" * 70_000}, 413),
    ],
)
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(
    server: Server, body: dict[str, Any], code: int
) -> None:
    answer = server.rest(**body)
    assert answer.status_code == code, answer.text
    assert answer.json()["message"]
    assert server.talk.messages == []
    assert server.kept == []


def test_a_body_without_end_is_not_read(server: Server) -> None:
    def forever() -> Iterator[bytes]:
        while True:
            yield bytes(MB)

    with contextlib.suppress(requests.ConnectionError):  # the server hangs up; or it answers first
        answer = requests.post(f"{server.url}/webhooks/rest/webhook", data=forever(), timeout=60)
        assert answer.status_code == 413
    assert server.talk.messages == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=b", b"\xff--b\r\n\xff: \r\n\r\nx\r\n--b--"),
        ("application/json", b"[]"),
        ("application/json", b"\xff"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(server: Server, kind: str, body: bytes) -> None:
    answer = requests.post(
        f"{server.url}/webhooks/rest/webhook", data=body, headers={"content-type": kind}, timeout=20
    )
    assert answer.status_code == 400, answer.text


# ------------------------------------------------------------------ web chat


def test_a_file_comes_before_its_message_and_goes_with_it(server: Server) -> None:
    picture = samples.picture("JPEG")
    answer = server.upload(picture, "Annas mugg å.jpg", Origin=SHOP)
    assert answer.status_code == 201, answer.text
    assert answer.headers["access-control-allow-origin"] == SHOP
    file = answer.json()
    assert (file["name"], file["type"], file["size"]) == (
        "Annas mugg å.jpg",
        "image/jpeg",
        len(picture),
    )
    assert server.fetch(file["url"]).content == picture
    server.talk.say("Så här ser den ut", attachments=[file["id"]])
    (stored,) = server.talk.messages[0].data["attachments"]
    assert stored["id"] == file["id"]


def test_a_file_for_a_person_is_in_their_webhook(server: Server) -> None:
    handoff = server.talk.open_handoff()
    file = server.upload(samples.PDF, "kvitto.pdf").json()
    server.talk.say("", attachments=[file["id"]])
    kind, data = server.talk.outbox[-1]
    assert kind == "message.created"
    assert data["handoff_id"] == handoff.id
    (sent,) = data["message"]["attachments"]
    assert {**sent, "url": ""} == {
        "name": "kvitto.pdf",
        "url": "",
        "type": "application/pdf",
        "size": len(samples.PDF),
    }
    assert sent["url"].startswith(f"{server.talk.settings.url}{links.PATH}/")
    assert server.fetch(sent["url"]).content == samples.PDF
    assert server.talk.said == []


def test_a_file_written_while_the_person_leaves_gets_the_bot_s_answer(server: Server) -> None:
    handoff = server.talk.open_handoff()
    file = server.upload(samples.PDF, "kvitto.pdf").json()
    message = server.talk.write("", attachments=[file["id"]])
    server.talk.close_handoff(handoff)
    server.talk.answer()
    assert message.data["handoff"] == handoff.id
    assert server.talk.said == [texts.say("utter_file_received", "en")]


def test_a_handed_out_file_is_saved_and_never_run(server: Server) -> None:
    file = server.upload("=1+1;hej å\n".encode(), "konto å.csv").json()
    got = server.fetch(file["url"])
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["content-disposition"] == (
        "attachment; filename=\"konto _.csv\"; filename*=UTF-8''konto%20%C3%A5.csv"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize(
    ("language", "content", "status", "code", "text"),
    [
        ("en", samples.EXE, 415, "attachment_type", "can't take that kind"),
        ("sv", samples.PDF + bytes(3 * MB), 413, "attachment_too_large", "högst 3 MB"),
        ("da", samples.PDF + bytes(5 * MB), 413, "attachment_too_large", "højst fylde 3 MB"),
        ("nb", b"<script>", 415, "attachment_type", "kan jeg ikke ta imot"),
        ("xx", b"", 415, "attachment_type", "can't take that kind"),
    ],
)
def test_a_refusal_is_told_in_the_customer_s_language(
    server: Server, language: str, content: bytes, status: int, code: str, text: str
) -> None:
    answer = server.upload(content, lang=language)
    assert answer.status_code == status
    assert answer.json()["error"] == code
    assert text in answer.json()["message"]
    assert server.kept == []


def test_who_has_no_session_brings_nothing(server: Server) -> None:
    answer = server.upload(samples.PDF, session="made-up")
    assert (answer.status_code, answer.json()["error"]) == (401, "bad_session")
    assert server.kept == []


def test_pages_of_others_may_not_ask(server: Server) -> None:
    answer = server.upload(samples.PDF, Origin="https://evil.example")
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    asked = requests.options(
        server.url + links.PATH, headers={"Origin": SHOP, "X-Test": "1"}, timeout=10
    )
    assert asked.status_code == 204
    assert "x-file-name" in asked.headers["access-control-allow-headers"]


def test_nobody_sends_another_s_file_or_takes_it_back(server: Server) -> None:
    file = server.upload(samples.PDF).json()
    other = sessions.issue(server.talk.settings, "web-other")

    def take_back(session: str) -> None:
        answer = requests.delete(
            f"{server.url}{links.PATH}/{file['id']}",
            headers={"Authorization": f"Bearer {session}"},
            timeout=10,
        )
        assert answer.status_code == 204

    take_back(other)
    assert server.kept == [file["id"]]
    take_back(sessions.issue(server.talk.settings, SENDER))
    assert server.kept == []


def test_too_many_in_a_minute_are_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(attachment_routes.PER_MINUTE):
        server.upload(samples.EXE)
    answer = server.upload(samples.PDF)
    assert (answer.status_code, answer.json()["error"]) == (429, "too_fast")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("token", ["x", "..%2f..%2fsvara.db", "svara.db"])
def test_a_made_up_link_opens_nothing(server: Server, token: str) -> None:
    assert requests.get(f"{server.url}{links.PATH}/{token}", timeout=10).status_code in (403, 404)


def test_a_file_that_is_gone_is_said_to_be(server: Server) -> None:
    file = server.upload(samples.PDF).json()
    files.path_of(server.talk.settings, file["id"]).unlink()
    assert server.fetch(file["url"]).status_code == 404


def test_names_of_files_are_not_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.talk.rasa.reaction = says("ok")
    for content in (samples.PDF, samples.EXE, bytes(4 * MB)):
        server.upload(content, "hemlig-diagnos.pdf")
    item = {"name": "hemlig-diagnos.pdf", "content": samples.in_base64(samples.PDF)}
    server.rest(message="hej", attachments=[item])
    assert "hemlig" not in caplog.text
