"""The reviews of a season over HTTP: each company's first, then the group's rounds to its notice (R56).

What a card says follows from its project and from its juror's turn on that dossier, not from who was
drawn: whoever the lot names, places and awards come out the same.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from bench.season import group
from bench.season.asking import People, Refused
from bench.season.group import CLERK, DISCIPLINE, DOSSIERS_AT_MOST, GROUP, HEADQUARTERS, TRACKS
from bench.season.lives import marks, track_of
from bench.season.size import JURORS, Size
from services.evaluation.api.review.cycle_acts import review_id
from services.evaluation.review.matters import of_run
from shared.domain import PersonId, UnitId

YEAR, DUE, PLEDGED = 2026, "2027-06-30", "2026-01-05"
DAYS = {"closed_from": "2026-01-01", "closed_until": "2026-12-31"}
STRICTER = Decimal("0.01")  # each juror of a dossier than the one before
UNCORRECTED = Decimal("0.02")  # that a card lacks before each of its corrections
SENIORS = 3
Meets = Callable[[UnitId, str], Awaitable[tuple[str, str]]]  # unit, review → meeting, where it is recorded


@dataclass(frozen=True, slots=True)
class Host:
    """Whose review it is, and who works on it."""

    unit: UnitId
    department: UnitId  # of its panels: another than the branch of those who run it (R61)
    runs: PersonId
    clerk: PersonId
    supervisor: PersonId
    jurors: Sequence[tuple[PersonId, str]]  # with the track of each


@dataclass(slots=True)
class Done:
    """How far the reviews are."""

    companies: int = 0
    recommended: int = 0
    on_site: int = 0
    awards: dict[str, str] = field(default_factory=dict)  # by project


def company_host(number: int, closing: int) -> Host:
    """A company's, with jurors of the tracks in which so many projects close."""
    jurors = [(one, track_of(number, n % closing)) for n, one in enumerate(group.jurors_in(number))]
    unit = group.company(number)
    return Host(unit, unit, group.runs(number), group.clerk(number), group.supervisor(number), jurors)


def group_host(size: Size) -> Host:
    """The group's, with panels of the institute."""
    return Host(GROUP, group.LABORATORY, HEADQUARTERS, CLERK, DISCIPLINE, group.jurors_of(size))


