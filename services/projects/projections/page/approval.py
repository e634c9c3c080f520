"""A page on its way through the deciders; every opinion of every round stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from services.projects.domain.project import approval
from services.projects.domain.project.change_route import (
    ChangeMeetingDecided,
    ChangeOpinionWithdrawn,
    ChangeReferredUp,
    ChangeSignerAdded,
    ChangeStepOpened,
    ChangeStepTransferred,
)
from services.projects.domain.project.route import RequiredChange as Asked
from services.projects.projections.page.proposal import lapse_conditions, lapsed, proposed_by, with_content
from services.projects.projections.page.shape import (
    AddedSigner,
    ChangedByHigher,
    Decision,
    Objection,
    ObjectionAnswer,
    Opinion,
    Page,
    Referral,
    RequiredChange,
    Step,
    Transfer,
    Withdrawal,
    at,
    plain,
)


def fold(page: Page, event: approval.Event, when: str) -> Page:
    """The page after an event of the approval that happened at this moment."""
    match event:
        case approval.ContentOpened():
            return page  # told by the history alone
        case approval.ProposalAmended():
            amended: Page = proposed_by(page, event.person) | {"content_hash": event.content_hash}
            return with_content(amended, plain(event.proposal))
        case approval.ChangesConfirmed():
            confirmed = [
                change | {"state": "confirmed"} if change["number"] in event.numbers else change
                for change in page["required_changes"]
            ]
            return page | {"required_changes": confirmed}
        case approval.ProjectApproved():
            approved: Page = page | {
                "state": "in_implementation",
                "number": event.number,
                "programme": event.programme,
                "content_hash": event.content_hash,
                "approved_at": when,
            }
            return with_content(approved, plain(event.proposal))
        case _:
            return _at_step(page, event, when)


def _at_step(
    page: Page,
    event: approval.StepOpened
    | approval.OpinionGiven
    | approval.OpinionWithdrawn
    | approval.SignerAdded
    | approval.StepTransferred
    | approval.DeciderUrged
    | approval.StepCompleted
    | approval.StepReferredUp
    | approval.MeetingDecided
    | approval.ProposalReturned
    | approval.ProjectRejected
    | approval.DecisionChangedByHigher
    | approval.FilingObjected
    | approval.ObjectionAnswered,
    when: str,
) -> Page:
    route, step = page["route"], page["route"]["steps"][event.step]
    match event:
        case approval.StepOpened():
            route = route | {"open": route["open"] if event.decides == "filing" else event.step}
            return _with_step(page | {"route": route}, event.step, step_opened(step, event, when))
        case approval.OpinionGiven():
            given = Opinion(
                seat=plain(event.seat),
                at=when,
                content_hash=event.content_hash,
                person=event.person,
                opinion=event.opinion,
                note=event.note,
                answers=plain(event.answers),
                batch=event.batch or None,
                withdrawn=None,
                withheld=None,
            )
            page = _with_step(page, event.step, step | {"opinions": [*step["opinions"], given]})
            return asking(page, "condition", event.changes, when)
        case approval.OpinionWithdrawn():
            changes = [
                lapsed(change) if change["number"] in event.numbers else change
                for change in page["required_changes"]
            ]
            back: Page = page | {"required_changes": changes}
            return _with_step(back, event.step, without_word(step, event, when))
        case approval.SignerAdded():
            return _with_step(page, event.step, with_signer(step, event, when))
        case approval.StepTransferred():
            return _with_step(page, event.step, with_transfer(step, event, when))
        case approval.DeciderUrged():
            return _with_step(page, event.step, step | {"urged_on": plain(event.on)})
        case approval.DecisionChangedByHigher():
            changed = ChangedByHigher(
                office=plain(event.office),
                person=event.person,
                reason=event.reason,
                what_next=event.what_next,
                at=when,
            )
            again: Page = page | {
                "state": "in_approval",
                "ended_because": None,
                "route": route | {"open": event.step},
            }
            return _with_step(again, event.step, step | {"state": "open", "changed_by_higher": changed})
        case approval.FilingObjected():
            objection = Objection(
                seat=plain(event.seat),
                person=event.person,
                reason=event.reason,
                at=when,
                to=plain(event.to),
                answer=None,
            )
            return _with_step(page, event.step, step | {"objections": [*step["objections"], objection]})
        case approval.ObjectionAnswered():
            answer = ObjectionAnswer(
                seat=plain(event.seat),
                person=event.person,
                stands=event.stands,
                reason=event.reason,
                at=when,
            )
            answered = [known | {"answer": known["answer"] or answer} for known in step["objections"]]
            return _with_step(page, event.step, step | {"objections": answered})
        case approval.MeetingDecided():
            page = _with_step(page, event.step, met(step, event, when))
            return asking(page, "condition", event.changes, when)
        case approval.StepReferredUp():
            return _with_step(page, event.step, referred(step, event))
        case approval.StepCompleted():
            return _decided(page, event.step, "passed", when)
        case approval.ProjectRejected():
            rejected: Page = page | {
                "state": "rejected",
                "ended_because": event.reason,
                "over_on": when[:10],
            }
            return _decided(rejected, event.step, "rejected", when)
        case approval.ProposalReturned():
            goes_on_at = 0 if event.rerun else event.step
            route = route | {"returns": route["returns"] + 1, "goes_on_at": goes_on_at}
            returned: Page = page | {"state": "draft", "route": route}
            if event.rerun:
                returned = lapse_conditions(returned)
            return asking(_decided(returned, event.step, "returned", when), "return", event.changes, when)
        case _:
            assert_never(event)


def step_opened(step: Step, event: approval.StepOpened | ChangeStepOpened, when: str) -> Step:
    """The step, asking its seats from this moment on; a filing only informs them."""
    opened: Step = step | {
        "state": "informed" if event.decides == "filing" else "open",
        "seats": plain(event.seats),
        "opened_at": when,
        "counted_from": plain(event.on),
        "due": plain(event.due),
    }
    return opened


def met(step: Step, event: approval.MeetingDecided | ChangeMeetingDecided, when: str) -> Step:
    """The step, with what a body decided in it."""
    decided = Decision(
        meeting=event.meeting,
        item=event.item,
        minutes=event.minutes,
        result=event.result,
        numbers=plain(event.numbers),
        content_hash=event.content_hash,
        at=when,
    )
    after: Step = step | {"meetings": [*step["meetings"], decided]}
    return after


def referred(step: Step, event: approval.StepReferredUp | ChangeReferredUp) -> Step:
    """The step, asking the seats to which it went up."""
    passed_on: Step = step | {
        "seats": plain(event.seats),
        "counted_from": plain(event.on or event.counted_from),
        "due": plain(event.due),
        "overdue_on": None,
        "raised_on": [*step["raised_on"], *([event.on.isoformat()] if event.on else [])],
        "referred_up": [*step["referred_up"], Referral(seats=step["seats"], reason=event.reason)],
    }
    return passed_on


def with_signer(step: Step, event: approval.SignerAdded | ChangeSignerAdded, when: str) -> Step:
    """The step with one more seat that is asked."""
    seats, beside = list(step["seats"]), plain(event.beside)
    place = seats.index(beside) if beside in seats else len(seats)
    seats.insert(place + (event.place == "after"), plain(event.signer))
    added = AddedSigner(
        signer=plain(event.signer), place=event.place, beside=beside, reason=event.reason, at=when
    )
    after: Step = step | {"seats": seats, "added": [*step["added"], added]}
    return after


def with_transfer(step: Step, event: approval.StepTransferred | ChangeStepTransferred, when: str) -> Step:
    """The step with the work of a seat passed to a colleague."""
    passed_on = Transfer(
        seat=plain(event.seat),
        from_person=event.person,
        to_person=event.to,
        reason=event.reason,
        at=when,
    )
    after: Step = step | {"transferred": [*step["transferred"], passed_on]}
    return after


def without_word(step: Step, event: approval.OpinionWithdrawn | ChangeOpinionWithdrawn, when: str) -> Step:
    """The step with the last word of this seat marked as taken back."""
    seat, words = plain(event.seat), step["opinions"]
    last = [place for place, word in enumerate(words) if word["seat"] == seat][-1]
    taken_back = words[last] | {"withdrawn": Withdrawal(at=when, reason=event.reason)}
    after: Step = step | {"opinions": at(words, last, taken_back)}
    return after


def _with_step(page: Page, place: int, step: Step) -> Page:
    route = page["route"]
    return page | {"route": route | {"steps": at(route["steps"], place, step)}}


def _decided(page: Page, place: int, state: str, when: str) -> Page:
    """The open step is over."""
    over: Step = page["route"]["steps"][place] | {"state": state, "decided_at": when}
    page = _with_step(page, place, over)
    return page | {"route": page["route"] | {"open": None}}


def asking(page: Page, kind: str, changes: Iterable[Asked], when: str) -> Page:
    """The page with more numbered changes asked for."""
    asked = [
        RequiredChange(
            number=change.number,
            text=change.text,
            field=change.field,
            kind=kind,
            confirmer=plain(change.confirmer),
            state="asked",
            asked_at=when,
        )
        for change in changes
    ]
    return page | {"required_changes": [*page["required_changes"], *asked]}
