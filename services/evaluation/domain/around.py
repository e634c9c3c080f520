"""Whom a project concerns, folded from its events: what may be known of its score follows from it (R67)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from services.evaluation.domain import heard
from shared.domain import By, PersonId, UnitId, changed

T = TypeVar("T")
Seats = tuple[heard.Seat, ...]


@dataclass(frozen=True)  # and no slots: `changed`
class Around:
    """The people and seats of one project, and its partners; the leading unit stands in the tally."""

    lead: PersonId | None = None
    led: tuple[PersonId, ...] = ()  # before
    proposers: tuple[PersonId, ...] = ()
    team: tuple[PersonId, ...] = ()
    partners: tuple[UnitId, ...] = ()  # named in the content
    acted: tuple[UnitId, ...] = ()  # partners that were invited, joined or left
    holders: dict[str, PersonId] = field(default_factory=dict)  # by task
    entered_for: tuple[PersonId, ...] = ()  # whose acts were entered from paper
    offered: dict[str, tuple[UnitId, ...]] = field(default_factory=dict)  # open tasks, each to its circle
    steps: tuple[Seats, ...] = ()  # of the route
    goes_on_at: int = 0  # the step at which a resubmission goes on
    earlier: Seats = ()  # asked by earlier rounds: whoever leads, those stay as they were
    asked: Seats = ()  # to confirm required changes, to decide on changes, to help, to judge a dispute
    sources: dict[str, heard.Seat] = field(default_factory=dict)  # by indicator
    with_figures: tuple[str, ...] = ()  # indicators whose sources stay, should the content drop them
    first_key: Seats = ()
    had_a_part: tuple[PersonId, ...] = ()  # whoever it concerned at any time, and who decided or found (R4)

    @property
    def units(self) -> frozenset[UnitId]:
        """The partners, and those to whom climbing items are open."""
        of_partners = (*self.partners, *self.acted)
        return frozenset((*of_partners, *(unit for circle in self.offered.values() for unit in circle)))

    @property
    def people(self) -> frozenset[PersonId]:
        """Who lead or led, proposed, are on the team, hold a task, or are asked about an act from paper."""
        lead = () if self.lead is None else (self.lead,)
        works = (*self.proposers, *self.team, *self.holders.values(), *self.entered_for)
        return frozenset((*lead, *self.led, *works))

    @property
    def seats(self) -> frozenset[heard.Seat]:
        """Who is or was asked: by the route, about figures, at closing."""
        of_route = (seat for step in self.steps for seat in step)
        return frozenset((*of_route, *self.earlier, *self.asked, *self.sources.values(), *self.first_key))


def gather(around: Around, event: heard.OfProject, by: By | None) -> Around:
    """Whom the project concerns after an event, and who has had a part in it by then."""
    after, decided = _concerned(around, event), tuple(_deciders(event, by))
    if after is around and not decided:
        return around
    now = after.people.difference(after.had_a_part) if after is not around else ()
    part = _and(after.had_a_part, (*sorted(now), *decided))
    return after if part == after.had_a_part else changed(after, had_a_part=part)


def _deciders(event: heard.OfProject, by: By | None) -> Iterable[PersonId]:
    """Who decided by it on approval or closing, or found something; and for whom, if as a deputy (R8)."""
    match event:
        case heard.MeetingDecided() | heard.ClosureAssessed():
            return event.body
        case (
            heard.OpinionGiven()
            | heard.ProposalReturned()
            | heard.ProjectRejected()
            | heard.DecisionChangedByHigher()
            | heard.ClosureReviewed()
            | heard.StageReviewed()
            | heard.ClosureReturned()
            | heard.FindingRecorded()
        ) if by is not None:
            return (by.person, *([by.on_behalf_of] if by.on_behalf_of else []))
        case _:
            return ()


def _concerned(around: Around, event: heard.OfProject) -> Around:
    match event:
        case heard.TaskAdded() | heard.TaskCompleted() | heard.TaskAccepted():
            return around  # the most frequent come first: a match asks case by case
        case heard.TaskAssigned() | heard.ClaimGranted():
            held = around.holders | {event.task: event.person}
            return changed(around, holders=held, offered=_without(around.offered, event.task))
        case heard.ProposalDrafted():
            return changed(around, lead=event.lead, proposers=(event.proposer,))
        case heard.ProposalRevised() | heard.ProposalAmended():
            return _content(_proposed_by(around, event.person), event.proposal)
        case heard.ProjectApproved():
            return _content(around, event.proposal)
        case heard.ChangeRequested():
            asked = _proposed_by(around, event.person)
            seats = (*event.deciders, *(seat for step in event.route for seat in step.seats))
            return changed(asked, asked=_and(asked.asked, seats))
        case heard.ChangeReferredUp():
            return changed(around, asked=_and(around.asked, event.seats))
        case heard.ChangeSignerAdded():
            return changed(around, asked=_and(around.asked, (event.signer,)))
        case heard.ProposalSubmitted():
            kept = around.steps[: around.goes_on_at]
            return changed(
                _content(_proposed_by(around, event.proposer), event.proposal),
                steps=(*kept, *(step.seats for step in event.route[len(kept) :])),
                goes_on_at=0,
                earlier=_and(around.earlier, (seat for step in around.steps for seat in step)),
            )
        case heard.ProposalWithdrawn() | heard.ProgrammeAdopted():
            return changed(around, goes_on_at=0)
        case heard.ProposalReturned():
            return changed(around, goes_on_at=0 if event.rerun else event.step)
        case heard.StepOpened() | heard.StepReferredUp():
            steps = (*around.steps[: event.step], event.seats, *around.steps[event.step + 1 :])
            return changed(around, steps=steps)
        case heard.SignerAdded():
            seats = (*(seat for step in around.steps[event.step :][:1] for seat in step), event.signer)
            steps = (*around.steps[: event.step], seats, *around.steps[event.step + 1 :])
            return changed(around, steps=steps)
        case heard.OpinionGiven() | heard.MeetingDecided():
            confirmers = (change.confirmer for change in event.changes if change.confirmer)
            return changed(around, asked=_and(around.asked, confirmers))
        case heard.PartnersChanged():
            return changed(around, partners=_units(event.partners))
        case heard.PartnerInvited() | heard.PartnerJoined() | heard.PartnerLeft():
            return changed(around, acted=_and(around.acted, _units([event.partner])))
        case heard.SupportRequested() | heard.FindingDisputed():
            return changed(around, asked=_and(around.asked, [event.of]))
        case heard.PaperEntered():
            return changed(around, entered_for=_and(around.entered_for, [event.person]))
        case heard.TargetChanged():
            return _sources(around, event.targets)
        case heard.TeamChanged():
            return changed(around, team=_members(event.team))
        case heard.LeadHandedOver():
            return changed(around, lead=event.to_person, led=_and(around.led, [event.from_person]))
        case heard.LeadMoved():
            return _succeeded(around, {passed.before: passed.after for passed in event.units})
        case heard.BaselineConfirmed() | heard.IndicatorRead():
            return changed(around, with_figures=_and(around.with_figures, [event.indicator]))
        case heard.TaskOffered():
            return changed(around, offered=around.offered | {event.task: event.circle})
        case heard.ClaimExpired():
            return changed(around, offered=_without(around.offered, event.task))
        case heard.TaskReleased():
            return changed(around, holders=_without(around.holders, event.task))
        case heard.ClosureRequested():
            return changed(_proposed_by(around, event.person), first_key=event.first_key)
        case heard.ClosureReturned():
            return changed(around, first_key=())
        case _:
            return around


def _succeeded(around: Around, after: Mapping[UnitId, UnitId]) -> Around:
    """With the same offices of the successor instead of those of a unit that leads no more (R70)."""

    def asked(seats: Seats) -> Seats:
        return tuple(heard.Seat(seat.office, after.get(seat.unit, seat.unit)) for seat in seats)

    return changed(
        around,
        offered={
            task: tuple(after.get(unit, unit) for unit in circle) for task, circle in around.offered.items()
        },
        steps=tuple(map(asked, around.steps)),
        asked=asked(around.asked),
        sources={code: asked((seat,))[0] for code, seat in around.sources.items()},
        first_key=asked(around.first_key),
    )


def _proposed_by(around: Around, person: PersonId) -> Around:
    return changed(around, proposers=_and(around.proposers, {person} - {heard.NOBODY}))


def _content(around: Around, proposal: heard.Proposal) -> Around:
    return changed(
        _sources(around, proposal.targets),
        team=_members(proposal.team),
        partners=_units(proposal.partners),
    )


def _sources(around: Around, targets: Iterable[heard.Indicator]) -> Around:
    kept = {code: seat for code, seat in around.sources.items() if code in around.with_figures}
    return changed(around, sources=kept | {target.code: target.source for target in targets})


def _units(partners: Iterable[heard.Partner]) -> tuple[UnitId, ...]:
    return tuple(partner.unit for partner in partners if partner.unit)


def _members(team: heard.Team) -> tuple[PersonId, ...]:
    return tuple(member.person for member in team.members)


def _without(known: dict[str, T], task: str) -> dict[str, T]:
    return {code: kept for code, kept in known.items() if code != task}


def _and(known: tuple[T, ...], more: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*known, *more)))
