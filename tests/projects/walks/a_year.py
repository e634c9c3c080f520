"""A company and its far branch for the walks: real acts over HTTP, days that go by, and what people see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.domain.project_score import PROJECT_SCORE
from services.notifications import tables
from services.notifications.inbox import List, read_list
from services.notifications.planning import Planning
from services.notifications.reactions import obliging
from services.notifications.rulebook import Rulebook
from services.projects.timers import see_to_due
from shared.clock import ExampleClock, today
from shared.domain import PersonId
from shared.engines import begin, create_engine
from shared.ledger import RESTRICTED
from shared.reading import Runner, running
from shared.sentences import word
from tests.projects.an_office import Office, founded
from tests.support.company import all_in_order
from tests.support.engines import Database
from tests.support.living import house

BOOK = Rulebook()
TITLE = "风机可利用率提升到97.5%"


@dataclass
class Year:
    """The group at work; everybody is called by their sign-in name.

    `second` at headquarters; `he` the company's party department, `qin` its source department, `ren` the
    leader in charge, `du` its inspector; `tian` secretary of the far branch, `ma`, `bai` and `yun` members.
    """

    office: Office
    engine: AsyncEngine
    telling: Runner
    units: dict[str, str] = field(default_factory=dict)
    terms: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        parts = self.office.parts
        return today(parts.clock, parts.settings.time_zone)

    def day(self, days: int) -> str:
        """So many days from today, as it is written."""
        return f"{self.today + timedelta(days)}"

    async def until(self, day: date) -> None:
        """Lets time pass to noon of a day, and what is due is seen to."""
        clock = self.office.parts.clock
        assert isinstance(clock, ExampleClock)
        clock.set(datetime.combine(day, time(4), UTC))
        await self.settled()
        while await see_to_due(self.office.parts):
            await self.settled()

    async def settled(self) -> None:
        """Waits until the views and the inboxes have everything that is written."""
        for name, head in (await self.office.parts.ledgers.heads()).items():
            if name in RESTRICTED:  # nobody of these follows them (R49, R76)
                continue
            for runner, view in ((self.office.parts.runner_projects, "projects"), (self.telling, "projects")):
                assert await runner.wait_for(view, name, head.position, 30), f"{view} of {name}"

    async def does(self, who: str, project: str, act: str, /, **body: Any) -> None:
        """An act on a project that is taken."""
        await self.office.does(who, f"/projects/{project}/{act}", **body)

    async def refused(self, who: str, project: str, act: str, /, **body: Any) -> dict[str, Any]:
        """The problem that refuses an act, as they read it."""
        answer = await self.office.asks(
            who, f"/projects/{project}/{act}", body, **{"Accept-Language": "zh-CN"}
        )
        assert answer.is_error, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def reads(self, who: str, path: str, key: str = "") -> Any:
        """What they are shown, once everything written is to be seen."""
        await self.settled()
        answer = await self.office.gets(who, path)
        assert answer.status_code == 200, answer.text
        return answer.json()[key] if key else answer.json()

    async def page(self, who: str, project: str) -> dict[str, Any]:
        """A project as they see it."""
        found: dict[str, Any] = await self.reads(who, f"/projects/{project}", "project")
        return found

    async def history(self, who: str, project: str) -> list[dict[str, Any]]:
        """All acts on a project as they see them, the oldest first."""
        found: list[dict[str, Any]] = await self.reads(who, f"/projects/{project}/history", "entries")
        return found

    async def agreeing(self, project: str) -> dict[str, str]:
        """The word of who agrees to what a project says now."""
        page = await self.page("tian", project)
        return {"opinion": "agree", "content_hash": page["content_hash"]}

    async def colour(self, who: str, project: str, subject: str, code: str) -> str:
        """In which colour they see a date."""
        found = await self.reads(who, f"/projects/{project}", "colours")
        (colour,) = [one["colour"] for one in found if (one["subject"], one["code"]) == (subject, code)]
        return str(colour)

    async def inbox(self, who: str, which: List = "todo") -> list[str]:
        """The rules by which they are told something, newest first."""
        return [rule for rule, _ in await self.told(who, which)]

    async def told(self, who: str, which: List = "todo") -> list[tuple[str, str]]:
        """The same with the sentences."""
        await self.settled()
        async with self.engine.connect() as connection:
            page = await read_list(connection, PersonId(self.office.people[who]), which)
        return [
            (entry.rule, entry.text(BOOK, lambda kind, fact: word(kind, fact, "zh-CN")))
            for entry in page.entries
        ]

    async def joins(self, login: str, unit: str, *offices: str, of: str = "") -> None:
        """Somebody of a unit, with these offices there or in another."""
        await self.office.person(login, self.units[unit])
        for held in offices:
            await self.holds(login, held, of or unit)

    async def holds(self, login: str, held: str, unit: str) -> None:
        """An office of somebody, confirmed where it needs a second (R13)."""
        term = await self.office.appointed(login, held, self.units[unit])
        await self.office.asks("second", f"/offices/{term}/confirm-appointment", {})
        self.terms[login, held] = term

    async def untied(self, who: str) -> None:
        """Somebody declares to have no tie with the branch and its people (R5)."""
        path = f"/people/{self.office.people[who]}/declare-no-tie"
        await self.office.does(who, path, unit=self.units["branch"])

    def proposal(self, **changed: Any) -> dict[str, Any]:
        """What a small far branch proposes, on the short form."""
        available: dict[str, Any] = {
            "code": "availability",
            "name": "风机可利用率",
            "unit": "%",
            "kind": "raise",
        }
        available |= {"source": {"office": "source_department", "unit": self.units["company"]}}
        available |= {"baseline": "96.1", "target": "97.5"}
        content: dict[str, Any] = {
            "title": TITLE,
            "track": "safety_quality",
            "problem": "三个风场共用一名点检员，一季度可利用率只有96.1%，四成停机是等人。",
            "plan": [
                {"code": "M1", "title": "三场点检表定稿", "due": self.day(60)},
                {"code": "M2", "title": "可利用率达标", "due": self.day(180)},
            ],
            "targets": [available],
            "measures": ["党员包机"],
            "working_rules": ["每周一次视频碰头"],
            "acceptance_standard": "可利用率连续三个月不低于97.5%",
            "integrations": [{"code": "safety", "how": "点检与登塔安全确认一并办理"}],
            "business_goal": "年度发电量目标",
            "team": {"form": "责任区", "name": "包机组", "members": [self.member("ma")]},
            "activities": [{"kind": "主题党日", "indicator": "availability"}],
            "secrecy_checked": True,
            "simple": True,
        }
        return content | changed

    def member(self, login: str, role: str = "backbone") -> dict[str, str]:
        return {"person": self.office.people[login], "role": role}

    def resolution(self) -> dict[str, Any]:
        """The members' meeting of five."""
        numbers = {"should_attend": 5, "present": 4, "votes_for": 4}
        return {"kind": "member_meeting", "on": self.day(0), "numbers": numbers}

    async def draft(self) -> str:
        """The far branch's proposal, ready to be submitted."""
        said = {"unit": self.units["branch"], "title": TITLE, "track": "safety_quality"}
        project = await self.office.does("tian", "/projects/draft-proposal", **said)
        await self.does("tian", project, "revise-proposal", proposal=self.proposal())
        return project

    async def in_work(self) -> str:
        """The same, approved on the short route."""
        project = await self.draft()
        await self.does("tian", project, "submit-proposal", resolution=self.resolution())
        word = await self.agreeing(project)
        await self.does("he", project, "give-opinion", step=0, answers=all_in_order(), **word)
        await self.does("ren", project, "give-opinion", step=1, **word)
        assert (await self.page("tian", project))["state"] == "in_implementation"
        return project

    async def done(self, project: str) -> None:
        """The branch has reached everything and asks for its closing."""
        ever = {"indicator": "availability"}
        await self.does("qin", project, "confirm-baseline", **ever, value="96.1")
        for milestone in ("M1", "M2"):
            await self.does("tian", project, "reach-milestone", milestone=milestone, on=self.day(0))
        reached = ever | {"period": f"{self.today:%Y-%m}", "value": "97.8"}
        await self.does("tian", project, "report-reading", **reached, on=self.day(0))
        await self.does("qin", project, "confirm-figure", **reached)
        if "bao" not in self.office.people:
            await self.joins("bao", "desk", "secrecy_reviewer", of="company")
        report = {"data": "97.8%", "facts": "三场", "experience": "包机", "results": "连续三个月达标"}
        secrecy = {"person": self.office.people["bao"], "on": self.day(0)}
        await self.does("tian", project, "request-closure", report=report, secrecy=secrecy)


