"""Every act on a project: which command, who may sign it, which facts it needs. One line a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.projects import ids
from services.projects.acting import Asking, tied_to_any
from services.projects.api.acts import Act, FactOf, Situation, offer
from services.projects.api.on_project import take_on_project
from services.projects.api.programme_acts import headquarters
from services.projects.api.signing_acts import ACTS as SIGNING
from services.projects.api.signing_acts import tied_to
from services.projects.domain.handover import HANDOVER
from services.projects.domain.project import (
    PROJECT,
    approval,
    asking,
    change,
    closing,
    extension,
    figures,
    lateness,
    leadership,
    midterm,
    pause,
    proposal,
    stage,
    succession,
    supervision,
    tasks,
    team,
    termination,
    version,
    work,
)
from services.projects.domain.project.content import Alteration, Proposal, Seat, altered
from services.projects.domain.project.route import Onward, Step
from services.projects.domain.project.standing import NOBODY_ASKED
from services.projects.domain.project.state import Key, SeatNotAddressed, State
from services.projects.facts import (
    change_onward,
    change_route,
    claim_window_ends,
    content_hash,
    first_due,
    first_key_seats,
    judged_criteria,
    led_by,
    limits_of,
    look_back_on,
    onward,
    parts_to_move,
    recorded_in,
    route_of,
    second_key_units,
    strong_side_is_model,
    supplement_in_force,
    to_adopt,
    year_ends,
)
from services.projects.minutes import Decided, decided_on
from services.projects.parts import Parts
from services.projects.routing import programme_in_force
from shared import clock
from shared.bodies import made
from shared.decision import Outcome
from shared.domain import FIRST_OFFICE, By, NotAllowed, OfficeId, PersonId, UnitId
from shared.folding import folded
from shared.web import Sent

LEADS = ("propose", "lead_project")

# Who signs


def leads(asking: Asking, state: State, body: Any) -> By:
    """An office that leads projects of the leading organisation."""
    return asking.with_any_right(LEADS, state.unit)


def keeps_going(asking: Asking, state: State, body: Any) -> By:
    """Who leads, or while nobody does the custodian: they record, report and ask for time (R10)."""
    try:
        return leads(asking, state, body)
    except NotAllowed:
        return asking.as_custodian(FIRST_OFFICE[state.leader], state.unit)


def takes_part(asking: Asking, state: State, body: Any) -> By:
    """Who leads or keeps it going, or anybody on the team in their own name."""
    try:
        return keeps_going(asking, state, body)
    except NotAllowed:
        if asking.person not in state.team:
            raise
    return asking.as_member()


def member(asking: Asking, state: State, body: Any) -> By:
    """Anybody of the group, in their own name."""
    return asking.as_member()


def accepts(asking: Asking, state: State, body: Any) -> By:
    """The nearest to the secretary who did not do the task; of a pair perhaps the partner's (R3, R4)."""
    task = state.tasks.get(body.task)
    without = {task.holder} if task else set()
    partner = next((partner.unit for partner in state.proposal.partners if partner.unit), None)
    return asking.in_seat([_first_seat(state)], without, partner)[0]


def chooses(asking: Asking, state: State, body: Any) -> By:
    """The nearest to the secretary who does not claim the item (R39)."""
    task = state.tasks.get(body.task)
    return asking.in_seat([_first_seat(state)], set(task.claimants) if task else set())[0]


def confirms(asking: Asking, state: State, body: Any) -> By:
    """The source department of the indicator, by somebody without a part in the project (R40)."""
    return asking.in_seat([state.indicator(body.indicator).source], state.players)[0]


def _first_key(asking: Asking, state: State) -> tuple[By, Seat]:
    """Of their seats in the first key one that has not reviewed; any, where theirs have."""
    waiting = [seat for seat in state.closing.first_key if seat not in state.closing.reviewers]
    try:
        return asking.in_seat(waiting, state.barred("first"))
    except SeatNotAddressed:
        return asking.in_seat(state.closing.first_key, state.barred("first"))


def turns_first_key(asking: Asking, state: State, body: Any) -> By:
    """Who sits in the first key, or is nearest to it without being in the other (R3, R4)."""
    return _first_key(asking, state)[0]


def _in_first_key(asking: Asking, state: State) -> tuple[By, Seat]:
    return asking.in_seat(first_key_seats(state), state.workers)


def reviews_stage(asking: Asking, state: State, body: Any) -> By:
    """Who will turn the first key, by somebody who did not work on it (R24)."""
    return _in_first_key(asking, state)[0]


def _returning(asking: Asking, state: State) -> tuple[By, Key]:
    """In which of the two keys somebody sits; in the second as secretary of a committee that may hold it."""
    try:
        return asking.in_seat(state.closing.first_key, state.barred("first"))[0], "first"
    except SeatNotAddressed:
        units = second_key_units(asking, state, asking.today)
        secretaries = [Seat("party_secretary", unit) for unit in units]
        return asking.in_seat(secretaries, state.barred("second"))[0], "second"


