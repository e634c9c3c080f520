"""A small group for tests at the front door: one company, its branch, its people, the year's programme."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from shared.offices import FULL_MEMBER
from tests.support.front_door import PASSWORD, FrontDoor, Someone

SERVICES = Path(__file__).parents[2] / "services"
FIRST = "given-by-headquarters"  # replaced before the first sign-in
DOCUMENT = "南屏党〔2026〕1号"


def today() -> date:
    """The local date of the installation."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def in_days(days: int) -> str:
    """A day from today on, as bodies hold it."""
    return (today() + timedelta(days=days)).isoformat()


def judged_criteria() -> list[tuple[str, str]]:
    """Code and weight of what people mark in the default scheme."""
    scheme = yaml.safe_load((SERVICES / "evaluation" / "default" / "scheme.yaml").read_text("utf-8"))
    criteria = (criterion for group in scheme["groups"] for criterion in group["criteria"])
    return [(c["code"], str(c["weight"])) for c in criteria if c["source"] == "judged"]


def all_in_order() -> list[dict[str, Any]]:
    """The party department's answers to the questions of the default pre-check."""
    forms = yaml.safe_load((SERVICES / "projects" / "default" / "forms.yaml").read_text("utf-8"))
    return [{"code": question["code"], "ok": True} for question in forms["precheck"]]


@dataclass
class Company:
    """Whom the stories are about; a person's name says which office they hold there."""

    door: FrontDoor
    group: str  # ids of units
    company: str
    branch: str
    other: str  # another company, and its branch
    elsewhere: str
    wang_fang: Someone  # headquarters, who founded it all
    li_min: Someone  # headquarters as well: the second for what needs two
    zhao_gang: Someone  # party department of the company
    chen_jing: Someone  # source department: stands for the figures
    he_jie: Someone  # clerk of the committee's meetings
    zhou_jianguo: Someone  # party secretary, chairs the committee
    committee: tuple[Someone, ...]  # all who vote in it
    sun_li: Someone  # secrecy reviewer
    qian_hui: Someone  # discipline of the group
    lin_feng: Someone  # inspector
    xu_ming: Someone  # inspector too, but of the branch
    liu_yang: Someone  # branch secretary: leads the project
    huang_lei: Someone  # deputy branch secretary
    zhang_wei: Someone  # fitter, on the team
    yang_fan: Someone  # fitter, of the branch
    ma_chao: Someone  # branch secretary in another company

    @property
    def ledger(self) -> str:
        """The ledger of the company's projects."""
        return f"projects/{self.company}"

    def proposal(self, title: str) -> dict[str, Any]:
        """A content that can be submitted."""
        quality = {"office": "source_department", "unit": self.company}
        return {
            "title": title,
            "track": "safety_quality",
            "problem": "面漆颗粒缺陷返修率6.8%，七成出在周末停线后的首班。",
            "plan": [
                {"code": "M1", "title": "首班清洁作业定标", "due": in_days(30)},
                {"code": "M2", "title": "返修率达标", "due": in_days(120)},
            ],
            "targets": [
                {
                    "code": "rework",
                    "name": "返修率",
                    "unit": "%",
                    "kind": "lower",
                    "source": quality,
                    "baseline": "6.8",
                    "target": "3.5",
                }
            ],
            "measures": ["首班一小时专题行动"],
            "working_rules": ["每月一次进度碰头"],
            "acceptance_standard": "返修率连续三个月不高于3.5%",
            "integrations": [{"code": "safety", "how": "首班清洁纳入岗位安全确认"}],
            "business_goal": "产品质量提升年度目标",
            "team": {
                "form": "攻关组",
                "name": "面漆攻关组",
                "members": [{"person": self.zhang_wei.id, "role": "backbone"}],
            },
            "activities": [{"kind": "主题党日", "indicator": "rework"}],
            "secrecy_checked": True,
        }


