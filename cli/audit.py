"""`./denggao audit`: every ledger walked, every view beside a fresh replay; what is wrong is named."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy import func, inspect, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.audited_ledgers import Ledgers, Remembered, Walked, ends_of, see_readers
from cli.audited_views import Audited, Compared, Row, compare
from cli.reader import add_language, spoken_by
from cli.truth import CannotBeDone, add_place, engine_of, file_of, settings_of, why
from services.evaluation.projections import scores_in
from services.projects.projections.projects import projects_in
from services.projects.projections.suspicions import SUSPICIONS
from shared import checkpoints
from shared.findings import Finding, Findings
from shared.migrations import NotMigrated, check
from shared.sentences import Language, word
from shared.settings import Settings
from shared.signed_state import replaced
from shared.walking import Reached

DECIDING = ("projects", "evaluation")  # those that have ledgers
SERVICES = (*DECIDING, "notifications")
KEEP_SECONDS = 5.0
SAY_SECONDS = 0.5
HELP = """Walk every ledger, also those that no view follows: each position, each version of each stream, the
hash of each event, trees and tiles, what was signed and cosigned, where readers stand. Then make each view
anew from the same events in a place of its own (TMPDIR), and compare every row. The system may run meanwhile;
nothing is changed. Exit 0: nothing is wrong. 1: something is, and is named. 2: no audit could be made."""


def main(arguments: list[str]) -> int:
    """0 nothing is wrong, 1 what is wrong was named, 2 it could not be looked at."""
    parser = argparse.ArgumentParser(prog="./denggao audit", description=HELP)
    add_place(parser)
    add_language(parser)
    parser.add_argument("--state", type=Path, metavar="FILE", help="read only what is new since this file")
    parser.add_argument("--from-start", action="store_true", help="all of it, also with --state")
    parser.add_argument("--no-views", action="store_true", help="leave out the replay of the views")
    asked = parser.parse_args(arguments)
    spoken = spoken_by(asked)
    try:
        audit = _Audit(settings_of(SERVICES, asked.data), asked.data, spoken, asked.state)
        if not asked.from_start:
            audit.remember()
        with _quiet():
            asyncio.run(audit.make(views=not asked.no_views))
    except (CannotBeDone, SQLAlchemyError, OSError, NotMigrated, ValueError) as error:
        print(_said("away", spoken, reason=reason(error, spoken)), file=sys.stderr)
        return 2
    print("\n".join(audit.lines()))
    return int(bool(audit.found.told))


def reason(error: Exception, spoken: Language) -> str:
    """Why no audit could be made; what a database or the system says of it stands in quotation marks."""
    match error:
        case CannotBeDone() | NotMigrated() if error.code:
            return _said(error.code, spoken, **error.facts)
        case SQLAlchemyError():
            return _said("database", spoken, told=why(error))
        case OSError():
            return _said("file", spoken, told=why(error))
        case _:
            return _said("other", spoken, told=why(error))


@contextmanager
def _quiet() -> Iterator[None]:
    """What the replay would log stands in the report."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def _said(code: str, language: Language, **facts: Any) -> str:
    return word("audit", code, language).format(**facts)


class State(msgspec.Struct):
    """What the next audit need not read again."""

    ledgers: dict[str, Reached] = {}


@dataclass(slots=True)
class _Dates:
    """What timers write into the rows of dates: that is no event's, so it is not compared."""

    resting: int = 0

    def forget(self, table: str, stored: Row, afresh: Row) -> Row:
        """The day of the last try; and that a date rests, since its ledger is closed."""
        if table != "dates":
            return stored
        row = stored | {"tried_on": afresh["tried_on"]}
        if stored["act"] is None and stored["act_on"] is None and afresh["act"] is not None:
            self.resting += 1
            row |= {"act": afresh["act"], "act_on": afresh["act_on"]}
        return row