def right(name: str) -> Callable[[Asking, State, Any], By]:
    """Any office with this right over the leading organisation."""

    def signed(asking: Asking, state: State, body: Any) -> By:
        return asking.with_right(name, state.unit)

    return signed


# Facts


def today(it: Situation) -> Any:
    """The local date."""
    return it.asking.today


def confirming_seat(it: Situation) -> Seat:
    """The seat that is to confirm the named changes."""
    wanted = {
        c.confirmer for c in it.state.approval.conditions if c.confirmer and c.number in it.body.numbers
    }
    return it.asking.in_seat(wanted or it.state.approval.seats, it.state.players)[1]


def secrecy_valid(it: Situation) -> bool:
    """Whether the named person was secrecy reviewer over the leading organisation on the named day (R74)."""
    said = it.body.secrecy
    if said is None:
        return False
    reviewer = it.asking.organisation.may(said.person, "review_secrecy", it.state.unit, said.on)
    return reviewer is not None


def to_lead(it: Situation) -> succession.Successor | None:
    """The unit that the body names, if it is in force."""
    unit, known = UnitId(it.body.unit), it.asking.organisation
    return led_by(known, unit) if known.heir(unit) == unit else None


def _first_seat(state: State) -> Seat:
    return Seat(FIRST_OFFICE[state.leader], state.unit)


def hash_after_change(it: Situation) -> str:
    """The content's hash once the requested change is made; that of today where there is none to approve."""
    return content_hash(altered(it.state.proposal, _asked_for(it)))


def parts_requested(it: Situation) -> tuple[str, ...]:
    """In which parts the version that a request asks for is new to the project (R19)."""
    asked = getattr(it.body, "alteration", None) or it.state.changes.get(it.body.change)
    version = asked.programme if asked else None
    return parts_to_move(it.asking, it.state, version, by_order=False) if version else ()


async def look_at_meeting(parts: Parts, project: UUID, body: Any) -> Decided:
    """What a confirmed meeting decided on the item that is about this project."""
    return await decided_on(parts.ledgers, body.meeting, body.item, project)


async def look_at_handover(parts: Parts, project: UUID, body: Any) -> bool:
    """Whether a handover of the project's lead is owed (R11)."""
    return await handover_is_owed(parts, await folded(parts.ledgers, PROJECT, project))


async def handover_is_owed(parts: Parts, state: State) -> bool:
    """Whether who holds the office that leads has not taken it over yet, and is not late with that (R11)."""
    known = parts.organisation
    day = clock.today(parts.clock, parts.settings.time_zone)
    for term in known.holders(FIRST_OFFICE[state.leader], state.unit, day):
        handover = await folded(parts.ledgers, HANDOVER, UUID(ids.derived("handover", term.id)))
        if handover.parties and handover.confirmed_on is None and not (handover.overdue or handover.lapsed):
            return True
    return False


def department(asking: Asking, state: State, body: Any) -> By:
    """The party department, by somebody without a part in the project."""
    return asking.in_seat([Seat("party_department", state.company)], state.players)[0]


def decides_change(asking: Asking, state: State, body: Any) -> By:
    """Who acts for a seat of the change's open step, or was asked when there were no steps yet (R3)."""
    return _deciding(asking, state, body)[0]


def _deciding(asking: Asking, state: State, body: Any) -> tuple[By, Seat]:
    """Of their seats the one whose word is waited for; any, where theirs are given or not yet to come."""
    standing = state.deciding.get(body.change, NOBODY_ASKED)
    try:
        return asking.in_seat(standing.asked_now, state.players)
    except SeatNotAddressed:
        return asking.in_seat(standing.seats or _before_routes(asking, state, body), state.players)


def _before_routes(asking: Asking, state: State, body: Any) -> Iterator[Seat]:
    """Who decides on a request that names nobody: the last of its route; of a committee its secretary."""
    steps = change_route(asking, state, state.changes.get(body.change) or Alteration())
    last = next((step for step in reversed(steps) if step.decides != "filing"), steps[-1])
    for seat in last.seats:
        yield Seat("party_secretary", seat.unit) if last.decides == "meeting" else seat


def _asked_for(it: Situation) -> Alteration:
    """What the request asks for, made now or before; nothing, where it is not open."""
    asked = getattr(it.body, "alteration", None)
    return (made(Alteration, asked) if asked else it.state.changes.get(it.body.change)) or Alteration()


def route_requested(it: Situation) -> tuple[Step, ...]:
    """The route that a request would take (R19)."""
    return change_route(it.asking, it.state, _asked_for(it))


