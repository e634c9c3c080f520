"""How the tally of a project goes on with each of its events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.evaluation.domain import heard
from services.evaluation.domain.around import gather
from services.evaluation.domain.tally import (
    Activity,
    Adoption,
    Finding,
    Indicator,
    Milestone,
    Reading,
    Stage,
    Tally,
    Task,
)
from services.evaluation.domain.tally_parts import (
    counted_from,
    finding_changed,
    milestone_changed,
    part_changed,
    said,
    task_changed,
    task_split,
    unsaid,
    with_date,
)
from shared.domain import By, changed
from shared.withdrawn import without


def evolve(tally: Tally, event: heard.OfProject, event_id: str, entered: date, by: By | None) -> Tally:
    """The tally after an event; what is unknown is passed over.

    `event_id` is projects/<ledger>/<position>, `entered` the local date on which it was recorded, `by`
    whose act it was; None: the system's own.
    """
    around = gather(tally.around, event, by)
    known = tally if around is tally.around else changed(tally, around=around)
    after = _counted(known, event, event_id, entered)
    return without(after, after.withdrawn)


def _counted(tally: Tally, event: heard.OfProject, event_id: str, entered: date) -> Tally:
    match event:
        case heard.TaskAdded():  # the most frequent come first: a match asks case by case
            task = Task(event.title, event.due, event.weight, event_id)
            return changed(tally, tasks=tally.tasks | {event.task: task})
        case heard.TaskAssigned() | heard.ClaimGranted():
            return task_changed(tally, event.task, held=True, event=event_id)
        case heard.TaskCompleted():
            return task_changed(tally, event.task, event=event_id, **said("done", event.on, entered))
        case heard.TaskAccepted():
            return task_changed(tally, event.task, accepted=True, event=event_id)
        case heard.ProposalDrafted():
            return changed(
                tally,
                reference=event.reference,
                company=event.company,
                unit=event.unit,
                title=event.title,
                track=event.track,
                event=event_id,
            )
        case heard.ProposalRevised():
            return changed(tally, title=event.proposal.title, track=event.proposal.track)
        case heard.ProposalSubmitted():
            known = _content(tally, event.proposal, event_id)
            return changed(known, programme=event.programme, state="in_approval")
        case heard.ProposalAmended():
            return _content(tally, event.proposal, event_id)
        case heard.ProposalWithdrawn() | heard.ProposalReturned():
            return changed(tally, state="draft")
        case heard.ProjectRejected():
            return changed(tally, state="rejected")
        case heard.DecisionChangedByHigher():
            return changed(tally, state="in_approval")
        case heard.ProjectApproved():
            known = _content(tally, event.proposal, event_id)
            return changed(
                known,
                company=event.company,
                unit=event.unit,
                programme=event.programme,
                state="in_implementation",
                begun_on=tally.begun_on or entered,
            )
        case heard.LeadMoved():
            return changed(tally, company=event.company, unit=event.unit)
        case heard.ProgrammeAdopted():
            return changed(tally, schemes=())
        case heard.VersionMoved():
            schemes = (part.after for part in event.parts if part.part == "scheme")
            return changed(tally, schemes=(*tally.schemes, *schemes))
        case heard.PlanChanged():
            return changed(tally, milestones=_plan(tally, event.plan, event_id))
        case heard.TargetChanged():
            return changed(tally, indicators=_targets(tally, event.targets, event_id))
        case heard.ExtensionGranted():
            return milestone_changed(tally, event.milestone, due=event.due, event=event_id)
        case heard.MilestoneReached():
            return milestone_changed(
                tally, event.milestone, event=event_id, **said("done", event.on, entered)
            )
        case heard.FigureConfirmed():
            return _confirmed(tally, event, event_id)
        case heard.ActivityHeld():
            held = (*tally.activities.get(event.indicator, ()), Activity(event.on, event_id))
            return changed(tally, activities=tally.activities | {event.indicator: held})
        case heard.TaskOffered():
            return task_changed(tally, event.task, offered=True)
        case heard.TaskSplit():
            return task_split(tally, event, event_id)
        case heard.TaskReleased() | heard.TaskSentBack():
            return task_changed(tally, event.task, event=event_id, **unsaid("done"))
        case heard.FindingRecorded():
            finding = Finding(event.text, event.due, event_id)
            return changed(tally, findings=tally.findings | {event.finding: finding})
        case heard.RectificationReported():
            return finding_changed(tally, event.finding, event=event_id, **said("mended", event.on, entered))
        case heard.FindingClosed():
            known_finding = tally.findings.get(event.finding)
            mended = (known_finding.mended if known_finding else None) or event.on
            return finding_changed(tally, event.finding, closed=True, mended=mended, event=event_id)
        case heard.FindingReopened():
            again = {"closed": False, "came_back": True, "due": event.due} | unsaid("mended")
            return finding_changed(tally, event.finding, event=event_id, **again)
        case heard.PaperEntered():
            known = changed(tally, papers=tally.papers | {event.entry: (event.subject, event.code)})
            return part_changed(known, event.subject, event.code, entry=event.entry)
        case heard.LateEntryAccepted():
            return counted_from(tally, event.entry, event.on)
        case heard.PaperDenied():
            return counted_from(tally, event.entry, None)
        case heard.FindingTurnedIntoSupport() | heard.FindingDisputed():
            return finding_changed(tally, event.finding, waits=True, event=event_id)
        case heard.FindingUpheld():
            return finding_changed(tally, event.finding, waits=False, due=event.due, event=event_id)
        case heard.FindingWithdrawn():
            findings = {code: found for code, found in tally.findings.items() if code != event.finding}
            return changed(tally, findings=findings)
        case heard.SupportDecided():
            if event.finding_due is None:
                return tally
            return finding_changed(tally, event.finding, waits=False, due=event.finding_due, event=event_id)
        case heard.ProjectSuspended():
            return changed(tally, state="suspended", suspended_on=event.on)
        case heard.ProjectResumed():
            for moved in event.dates:
                tally = with_date(tally, moved, event_id)
            return changed(tally, state="in_implementation", suspended_on=None)
        case heard.LimitsPaused() | heard.LimitsResumed():
            for moved in event.dates:
                tally = with_date(tally, moved, event_id)
            return tally
        case heard.ProjectTerminated():
            return changed(
                tally, state="terminated", suspended_on=None, over_on=event.on, marks={}, marks_event=""
            )
        case heard.ClosureRequested():
            return changed(tally, state="in_closing")
        case heard.ClosureReturned():
            return changed(tally, state="in_implementation", marks={}, marks_event="")
        case heard.ClosureAssessed():
            marks = {mark.criterion: mark.points for mark in event.marks}
            return changed(tally, marks=marks, marks_event=event_id, assessed_by=event.unit)
        case heard.ProjectClosed():
            return changed(tally, state="closed", over_on=event.on)
        case heard.TextWithdrawn():
            return changed(tally, withdrawn=tally.withdrawn | {event.sha256})
        case heard.StageReviewed():
            seat = event.seat
            stage = Stage(
                event.year, event.cut_off, seat.office, seat.unit, event.note, event.figures, event_id
            )
            return changed(tally, stages=(*tally.stages, stage))
        case heard.AdoptionCredited():
            adoption = Adoption(event.project, event.unit, event.on, event_id)
            return changed(tally, adoptions=(*tally.adoptions, adoption))
        case heard.ProjectArchived():
            return changed(tally, state="archived")
        case (
            heard.StepOpened()
            | heard.StepReferredUp()
            | heard.PartnersChanged()
            | heard.PartnerInvited()
            | heard.PartnerJoined()
            | heard.PartnerLeft()
            | heard.SupportRequested()
            | heard.OpinionGiven()
            | heard.SignerAdded()
            | heard.MeetingDecided()
            | heard.ChangeRequested()
            | heard.ChangeReferredUp()
            | heard.ChangeSignerAdded()
            | heard.TeamChanged()
            | heard.LeadHandedOver()
            | heard.BaselineConfirmed()
            | heard.IndicatorRead()
            | heard.ClaimExpired()
            | heard.ClosureReviewed()
        ):
            return tally
        case _:
            assert_never(event)


def _content(tally: Tally, proposal: heard.Proposal, event_id: str) -> Tally:
    return changed(
        tally,
        title=proposal.title,
        track=proposal.track,
        event=event_id,
        milestones=_plan(tally, proposal.plan, event_id),
        indicators=_targets(tally, proposal.targets, event_id),
    )


def _plan(tally: Tally, plan: Iterable[heard.Milestone], event_id: str) -> dict[str, Milestone]:
    before = tally.milestones
    return {
        m.code: changed(
            before.get(m.code, Milestone("", m.due, m.weight, "")),
            title=m.title,
            due=m.due,
            weight=m.weight,
            event=event_id,
        )
        for m in plan
    }


def _targets(tally: Tally, targets: Iterable[heard.Indicator], event_id: str) -> dict[str, Indicator]:
    before = tally.indicators
    return {
        i.code: Indicator(
            i.name,
            i.kind,
            i.baseline or Decimal(0),
            i.target or Decimal(0),
            i.due,
            i.weight,
            event_id,
            before[i.code].confirmed if i.code in before else {},
        )
        for i in targets
    }


def _confirmed(tally: Tally, event: heard.FigureConfirmed, event_id: str) -> Tally:
    indicator = tally.indicators.get(event.indicator)
    if indicator is None:
        return tally
    reading = Reading(event.period, event.value, event.on, event_id)
    known = changed(indicator, confirmed=indicator.confirmed | {event.period: reading})
    return changed(tally, indicators=tally.indicators | {event.indicator: known})
