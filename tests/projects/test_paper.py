"""Acts on paper or by telephone: entered for somebody, confirmed by them, their day accepted (R35, R36)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.evaluation.domain.tally import Tally
from services.notifications.domain.known import Known
from services.notifications.domain.notice import notice
from services.notifications.domain.recipients import recipients
from services.projects import tables
from services.projects.deliberation import Reader, page_for, signer_withheld, withheld_from
from services.projects.domain.project.approval import GiveOpinion, OpinionGiven, StepCompleted, StepOpened
from services.projects.domain.project.figures import FigureToConfirm, IndicatorRead, ReportReading
from services.projects.domain.project.paper import (
    AcceptedTooLate,
    AcceptLateEntry,
    ClerksOwnDuty,
    ConfirmPaper,
    DayOfEntryCounts,
    DenyPaper,
    EntrantMayNotAccept,
    EntryIsAnswered,
    EntryIsDenied,
    LateEntryAccepted,
    LateEntryIsAccepted,
    LateEntryToAccept,
    LeavePaperUnconfirmed,
    NoSuchEntry,
    NotTakenOnPaper,
    OnlyWhoseActItIs,
    OwnLateEntryNeedsPaper,
    PaperBeforeStep,
    PaperConfirmed,
    PaperDenied,
    PaperEntered,
    PaperLeftUnconfirmed,
    PaperOrCall,
    PlayerMayNotEnterOpinions,
    TimeToConfirmLeft,
)
from services.projects.domain.project.rectification import ReopenFinding
from services.projects.domain.project.state import NotInTheFuture, ProposerMayNotApprove
from services.projects.domain.project.tasks import (
    AddTask,
    AssignTask,
    CompleteTask,
    OfferTask,
    SendBackTask,
)
from services.projects.domain.project.work import MilestoneReached, RaiseProblem, ReachMilestone
from services.projects.projections.page import colours, open_dates
from services.projects.schema import DECIDERS
from services.projects.timers import see_to_due
from shared.domain import By, Incomplete, Paper, PersonId, Scan
from shared.engines import begin
from tests.contracts.test_sight import _heard
from tests.contracts.test_whose_turn import HEARD, known_of
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, HERE, Desk, reading_of
from tests.projects.a_group import appointed, no_tie, organisation, person, registered
from tests.projects.lived import page_after, recorded
from tests.projects.some_files import PDF
from tests.projects.test_evidence import signed, upload
from tests.projects.test_supervision import CLOSE, RECORD, REPORT, found
from tests.support.engines import Database
from tests.support.living import house
from tests.support.recorded import recorded as one_line

JUNE, JULY, LATER = date(2026, 6, 1), date(2026, 7, 6), date(2026, 7, 20)
SCAN = Scan("5c" * 32, "六月记录.pdf", 40_000, "application/pdf")
TYPED = Paper(p.MAY, p.CLERK.person, JULY, SCAN, "", LATER, date(2026, 8, 3))
CALLED = replace(TYPED, scan=None, call="与工区通话，值班员张伟报数", accept_by=None)


def on(paper: Paper, by: By) -> By:
    """Their signature, entered from this paper."""
    return replace(by, paper=paper)


OWN = replace(TYPED, entered_by=p.SECRETARY.person, confirm_by=None)
REACHED = ReachMilestone(on(TYPED, p.SECRETARY), "M1", on=p.MAY, today=JULY)  # due on 31 May
late = p.approved.after(REACHED)
ACCEPT = AcceptLateEntry(p.PRECHECKER, "1", today=LATER)
CONFIRM, DENY = ConfirmPaper(p.SECRETARY, "1"), DenyPaper(p.SECRETARY, "1", "那天没有验收")


# -- entering -----------------------------------------------------------------------------------


def test_an_act_on_paper_is_the_act_itself_and_says_who_entered_it_from_what() -> None:
    """R35; R36: both days are there, and the party department is asked which counts."""
    p.approved.when(REACHED).then(
        MilestoneReached("M1", p.MAY, JULY),
        PaperEntered("1", "ReachMilestone", "milestone", "M1", p.SECRETARY.person, "branch_secretary", TYPED),
        LateEntryToAccept("1", p.MAY, date(2026, 8, 3)),
    )


def test_what_was_said_by_telephone_has_a_note_and_counts_from_the_day_of_entry() -> None:
    read = ReportReading(on(CALLED, p.SECRETARY), "rework", "2026-05", Decimal("4.2"), p.MAY, today=JULY)
    p.approved.when(read).then_names(IndicatorRead, FigureToConfirm, PaperEntered)


@pytest.mark.parametrize(
    ("paper", "refusal"),
    [
        (replace(TYPED, scan=None), PaperOrCall),
        (replace(TYPED, scan=None, call="  "), PaperOrCall),
        (replace(TYPED, call="也打了电话"), PaperOrCall),
        (replace(TYPED, on=JULY + timedelta(1)), NotInTheFuture),
        (replace(OWN, scan=None), OwnLateEntryNeedsPaper),
        (replace(OWN, scan=None, call="我自己"), OwnLateEntryNeedsPaper),
        (replace(TYPED, stood_in_for=(p.SECRETARY.person,)), ClerksOwnDuty),
    ],
    ids=["nothing", "blank", "both", "to come", "own without paper", "own call", "deputy"],
)
def test_an_entry_has_a_scan_or_a_note_and_is_nothing_of_the_clerks_own(
    paper: Paper, refusal: type[Exception]
) -> None:
    """R35: never for a clerk's own duty."""
    p.approved.when(replace(REACHED, by=on(paper, p.SECRETARY))).then_refused(refusal)  # type: ignore[arg-type]


