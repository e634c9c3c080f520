"""What an operator sees of an installation in one screen, asked over HTTP.

In an image, where there is no ./denggao: `python -P -m shared.status http://projects:8000 …`.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from prometheus_client.parser import text_string_to_metric_families

TIMEOUT_SECONDS = 10
LAG_SECONDS = 60  # as the alarm ViewLags
DISK_FREE_LEAST = 0.1  # as the alarm DiskFull
CLOCK_APART_SECONDS = 5  # nothing is appended beyond
HELD = ("parked", "forked", "unknown")
GUIDE = "docs/operating.md"
WELL, NOT_WELL, NOTHING_ANSWERS = 0, 1, 2

_open = build_opener(ProxyHandler({})).open  # a proxy of the environment does not lead to a service


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is not well, and the heading of the guide that says what to do."""

    what: str
    heading: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What one process said: its health, and its metrics where its own port was reached."""

    service: str
    address: str
    health: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def answers(self) -> bool:
        """Whether it said anything."""
        return bool(self.health)

    def troubles(self) -> list[Trouble]:
        """What somebody should do something about."""
        return list(_troubles(self))


def ask(address: str, service: str = "") -> Asked:
    """A process on its own port; its heading names the service when it says so itself."""
    health = _read(f"{address}/health")
    if health is None or not health.startswith(b"{"):
        return Asked(service, address)
    said = json.loads(health)
    samples = _read(f"{address}/metrics") or b""
    figures = {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(samples.decode())
        for sample in family.samples
    }
    return Asked(said.get("service", service), address, said, figures)


def ask_front(url: str, service: str) -> Asked:
    """The same through the front, which leads to numbers alone."""
    address = f"{url}/api/{service}/health"
    health = _read(address) or b""
    said = json.loads(health) if health.startswith(b"{") else {}
    return Asked(service, address, said if said.get("service") == service else {})


def processes(url: str) -> list[str]:
    """The addresses behind a name: each replica of a service has its own."""
    parts = urlsplit(url)
    try:
        _, _, found = socket.gethostbyname_ex(parts.hostname or "")
    except OSError:
        return [url]
    return sorted(f"{parts.scheme}://{address}:{parts.port or 80}" for address in found)


def _read(url: str) -> bytes | None:
    try:
        with _open(url, timeout=TIMEOUT_SECONDS) as answer:
            return bytes(answer.read())
    except HTTPError as error:  # 503 tells what is away
        return error.read()
    except (OSError, ValueError):
        return None


# -- what is not well -----------------------------------------------------------------------------


def _troubles(asked: Asked) -> Iterator[Trouble]:
    said = asked.health
    if not asked.answers:
        yield Trouble("it does not answer", "A service does not answer")
        return
    away = [name for name, how in said.get("databases", {}).items() if how != "answers"]
    for name in away:
        yield Trouble(f"its database of {name} does not answer", "A database is away or restarts")
    if said.get("nats", "connected") != "connected":
        yield Trouble("it has no connection to NATS", "NATS is away")
    up_seconds = time.time() - asked.figures.get("process_start_time_seconds", 0)
    for name, view in said.get("views", {}).items():
        yield from _troubles_of_view(name, view, up_seconds)
    free, disk = asked.figures.get("denggao_disk_free_bytes"), asked.figures.get("denggao_disk_bytes", 0)
    if free is not None and free < disk * DISK_FREE_LEAST:
        yield Trouble(f"only {_bytes(free)} of its disk are free", "The disk is full")
    if refused := _count(said.get("signing", {}), "refused"):
        yield Trouble(f"it refuses to sign {_many(refused, 'ledger')}", "A ledger is not signed")
    apart = asked.figures.get("denggao_clock_apart_seconds", 0)
    if apart > CLOCK_APART_SECONDS:
        yield Trouble(f"its clock and the database's are {apart:.0f} s apart", "The clock is off")
    if not said.get("ok", True) and not away:
        why = said.get("cause", "it has not read the organisation")
        yield Trouble(f"it is not ready: {why}", "A service is not well")


def _troubles_of_view(name: str, view: Mapping[str, Any], up_seconds: float) -> Iterator[Trouble]:
    lag = _lag(view)
    if (up_seconds if lag is None else lag) > LAG_SECONDS:
        since = "was never complete since the start" if lag is None else f"is {_duration(lag)} old"
        yield Trouble(f"the view {name} {since}, {_behind(view)} events behind", "A view lags")
    if parked := _count(view, "parked"):
        yield Trouble(f"the view {name} holds {_many(parked, 'project')} parked", "A project is parked")
    if forked := _count(view, "forked"):
        yield Trouble(f"the view {name} holds {_many(forked, 'ledger')} forked", "A ledger is forked")


# -- one screen -----------------------------------------------------------------------------------


def screen(all_asked: Iterable[Asked]) -> Iterator[str]:
    """The lines to print."""
    troubles = []
    for asked in all_asked:
        found = asked.troubles()
        troubles += [(asked, trouble) for trouble in found]
        how = "well" if not found else "NOT WELL" if asked.answers else "AWAY"
        yield f"{asked.service:<14} {how:<9} {asked.address}"
        for what, told in _told(asked):
            yield f"  {what:<20} {told}"
    if troubles:
        yield ""
    for asked, trouble in troubles:
        yield f"{asked.service}: {trouble.what}. What to do: {GUIDE}, “{trouble.heading}”."


def _told(asked: Asked) -> Iterator[tuple[str, str]]:
    said, figures = asked.health, asked.figures
    if "process_start_time_seconds" in figures:
        memory = _bytes(figures.get("process_resident_memory_bytes", 0))
        since = _duration(time.time() - figures["process_start_time_seconds"])
        yield "process", f"release {said.get('release', '?')}, up {since}, {memory} of memory"
    for name, how in said.get("databases", {}).items():
        size = figures.get(f"denggao_database_bytes {name}")
        yield f"database {name}", how + (f", {_bytes(size)}" if size is not None else "")
    if "nats" in said:
        stream = figures.get("denggao_nats_stream_bytes")
        yield "NATS", said["nats"] + (f", EVENTS {_bytes(stream)}" if stream else "")
    heads: Any = said.get("ledgers")
    if isinstance(heads, int):
        yield "ledgers", f"{heads}"
    elif heads:
        largest = max(heads, key=lambda name: int(heads[name]))
        events = f"{sum(heads.values()):,} events, most in {largest}: {heads[largest]:,}"
        yield "ledgers", f"{len(heads)}, {events}"
    for name, view in said.get("views", {}).items():
        counts = [f"{_behind(view)} behind", *(f"{_count(view, of)} {of}" for of in HELD)]
        yield f"view {name}", f"{_complete(view)}, {', '.join(counts)}"
    if "denggao_disk_free_bytes" in figures:
        free, disk = _bytes(figures["denggao_disk_free_bytes"]), _bytes(figures["denggao_disk_bytes"])
        evidence = figures.get("denggao_evidence_bytes")
        yield "disk", f"{free} of {disk} free" + (f", evidence {_bytes(evidence)}" if evidence else "")
    if "denggao_obligations_waiting" in figures:
        oldest = _duration(figures["denggao_obligations_oldest_seconds"])
        yield "obligations", f"{figures['denggao_obligations_waiting']:,.0f} wait, the oldest for {oldest}"


def _count(view: Mapping[str, Any], name: str) -> int:
    """How many: the front says a number, a service's own port the things themselves."""
    value = view.get(f"{name}_in_all", view.get(name, 0))
    return value if isinstance(value, int) else len(value)