def change_goes_on(it: Situation) -> Onward:
    """The last day of the step of a change that opens next."""
    standing = it.state.deciding.get(it.body.change, NOBODY_ASKED)
    start = 0 if standing.open is None else standing.open + 1
    return change_onward(it.asking, standing.route or route_requested(it), start)


def demanded_by(it: Situation) -> str:
    """The superior document because of which a version applies to running projects (R19)."""
    found = it.asking.organisation.version(it.body.programme)
    return found.demanded_by if found else ""


def limits(it: Situation) -> Any:
    """What the programme lets a project take."""
    return limits_of(it.asking, it.state)


def units(it: Situation) -> Any:
    """The units to which they belong, or belonged of late, and the branches of those they share with (R5)."""
    known = it.asking.organisation.people
    shared = [known[other].unit for other in it.asking.tied_to() if other in known]
    own = it.asking.units(limits_of(it.asking, it.state).former_posts_months)
    return tuple(dict.fromkeys((*own, *shared)))


def says_no_tie(it: Situation) -> bool:
    """Whether they have declared this year to have no tie with the leading organisation (R5)."""
    return it.state.unit in it.asking.organisation.untied(it.by.person, it.asking.today)


def dispute_days(it: Situation) -> date:
    """The last day for disputing a finding, or for deciding on that, counted from today (R48)."""
    days = limits_of(it.asking, it.state).dispute_working_days
    return it.asking.organisation.working_day_after(it.asking.today, days, [it.state.unit])