def test_a_clerk_enters_nothing_as_whoever_deputises_for_them() -> None:
    for_clerk = replace(p.by("helper", "branch_secretary", p.BRANCH, "clerk"), paper=TYPED)
    p.approved.when(replace(REACHED, by=for_clerk)).then_refused(ClerksOwnDuty)


def test_only_what_is_done_away_from_the_system_is_entered_from_paper() -> None:
    """R35: opinion, claim, reading, inspection, and what is said of the work."""
    p.approved.when(RaiseProblem(on(TYPED, p.FITTER), "P1", "停电")).then_refused(NotTakenOnPaper)
    late.when(replace(CONFIRM, by=on(TYPED, p.SECRETARY))).then_refused(NotTakenOnPaper)


def test_an_act_on_paper_is_refused_by_the_rules_of_the_act() -> None:
    """R4: a clerk opens no way around a conflict."""
    opinion = GiveOpinion(on(TYPED, p.SECRETARY), 0, "agree", "h1", p.PRECHECK_SEAT)
    p.submitted.when(opinion).then_refused(ProposerMayNotApprove)


def test_nobody_with_a_part_in_the_project_types_in_an_opinion_on_it() -> None:
    """R4, R35: a proposer who is a clerk too approves nothing by a call, nor a deputy of the team."""
    own_clerk = replace(CALLED, entered_by=p.FITTER.person)
    opinion = GiveOpinion(on(own_clerk, p.PRECHECKER), 0, "agree", "h1", p.PRECHECK_SEAT)
    p.submitted.when(opinion).then_refused(PlayerMayNotEnterOpinions)
    tied = replace(CALLED, stood_in_for=(p.SECRETARY.person,))
    p.submitted.when(replace(opinion, by=on(tied, p.PRECHECKER))).then_refused(PlayerMayNotEnterOpinions)
    p.submitted.when(replace(opinion, by=on(CALLED, p.PRECHECKER))).then_names(
        OpinionGiven, StepCompleted, StepOpened, PaperEntered
    )


def test_an_opinion_on_paper_is_not_older_than_what_is_asked() -> None:
    """R35: nobody agreed on paper to what was not yet submitted."""
    old = replace(TYPED, on=p.JANUARY - timedelta(1))
    opinion = GiveOpinion(on(old, p.PRECHECKER), 0, "agree", "h1", p.PRECHECK_SEAT)
    p.submitted.when(opinion).then_refused(PaperBeforeStep, on=old.on, opened_on=p.JANUARY)


# -- whose act it is ----------------------------------------------------------------------------


