"""Pages are fetched from the site alone: never from inside the network, never without end."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.website import Website, links, page, website

from kb_connector.article import Article, Failed
from kb_connector.errors import SourceError
from kb_connector.sources.web import fetch, pinned
from kb_connector.sources.web.fetch import LedAway, Site, Unreachable
from kb_connector.sources.web.pinned import is_public
from kb_connector.sources.website import WebsiteSource


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as made:
        yield made


def stands_for(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Has names stand for addresses, other ones each time they are looked up."""
    waiting, asked = list(answers), []
    real = socket.getaddrinfo

    def resolve(host: str, *given: Any, **named: Any) -> list[Any]:
        if host.replace(".", "").isdigit():
            return real(host, *given, **named)
        asked.append(host)
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in found]

    monkeypatch.setattr(pinned.socket, "getaddrinfo", resolve)
    return asked


@contextlib.contextmanager
def raw_server(*answers: bytes, last: bytes = b"") -> Iterator[str]:
    """Sends bytes to one caller after another, the last of them again and again."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller, contextlib.suppress(OSError):
                caller.recv(65_536)
                caller.sendall(answer)
                while last:
                    caller.sendall(last)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0.0.0.0",
        "169.254.169.254",
        "127.1",
        "2130706433",
        "0x7f.1",
    ],
)
def test_private_addresses_are_refused_however_they_are_written(host: str) -> None:
    with pytest.raises(SourceError, match="private address"):
        list(WebsiteSource(f"http://{host}:9/").changes(None))


def test_a_name_that_stands_for_a_private_address_too_is_refused(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands_for(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(SourceError, match=r"private address, 127\.0\.0\.1"):
        list(WebsiteSource(site.url.replace("127.0.0.1", "inside.example")).changes(None))
    assert site.asked == []


def test_a_name_is_looked_up_once_for_a_page_and_what_was_checked_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = stands_for(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    connected: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        connected.append(address[0])
        raise OSError("not from a test")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    site = Site("http://rebind.example/")
    with pytest.raises(Unreachable):
        site.fetch("http://rebind.example/")
    assert (asked, connected) == (["rebind.example"], ["93.184.216.34"])
    with pytest.raises(SourceError, match="private address"):
        site.fetch("http://rebind.example/")
    assert connected == ["93.184.216.34"]


def test_an_address_checked_anew_after_a_redirect_is_refused(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("/", "", 302, location="/inside")
    site.put("/inside", page("Inside"))
    stands_for(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    monkeypatch.setattr(pinned, "is_public", lambda address: address == "127.0.0.1")
    url = site.url.replace("127.0.0.1", "rebind.example")
    with pytest.raises(SourceError, match=r"private address, 10\.0\.0\.1"):
        Site(url).fetch(f"{url}/")
    assert site.paths() == ["/"]


def test_the_next_address_is_tried_where_one_does_not_answer(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("/", page("Help"))
    stands_for(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    url = site.url.replace("127.0.0.1", "help.example")
    assert Site(url, allow_private=True).fetch(f"{url}/").status == 200
    assert site.asked[0].headers["host"] == url.removeprefix("http://")


def test_a_certificate_is_that_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["-subj", "/CN=help.example", "-addext", "subjectAltName=DNS:help.example"]
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", certificate)
    stands_for(monkeypatch, ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    wanted: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: wanted.append(name)
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def serve() -> None:
        for _ in range(2):
            caller, _ = server.accept()
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(caller, server_side=True) as safe,
            ):
                safe.recv(65_536)
                safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    good, bad = (f"https://{name}:{port}/" for name in ("help.example", "other.example"))
    assert Site(good, allow_private=True).fetch(good).content == b"hi"
    with pytest.raises(Unreachable, match="no certificate that is trusted"):
        Site(bad, allow_private=True).fetch(bad)
    thread.join()
    server.close()
    assert wanted == ["help.example", "other.example"]


def test_a_redirect_is_followed_within_the_site_five_times(site: Website) -> None:
    for number in range(7):
        site.put(f"/{number}", "", 302, location=f"/{number + 1}")
    site.put("/7", page("At last"))
    found = Site(site.url, allow_private=True)
    assert found.fetch(f"{site.url}/2").url == f"{site.url}/7"
    with pytest.raises(LedAway, match="never end"):
        found.fetch(f"{site.url}/1")
    port = int(site.url.rpartition(":")[2])
    for other in (f"http://127.0.0.1:{port + 1}/7", f"https://127.0.0.1:{port}/7", "//[::1]/7"):
        site.put("/2", "", 302, location=other)
        with pytest.raises(LedAway, match="another site"):
            found.fetch(f"{site.url}/2")


def test_a_redirect_to_letters_beyond_ascii_arrives(site: Website) -> None:
    site.put("/a", "", 302, location="/återköp".encode().decode("latin-1"))
    site.put("/%C3%A5terk%C3%B6p", page("Återköp"))
    assert Site(site.url, allow_private=True).fetch(f"{site.url}/a").status == 200


def test_bodies_without_end_are_not_read() -> None:
    head = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\n%s\r\n"
    redirect = head % (b"302 Found", b"Location: /b\r\n")
    image = head.replace(b"text/html", b"image/png") % (b"200 OK", b"")
    with raw_server(redirect, image, last=b"x" * 65_536) as url:
        found = Site(url, allow_private=True).fetch(f"{url}/a", kinds=["text/html"])
    assert (found.url, found.status, found.content) == (f"{url}/b", 200, b"")


def test_a_page_that_does_not_answer_in_time_fails_alone(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_TIMEOUTS", (1.0, 0.2))
    site.slow = dict.fromkeys(["/slow", *(f"/slow{number}" for number in range(9))], 0.5)
    site.put("/", page("Help", links("/slow", "/a", "/b", "/c")))
    for name in "abc":
        site.put(f"/{name}", page(f"Page {name}"))
    site.put("/slow", page("Slow"))
    changes = list(site.source().changes(None))
    assert [each.reason for each in changes if isinstance(each, Failed)] == [
        f"{site.url}/slow: {site.url[7:]} does not answer in time. The next sync tries again."
    ]
    assert len([each for each in changes if isinstance(each, Article)]) == 4
    site.put("/", page("Help", links(*(f"/slow{number}" for number in range(9)))))
    with pytest.raises(SourceError, match="5 pages in a row"):
        list(site.source().changes(None))
