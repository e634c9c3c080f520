"""Every act on a project: which command, who may sign it, which facts it needs. One line a rule."""

from __future__ import annotations

from fastapi import APIRouter

from services.projects.acting import tied_to_any
from services.projects.api.acts import Act
from services.projects.api.on_project import take_on_project
from services.projects.api.programme_acts import headquarters
from services.projects.api.project_facts import (
    DECIDES_CHANGE,
    SIGNS_CHANGE,
    WORD_ON_CHANGE,
    accepts,
    change_goes_on,
    chooses,
    confirming_seat,
    confirms,
    decides_change,
    demanded_by,
    department,
    dispute_days,
    first_key,
    hash_after_change,
    in_first_key,
    keeps_going,
    leads,
    limits,
    look_at_handover,
    look_at_meeting,
    member,
    parts_requested,
    returning,
    reviews_stage,
    right,
    route_requested,
    says_no_tie,
    secrecy_valid,
    signs_change,
    takes_back_on_change,
    takes_part,
    to_lead,
    today,
    turns_first_key,
    units,
)
from services.projects.api.signing_acts import ACTS as SIGNING
from services.projects.api.signing_acts import tied_to
from services.projects.deciding import can_sign, colleagues, ties_of
from services.projects.domain.project import (
    approval,
    asking,
    change,
    change_waiting,
    closing,
    extension,
    figures,
    lateness,
    leadership,
    midterm,
    pause,
    proposal,
    rectification,
    stage,
    succession,
    supervision,
    tasks,
    team,
    termination,
    version,
    work,
)
from services.projects.domain.project.content import Proposal, Seat
from services.projects.facts import (
    claim_window_ends,
    content_hash,
    first_due,
    first_key_seats,
    judged_criteria,
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
from services.projects.routing import programme_in_force
from shared.acts import offer
from shared.bodies import made

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
    Act(rectification.PlanRectification, keeps_going),
    Act(rectification.ReportRectification, keeps_going, {"today": today}, on_paper=True),
    Act(
        rectification.CloseFinding,
        right("verify_finding"),
        {
            "today": today,
            "units": units,
            "tied_to": tied_to,
            "look_back": lambda it: look_back_on(it.asking),
        },
    ),
    Act(rectification.ReopenFinding, right("verify_finding")),
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
        DECIDES_CHANGE | {"parts": parts_requested, "onward": change_goes_on},
    ),
    Act(change.RejectChange, decides_change, DECIDES_CHANGE),
    Act(change_waiting.WithdrawChangeOpinion, takes_back_on_change, WORD_ON_CHANGE),
    Act(
        change_waiting.AddChangeSigner,
        signs_change,
        SIGNS_CHANGE | {"can_sign": lambda it: can_sign(it.asking, it.state, made(Seat, it.body.signer))},
    ),
    Act(
        change_waiting.TransferChangeStep,
        signs_change,
        SIGNS_CHANGE
        | {
            "colleagues": lambda it: colleagues(it.asking, Seat(it.by.office, it.by.unit)),
            "their_ties": lambda it: ties_of(it.asking, it.body.to),
        },
    ),
    Act(change_waiting.UrgeChangeDecider, leads, {"today": today}),
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
        {"seat": lambda it: first_key(it.asking, it.state)[1], "today": today, "tied_to": tied_to},
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
        lambda asking, state, body: returning(asking, state)[0],
        {"key": lambda it: returning(it.asking, it.state)[1], "tied_to": tied_to},
    ),
    Act(
        stage.ReviewStage,
        reviews_stage,
        {
            "today": today,
            "cut_off": lambda it: year_ends(it.asking, it.state, it.body.year),
            "seat": lambda it: in_first_key(it.asking, it.state)[1],
            "first_key": lambda it: first_key_seats(it.state),
            "tied_to": tied_to,
        },
    ),
)


router = APIRouter(prefix="/projects", tags=["project acts"])
for _act in ACTS:
    offer(router, _act, "/{stream}", take_on_project)
