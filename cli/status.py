"""`./denggao status`: how the installation on this machine is, in one screen."""

from __future__ import annotations

import argparse

from cli.programs import FRONT, SERVICES, Ports
from shared.status import Asked, ask, ask_front, tell


def main(arguments: list[str]) -> int:
    """Exit 0 when all is well, 1 when something is not, 2 when nothing answers."""
    parser = argparse.ArgumentParser(
        prog="./denggao status",
        description=__doc__,
        epilog="Each service is asked on its own port, and through the front where that is not reached: then "
        "memory, disk and causes are not told. What to do about what is not well: docs/operating.md.",
    )
    parser.add_argument("--port", type=int, default=FRONT, metavar="N", help=f"the front's; default: {FRONT}")
    parser.add_argument("--url", metavar="URL", help="ask this front alone, for instance on another machine")
    parser.add_argument("--json", action="store_true", help="the same for programs")
    asked = parser.parse_args(arguments)
    return tell([_asked(service, asked.url, asked.port) for service in SERVICES], as_json=asked.json)


def _asked(service: str, url: str | None, front: int) -> Asked:
    if url:
        return ask_front(url.rstrip("/"), service)
    own = ask(f"http://127.0.0.1:{Ports.beside(front).services[service]}", service)
    if own.answers and own.service == service:
        return own
    through = ask_front(f"http://127.0.0.1:{front}", service)
    return through if through.answers else own