@dataclass(slots=True)
class Review:
    """One unit's review, step by step."""

    people: People
    host: Host
    handed_in: int  # how often each card is
    done: Done
    at: str = ""

    async def opens(self, **more: Any) -> None:
        """Its pool, its opening, and what it collects."""
        self.at = f"/reviews/{review_id(self.host.unit, YEAR)}"
        listed = [await self._lists(*one, n) for n, one in enumerate(self.host.jurors)]
        await self.people.reads(f"/juror-pool/{self.host.unit}?wait_for={listed[-1]}", self.host.runs)
        await self.does("/reviews/open-cycle", unit=self.host.unit, year=YEAR, **more, **DAYS)
        await self.does(f"{self.at}/collect-projects")
        await self.shows(await self.does(f"{self.at}/close-collection"))

    async def _lists(self, juror: PersonId, track: str, nth: int) -> str:
        level = "senior" if nth % JURORS < SENIORS else "middle"
        listed = {"person": juror, "track": track, "fields": [], "level": level, "external": False}
        return await self.does(
            "/juror-pool/list-juror", unit=self.host.unit, juror=listed | {"pledged_on": PLEDGED}
        )

    async def entrants(self, query: str = "") -> list[dict[str, Any]]:
        """Its projects by place."""
        found, after = list[dict[str, Any]](), ""
        while True:
            page = await self.people.reads(f"{self.at}/projects?limit=200{query}{after}", self.host.runs)
            found += page["projects"]
            if not page["next"]:
                return found
            after = f"&after={page['next']}"

    async def shows(self, place: str) -> None:
        """Wait until the view has come so far, whichever process asks it next."""
        await self.people.reads(f"{self.at}?wait_for={place}", self.host.runs)

    async def round(self, *panels: dict[str, Any]) -> None:
        """One with these panels, which sit at the same time; without projects of its own there is none."""
        named: list[str] = []
        for panel in panels:
            if found := await self._named(panel, named):
                named.append(found)
        await asyncio.gather(*(self.judged(f"/panels/{panel}") for panel in named))
        await self.shows(await self.does(f"{self.at}/close-round"))

    async def _named(self, panel: dict[str, Any], others: list[str]) -> str | None:
        """A panel that was named, and that everybody knows of."""
        try:
            place = await self.does(f"{self.at}/name-panel", department=self.host.department, **panel)
        except Refused as refused:
            if refused.code != "PanelHasNoProjects":
                raise
            return None
        board = await self.people.reads(f"{self.at}/board?wait_for={place}", self.host.runs)
        named = {str(one["panel"]) for one in board["panels"] if one["state"] == "named"}
        (found,) = named.difference(others)
        return found

    async def by_track(self, dossiers_at_most: int) -> list[dict[str, Any]]:
        """Panels for each track, none with more dossiers than it may have."""
        by_track: dict[str, list[str]] = defaultdict(list)
        for one in await self.entrants():
            by_track[one["track"]].append(one["project"])
        return [
            {"projects": sorted(projects)[start : start + dossiers_at_most]}
            for _, projects in sorted(by_track.items())
            for start in range(0, len(projects), dossiers_at_most)
        ]

    async def judged(self, panel: str) -> None:
        """Jurors are drawn and score, three people sign."""
        await self.does(f"{panel}/fix-lot")
        place = await self.does(f"{panel}/open-panel", due=DUE)
        jurors = [one for one, _ in self.host.jurors]
        queues = await asyncio.gather(*(self._queue(panel, one, place) for one in jurors))
        own = {one: queue for one, queue in zip(jurors, queues, strict=True) if queue and queue["of"]}
        if any(queue["round"] == "on_site" for queue in own.values()):
            await self._meets(panel)
        letters: dict[int, list[str]] = defaultdict(list)
        for queue in own.values():
            for dossier in queue["dossiers"]:
                letters[dossier["number"]].append(queue["letter"])
        await asyncio.gather(*(self._scores(panel, one, queue, letters) for one, queue in own.items()))
        chair = next(one for one, queue in own.items() if queue["chairs"])
        seen = (await self.people.reads(panel, chair))["seen"]
        signers = {"chair": chair, "clerk": self.host.clerk, "supervisor": self.host.supervisor}
        for signing, one in signers.items():
            await self.people.does(f"{panel}/sign-panel", one, signing=signing, seen=seen)

    async def _meets(self, panel: str) -> None:
        """Each project shows, in the order that is drawn, and may be scored then."""
        await self.does(f"{panel}/draw-order")
        for number in (await self.people.reads(f"{panel}/stage", self.host.runs))["order"]:
            await self.does(f"{panel}/begin-turn", number=number, phase="show")
            await self.does(f"{panel}/end-turn", number=number)

    async def _queue(self, panel: str, juror: PersonId, place: str) -> dict[str, Any] | None:
        """Their dossiers; nothing for who was not drawn."""
        try:
            found = await self.people.reads(f"{self.at}/queue?wait_for={place}", juror)
        except Refused as refused:
            if refused.code != "NotKnown":
                raise
            return None
        return next((own for own in found["panels"] if f"/panels/{own['panel']}" == panel), None)

    async def _scores(
        self, panel: str, juror: PersonId, queue: dict[str, Any], letters: dict[int, list[str]]
    ) -> None:
        """One after another, each dossier opened before its first card; then the corrections."""
        await self.people.does(f"{panel}/declare-ties", juror, ties=[])
        pages = {}
        for time in range(self.handed_in):
            for number in (dossier["number"] for dossier in queue["dossiers"]):
                if number not in pages:
                    pages[number] = await self.people.reads(f"{panel}/cards/{number}", juror)
                turn = sorted(letters[number]).index(queue["letter"])
                less = STRICTER * turn + UNCORRECTED * (self.handed_in - 1 - time)
                given = _card(pages[number], less)
                await self.people.does(f"{panel}/submit-scorecard", juror, number=number, marks=given)

    async def does(self, path: str, **body: Any) -> str:
        """As who runs the review; where it is recorded."""
        return str((await self.people.does(path, self.host.runs, **body))["position"])


async def first_review(review: Review, meets: Meets) -> None:
    """A company's, from its pool to what its committee confirms: whom it recommends."""
    await review.opens(has_notice=False, with_panels=True)
    await review.round({"tracks": list(TRACKS)})
    await review.does(f"{review.at}/run-allocation", reason="")
    meeting, place = await meets(review.host.unit, of_run(UUID(review.at.rpartition("/")[2]), 1))
    await review.shows(place)
    place = await review.does(f"{review.at}/confirm-awards", meeting=meeting)
    await review.shows(place)
    review.done.companies += 1


async def group_review(review: Review) -> None:
    """The group's: what is recommended, by dossier, then the best on site, places, and the notice."""
    await review.opens(has_notice=True)
    review.done.recommended = len(await review.entrants())
    await review.round(*await review.by_track(DOSSIERS_AT_MOST))
    await review.round(*({"tracks": [track]} for track in TRACKS))
    board = await review.people.reads(f"{review.at}/board", review.host.runs)
    on_site = [one["dossiers"] for one in board["panels"] if one["round"] == "on_site"]
    review.done.on_site = sum(on_site)
    await review.does(f"{review.at}/run-allocation", reason="")
    place = await review.does(f"{review.at}/open-notice", working_days=5)
    await review.shows(place)
    awarded = await review.entrants("&awarded=yes")
    review.done.awards = {one["project"]: one["award"] for one in awarded}


def _card(page: dict[str, Any], less: Decimal) -> list[dict[str, Any]]:
    scales = [(one["code"], Decimal(one["weight"])) for one in page["criteria"]]
    given = marks(UUID(page["project"]), scales, less)
    return [{"criterion": code, "points": f"{points:.2f}"} for code, points in given]
