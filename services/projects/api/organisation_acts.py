"""Acts on the group's tree: units, people, offices. All lie in the group's ledger."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import APIRouter

from services.projects import ids
from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation, take
from services.projects.api.hidden import refuse_without_right
from services.projects.domain.office import OFFICE, appointing, standing_in, vacancy
from services.projects.domain.office.state import Term
from services.projects.domain.person import PERSON, record, ties
from services.projects.domain.unit import UNIT, ending, particulars, tree
from services.projects.parts import Parts
from shared.acts import Taker, offer, offer_new
from shared.decision import Outcome
from shared.domain import By, Decider, NotAllowed, OfficeId, PersonId, UnitId
from shared.offices import rights_of
from shared.sealing import seal
from shared.web import Sent

GROUP_LEDGER = "group"
KEEPERS = ("keep_roster", "draft_programme")  # the party department of a company; headquarters for all
JOINT_BRANCH = "联合党支部"  # of organisation_kinds
SECONDS = (*KEEPERS, "read_restricted", "read")  # who may be the second of an appointment (R13)


# Who signs


def keeps(asking: Asking, unit_id: str | None) -> By:
    """Who keeps the roster of a unit; NotAllowed."""
    if not unit_id:
        raise NotAllowed()
    return asking.with_any_right(KEEPERS, UnitId(unit_id))


def _keeps_both(asking: Asking, unit_id: UnitId | None, target: str) -> By:
    """One office that reaches both; that a target is unknown the domain says."""
    above_target = tuple(asking.organisation.above(UnitId(target)))
    if unit_id is None or not above_target:
        return keeps(asking, unit_id)
    return keeps(asking, next((u for u in asking.organisation.above(unit_id) if u in above_target), None))


def keeps_the_parent(asking: Asking, state: Any, body: Any) -> By:
    """Who keeps the roster of the unit under which a new one stands."""
    return keeps(asking, body.parent)


def keeps_this_unit(asking: Asking, state: Any, body: Any) -> By:
    """Who keeps the roster of the unit that changes."""
    return keeps(asking, asking.about)


def keeps_both_units(asking: Asking, state: Any, body: Any) -> By:
    """Who keeps the roster of the unit that moves and of where it goes."""
    return _keeps_both(asking, UnitId(asking.about), body.parent)


def keeps_all_units(asking: Asking, state: Any, body: Any) -> By:
    """One office that keeps the rosters of the branch and of all units that the body names."""
    known = asking.organisation.units
    named = [set(asking.organisation.above(unit_id)) for unit_id in body.units if unit_id in known]
    above = asking.organisation.above(UnitId(asking.about))
    return keeps(asking, next((u for u in above if all(u in others for others in named)), None))


def explains_for_this_unit(asking: Asking, state: Any, body: Any) -> By:
    """The unit's own secretary in own words; that it is exempt says who keeps its roster (R66)."""
    rights = KEEPERS if body.exempt else (*KEEPERS, "propose")
    return asking.with_any_right(rights, UnitId(asking.about))


def keeps_the_named_unit(asking: Asking, state: Any, body: Any) -> By:
    """Who keeps the roster of the unit that the body names."""
    return keeps(asking, body.unit)


def keeps_the_persons_unit(asking: Asking, state: Any, body: Any) -> By:
    """Who keeps the roster in which the person stands."""
    known = asking.organisation.people.get(PersonId(asking.about))
    return keeps(asking, known.unit if known else None)


def keeps_both_the_persons_units(asking: Asking, state: Any, body: Any) -> By:
    """Who keeps the roster in which the person stands, and that into which they go."""
    known = asking.organisation.people.get(PersonId(asking.about))
    return _keeps_both(asking, known.unit if known else None, body.unit)


def in_own_name(asking: Asking, state: Any, body: Any) -> By:
    """Anybody; that it is about themselves is the domain's rule (R5)."""
    return asking.as_member()


def appoints(asking: Asking, state: Term, body: Any) -> By:
    """An office that appoints in this unit; which it may fill is the domain's rule (R13, R15)."""
    return asking.with_any_right(SECONDS, UnitId(body.unit))


def keeps_the_term(asking: Asking, state: Term, body: Any) -> By:
    """An office that appoints in the unit of this term."""
    return asking.with_any_right(SECONDS, state.unit)


def holds_or_keeps_the_term(asking: Asking, state: Term, body: Any) -> By:
    """The holder in person, or an office that appoints in the unit of this term."""
    for held in asking.terms():
        if (held.id, held.person) == (asking.about, asking.person):
            return asking.as_holder(held)
    if state.person == asking.person:  # named for it, and not in it today
        return asking.as_member()
    return keeps_the_term(asking, state, body)


# Facts


def this(it: Situation) -> Any:
    """The id of what the act is on."""
    return it.asking.about


