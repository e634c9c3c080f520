"""How the tally of a project goes on with each of its events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar, assert_never

from services.evaluation.domain import heard
from services.evaluation.domain.around import gather
from services.evaluation.domain.tally import (
    Adoption,
    Finding,
    Indicator,
    Milestone,
    Reading,
    Stage,
    Tally,
    Task,
)
from shared.domain import By, changed
from shared.withdrawn import without

Part = TypeVar("Part")


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
            return _task(tally, event.task, held=True, event=event_id)
        case heard.TaskCompleted():
            return _task(tally, event.task, event=event_id, **_said("done", event.on, entered))
        case heard.TaskAccepted():
            return _task(tally, event.task, accepted=True, event=event_id)
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
            return _milestone(tally, event.milestone, due=event.due, event=event_id)
        case heard.MilestoneReached():
            return _milestone(tally, event.milestone, event=event_id, **_said("done", event.on, entered))
        case heard.FigureConfirmed():
            return _confirmed(tally, event, event_id)
        case heard.TaskOffered():
            return _task(tally, event.task, offered=True)
        case heard.TaskSplit():
            return _split(tally, event, event_id)
        case heard.TaskReleased() | heard.TaskSentBack():
            return _task(tally, event.task, event=event_id, **_unsaid("done"))
        case heard.FindingRecorded():
            finding = Finding(event.text, event.due, event_id)
            return changed(tally, findings=tally.findings | {event.finding: finding})
        case heard.RectificationReported():
            return _finding(tally, event.finding, event=event_id, **_said("mended", event.on, entered))
        case heard.FindingClosed():
            known_finding = tally.findings.get(event.finding)
            mended = (known_finding.mended if known_finding else None) or event.on
            return _finding(tally, event.finding, closed=True, mended=mended, event=event_id)
        case heard.FindingReopened():
            again = {"closed": False, "came_back": True, "due": event.due} | _unsaid("mended")
            return _finding(tally, event.finding, event=event_id, **again)
        case heard.PaperEntered():
            known = changed(tally, papers=tally.papers | {event.entry: (event.subject, event.code)})
            return _about(known, event.subject, event.code, entry=event.entry)
        case heard.LateEntryAccepted():
            return _counted_from(tally, event.entry, event.on)
        case heard.PaperDenied():
            return _counted_from(tally, event.entry, None)
        case heard.FindingTurnedIntoSupport() | heard.FindingDisputed():
            return _finding(tally, event.finding, waits=True, event=event_id)
        case heard.FindingUpheld():
            return _finding(tally, event.finding, waits=False, due=event.due, event=event_id)
        case heard.FindingWithdrawn():
            findings = {code: found for code, found in tally.findings.items() if code != event.finding}
            return changed(tally, findings=findings)
        case heard.SupportDecided():
            if event.finding_due is None:
                return tally
            return _finding(tally, event.finding, waits=False, due=event.finding_due, event=event_id)
        case heard.ProjectSuspended():
            return changed(tally, state="suspended", suspended_on=event.on)
        case heard.ProjectResumed():
            for moved in event.dates:
                tally = _moved(tally, moved, event_id)
            return changed(tally, state="in_implementation", suspended_on=None)
        case heard.LimitsPaused() | heard.LimitsResumed():
            for moved in event.dates:
                tally = _moved(tally, moved, event_id)
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
            said = Stage(
                event.year, event.cut_off, seat.office, seat.unit, event.note, event.figures, event_id
            )
            return changed(tally, stages=(*tally.stages, said))
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


def _moved(tally: Tally, moved: heard.NewDate, event_id: str) -> Tally:
    match moved.subject:
        case "milestone":
            return _milestone(tally, moved.code, due=moved.due, event=event_id)
        case "task":
            return _task(tally, moved.code, due=moved.due, event=event_id)
        case "finding":
            return _finding(tally, moved.code, due=moved.due, event=event_id)
        case "indicator":
            changes: dict[str, object] = {"due": moved.due, "event": event_id}
            return changed(tally, indicators=_with_part(tally.indicators, moved.code, changes))
        case "change":  # what its deciders have scores nothing
            return tally
        case _:
            assert_never(moved.subject)


def _said(field: str, on: date, entered: date) -> dict[str, object]:
    """The later day counts until a paper of an earlier one is accepted (R36)."""
    return {field: max(on, entered), "stated": on, "entered": entered, "entry": ""}


def _unsaid(field: str) -> dict[str, object]:
    return {field: None, "stated": None, "entered": None, "entry": ""}


def _counted_from(tally: Tally, entry: str, day: date | None) -> Tally:
    """What was entered from this paper counts from its day; from the day of entry where there is none.

    What was said anew meanwhile stays as it is.
    """
    subject, code = tally.papers.get(entry, ("", ""))
    parts: dict[str, Milestone | Task | Finding] = {
        **(tally.milestones if subject == "milestone" else {}),
        **(tally.tasks if subject == "task" else {}),
        **(tally.findings if subject == "finding" else {}),
    }
    part = parts.get(code)
    if part is None or part.entry != entry or part.stated is None or part.entered is None:
        return tally
    counts = max(part.stated, day or part.entered)
    return _about(tally, subject, code, **{"mended" if subject == "finding" else "done": counts})


def _about(tally: Tally, subject: str, code: str, **changes: object) -> Tally:
    match subject:
        case "milestone":
            return _milestone(tally, code, **changes)
        case "task":
            return _task(tally, code, **changes)
        case "finding":
            return _finding(tally, code, **changes)
        case _:
            return tally


def _milestone(tally: Tally, code: str, **changes: object) -> Tally:
    return changed(tally, milestones=_with_part(tally.milestones, code, changes))


def _task(tally: Tally, code: str, **changes: object) -> Tally:
    return changed(tally, tasks=_with_part(tally.tasks, code, changes))


def _split(tally: Tally, event: heard.TaskSplit, event_id: str) -> Tally:
    """One task that became two of half its weight."""
    whole = tally.tasks.get(event.task)
    if whole is None:
        return tally
    titles = {event.task: event.title, event.half: event.half_title}
    halves = {
        code: changed(whole, title=title, weight=event.weight, event=event_id)
        for code, title in titles.items()
    }
    return changed(tally, tasks=tally.tasks | halves)


def _finding(tally: Tally, code: str, **changes: object) -> Tally:
    return changed(tally, findings=_with_part(tally.findings, code, changes))


def _with_part(parts: dict[str, Part], code: str, changes: dict[str, object]) -> dict[str, Part]:
    part = parts.get(code)
    return parts if part is None else parts | {code: changed(part, **changes)}  # type: ignore[type-var]