CHANGE_SEAT: dict[str, FactOf] = {
    "seat": lambda it: _deciding(it.asking, it.state, it.body)[1],
    "tied_to": tied_to,
    "content_hash": hash_after_change,
}
ACTS: tuple[Act, ...] = (
    # proposal
    Act(proposal.ReviseProposal, leads),
    Act(
        proposal.SubmitProposal,
        leads,
        {
            "today": today,
            "content_hash": lambda it: content_hash(it.state.proposal),
            "programme": lambda it: route_of(it.asking, it.state).programme,
            "supplement": lambda it: route_of(it.asking, it.state).supplement,
            "to_adopt": lambda it: to_adopt(it.asking, it.state),
            "strong_side_is_model": lambda it: strong_side_is_model(it.asking, it.state),
            "route_code": lambda it: route_of(it.asking, it.state).code,
            "route": lambda it: route_of(it.asking, it.state).steps,
            "due": lambda it: first_due(it.asking, it.state),
            "limits": limits,
        },
    ),
    Act(proposal.WithdrawProposal, leads),
    Act(
        proposal.AdoptProgramme,
        leads,
        {
            "programme": lambda it: programme_in_force(it.asking.organisation, it.asking.today).version,
            "supplement": lambda it: supplement_in_force(it.asking, it.state),
        },
    ),
    # approval
    *SIGNING,
    Act(approval.UrgeDecider, leads, {"today": today}),
    Act(
        approval.AmendProposal,
        leads,
        {"content_hash": lambda it: content_hash(made(Proposal, it.body.proposal))},
    ),
    Act(
        approval.ConfirmChanges,
        lambda asking, state, body: asking.in_seat(
            [c.confirmer for c in state.approval.conditions if c.confirmer], state.players
        )[0],
        {"seat": confirming_seat, "onward": lambda it: onward(it.asking, it.state), "tied_to": tied_to},
    ),
    # work
    Act(tasks.AddTask, leads),
    Act(tasks.AssignTask, leads),
    Act(
        tasks.OfferTask,
        leads,
        {"today": today, "window_ends": lambda it: claim_window_ends(it.asking, it.state.unit)},
    ),
    Act(tasks.ClaimTask, member, {"today": today}, on_paper=True),
    Act(tasks.GrantClaim, chooses, {"today": today}),
    Act(tasks.SplitClaim, chooses, {"today": today}),
    Act(tasks.ExpireClaim, leads, {"today": today}),
    Act(tasks.ReleaseTask, member),
    Act(tasks.CompleteTask, member, {"today": today}, on_paper=True),
    Act(tasks.AcceptTask, accepts, {"tied_to": tied_to}),
    Act(tasks.SendBackTask, accepts, {"tied_to": tied_to}),
    Act(work.ReachMilestone, takes_part, {"today": today}, on_paper=True),
    Act(work.HoldActivity, takes_part, {"today": today}, on_paper=True),
    Act(work.RaiseProblem, takes_part),
    Act(work.ResolveProblem, takes_part),
    Act(team.FormTeam, leads, {"today": today}),
    Act(team.StandDownTeam, leads, {"today": today}),
    # figures
    Act(figures.ReportReading, takes_part, {"today": today}, on_paper=True),
    Act(figures.ConfirmBaseline, confirms),
    Act(figures.ConfirmFigure, confirms),
    Act(figures.DisputeFigure, confirms),
    # supervision
    Act(
        supervision.RecordFinding,
        right("inspect"),
        {
            "today": today,
            "units": units,
            "dispute_by": dispute_days,
            "tied_to": tied_to,
            "says_no_tie": says_no_tie,
        },
        on_paper=True,
    ),
    Act(supervision.PlanRectification, keeps_going),
    Act(supervision.ReportRectification, keeps_going, {"today": today}, on_paper=True),
    Act(
        supervision.CloseFinding,
        right("verify_finding"),
        {
            "today": today,
            "units": units,
            "tied_to": tied_to,
            "look_back": lambda it: look_back_on(it.asking),
        },
    ),
    Act(supervision.ReopenFinding, right("verify_finding")),
    Act(
        midterm.CheckMidterm,
        right("inspect"),
        {"today": today, "units": units, "tied_to": tied_to, "says_no_tie": says_no_tie},
    ),
    Act(
        asking.LookBackAtFinding,
        right("verify_finding"),
        {"today": today, "units": units, "tied_to": tied_to},
    ),
    # change
    Act(
        change.RequestChange,
        keeps_going,
        {
            "limits": limits,
            "parts": parts_requested,
            "route": route_requested,
            "onward": change_goes_on,
            "content_hash": hash_after_change,
        },
    ),
    Act(
        change.ApproveChange,
        decides_change,
        CHANGE_SEAT | {"parts": parts_requested, "onward": change_goes_on},
    ),
    Act(change.RejectChange, decides_change, CHANGE_SEAT),
    Act(
        version.OrderVersion,
        headquarters,
        {
            "parts": lambda it: parts_to_move(it.asking, it.state, it.body.programme, by_order=True),
            "demanded_by": demanded_by,
        },
    ),
    Act(extension.GrantExtension, department, {"today": today, "tied_to": tied_to, "limits": limits}),
    Act(
        leadership.HandOverLead,
        right("precheck"),
        {"handover": lambda it: "", "owed": lambda it: bool(it.seen)},
        look_at_handover,
    ),
    Act(
        succession.ReassignLead,
        right("precheck"),
        {
            "successor": to_lead,
            "ledger": lambda it: recorded_in(it.asking.organisation, it.state),
            "has_heir": lambda it: it.asking.organisation.heir(it.state.unit) is not None,
        },
    ),
    Act(pause.SuspendProject, right("precheck"), {"today": today, "limits": limits}),
    Act(pause.ResumeProject, right("precheck"), {"today": today}),
    Act(termination.TerminateProject, right("precheck"), {"today": today}),
    Act(lateness.GiveExplanation, keeps_going, {"today": today}),
    # closing
    Act(
        closing.RequestClosure,
        leads,
        {
            "today": today,
            "first_key": lambda it: first_key_seats(it.state),
            "secrecy_valid": secrecy_valid,
        },
    ),
    Act(
        closing.ReviewClosure,
        turns_first_key,
        {"seat": lambda it: _first_key(it.asking, it.state)[1], "today": today, "tied_to": tied_to},
    ),
    Act(
        closing.AssessClosure,
        right("organise_meeting"),
        {
            "numbers": lambda it: it.seen.numbers,
            "body": lambda it: it.seen.voters,
            "tied_to": lambda it: tied_to_any(it.asking, it.seen.voters),
            "minutes": lambda it: it.seen.minutes,
            "kind": lambda it: it.seen.kind,
            "unit": lambda it: it.seen.unit,
            "units": lambda it: second_key_units(it.asking, it.state, it.seen.held_on),
            "held_on": lambda it: it.seen.held_on,
            "passed": lambda it: it.seen.passed,
            "criteria": lambda it: judged_criteria(it.asking, it.state),
            "today": today,
        },
        look_at_meeting,
    ),
    Act(
        closing.ReturnClosure,
        lambda asking, state, body: _returning(asking, state)[0],
        {"key": lambda it: _returning(it.asking, it.state)[1], "tied_to": tied_to},
    ),
    Act(
        stage.ReviewStage,
        reviews_stage,
        {
            "today": today,
            "cut_off": lambda it: year_ends(it.asking, it.state, it.body.year),
            "seat": lambda it: _in_first_key(it.asking, it.state)[1],
            "first_key": lambda it: first_key_seats(it.state),
            "tied_to": tied_to,
        },
    ),
    Act(closing.ArchiveProject, right("take_over_archive"), {"today": today}),
)


async def _take(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    if look := act.look:
        return await take_on_project(
            parts, act, project, body, person, office, sent, lambda _ledger: look(parts, project, body)
        )
    return await take_on_project(parts, act, project, body, person, office, sent)


router = APIRouter(prefix="/projects", tags=["project acts"])
for _act in ACTS:
    offer(router, _act, "/{stream}", _take)