def in_scope(it: Situation) -> Any:
    """Whether the unit is that of the acting office, or below it; a mandate appoints nobody (R15)."""
    holder = it.by.on_behalf_of or it.by.person
    return it.asking.organisation.reaches(it.by.unit, _place(it)) and any(
        (term.person, term.office, term.unit) == (holder, it.by.office, it.by.unit) and term.opened_in is None
        for term in it.asking.terms()
    )


def of_the_unit(it: Situation) -> Any:
    """Whether the acting office is the unit's own; above the group there is none (R15)."""
    return it.by.unit == _place(it) != it.asking.organisation.group


def _place(it: Situation) -> UnitId:
    return UnitId(it.state.unit or getattr(it.body, "unit", ""))


def _seat(it: Situation) -> tuple[str, UnitId]:
    return it.body.office, UnitId(it.body.unit)


def in_force(field: str) -> Any:
    """Whether the unit that the body names there is established and not dissolved; so where it names none."""

    def fact(it: Situation) -> bool:
        named = getattr(it.body, field)
        known = it.asking.organisation.units.get(UnitId(named or ""))
        return named is None or (known is not None and known.dissolved_on is None)

    return fact


def units_below(it: Situation) -> int:
    """How many units directly below are still there on the day on which this one is dissolved."""
    known = it.asking.organisation
    ends = (known.units[below].dissolved_on for below in known.below(UnitId(it.asking.about)))
    return sum(end is None or end > it.body.dissolved_on for end in ends)


def is_over(it: Situation) -> bool:
    """Whether the first day without the unit has come; so where no dissolution of it is known."""
    unit = it.asking.organisation.units.get(UnitId(it.asking.about))
    return unit is None or unit.dissolved_on is None or unit.dissolved_on <= it.asking.today


def stands_below_one_in_force(it: Situation) -> bool:
    """Whether the unit above is not to be dissolved either; so for the group, which has none."""
    known = it.asking.organisation
    unit = known.units.get(UnitId(it.asking.about))
    parent = None if unit is None or unit.parent is None else known.units.get(unit.parent)
    return parent is None or parent.dissolved_on is None


def nobody_could_be_second(it: Situation) -> bool:
    """Whether headquarters appoints its own second person: there is nobody yet who could confirm it (R13)."""
    group, first = it.asking.organisation.group, it.by.person
    holders = it.asking.organisation.persons("headquarters", UnitId(it.body.unit), it.asking.today)
    alone = it.body.unit == group and holders == (first,) and it.body.person != first
    return bool(alone and it.by.office == it.body.office == "headquarters")


def zone_known(it: Situation) -> bool:
    """Whether there is such a time zone; where none is named the group's is meant."""
    said = it.body.calendar
    return said is None or said.zone in ("", *available_timezones())


def is_branch(it: Situation) -> bool:
    """Whether the unit is a party branch, of any sort."""
    known = it.asking.organisation.units.get(UnitId(it.asking.about))
    return known is not None and known.is_branch


def is_joint(it: Situation) -> bool:
    """Whether the unit is a joint branch (R71)."""
    known = it.asking.organisation.units.get(UnitId(it.asking.about))
    return known is not None and known.organisation == JOINT_BRANCH


def sealed(field: str) -> Any:
    """A personal field under the person's key; a field that was not given stays so."""

    def fact(it: Situation) -> str | None:
        given = getattr(it.body, field)
        return None if given is None else seal(it.seen, field, given)

    return fact


async def person_key(parts: Parts, person_id: UUID, body: Any) -> bytes:
    """The person's sealing key, made at registration; KeyErased for one who was erased."""
    return await parts.keys.give(PersonId(str(person_id)))


PERSONAL = {field: sealed(field) for field in ("name", "phone", "mail", "joined")}

