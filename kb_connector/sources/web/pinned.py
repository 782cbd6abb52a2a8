"""Connections to addresses that were checked, and to no others.

What a name stands for is looked up once, checked, and connected to: a name that answers
differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from kb_connector.errors import PrivateAddress, SourceError

_TRIES = 3
_UNICAST = ipaddress.ip_network("2000::/3")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    >>> [is_public(each) for each in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "224.0.0.1", "::1")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address)
    if ip in _NAT64:
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    # 6to4 carries an IPv4 address, which may be any
    if ip.version == 6 and (ip not in _UNICAST or ip in _SIX_TO_FOUR):
        return False
    return ip.is_global and not ip.is_multicast


class Pinned(HTTPAdapter):
    """Connects to an address that was checked; the certificate is still that of the name.

    For one host only.
    """

    def __init__(self, *, allow_private: bool) -> None:
        super().__init__()
        self._allow_private = allow_private

    def send(
        self, request: requests.PreparedRequest, *given: Any, **named: Any
    ) -> requests.Response:
        url = str(request.url)
        parts = urlsplit(url)
        host = str(parts.hostname)
        addresses = self._addresses(host)[:_TRIES]
        request.headers["Host"] = parts.netloc.rpartition("@")[2]
        if parts.scheme == "https":
            self.poolmanager.connection_pool_kw["server_hostname"] = host
            self.poolmanager.connection_pool_kw["assert_hostname"] = host
        for address in addresses:
            shown = f"[{address}]" if ":" in address else address
            netloc = f"{shown}:{parts.port}" if parts.port else shown
            request.url = urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
            try:
                response = super().send(request, *given, **named)
                break
            except requests.ConnectionError:
                if address == addresses[-1]:
                    raise
            finally:
                request.url = url
        response.url = url
        return response

    def _addresses(self, host: str) -> list[str]:
        """Where the host is, the likeliest first.

        Raises:
            SourceError: it is nowhere.
            PrivateAddress: it is at a private address.
        """
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise SourceError(f"There is no host {host!r}. Check the address.") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for address in addresses:
            if not self._allow_private and not is_public(address):
                raise PrivateAddress(
                    f"{host!r} is at a private address, {address}, which is not read. If the site "
                    "is your own, allow it with the option allow_private."
                )
        return addresses