def _complete(view: Mapping[str, Any]) -> str:
    lag = _lag(view)
    if lag is None:
        return "not complete yet"
    return f"complete to {datetime.fromisoformat(view['complete_to']):%Y-%m-%d %H:%M:%SZ} ({_duration(lag)})"


def _behind(view: Mapping[str, Any]) -> int:
    return sum(view.get("behind", {}).values())


def _lag(view: Mapping[str, Any]) -> float | None:
    if not (told := view.get("complete_to")):
        return None
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(told)).total_seconds())


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _bytes(count: float) -> str:
    units = iter(("B", "KiB", "MiB", "GiB"))
    unit = next(units)
    for larger in units:
        if count < 1024:
            break
        count, unit = count / 1024, larger
    return f"{count:,.0f} B" if unit == "B" else f"{count:,.1f} {unit}"


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.0f} s"


# -- the answer -----------------------------------------------------------------------------------


def tell(all_asked: Sequence[Asked], *, as_json: bool = False) -> int:
    """Print it, and give the exit code: 0 well, 1 something is not, 2 nothing answers."""
    troubled = any(asked.troubles() for asked in all_asked)
    if as_json:
        services = [
            {
                "service": asked.service,
                "address": asked.address,
                "answers": asked.answers,
                "troubles": [{"what": one.what, "heading": one.heading} for one in asked.troubles()],
                "health": asked.health,
                "figures": asked.figures,
            }
            for asked in all_asked
        ]
        whole = {"well": not troubled, "services": services}
        text = json.dumps(whole, ensure_ascii=False, indent=1)
    else:
        text = "\n".join(screen(all_asked))
    sys.stdout.write(f"{text}\n")
    if not any(asked.answers for asked in all_asked):
        return NOTHING_ANSWERS
    return NOT_WELL if troubled else WELL


def main(arguments: Sequence[str]) -> int:
    """Ask every process behind these addresses."""
    urls = [one for one in arguments if one != "--json"]
    asked = [ask(address, urlsplit(url).hostname or "") for url in urls for address in processes(url)]
    return tell(asked, as_json="--json" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
