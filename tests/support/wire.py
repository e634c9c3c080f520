"""Bytes on a connection, as no decent client would send them."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from dataclasses import dataclass

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"


@dataclass(frozen=True)
class Wire:
    """The port that the front listens on."""

    port: int

    def connected(self) -> socket.socket:
        """A connection that waits for at most half a minute."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def says(self, request: bytes, silent_seconds: float = 3) -> list[tuple[int, bytes]]:
        """The status and head of every answer until the front closes, or says no more."""
        received = b""
        with self.connected() as connection:
            with suppress(OSError):  # it may refuse and close before all is sent; what it says can be read
                connection.sendall(request)
            with suppress(OSError):
                while more := connection.recv(65536):
                    received += more
                    connection.settimeout(silent_seconds)
        heads = re.findall(rb"HTTP/1\.[01] \d{3}.*?\r\n\r\n", received, re.DOTALL)
        return [(int(head[9:12]), head) for head in heads]
