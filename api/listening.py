"""The port that is served on: a socket for each worker, and what stands in the way of one."""

from __future__ import annotations

import errno
import socket
from ipaddress import ip_address

from domain.errors import SetupFailed


def refuse_unusable_port(host: str, port: int) -> None:
    """Raises SetupFailed with a sentence when nothing can listen there: somebody else does, or this machine does not let us."""
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupFailed(
                f"Port {port} on {host} is taken; choose another one: PORT={port + 1} make run"
                if error.errno == errno.EADDRINUSE
                else f"Cannot listen on {host}, port {port}: {error.strerror}. Correct MAITRED_HOST or PORT."
            ) from error


def own_socket(host: str, port: int) -> socket.socket:
    """A bound socket that shares its port with those of the other workers; it does not listen yet."""
    made = socket.socket(_family(host), socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((host, port))
    made.set_inheritable(True)
    return made


def near(host: str) -> str:
    """Where this machine reaches what listens on `host`, which may be every address that it has."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "::1" if address.version == 6 else "127.0.0.1"
    return host


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
