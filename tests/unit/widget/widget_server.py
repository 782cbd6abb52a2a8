"""A small chat server on loopback that speaks the widget's protocol over real Socket.IO.

It keeps its conversations over a restart, as the real one does, and lets a test speak as bot,
agent or system. Its pages forbid everything inline by their Content-Security-Policy.
"""

from __future__ import annotations

import asyncio
import itertools
import mimetypes
import threading
from collections.abc import Callable, Coroutine
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import socketio
from aiohttp import web

Message = dict[str, Any]
Reply = Callable[[Message], list[Message]]

BUNDLE = Path(__file__).parents[3] / "bot" / "channels" / "widget" / "dist" / "widget.js"
POLICY = "default-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self' ws: wss:"
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>Nordlys</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/shop.css">
<script src="/chat/widget.js" {attributes} defer></script></head>
<body><main><h1>Nordlys</h1><p>Wool, down and shells since 2009.</p>
<p><a href="/other">Jackets</a></p></main></body></html>"""
STYLE = """html { color-scheme: light dark; font: 17px/1.5 Arial, sans-serif }
body { margin: 0; background: #eef1ee; color: #223 } main { padding: 4rem }
h1 { font-size: 3rem } a { color: #114b9b }
@media (prefers-color-scheme: dark) {
  body { background: #20262a; color: #e6eaea } a { color: #9cc4ff } }"""


def no_reply(_message: Message) -> list[Message]:
    """Says nothing."""
    return []


class ChatServer:
    """The server; `reply` says what the bot answers to a customer's message.

    Attributes:
        received: every `message` event as it came, resent ones too.
        refusal: the acknowledgement that the next messages get, None to accept them.
        acknowledge: False to take messages without a word.
        refuse_unknown: whether an unknown session is refused, or answered with a new one.
        attributes, lang: of the script element and of the root element of its pages.
        transports: those of Engine.IO that it takes from its next start on.
        articles: what it suggests for any words; None to fail.
        suggested: the words and language of every request for suggestions.
        opened: what it was told of opened articles.
        limits: what files it takes; None to take none.
        uploads: files by id, each its name, type and content.
        file_refusal: status and answer that the next files get, None to take them.
    """

    def __init__(self) -> None:
        self.reply: Reply = no_reply
        self.received: list[Message] = []
        self.languages: list[str] = []
        self.auths: list[dict[str, Any]] = []
        self.refusal: dict[str, Any] | None = None
        self.acknowledge = True
        self.refuse_unknown = True
        self.attributes = 'data-lang="sv"'
        self.lang = "sv"
        self.handoff: dict[str, Any] | None = None
        self.transports = ["websocket", "polling"]
        self.articles: list[dict[str, str]] | None = []
        self.suggested: list[tuple[str, str]] = []
        self.opened: list[dict[str, str]] = []
        self.limits: dict[str, Any] | None = None
        self.uploads: dict[str, tuple[str, str, bytes]] = {}
        self.file_refusal: tuple[int, dict[str, str]] | None = None
        self.port = 0
        self._ids = itertools.count(1)
        self._history: dict[str, list[Message]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Address of the shop's page."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def messages(self) -> list[Message]:
        """Every message of every conversation."""
        return [message for history in self._history.values() for message in history]

    def start(self) -> None:
        """Listens on a free port the first time, on the same one afterwards."""
        self._call(self._start())

    def stop(self) -> None:
        """Closes every connection; conversations are kept."""
        self._call(self._stop())

    def close(self) -> None:
        """Stops for good."""
        self.stop()
        self._call(self._cancel_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def forget_sessions(self) -> None:
        """From now on no session is known."""
        self._history.clear()

    def say(self, text: str, speaker: str = "bot", **fields: Any) -> Message:
        """Adds a message to every conversation and sends it."""
        message = self._message(speaker, text, **fields)
        for history in self._history.values():
            history.append(message)
        self._call(self._sio.emit("messages", [message]))
        return message

    def emit(self, event: str, data: object) -> None:
        """Sends any event to everybody."""
        self._call(self._sio.emit(event, data))

    def set_handoff(self, handoff: dict[str, Any] | None) -> None:
        """Moves the handoff on and tells everybody."""
        self.handoff = handoff
        self.emit("status", {"handoff": handoff})

    def _call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    def _message(self, speaker: str, text: str, **fields: Any) -> Message:
        time = datetime.now(timezone.utc).isoformat()
        return {"id": next(self._ids), "speaker": speaker, "text": text, "time": time, **fields}

    async def _start(self) -> None:
        self._sio = socketio.AsyncServer(
            async_mode="aiohttp", cors_allowed_origins="*", transports=self.transports
        )
        self._sio.on("connect", self._on_connect)
        self._sio.on("message", self._on_message)
        self._sio.on("language", self._on_language)
        app = web.Application(client_max_size=32 * 1024 * 1024)
        self._sio.attach(app, socketio_path="chat/socket.io")
        app.router.add_get("/chat/widget.js", self._script)
        app.router.add_get("/shop.css", self._style)
        app.router.add_get("/favicon.ico", self._nothing)
        app.router.add_get("/kb/v1/suggest", self._suggest)
        app.router.add_post("/kb/v1/opened", self._take_opened)
        app.router.add_post("/attachments/v1", self._take_file)
        app.router.add_get("/attachments/v1/{id}", self._show_file)
        app.router.add_delete("/attachments/v1/{id}", self._forget_file)
        app.router.add_get("/{page:.*}", self._page)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        # what a crash does: the sockets are gone, nobody has said goodbye
        for socket in list(self._sio.eio.sockets.values()):
            await socket.close(wait=False, abort=True)
        await self._runner.cleanup()

    @staticmethod
    async def _cancel_tasks() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _script(self, _request: web.Request) -> web.Response:
        return web.Response(body=BUNDLE.read_bytes(), content_type="text/javascript")

    async def _style(self, _request: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css")

    async def _nothing(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _page(self, _request: web.Request) -> web.Response:
        text = PAGE.format(lang=self.lang, attributes=self.attributes)
        headers = {"Content-Security-Policy": POLICY}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _suggest(self, request: web.Request) -> web.Response:
        self.suggested.append((request.query["q"], request.query["lang"]))
        if self.articles is None:
            return web.Response(status=503)
        return web.json_response(self.articles)

    async def _take_opened(self, request: web.Request) -> web.Response:
        self.opened.append(await request.json())
        return web.Response(status=204)

    async def _take_file(self, request: web.Request) -> web.Response:
        content = await request.read()
        assert request.headers["Authorization"].removeprefix("Bearer ") in self._history
        if self.file_refusal:
            status, answer = self.file_refusal
            return web.json_response(answer, status=status)
        name, id_ = unquote(request.headers["X-File-Name"]), uuid4().hex
        kind = mimetypes.guess_type(name)[0] or "text/plain"
        self.uploads[id_] = (name, kind, content)
        return web.json_response({"id": id_, **self._shown_file(id_)}, status=201)

    async def _show_file(self, request: web.Request) -> web.Response:
        _, kind, content = self.uploads[request.match_info["id"]]
        return web.Response(body=content, content_type=kind)

    async def _forget_file(self, request: web.Request) -> web.Response:
        del self.uploads[request.match_info["id"]]
        return web.Response(status=204)

    def _shown_file(self, id_: str) -> dict[str, Any]:
        name, kind, content = self.uploads[id_]
        return {"name": name, "url": f"/attachments/v1/{id_}", "type": kind, "size": len(content)}

    async def _on_connect(self, sid: str, _environ: dict[str, Any], auth: dict[str, Any]) -> None:
        self.auths.append(auth)
        token = auth["session"]
        if token is not None and token not in self._history and self.refuse_unknown:
            raise socketio.exceptions.ConnectionRefusedError("bad_session")
        if token not in self._history:
            token = uuid4().hex
            self._history[token] = []
        await self._sio.save_session(sid, {"token": token})
        self._sio.enter_room(sid, token)
        history = [message for message in self._history[token] if message["id"] > auth["after"]]
        session = {
            "session": token,
            "language": auth["language"],
            "handoff": self.handoff,
            "history": history,
            "attachments": self.limits,
        }
        await self._sio.emit("session", session, to=sid)

    async def _on_language(self, _sid: str, data: dict[str, Any]) -> None:
        self.languages.append(data["language"])

    async def _on_message(self, sid: str, data: Message) -> dict[str, Any] | None:
        self.received.append(data)
        if self.refusal:
            return self.refusal
        token = (await self._sio.get_session(sid))["token"]
        history = self._history[token]
        known = next((m for m in history if m.get("client_id") == data["id"]), None)
        if known is None:
            fields: dict[str, Any] = {"client_id": data["id"]}
            if data.get("attachments"):
                fields["attachments"] = [self._shown_file(each) for each in data["attachments"]]
            known = self._message("customer", data["text"], **fields)
            history.append(known)
            replies = [self._message("bot", **reply) for reply in self.reply(data)]
            history.extend(replies)
            if self.acknowledge:
                await self._sio.emit("messages", [known, *replies], room=token)
        if not self.acknowledge:
            await asyncio.sleep(3600)
        return {"ok": True, "id": known["id"]}
