"""A relay in front of a mail server: it can speak TLS for it, and keep a server's yes to itself."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

END_OF_MAIL = b"\r\n.\r\n"


class MailRelay(ThreadingTCPServer):
    """Hands bytes on in both directions.

    Args:
        port: of the server behind it.
        tls: what it speaks to clients, if not plainly.

    Attributes:
        loses: the answer to the next mail does not reach the client, and the connection ends.
    """

    daemon_threads = True

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.behind = port
        self.tls = tls
        self.loses = False

    @property
    def port(self) -> int:
        """Its own."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that do not like the certificate go away."""


class _Connection(BaseRequestHandler):
    server: MailRelay

    def handle(self) -> None:
        client = self.request
        if self.server.tls is not None:
            client = self.server.tls.wrap_socket(client, server_side=True)
        with client, socket.create_connection(("127.0.0.1", self.server.behind)) as behind:
            back = threading.Thread(target=self._back, args=(behind, client), daemon=True)
            self._tail, self._lost = b"", False
            back.start()
            with contextlib.suppress(OSError):
                while piece := client.recv(65536):
                    self._tail = (self._tail + piece)[-len(END_OF_MAIL) :]
                    self._lost = self.server.loses and self._tail == END_OF_MAIL
                    behind.sendall(piece)
            with contextlib.suppress(OSError):
                behind.shutdown(socket.SHUT_RDWR)
            back.join()

    def _back(self, behind: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := behind.recv(65536):
                if self._lost:
                    self.server.loses = False
                    break
                client.sendall(piece)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running_relay(port: int, tls: ssl.SSLContext | None = None) -> Iterator[MailRelay]:
    """A relay for the time of a `with` block."""
    with MailRelay(port, tls) as relay:
        thread = threading.Thread(target=relay.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A fresh certificate of this machine, signed by itself, and its key."""
    made, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", made], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.fail("no openssl here: apt-get install openssl", pytrace=False)
    return made, key