@dataclass
class _Audit:
    """One audit of an installation, and what it has to say."""

    settings: Mapping[str, Settings]
    data: Path
    spoken: Language
    state: Path | None
    found: Findings = field(default_factory=Findings)
    remembered: Remembered = field(default_factory=dict)
    resumed: bool = False
    walked: list[Walked] = field(default_factory=list)
    compared: list[tuple[Audited, Compared | None]] = field(default_factory=list)
    dates: _Dates = field(default_factory=_Dates)
    overdue: int = 0
    _kept_at: float = 0.0
    _said_at: float = 0.0

    def remember(self) -> None:
        """Begin where the last audit ended."""
        if self.state and self.state.exists():
            try:
                self.remembered = msgspec.json.decode(self.state.read_bytes(), type=State).ledgers
            except ValueError as error:  # msgspec's too
                raise CannotBeDone(
                    f"{self.state} was not written by an audit.", "state", file=self.state
                ) from error
            self.resumed = any(reached.position for reached in self.remembered.values())

    async def make(self, *, views: bool) -> None:
        """All of it."""
        async with AsyncExitStack() as stack:
            truths: dict[str, AsyncEngine] = {}
            for service, settings in self.settings.items():
                if (file := file_of(settings.database_url)) and not file.exists():
                    raise CannotBeDone(
                        f"There is no installation in {self.data}.", "nowhere", where=self.data
                    )
                truths[service] = await stack.enter_async_context(engine_of(settings.database_url))
                await check(truths[service], service)
            deciding = {service: truths[service] for service in DECIDING}
            for service, engine in deciding.items():
                ledgers = Ledgers(engine, self.settings[service], self.found, self.remembered)
                self.walked.append(await ledgers.walk(self._tell, self._keep))
            self._save()
            await self._see_read(deciding)
            whole = not any("/" in finding.place for finding in self.found.told)  # of ledgers
            await see_readers(truths["notifications"], "notifications", deciding, self.found)
            for audited in self._audited():
                url = self.settings[audited.service].views_url
                if (file := file_of(url)) and not file.exists():
                    self.compared.append((audited, Compared()))
                    continue
                engine = await stack.enter_async_context(engine_of(url))
                await self._view(audited, engine, deciding, whole=whole, wanted=views)
        self._clear()

    def _audited(self) -> Iterator[Audited]:
        zone = self.settings["projects"].time_zone
        yield Audited(projects_in(zone), "projects", self.dates.forget)
        yield Audited(SUSPICIONS, "projects", lambda _table, stored, _afresh: stored)
        yield Audited(scores_in(zone), "evaluation", lambda _table, stored, _afresh: stored)

    async def _see_read(self, truths: Mapping[str, AsyncEngine]) -> None:
        """No decision had read more of a ledger than there is."""
        ends = await ends_of(truths)
        for walked in self.walked:
            for ledger, read in walked.read.items():
                for other, position in read.items():
                    if position > ends.get(other, 0):
                        size = ends.get(other, 0)
                        self.found.add("read_beyond", ledger, other=other, position_read=position, size=size)

    async def _view(
        self,
        audited: Audited,
        engine: AsyncEngine,
        truths: Mapping[str, AsyncEngine],
        *,
        whole: bool,
        wanted: bool,
    ) -> None:
        async with engine.connect() as connection:
            there = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        if checkpoints.checkpoints.name not in there:
            self.compared.append((audited, Compared()))
            return
        await see_readers(engine, audited.service, truths, self.found)
        if not wanted:
            return

        def tell(position: int, size: int) -> None:
            self._say("progress_view", view=audited.view.name, position=f"{position:,}", size=f"{size:,}")

        made = await compare(audited, engine, truths, self.found, tell) if whole else None
        self.compared.append((audited, made))
        dates = audited.view.tables.get("dates")
        if dates is not None and dates.name in there:
            day = datetime.now(UTC).astimezone(self.settings["projects"].time_zone).date() - timedelta(days=1)
            untried = or_(dates.c.tried_on.is_(None), dates.c.tried_on < day)
            async with engine.connect() as connection:
                query = select(func.count()).select_from(dates).where(dates.c.act_on < day, untried)
                self.overdue = await connection.scalar(query) or 0

    # -- on the way ----------------------------------------------------------------------------

    def _tell(self, place: str, position: int, size: int) -> None:
        self._say("progress", place=place, position=f"{position:,}", size=f"{size:,}")

    def _say(self, code: str, **facts: str) -> None:
        """On a terminal, one line that changes."""
        if sys.stderr.isatty() and time.monotonic() - self._said_at > SAY_SECONDS:
            self._said_at = time.monotonic()
            print(f"\r\x1b[K{_said(code, self.spoken, **facts)}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _keep(self) -> None:
        if time.monotonic() - self._kept_at > KEEP_SECONDS:
            self._save()

    def _save(self) -> None:
        if self.state:
            self._kept_at = time.monotonic()
            replaced(self.state, msgspec.json.encode(State(self.remembered)))

    # -- in words ------------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        """The report."""
        at = datetime.now().astimezone().isoformat(" ", "seconds")
        yield _said("title", self.spoken, where=self.data, at=at)
        if self.resumed:
            yield _said("resumed", self.spoken)
        for walked in self.walked:
            events = f"{sum(walked.ends.values()):,}"
            numbers = {"ledgers": len(walked.ends), "events": events, "read": f"{walked.read_now:,}"}
            yield _said("service", self.spoken, service=walked.service, **numbers)
            yield _said("signed", self.spoken, signed=f"{walked.signed:,}", cosigned=walked.cosigned)
        for audited, compared in self.compared:
            yield self._view_line(audited, compared)
        if self.dates.resting:
            yield _said("resting", self.spoken, count=self.dates.resting)
        if self.overdue:
            yield _said("timers", self.spoken, count=self.overdue)
        yield ""
        yield from self._findings()

    def _view_line(self, audited: Audited, compared: Compared | None) -> str:
        view, version = audited.view.name, audited.view.version
        if compared is None:
            return _said("view_unsure", self.spoken, view=view)
        if compared.live is None:
            return _said("view_none", self.spoken, view=view)
        if compared.live != version:
            return _said("view_version", self.spoken, view=view, live=compared.live, version=version)
        return _said("view", self.spoken, view=view, rows=f"{compared.rows:,}", tables=compared.tables)

    def _findings(self) -> Iterator[str]:
        if not self.found.told:
            yield _said("whole", self.spoken)
            return
        yield _said("not_whole", self.spoken, count=sum(self.found.count.values()))
        last: Counter[tuple[str, str]] = Counter()
        for finding in self.found.told:
            sentence = _said(finding.code, self.spoken, **self._facts(finding))
            code = "told_at" if finding.position else "told"
            yield _said(code, self.spoken, place=finding.place, position=finding.position, sentence=sentence)
            kind = finding.place, finding.code
            last[kind] += 1
            if (more := self.found.more(*kind)) and last[kind] == min(20, self.found.count[kind]):
                yield _said("more", self.spoken, place=finding.place, count=more)
        yield _said("what_next", self.spoken)

    def _facts(self, finding: Finding) -> Mapping[str, str]:
        """Those of a finding; why a note proves nothing is a sentence too."""
        if (why := finding.facts.get("reason")) is None:
            return finding.facts
        said = word("not_proved", why, self.spoken).format(**finding.facts)
        return finding.facts | {"reason": said}