UNITS = (
    Act(tree.RenameUnit, keeps_this_unit, {"unit": this}),
    Act(
        tree.MoveUnit,
        keeps_both_units,
        {
            "unit": this,
            "parent_in_force": in_force("parent"),
            "above_parent": lambda it: tuple(it.asking.organisation.above(UnitId(it.body.parent))),
        },
    ),
    Act(tree.MarkUnit, keeps_this_unit, {"unit": this}),
    Act(
        particulars.NameModelBranch,
        keeps_this_unit,
        {"unit": this, "is_branch": is_branch, "today": lambda it: it.asking.today},
    ),
    Act(
        ending.DissolveUnit,
        keeps_this_unit,
        {
            "unit": this,
            "units_below": units_below,
            "successor_in_force": in_force("successor"),
            "today": lambda it: it.asking.today,
        },
    ),
    Act(
        ending.WithdrawDissolution,
        keeps_this_unit,
        {"unit": this, "over": is_over, "parent_in_force": stands_below_one_in_force},
    ),
    Act(
        particulars.SetCalendar,
        keeps_this_unit,
        {"unit": this, "zone_known": zone_known},
    ),
    Act(particulars.SetRhythm, keeps_this_unit, {"unit": this}),
    Act(particulars.NameJointUnits, keeps_all_units, {"unit": this, "is_joint": is_joint}),
    Act(
        particulars.ExplainNoProject,
        explains_for_this_unit,
        {"unit": this, "today": lambda it: it.asking.today},
    ),
)
ESTABLISH = Act(
    tree.EstablishUnit,
    keeps_the_parent,
    {
        "unit": this,
        "group": lambda it: it.asking.organisation.group,
        "parent_in_force": in_force("parent"),
    },
)
PEOPLE = (
    Act(
        record.ChangeContact,
        keeps_the_persons_unit,
        {"person": this, **PERSONAL},
        person_key,
        frozenset(PERSONAL),
    ),
    Act(record.ChangeStanding, keeps_the_persons_unit, {"person": this}),
    Act(
        record.MovePerson,
        keeps_both_the_persons_units,
        {"person": this, "unit_in_force": in_force("unit")},
    ),
    Act(ties.DeclareTie, in_own_name, {"person": this}),
    Act(ties.EndTie, in_own_name, {"person": this}),
    Act(ties.DeclareNoTie, in_own_name, {"person": this, "today": lambda it: it.asking.today}),
)
REGISTER = Act(
    record.RegisterPerson,
    keeps_the_named_unit,
    {"person": this, **PERSONAL},
    person_key,
    frozenset(PERSONAL),
)
OFFICES = (
    Act(
        appointing.ConfirmAppointment,
        keeps_the_term,
        {"term": this, "in_scope": in_scope, "of_the_unit": of_the_unit},
    ),
    Act(appointing.EndOffice, holds_or_keeps_the_term, {"term": this, "in_scope": in_scope}),
    Act(standing_in.AppointDeputy, holds_or_keeps_the_term, {"term": this, "in_scope": in_scope}),
    Act(standing_in.EndDeputy, holds_or_keeps_the_term, {"term": this, "in_scope": in_scope}),
)
APPOINT = Act(
    appointing.AppointOffice,
    appoints,
    {
        "term": this,
        "rights": lambda it: tuple(sorted(rights_of(it.body.office))),
        "in_scope": in_scope,
        "of_the_unit": of_the_unit,
        "founding": nobody_could_be_second,
    },
)
VACANCY = Act(
    vacancy.RecordVacancy,
    keeps_the_named_unit,
    {
        "holders": lambda it: len(
            it.asking.organisation.holders(it.body.office, UnitId(it.body.unit), it.body.since)
        )
    },
)
CUSTODIAN = Act(
    vacancy.NameCustodian,
    keeps_the_named_unit,
    {
        "vacant": lambda it: it.asking.organisation.vacant_since(*_seat(it), it.asking.today) is not None,
        "before": lambda it: it.asking.organisation.custodian(*_seat(it), it.asking.today),
        "today": lambda it: it.asking.today,
    },
)


def taker(decider: Decider[Any, Any, Any]) -> Taker:
    """Sends an act to the group's ledger, the hash of a request with names under the person's key."""

    async def send(
        parts: Parts, act: Act, stream: UUID, body: Any, actor: PersonId, term: OfficeId | None, sent: Sent
    ) -> Outcome:
        seen = keyed = None
        if act.look:
            await refuse_without_right(parts, act, stream, body, actor, term)
            seen = await act.look(parts, stream, body)
        if isinstance(seen, bytes):  # the person's key: what it hides must not be guessed from a plain hash
            keyed = hmac.new(seen, sent.request.encode(), hashlib.sha256).hexdigest()
        return await take(
            parts,
            act,
            decider,
            ledger=GROUP_LEDGER,
            stream=stream,
            body=body,
            person=actor,
            office=term,
            sent=sent,
            seen=seen,
            request=keyed,
        )

    return send


def _of(name: str) -> UUID:
    return UUID(name)


router = APIRouter(tags=["organisation"])
for _act in UNITS:
    offer(router, _act, "/units/{stream}", taker(UNIT))
for _act in PEOPLE:
    offer(router, _act, "/people/{stream}", taker(PERSON))
for _act in OFFICES:
    offer(router, _act, "/offices/{stream}", taker(OFFICE))
offer_new(router, ESTABLISH, "/units", taker(UNIT), lambda body, sent, by: _of(ids.unit_id(body.code)))
offer_new(
    router,
    REGISTER,
    "/people",
    taker(PERSON),
    lambda body, sent, by: _of(ids.person_id(body.staff_number)),
)
offer_new(
    router,
    APPOINT,
    "/offices",
    taker(OFFICE),
    lambda body, sent, by: _of(
        ids.term_id(PersonId(body.person), body.office, UnitId(body.unit), body.since)
    ),
)
for _act in (VACANCY, CUSTODIAN):
    offer_new(
        router,
        _act,
        "/offices",
        taker(OFFICE),
        lambda body, sent, by: _of(ids.vacancy_id(body.office, UnitId(body.unit))),
    )