def test_whose_act_it_is_says_so_once() -> None:
    late.when(CONFIRM).then(PaperConfirmed("1", p.SECRETARY.person))
    confirmed = late.after(CONFIRM)
    confirmed.when(CONFIRM).then_refused(EntryIsAnswered)
    confirmed.when(DENY).then_refused(EntryIsAnswered)
    late.when(replace(CONFIRM, by=p.FITTER)).then_refused(OnlyWhoseActItIs)
    late.when(replace(CONFIRM, by=p.by("x", "member", p.BRANCH, "secretary"))).then_refused(OnlyWhoseActItIs)
    late.when(replace(CONFIRM, entry="2")).then_refused(NoSuchEntry)
    p.approved.after(replace(REACHED, by=on(OWN, p.SECRETARY))).when(CONFIRM).then_refused(EntryIsAnswered)


def test_what_is_not_theirs_they_deny_with_a_reason_and_its_day_never_counts() -> None:
    late.when(DENY).then(PaperDenied("1", p.SECRETARY.person, "那天没有验收"))
    late.when(replace(DENY, reason=" ")).then_refused(Incomplete)
    late.after(DENY).when(ACCEPT).then_refused(EntryIsDenied)


def test_what_nobody_confirms_in_time_is_marked_and_may_still_be_confirmed() -> None:
    leave = LeavePaperUnconfirmed(None, "1", LATER, today=LATER + timedelta(1))
    late.when(replace(leave, today=LATER)).then_refused(TimeToConfirmLeft)
    late.when(leave).then(PaperLeftUnconfirmed("1", LATER))
    late.after(CONFIRM).when(leave).then_refused(EntryIsAnswered)
    marked = late.after(leave)
    marked.when(leave).then_refused(EntryIsAnswered)
    assert page_after(marked)["papers"]["1"]["state"] == "unconfirmed"
    assert page_after(marked.after(CONFIRM))["papers"]["1"]["state"] == "confirmed"


# -- which day counts ---------------------------------------------------------------------------


def test_the_party_department_accepts_the_day_on_a_paper_within_twenty_working_days() -> None:
    """R36."""
    late.when(ACCEPT).then(LateEntryAccepted("1", p.MAY, p.PRECHECKER.person))
    late.when(replace(ACCEPT, today=date(2026, 8, 4))).then_refused(AcceptedTooLate)
    late.after(ACCEPT).when(ACCEPT).then_refused(LateEntryIsAccepted)
    for who in (p.CLERK.person, p.SECRETARY.person):
        late.when(replace(ACCEPT, tied_to=(who,))).then_refused(EntrantMayNotAccept)
        late.when(replace(ACCEPT, by=replace(p.PRECHECKER, person=who))).then_refused(EntrantMayNotAccept)
    on_the_team = p.by("fitter", "party_department")
    late.when(replace(ACCEPT, by=on_the_team)).then_refused(ProposerMayNotApprove)
    late.when(replace(ACCEPT, tied_to=(p.FITTER.person,))).then_refused(ProposerMayNotApprove)
    today = replace(TYPED, accept_by=None)
    p.approved.after(replace(REACHED, by=on(today, p.SECRETARY))).when(ACCEPT).then_refused(DayOfEntryCounts)


def colour_of(project: p.Project, subject: str) -> str:
    (found_,) = (
        c for c in colours(page_after(project), LATER, p.ZONE) if c["subject"] == subject and c["done_on"]
    )
    return found_["colour"]


def done_in_the_score(project: p.Project) -> date | None:
    tally = reduce(_heard, recorded(project.past), Tally())
    return tally.milestones["M1"].done


def test_a_milestone_entered_late_is_yellow_until_the_day_on_its_paper_is_accepted() -> None:
    """R36, R42: both days are shown, one counts."""
    shown = page_after(late)["milestones"]["M1"]
    assert (shown["reached_on"], shown["entered_on"], shown["counted_on"], shown["late"]) == (
        "2026-05-06",
        "2026-07-06",
        "2026-07-06",
        True,
    )
    assert colour_of(late, "milestone") == "yellow"
    accepted = late.after(ACCEPT)
    shown = page_after(accepted)["milestones"]["M1"]
    assert (shown["reached_on"], shown["counted_on"], shown["late"]) == ("2026-05-06", "2026-05-06", False)
    assert colour_of(accepted, "milestone") == "green"
    denied = accepted.after(DENY)
    assert page_after(denied)["milestones"]["M1"]["counted_on"] == "2026-07-06"
    assert page_after(denied)["papers"]["1"]["accepted_by"] is None