class Founding:
    """The first hour of an installation: units, people, offices, programme, all through the front door."""

    def __init__(self, door: FrontDoor, data: Path) -> None:
        self.door = door
        self.wang_fang = Someone(door, "wangfang")
        self.li_min: Someone | None = None
        self._numbers = iter(range(2, 1000))
        code = (data / "projects" / "founding-code").read_text().strip()
        founded = door.http.post(
            "/api/projects/founding",
            headers={"Idempotency-Key": "founding"},
            json={
                "code": code,
                "group": {"code": "HX", "name": "华夏集团"},
                "person": {"staff_number": "1", "name": "王芳"},
                "login": self.wang_fang.login,
                "password": PASSWORD,
            },
        )
        assert founded.status_code == 201, founded.text
        self.group: str = founded.json()["group"]
        self.wang_fang.id = founded.json()["person"]

    def unit(self, code: str, name: str, parent: str, **more: Any) -> str:
        """Established by headquarters; the unit's id."""
        given: dict[str, Any] = {"kind": "production", "organisation": "", "marks": [], "full_members": 0}
        given |= {"has_ledger": False, "has_committee": False}
        taken = self.wang_fang.does(
            "/units/establish-unit", **(given | {"code": code, "name": name, "parent": parent} | more)
        )
        return str(taken["id"])

    def person(self, login: str, name: str, unit: str) -> Someone:
        """Registered in a branch, with a sign-in name."""
        registered = self.wang_fang.does(
            "/people/register-person",
            staff_number=str(next(self._numbers)),
            unit=unit,
            political_status=FULL_MEMBER,
            trade="",
            skill="",
            name=name,
            phone="",
            mail="",
        )
        self.wang_fang.does(f"/people/{registered['id']}/open-account", login=login, password=FIRST)
        someone = Someone(self.door, login, registered["id"])
        someone.signs_in(first=FIRST)
        return someone

    def appoint(self, person: Someone, office: str, unit: str, by: Someone | None = None) -> str:
        """Appointed, and confirmed by the second of headquarters where it needs one (R13); the term's id."""
        term: str = (by or self.wang_fang).does(
            "/offices/appoint-office",
            person=person.id,
            office=office,
            unit=unit,
            since=today().replace(month=1, day=1).isoformat(),
            document=DOCUMENT,
        )["id"]
        if self.li_min is not None:
            confirmed = self.li_min.posts(f"/offices/{term}/confirm-appointment", {})
            assert confirmed.is_success or confirmed.json()["code"] == "NothingToConfirm", confirmed.text
        return term

    def publish(self, version: str, **changed: Mapping[str, Any]) -> None:
        """The year's programme from the services' own defaults, with changed entries in some sections."""
        files = {
            "projects": ("tracks", "routes", "deadlines", "forms"),
            "evaluation": ("scheme",),
        }
        sections = {
            name: yaml.safe_load((SERVICES / service / "default" / f"{name}.yaml").read_text("utf-8"))
            | changed.get(name, {})
            for service, names in files.items()
            for name in names
        }
        content = json.dumps(sections, ensure_ascii=False)
        file = self.wang_fang.uploads("关于印发党建项目化管理实施方案的通知")
        drafted = self.wang_fang.does(
            "/programmes/draft-programme",
            version=version,
            year=today().year,
            kind="programme",
            document="华夏党〔2026〕2号",
            meeting="〔2026〕1号",
            in_force=today().isoformat(),
            content=content,
            file=file,
            file_name="华夏党〔2026〕2号.txt",
        )
        hash_read = sha256(content.encode()).hexdigest()
        path = f"/programmes/{drafted['id']}/publish-programme"
        self.wang_fang.is_refused("PublicationNeedsASecond", path, content_hash=hash_read, file=file)
        assert self.li_min is not None
        self.li_min.does(path, content_hash=hash_read, file=file)


def found(door: FrontDoor, data: Path) -> Company:
    """The whole of it; climbing items can be granted on the day they are offered."""
    new = Founding(door, data)
    office = new.unit("HX-JG", "集团机关党支部", new.group, kind="functional", organisation="党支部")
    company = new.unit(
        "NP", "南屏物流有限公司", new.group, organisation="所属单位党委", has_ledger=True, has_committee=True
    )
    desk = new.unit("NP-JG", "南屏机关党支部", company, kind="functional", organisation="党支部")
    branch = new.unit(
        "NP-01", "喷涂车间党支部", company, organisation="党支部", has_committee=True, full_members=9
    )
    other = new.unit("BH", "北海仓储有限公司", new.group, organisation="所属单位党委", has_ledger=True)
    elsewhere = new.unit("BH-01", "北海一库党支部", other, organisation="党支部", full_members=8)

    li_min = new.person("limin", "李敏", office)
    new.appoint(li_min, "headquarters", new.group)
    new.li_min = li_min

    def holds(login: str, name: str, at: str, held: str, unit: str) -> Someone:
        person = new.person(login, name, at)
        new.appoint(person, held, unit)
        return person

    committee = (
        zhou_jianguo := holds("zhoujianguo", "周建国", desk, "party_secretary", company),
        holds("wumin", "吴敏", desk, "deputy_party_secretary", company),
        holds("zhengqiang", "郑强", desk, "committee_member", company),
        holds("fengtao", "冯涛", desk, "committee_member", company),
    )
    people = Company(
        door=door,
        group=new.group,
        company=company,
        branch=branch,
        other=other,
        elsewhere=elsewhere,
        wang_fang=new.wang_fang,
        li_min=li_min,
        zhao_gang=holds("zhaogang", "赵刚", desk, "party_department", company),
        chen_jing=holds("chenjing", "陈静", desk, "source_department", company),
        he_jie=holds("hejie", "何洁", desk, "clerk", company),
        zhou_jianguo=zhou_jianguo,
        committee=committee,
        sun_li=holds("sunli", "孙丽", desk, "secrecy_reviewer", company),
        lin_feng=holds("linfeng", "林峰", desk, "inspector", company),
        qian_hui=holds("qianhui", "钱慧", office, "discipline_officer", new.group),
        xu_ming=holds("xuming", "徐明", branch, "inspector", company),
        liu_yang=holds("liuyang", "刘洋", branch, "branch_secretary", branch),
        huang_lei=holds("huanglei", "黄磊", branch, "deputy_branch_secretary", branch),
        zhang_wei=new.person("zhangwei", "张伟", branch),
        yang_fan=new.person("yangfan", "杨帆", branch),
        ma_chao=holds("machao", "马超", elsewhere, "branch_secretary", elsewhere),
    )
    new.appoint(people.he_jie, "party_department", company)  # assesses what the other one has reviewed
    new.publish("2026.1", deadlines={"claim_window_working_days": 0})
    return people
