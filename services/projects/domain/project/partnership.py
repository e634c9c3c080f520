"""Pairs and alliances: each partner joins and leaves by an act of its own office (R69, R72, R73)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, assert_never

from services.projects.domain.project.content import Agreement, Partner, Seat
from services.projects.domain.project.state import Membership, State, acting, refuse_future, require
from shared.domain import By, NotAllowed, NotKnown, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class FigureSoFar:
    """The last reading of an indicator when a partner left, and the baseline that its source stands for."""

    indicator: str
    baseline: Decimal | None
    period: str
    value: Decimal
    confirmed: bool


@dataclass(frozen=True, slots=True)
class PartnerInvited:
    """A partner is asked to join; what an outside one has signed is entered with it (R73)."""

    partner: Partner
    brings: str
    of: Seat  # who is asked to sign for it
    person: PersonId
    instead_of: str = ""  # key of a partner that left
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class PartnerJoined:
    """Its own office agreed, or the party department confirmed what an outside one signed."""

    partner: Partner
    on: date
    person: PersonId
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class PartnerLeft:
    """It withdrew, declined or is no more; what was reached until then stays written here (R69)."""

    partner: Partner
    on: date
    reason: str
    figures: tuple[FigureSoFar, ...]
    answer_by: date | None  # until when the lead goes on otherwise; None: nothing depended on it
    person: PersonId


@dataclass(frozen=True, slots=True)
class DepartureAnswered:
    """The lead brought another partner, or goes on alone by an approved change (R69)."""

    partner: str
    how: Literal["another", "alone"]


Event = PartnerInvited | PartnerJoined | PartnerLeft | DepartureAnswered


@dataclass(frozen=True, slots=True)
class InvitePartner:
    """Ask a partner to join: one named in what was approved, or another for one that left. Fact: of."""

    by: By
    partner: Partner
    brings: str
    of: Seat
    today: date
    instead_of: str = ""
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class JoinProject:
    """Agree for a partner, which is named by its unit or, an outside one, by its name. Fact: tied_to."""

    by: By
    partner: str
    today: date
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaveProject:
    """Say for a partner that it does not join, or leaves. Fact: answer_by."""

    by: By
    partner: str
    reason: str
    today: date
    answer_by: date


Command = InvitePartner | JoinProject | LeaveProject


class LeadIsNoPartner(Refusal):
    """The leading organisation is no partner of its own project.

    Name the other side."""


class AlreadyAPartner(Refusal):
    """This partner has joined.

    Nothing more is asked of it."""


class PartnerNeedsAChange(Refusal):
    """This partner is neither named in what was approved, nor takes the place of one that left.

    Request a change that names it."""


class NotInvited(NotKnown):
    """Nobody invited this partner.

    The leading organisation invites it first."""


class OnePersonSignsForOneSide(NotAllowed):
    """One person signs for one side only, and this one did for the lead.

    The other side's deputy signs, or the party department above it."""


class AgreementMissing(Refusal):
    """An outside partner joins by a signed agreement.

    Enter who signed, when, and the scan."""


class AgreementNotAttached(Refusal):
    """The scan of the agreement is not among the evidence of this project.

    Attach it first."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about partners."""
    match command:
        case InvitePartner():
            return invite(command, state)
        case JoinProject():
            return join(command, state)
        case LeaveProject():
            return leave(command, state)
        case _:
            assert_never(command)


def invite(command: InvitePartner, state: State) -> list[Event]:
    """Again, as long as it has not joined: what an outside partner signed may come later."""
    require(state, "in_implementation")
    partner, agreement = command.partner, command.agreement
    if partner.key == state.unit:
        raise LeadIsNoPartner()
    known = state.membership(partner.key)
    if known is not None and known.status == "joined":
        raise AlreadyAPartner()
    waiting = known is not None and known.status in ("named", "invited")
    if not waiting and command.instead_of not in state.departures:
        raise PartnerNeedsAChange()
    if partner.unit is None:
        if agreement is None:
            raise AgreementMissing()
        if agreement.sha256 not in {sha256 for sha256, _, _ in state.evidence}:
            raise AgreementNotAttached()
        refuse_future(agreement.signed_on, command.today)
    instead_of = command.instead_of or (known.instead_of if known else "")
    return [PartnerInvited(partner, command.brings, command.of, command.by.person, instead_of, agreement)]


def join(command: JoinProject, state: State) -> list[Event]:
    """By nobody who signed for the lead (R72); an outside partner by its agreement (R73)."""
    require(state, "in_implementation")
    known = _waiting(command.partner, state)
    if not state.signed_for_lead(known).isdisjoint(acting(command.by) | set(command.tied_to)):
        raise OnePersonSignsForOneSide()
    if known.partner.unit is None and known.agreement is None:
        raise AgreementMissing()
    joined = PartnerJoined(known.partner, command.today, command.by.person, known.agreement)
    if known.instead_of in state.departures:
        return [joined, DepartureAnswered(known.instead_of, "another")]
    return [joined]


def _waiting(key: str, state: State) -> Membership:
    known = state.membership(key)
    if known is None or known.status == "left":
        raise NotInvited()
    if known.status == "joined":
        raise AlreadyAPartner()
    return known


def leave(command: LeaveProject, state: State) -> list[Event]:
    """The lead owes an answer where the partner had joined, or what was approved names it (R69)."""
    require(state, "in_implementation", "suspended")
    known = state.membership(command.partner)
    if known is None or known.status == "left":
        raise NotInvited()
    named = command.partner in {partner.key for partner in state.proposal.partners}
    counted = known.status == "joined" or named or command.partner in state.departures
    return [
        PartnerLeft(
            known.partner,
            command.today,
            command.reason,
            tuple(_figures(state)),
            command.answer_by if counted else None,
            command.by.person,
        )
    ]


def _figures(state: State) -> Iterator[FigureSoFar]:
    for indicator in state.proposal.targets:
        read = [(r.on, period, r) for (code, period), r in state.readings.items() if code == indicator.code]
        if read:
            _, period, newest = max(read, key=lambda reading: reading[:2])
            last = newest.confirmed or newest
            yield FigureSoFar(
                indicator.code,
                state.baselines.get(indicator.code),
                period,
                last.value,
                last.status == "confirmed",
            )


def evolve(state: State, event: Event) -> State:
    """The project after a partner was invited, joined or left."""
    match event:
        case PartnerInvited():
            before = state.partners.get(event.partner.key)
            owes_by = before.owes_by if before else None  # asked back, it has not joined yet
            return _with(
                state,
                Membership(
                    event.partner, "invited", event.person, event.agreement, event.instead_of, owes_by
                ),
            )
        case PartnerJoined():
            known = state.membership(event.partner.key) or Membership(event.partner)
            return _with(state, replace(known, partner=event.partner, status="joined", owes_by=None))
        case PartnerLeft():
            known = state.membership(event.partner.key) or Membership(event.partner)
            return _with(state, replace(known, status="left", owes_by=event.answer_by))
        case DepartureAnswered():
            left = state.membership(event.partner)
            return state if left is None else _with(state, replace(left, owes_by=None))
        case _:
            assert_never(event)


def _with(state: State, membership: Membership) -> State:
    return replace(state, partners={**state.partners, membership.partner.key: membership})