def test_what_is_dated_back_without_a_paper_counts_from_the_day_of_entry() -> None:
    """R36: the page and the score say the same."""
    back = p.approved.after(ReachMilestone(p.SECRETARY, "M1", on=p.MAY, today=JULY))
    assert colour_of(back, "milestone") == "yellow"
    assert page_after(back)["papers"] == {}


def test_the_score_counts_the_day_on_the_paper_once_it_is_accepted() -> None:
    """R36; the lines of a ledger lie in January here, so the day of entry is before the day stated."""
    stated = replace(REACHED, on=date(2026, 1, 1), by=on(replace(TYPED, on=date(2026, 1, 2)), p.SECRETARY))
    entered = p.approved.after(stated)
    assert done_in_the_score(entered) == date(2026, 1, 20)
    accepted = entered.after(ACCEPT)
    assert done_in_the_score(accepted) == date(2026, 1, 2)
    assert done_in_the_score(accepted.after(DENY)) == date(2026, 1, 20)


def test_an_accepted_paper_says_nothing_of_what_was_done_anew() -> None:
    """A task sent back and done again counts from its own day; so does a finding mended again."""
    add, assign = (
        AddTask(p.SECRETARY, "T1", "编制标准", "签认", JUNE, Decimal(10)),
        AssignTask(p.SECRETARY, "T1", p.FITTER.person),
    )
    done = CompleteTask(on(TYPED, p.FITTER), "T1", on=p.MAY, today=JULY)
    again = replace(done, by=p.FITTER, on=JULY)
    once = p.approved.after(add, assign, done)
    assert page_after(once.after(ACCEPT))["tasks"]["T1"]["counted_on"] == "2026-05-06"
    twice = once.after(SendBackTask(p.SECRETARY, "T1", "缺签认"), again, ACCEPT)
    assert page_after(twice)["tasks"]["T1"]["counted_on"] == "2026-07-06"
    tally = reduce(_heard, recorded(twice.past), Tally())
    assert tally.tasks["T1"].done == JULY
    mended = found.after(replace(REPORT, by=on(TYPED, p.SECRETARY), today=JULY))
    assert page_after(mended.after(ACCEPT))["findings"]["W01"]["counted_on"] == "2026-05-06"
    back = mended.after(CLOSE, ReopenFinding(p.INSPECTOR, "W01", "又有", RECORD.due), ACCEPT)
    assert page_after(back)["findings"]["W01"]["counted_on"] is None
    assert reduce(_heard, recorded(back.past), Tally()).findings["W01"].mended is None


# -- who is told, and who may read it -----------------------------------------------------------


def told(project: p.Project, name: str) -> list[tuple[str, str]]:
    """Whom the last event of this name addresses, by the rule's words."""
    lines = recorded(project.past)
    line = next(line for line in reversed(lines) if line.envelope.name == name)
    event = HEARD.read(line.envelope)
    assert event is not None
    known = known_of(project.past)
    of = notice(event, known, lambda _days: JULY)
    assert of is not None
    group = organisation(appointed("prechecker", "party_department", p.COMPANY))
    words = ("whose_act", "who_entered", "addressed_office")
    return [(w, str(who)) for w in words for who, _ in recipients(w, of, known, group, p.MAY)]


def test_whose_act_it_is_is_asked_and_the_party_department_about_the_day() -> None:
    assert told(late, "PaperEntered") == [("whose_act", "secretary")]
    assert ("addressed_office", person("prechecker")) in told(late, "LateEntryToAccept")
    own = p.approved.after(replace(REACHED, by=on(OWN, p.SECRETARY)))
    assert told(own, "PaperEntered") == []
    assert told(late.after(DENY), "PaperDenied") == [("who_entered", "clerk")]
    assert Known().papers == {}