@asynccontextmanager
async def a_year(database: Database, tmp_path: Path) -> AsyncIterator[Year]:
    """The group: headquarters' two, a company with its departments, a far branch of five on three sites."""
    async with (
        founded(database, tmp_path, reacts=True) as office,
        house(database, "evaluation", [PROJECT_SCORE]) as evaluation,
    ):
        engine = create_engine(database.url("notifications"), durable=False)
        async with begin(engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        parts = office.parts
        planning = Planning(BOOK, parts.organisation, parts.clock, parts.settings.time_zone)
        reaction = obliging(planning, parts.following.catch_up)
        telling = Runner(reaction, engine, [office.source, evaluation.source])
        async with running(telling):
            year = Year(office, engine, telling)
            await _begins(year)
            yield year
        await engine.dispose()


async def _begins(year: Year) -> None:
    office = year.office
    year.units["group"] = office.group
    await office.person("second", office.group)
    await office.appointed("second", "headquarters", office.group)
    await office.published("second", f"{year.today}")
    year.units["company"] = await office.unit(
        "XB", office.group, name="西部新能源有限公司", has_ledger=True, has_committee=True
    )
    year.units["desk"] = await office.unit(
        "XB-JG", year.units["company"], organisation="党支部", kind="functional"
    )
    far = {
        "name": "戈壁风电场联合党支部",
        "organisation": "联合党支部",
        "marks": ["小", "远"],
        "full_members": 5,
    }
    year.units["branch"] = await office.unit("XB-01", year.units["company"], **far)
    await year.joins("he", "desk", "party_department", of="company")
    await year.joins("qin", "desk", "source_department", of="company")
    await year.joins("ren", "desk", "leader_in_charge", of="company")
    await year.joins("du", "desk", "inspector", of="company")
    await year.joins("tian", "branch", "branch_secretary")
    for member in ("ma", "bai", "yun"):
        await year.joins(member, "branch")
