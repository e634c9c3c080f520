"""One project's whole life through the front door, as the people in it live it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.company import Company, in_days, judged_criteria
from tests.support.front_door import Answer, Someone
from tests.support.waiting import wait_until

TITLE, WHY = "面漆返修率减半", "返修率居高不下"


@dataclass
class Project:
    """The project of the story, and what was remembered of it on the way."""

    company: Company
    id: str
    moments: dict[str, datetime] = field(default_factory=dict)  # state → when it had just come to it
    scores: list[Decimal] = field(default_factory=list)

    def act(self, command: str) -> str:
        """The address of an act on it."""
        return f"/projects/{self.id}/{command}"

    def page(self, reader: Someone | None = None) -> Answer:
        """The project as somebody sees it; the branch secretary unless another is named."""
        shown: Answer = (reader or self.company.liu_yang).reads(f"/projects/projects/{self.id}")["project"]
        return shown

    def is_now(self, state: str) -> None:
        """Waits until it is in a state, for other readers too, and remembers the moment."""
        wait_until(lambda: bool(self.page()["state"] == state), f"the project is {state}")
        page = self.page()
        self.company.door.latest = page["position"]
        self.moments[state] = datetime.fromisoformat(page["recorded_at"])

    def score(self) -> Answer:
        """Its score as the branch secretary sees it."""
        return self.company.liu_yang.reads(f"/evaluation/scores/{self.id}")

    def has_gained(self) -> None:
        """More is earned than when this was last asked."""
        earned = Decimal(self.score()["earned"])
        assert earned > (self.scores[-1] if self.scores else 0), self.scores
        self.scores.append(earned)


def test_one_project_lives_its_whole_life(lived: Project) -> None:
    it_can_be_read_as_it_was(lived)
    an_inspector_leaves(lived)


def lives_its_whole_life(company: Company) -> Project:
    """From the draft to the fixed score; nothing is left to do for anybody, so it can be lived again."""
    project = the_secretary_drafts(company)
    the_secretary_is_told_what_is_missing(project)
    the_branch_submits(project)
    the_departments_agree(project)
    the_committee_decides(project)
    the_work_is_divided(project)
    the_work_is_done(project)
    the_figures_are_confirmed(project)
    the_inspector_finds_something(project)
    both_keys_are_turned(project)
    the_score_is_fixed(project)
    return project


def test_an_office_that_inspects_waits_for_its_second(company: Company) -> None:
    wang_fang, huang_lei = company.wang_fang, company.huang_lei
    appointed = wang_fang.does(
        "/offices/appoint-office",
        person=huang_lei.id,
        office="inspector",
        unit=company.company,
        since=in_days(0),
        document="5号",
    )
    confirmation = f"/offices/{appointed['id']}/confirm-appointment"

    def offices() -> list[str]:
        return [held["office"] for held in huang_lei.reads("/projects/session/me")["offices"]]

    wang_fang.is_refused("AppointmentNeedsASecond", confirmation)
    huang_lei.is_refused("NotAllowed", confirmation, 403)
    assert offices() == ["deputy_branch_secretary"]

    company.li_min.does(confirmation)
    assert offices() == ["deputy_branch_secretary", "inspector"]


def the_secretary_drafts(company: Company) -> Project:
    liu_yang = company.liu_yang
    assert [held["office"] for held in liu_yang.reads("/projects/session/me")["offices"]] == [
        "branch_secretary"
    ]
    drafted = liu_yang.does(
        "/projects/draft-proposal",
        unit=company.branch,
        title=TITLE,
        track="safety_quality",
        why="返修率居高不下",
    )
    project = Project(company, drafted["id"])
    project.is_now("draft")
    assert project.page()["reference"].split("-")[1] == "NP"

    assert company.ma_chao.gets(f"/projects/projects/{project.id}").json()["code"] == "NotKnown"
    assert company.ma_chao.gets(f"/projects/projects/{project.id}/history").status_code == 404
    assert company.ma_chao.gets(f"/evaluation/scores/{project.id}").status_code == 404
    assert company.ma_chao.reads("/projects/projects")["projects"] == []
    company.ma_chao.is_refused("NotKnown", project.act("withdraw-proposal"), 404, reason="不知情")
    return project


def the_secretary_is_told_what_is_missing(project: Project) -> None:
    liu_yang = project.company.liu_yang
    problem = liu_yang.is_refused("ProposalIncomplete", project.act("submit-proposal"), 422, resolution=None)
    assert {"problem", "plan", "targets", "measures", "team", "secrecy_checked", "resolution"} <= set(
        problem["missing"]
    )

    as_read = liu_yang.gets(f"/projects/projects/{project.id}").headers["ETag"]
    content = project.company.proposal(TITLE)
    liu_yang.does(project.act("revise-proposal"), if_match=as_read, proposal=content)
    changed = content | {"title": "另一个题目"}
    liu_yang.is_refused("Stale", project.act("revise-proposal"), 412, if_match=as_read, proposal=changed)
    assert project.page()["title"] == TITLE

    problem = liu_yang.is_refused("ProposalIncomplete", project.act("submit-proposal"), 422, resolution=None)
    assert problem["missing"] == ["resolution"]


def the_branch_submits(project: Project) -> None:
    liu_yang, zhao_gang = project.company.liu_yang, project.company.zhao_gang
    numbers: Answer = {"should_attend": 5, "present": 4, "votes_for": 4}
    wrong: Answer = {"kind": "member_meeting", "on": in_days(0), "numbers": numbers}
    liu_yang.is_refused("ResolutionOfWrongBody", project.act("submit-proposal"), resolution=wrong)

    liu_yang.does(project.act("submit-proposal"), resolution=wrong | {"kind": "branch_committee"})

    project.is_now("in_approval")
    assert [step["state"] for step in project.page()["route"]["steps"]] == [
        "open",
        "waiting",
        "waiting",
        "waiting",
    ]
    assert zhao_gang.todo() == ["n02"]
    started = liu_yang.reads("/notifications/inbox/started")["entries"]
    assert [TITLE in entry["text"] for entry in started if entry["project"] == project.id] == [True]


def the_departments_agree(project: Project) -> None:
    company = project.company
    word: Answer = {"opinion": "agree", "content_hash": project.page()["content_hash"]}
    company.liu_yang.is_refused("SeatNotAddressed", project.act("give-opinion"), 403, step=0, **word)
    company.zhao_gang.is_refused(
        "ContentHasChanged",
        project.act("give-opinion"),
        412,
        **(word | {"step": 0, "content_hash": "another"}),
    )

    company.zhao_gang.does(project.act("give-opinion"), step=0, note="切入准、目标明", **word)
    assert company.zhao_gang.todo() == []
    assert company.chen_jing.todo() == ["n03"]

    company.chen_jing.does(project.act("give-opinion"), step=1, **word)
    assert company.chen_jing.todo() == []
    assert "n04" in company.zhao_gang.todo()  # to be put on the agenda
    assert project.page()["route"]["open"] == 2


def the_committee_decides(project: Project) -> None:
    company = project.company
    meets(project, company, minutes="〔2026〕3号", title=f"审议《{TITLE}》立项")

    project.is_now("in_implementation")
    page = project.page()
    assert page["number"].split("-")[1:3] == ["NP", "A"]
    assert page["route"]["steps"][2]["meetings"][0]["result"] == "passed"
    assert page["route"]["steps"][3]["state"] == "informed"
    assert company.zhao_gang.todo() == []
    assert company.zhou_jianguo.todo() == []
    assert "n08" in company.liu_yang.told()
    assert "n08" in company.zhang_wei.told()


def meets(project: Project, company: Company, minutes: str, title: str) -> str:
    """The committee meets on the project: convened, recorded by the clerk, confirmed by the chair."""
    item = {"number": 1, "matter": project.id, "title": title, "content_hash": ""}
    convened = company.zhao_gang.does(
        "/meetings/convene-meeting",
        body=company.company,
        kind="party_committee",
        held_on=in_days(0),
        place="二楼会议室",
        chair=company.zhou_jianguo.id,
        clerk=company.he_jie.id,
        items=[item],
    )["id"]
    everybody = [member.id for member in company.committee]
    record: Answer = {
        "present": everybody,
        "absent": [],
        "guests": [company.chen_jing.id],
        "votes": [
            {
                "number": 1,
                "method": "named",
                "votes_for": 4,
                "against": 0,
                "abstain": 0,
                "outcome": "passed",
                "text": "同意",
            }
        ],
        "minutes_number": minutes,
    }
    company.zhao_gang.is_refused("OnlyTheClerkRecords", f"/meetings/{convened}/record-meeting", 403, **record)
    company.he_jie.does(f"/meetings/{convened}/record-meeting", **record)
    company.he_jie.is_refused("OnlyChairOrSecretaryConfirms", f"/meetings/{convened}/confirm-meeting", 403)
    assert company.zhou_jianguo.todo()[-1] == "n05"
    company.zhou_jianguo.does(f"/meetings/{convened}/confirm-meeting")
    assert "n05" not in company.zhou_jianguo.todo()
    assert company.he_jie.reads(f"/projects/meetings/{convened}")["not_applied"] == []
    return str(convened)


def the_work_is_divided(project: Project) -> None:
    company = project.company
    company.liu_yang.is_refused(
        "SeatNotAddressed", project.act("confirm-baseline"), 403, indicator="rework", value="6.8"
    )
    company.chen_jing.does(project.act("confirm-baseline"), indicator="rework", value="6.8")

    add: Answer = {"standard": "班组签认", "due": in_days(20)}
    company.liu_yang.does(project.act("add-task"), task="T1", title="编制首班清洁标准", weight="60", **add)
    company.liu_yang.does(project.act("add-task"), task="T2", title="首班一小时攻关", weight="40", **add)
    company.liu_yang.does(project.act("assign-task"), task="T1", person=company.zhang_wei.id)
    assert company.zhang_wei.todo() == ["n15"]

    company.liu_yang.does(
        project.act("offer-task"),
        task="T2",
        from_level="跟班",
        to_level="独立带班",
        circle=[company.branch],
        skills="喷涂",
    )
    assert "n16" in company.yang_fan.told()
    company.ma_chao.is_refused("NotKnown", project.act("claim-task"), 404, task="T2")
    company.yang_fan.does(project.act("claim-task"), task="T2")
    company.zhang_wei.does(project.act("claim-task"), task="T2")
    assert project.page(company.liu_yang)["tasks"]["T2"]["claimants"] == [
        company.yang_fan.id,
        company.zhang_wei.id,
    ]
    assert project.page(company.zhang_wei)["tasks"]["T2"]["claimants"] == [company.zhang_wei.id]

    grant: Answer = {"task": "T2", "person": company.yang_fan.id}
    company.liu_yang.is_refused("ChoiceNeedsAReason", project.act("grant-claim"), **grant)
    company.liu_yang.does(project.act("grant-claim"), reason="张伟已有一项任务", **grant)
    assert "n17" in company.zhang_wei.told()
    assert project.page()["tasks"]["T2"]["person"] == company.yang_fan.id


def the_work_is_done(project: Project) -> None:
    company = project.company
    project.scores.append(Decimal(project.score()["earned"]))
    company.yang_fan.is_refused(
        "OnlyTheHolder", project.act("complete-task"), 403, task="T1", on=in_days(0), note=""
    )
    company.zhang_wei.does(project.act("complete-task"), task="T1", on=in_days(0), note="已签认")
    assert company.zhang_wei.todo() == []
    assert company.liu_yang.todo() == ["n19"]
    company.zhang_wei.is_refused("SeatNotAddressed", project.act("accept-task"), 403, task="T1")
    company.liu_yang.does(project.act("accept-task"), task="T1")
    assert company.liu_yang.todo() == []
    project.has_gained()

    company.yang_fan.does(project.act("complete-task"), task="T2", on=in_days(0), note="")
    company.liu_yang.does(project.act("accept-task"), task="T2")
    project.has_gained()

    standard = "首班清洁标准，班组签认。\n".encode()
    headers = company.zhang_wei.headers() | {"Content-Type": "text/plain"}
    uploaded = company.door.http.post("/api/projects/files", content=standard, headers=headers)
    assert uploaded.status_code == 200, uploaded.text
    evidence: Answer = {
        "name": "首班清洁标准.txt",
        "sha256": uploaded.json()["sha256"],
        "subject": "task",
        "code": "T1",
        "proves": "标准已签认",
    }
    company.zhang_wei.does(project.act("attach-evidence"), **evidence)
    company.zhang_wei.is_refused("AlreadyAttached", project.act("attach-evidence"), **evidence)
    file = f"/projects/projects/{project.id}/evidence/{evidence['sha256']}"
    assert company.zhou_jianguo.gets(file).content == standard
    assert company.ma_chao.gets(file).status_code == 404
    for milestone in ("M1", "M2"):
        company.liu_yang.does(project.act("reach-milestone"), milestone=milestone, on=in_days(0))
        project.has_gained()


def the_figures_are_confirmed(project: Project) -> None:
    company = project.company
    reading: Answer = {"indicator": "rework", "period": in_days(0)[:7]}
    company.zhang_wei.does(project.act("report-reading"), value="5.0", on=in_days(0), **reading)
    assert company.chen_jing.todo() == ["n12"]
    company.chen_jing.does(project.act("dispute-figure"), reason="与质量日报不符", **reading)
    assert company.chen_jing.todo() == []
    assert company.liu_yang.todo() == ["n14"]

    company.zhang_wei.does(project.act("report-reading"), value="3.4", on=in_days(0), **reading)
    company.zhang_wei.is_refused(
        "SeatNotAddressed", project.act("confirm-figure"), 403, value="3.4", **reading
    )
    company.chen_jing.is_refused(
        "FigureHasChanged", project.act("confirm-figure"), 412, value="5.0", **reading
    )
    company.chen_jing.does(project.act("confirm-figure"), value="3.4", **reading)
    assert company.liu_yang.todo() == []
    assert company.chen_jing.todo() == []
    project.has_gained()


def the_inspector_finds_something(project: Project) -> None:
    company = project.company
    lin_feng, xu_ming, liu_yang = company.lin_feng, company.xu_ming, company.liu_yang
    lin_feng.does(f"/people/{lin_feng.id}/declare-no-tie", unit=company.branch)
    lin_feng.does(project.act("hold-inspection"), inspection="I1", on=in_days(0), kind="随机检查")
    lin_feng.does(
        project.act("record-finding"),
        finding="W1",
        inspection="I1",
        text="首班清洁记录缺两天",
        severity="ordinary",
        due=in_days(15),
        unit=company.branch,
    )
    assert liu_yang.todo() == ["n25"]
    early = liu_yang.is_refused("ClosureIncomplete", project.act("request-closure"), 422, **no_report())
    assert early["missing"] == ["findings.W1", *(f"report.{part}" for part in REPORT), "secrecy_review"]

    measures: Answer = {"measures": "补录并每日复核", "responsible": company.huang_lei.id, "due": in_days(5)}
    liu_yang.does(project.act("plan-rectification"), finding="W1", **measures)
    assert liu_yang.todo() == []
    lin_feng.is_refused("NothingReportedYet", project.act("close-finding"), finding="W1")
    liu_yang.does(project.act("report-rectification"), finding="W1", what="已补录", on=in_days(0))
    assert lin_feng.todo() == ["n26"]
    liu_yang.is_refused("NotAllowed", project.act("close-finding"), 403, finding="W1")
    xu_ming.is_refused("RectifierMayNotClose", project.act("close-finding"), 403, finding="W1")
    lin_feng.does(project.act("close-finding"), finding="W1")
    assert lin_feng.todo() == []


def an_inspector_leaves(project: Project) -> None:
    company, xu_ming = project.company, project.company.xu_ming
    office = xu_ming.reads("/projects/session/me")["offices"][0]["term"]
    company.wang_fang.does(
        f"/offices/{office}/end-office", ended_on=in_days(0), reason="调离", document="3号"
    )
    visit: Answer = {"inspection": "I2", "on": in_days(0), "kind": "随机检查"}
    xu_ming.is_refused("NotAllowed", project.act("hold-inspection"), 403, **visit)


REPORT = {
    "data": "返修率由6.8%降到3.4%",
    "facts": "首班一小时专题行动",
    "experience": "清洁先于开线",
    "results": "形成作业指导书",
}


def no_report() -> Answer:
    return {"report": {}, "secrecy": None}


def both_keys_are_turned(project: Project) -> None:
    company = project.company
    secrecy = {"person": company.sun_li.id, "on": in_days(0)}
    company.liu_yang.does(project.act("request-closure"), report=REPORT, secrecy=secrecy)
    project.is_now("in_closing")
    assert company.zhao_gang.todo() == ["n32"]
    assert company.chen_jing.todo() == ["n32"]

    company.zhao_gang.does(project.act("review-closure"), note="与批准内容一致")
    assert company.zhao_gang.todo() == []
    company.liu_yang.is_refused("SeatNotAddressed", project.act("review-closure"), 403)
    company.chen_jing.does(project.act("review-closure"))
    assert company.chen_jing.todo() == []
    assert project.page()["state"] == "in_closing"  # one key does not open the door

    meeting = meets(project, company, minutes="〔2026〕9号", title=f"评审《{TITLE}》结项")
    assess: Answer = {"meeting": meeting, "item": 1, "marks": marks()}
    short = company.zhao_gang.is_refused(  # who enters it may have reviewed: only the body counts (R4)
        "MarksMissing", project.act("assess-closure"), 422, **(assess | {"marks": marks()[1:]})
    )
    assert short["missing"] == [f"marks.{marks()[0]['criterion']}"]
    company.he_jie.does(project.act("assess-closure"), **assess)
    project.is_now("closed")


def marks() -> list[Answer]:
    """Three quarters of the weight for each judged criterion of the default scheme."""
    return [{"criterion": code, "points": str(Decimal(weight) * 3 / 4)} for code, weight in judged_criteria()]


def the_score_is_fixed(project: Project) -> None:
    company = project.company
    wait_until(lambda: project.score()["fixed"] is not None, "the score is fixed")
    score = project.score()
    judged = sum(Decimal(mark["points"]) for mark in marks())
    computed = sum(
        Decimal(criterion["weight"])
        for group in score["groups"]
        for criterion in group["criteria"]
        if not criterion["judged"]
    )
    assert Decimal(score["fixed"]) == Decimal(score["earned"]) == judged + computed
    assert Decimal(score["open"]) == 0
    assert Decimal(score["lost"]) == 100 - judged - computed
    wait_until(lambda: "n33" in company.liu_yang.told(), "the secretary is told the score")
    everybody = (company.liu_yang, company.zhang_wei, company.zhao_gang, company.chen_jing, company.lin_feng)
    assert [person.todo() for person in (*everybody, *company.committee)] == [[]] * 9


def it_can_be_read_as_it_was(project: Project) -> None:
    company = project.company
    address = f"/projects/projects/{project.id}"
    settled = datetime.now(UTC) + timedelta(seconds=5)
    wait_until(lambda: datetime.now(UTC) > settled, "the last moment is past change")
    for state, moment in project.moments.items():
        shown = company.liu_yang.reads(address, as_of=moment.isoformat())
        assert shown["project"]["state"] == state
        assert shown["project"]["recorded_at"] == moment.isoformat().replace("+00:00", "Z")
    early = company.liu_yang.gets(address, as_of=(project.moments["draft"] - timedelta(days=1)).isoformat())
    assert early.status_code == 404

    entries: list[dict[str, Any]] = company.zhao_gang.reads(f"{address}/history")["entries"]
    assert [entry["version"] for entry in entries] == list(range(1, len(entries) + 1))
    assert sorted(entry["recorded_at"] for entry in entries) == [entry["recorded_at"] for entry in entries]
    told = [entry["event"] for entry in entries]
    assert [name for name in told if name in STORY] == STORY
    first = entries[0]["who"]
    assert (first["person"]["name"], first["office"], first["why"]) == (
        "刘洋",
        "branch_secretary",
        WHY,
    )
    until = company.zhao_gang.reads(f"{address}/history", as_of=project.moments["in_approval"].isoformat())
    assert [entry["event"] for entry in until["entries"]] == told[: until["version"]]
    assert told[until["version"] - 1] == "StepOpened"


STORY = [
    "ProposalDrafted",
    "ProposalRevised",
    "ProposalSubmitted",
    "MeetingDecided",
    "ProjectApproved",
    "BaselineConfirmed",
    "TaskOffered",
    "ClaimContended",
    "ClaimGranted",
    "EvidenceAttached",
    "FigureDisputed",
    "FigureConfirmed",
    "InspectionHeld",
    "FindingRecorded",
    "RectificationPlanned",
    "RectificationReported",
    "FindingClosed",
    "ClosureRequested",
    "ClosureAssessed",
    "ProjectClosed",
]