def test_a_word_in_a_committee_is_no_more_told_by_its_paper_than_by_itself() -> None:
    """R67."""
    chief = By(PersonId("chief"), "committee_member", p.COMPANY, paper=TYPED)
    leader, body = Reader(PersonId("secretary"), False, True), Reader(PersonId("second"), True, True)
    put = PaperEntered("1", "GiveOpinion", "step", "0", chief.person, "committee_member", TYPED)
    given = page_after(replace(p.approved, past=(*p.approved.past, put)))
    shown = page_for(given, leader)["papers"]["1"]
    assert (shown["person"], shown["scan"], shown["call"], shown["withheld"]) == (None, None, None, "R67")
    assert page_for(given, body)["papers"]["1"]["person"] == "chief"
    assert signer_withheld(put, chief, leader) == "R67"
    assert "paper.scan" in withheld_from(put, chief, leader)
    assert withheld_from(put, chief, body) == ()
    confirmed = PaperConfirmed("1", chief.person)
    assert withheld_from(confirmed, chief, leader) == ("person",)
    claim = PaperEntered("1", "ClaimTask", "task", "T1", p.WELDER.person, "member", TYPED)
    team = Reader(PersonId("fitter"), False, False)
    assert signer_withheld(claim, p.WELDER, team) == "R39"
    assert signer_withheld(claim, p.WELDER, leader) is None


def test_an_entry_to_confirm_is_no_date_that_the_project_owes() -> None:
    assert not [due for due in open_dates(page_after(late)) if due["subject"] == "paper"]


# -- over HTTP ----------------------------------------------------------------------------------

CLERK, LEADER, DEPARTMENT = "clerk of the company", "secretary of the branch", "party department"
HASH = sha256(PDF).hexdigest()


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """With a project in implementation, and a clerk."""
    async with house(database, "projects", DECIDERS) as home:
        async with begin(home.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        async with reading_of(home, database, tmp_path) as built:
            known = built.parts.organisation
            for event in (
                *(registered(name, p.BRANCH) for name in (CLERK, LEADER)),
                appointed(CLERK, "clerk", p.COMPANY),
                appointed("other clerk", "clerk", p.BRANCH),
            ):
                known.apply(one_line(known.position + 1, event))
            await home.does(*APPROVAL)
            assert (await upload(built, CLERK)).status_code == 200
            yield built


def paper_of(name: str | None = LEADER, **more: Any) -> dict[str, Any]:
    given = {"on": "2026-01-19", "sha256": HASH, "name": "记录.pdf"} | more
    return given | ({"person": person(name)} if name else {})


async def reach(desk: Desk, who: str, paper: dict[str, Any], key: str = "") -> httpx.Response:
    return await desk.post(who, "reach-milestone", key=key, milestone="M1", on="2026-01-19", paper=paper)


async def test_a_clerk_enters_it_whose_act_it_is_confirms_and_the_department_accepts_the_day(
    desk: Desk,
) -> None:
    """R35, R36; the act happened on the day of the paper, at an hour that nobody knows."""
    entered = await reach(desk, CLERK, paper_of(), key="k1")
    assert entered.json()["events"] == ["MilestoneReached", "PaperEntered", "LateEntryToAccept"]
    assert (await reach(desk, CLERK, paper_of(), key="k1")).json()["repeated"]
    history = (await desk.read(LEADER, f"{HERE}/history"))["entries"]
    act = next(entry for entry in history if entry["event"] == "MilestoneReached")
    assert (act["who"]["person"]["id"], act["who"]["entered_by"]["id"]) == (person(LEADER), person(CLERK))
    assert act["happened_at"].startswith("2026-01-19T04:00")
    assert act["recorded_at"] > act["happened_at"]
    for who, code in ((CLERK, "OnlyWhoseActItIs"), ("secretary of the other branch", "NotKnown")):
        assert (await desk.post(who, "confirm-paper", entry="1")).json()["code"] == code
    assert (await desk.post(LEADER, "confirm-paper", entry="1")).status_code == 200
    assert (await desk.post(LEADER, "deny-paper", entry="1", reason="不")).json()["code"] == "EntryIsAnswered"
    refused = await desk.post(LEADER, "accept-late-entry", entry="1")
    assert refused.json()["code"] == "SeatNotAddressed"
    assert (await desk.post(DEPARTMENT, "accept-late-entry", entry="1")).status_code == 200
    page = (await desk.read(LEADER))["project"]
    assert page["papers"]["1"]["state"] == "confirmed"
    assert page["papers"]["1"]["accepted_by"] == person(DEPARTMENT)
    scan = await desk.http.get(f"{HERE}/evidence/{HASH}", headers=signed(desk, LEADER))
    assert (scan.status_code, scan.content) == (200, PDF)


async def test_who_is_no_clerk_there_enters_nothing_for_others(desk: Desk) -> None:
    for who in (DEPARTMENT, "inspector of the company", "committee member"):
        assert (await reach(desk, who, paper_of())).json()["code"] == "NotAllowed"
    nobody = paper_of() | {"person": "5a0c1f0e-0000-4000-8000-00000000dead"}
    assert (await reach(desk, CLERK, nobody)).json()["code"] == "NotAllowed"
    above = paper_of("inspector of the company")
    held: dict[str, Any] = {"inspection": "i1", "on": "2026-01-19", "kind": "日常督导"}
    no_tie(desk.parts.organisation, "inspector of the company")
    refused = await desk.post("other clerk", "hold-inspection", **held, paper=above)
    assert refused.json()["code"] == "NotAllowed"  # the inspector's office is above that clerk's branch
    taken = await desk.post(CLERK, "hold-inspection", **held, paper=above)
    assert taken.json()["events"] == ["InspectionHeld", "PaperEntered", "LateEntryToAccept"]


async def test_what_one_enters_late_oneself_has_a_paper_and_needs_nobodys_word(desk: Desk) -> None:
    """R36: three weeks without network."""
    bare = await reach(desk, LEADER, {"on": "2026-01-19"})
    assert bare.json()["code"] == "OwnLateEntryNeedsPaper"
    assert (await reach(desk, LEADER, paper_of(None))).json()["code"] == "FileNotHere"
    assert (await upload(desk, LEADER)).status_code == 200
    entered = await reach(desk, LEADER, paper_of(None))
    assert entered.status_code == 200
    assert (await desk.read(LEADER))["project"]["papers"]["1"]["state"] == "own"


async def test_what_is_not_confirmed_in_ten_working_days_is_marked(desk: Desk) -> None:
    """R35: 未经本人确认."""
    call = {"on": "2026-01-19", "person": person(LEADER), "call": "书记来电"}
    assert (await reach(desk, CLERK, call)).json()["events"] == ["MilestoneReached", "PaperEntered"]
    due = (await desk.read(LEADER))["project"]["papers"]["1"]["confirm_by"]
    assert due == "2026-02-03"
    await see_to_due(desk.parts)
    assert (await desk.read(LEADER))["project"]["papers"]["1"]["state"] == "entered"
    desk.later(days=15)
    while await see_to_due(desk.parts):
        pass
    assert (await desk.read(LEADER))["project"]["papers"]["1"]["state"] == "unconfirmed"
    assert (await desk.post(LEADER, "deny-paper", entry="1", reason="没有打过")).status_code == 200


async def test_a_claim_is_entered_for_a_member_without_a_telephone(desk: Desk) -> None:
    """R35, R39."""
    member = "member of the branch"
    add = AddTask(p.SECRETARY, "T1", "编制标准", "签认", JUNE, Decimal(10))
    offer = OfferTask(p.SECRETARY, "T1", "90分钟", "50分钟", (p.BRANCH,), window_ends=p.MAY, today=p.JANUARY)
    await desk.house.does(add, offer)
    claimed = await desk.post(CLERK, "claim-task", task="T1", paper=paper_of(member))
    assert claimed.json()["events"] == ["TaskClaimed", "PaperEntered", "LateEntryToAccept"]
    seen = (await desk.read(member))["project"]["tasks"]["T1"]
    assert seen["claimants"] == [person(member)]
    assert (await desk.post(member, "confirm-paper", entry="1")).status_code == 200
