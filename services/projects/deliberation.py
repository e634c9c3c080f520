"""What a reader of a project is not told: words in a committee, votes (R67), claims (R39), withdrawn texts.

Withheld in a committee's act is who said what: person, opinion, answers, note and reason. State, step,
seat, time, result, numbered changes and minutes number are for all who may see the project, and so are
the words of departments. Of a meeting's votes all are told how many should attend, were present and
withdrew, and not who voted; nor the marks of the second key, which evaluation shows once they are fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.projects.domain.project import Event, approval, change, change_route, closing, paper, tasks
from services.projects.projections.page import Page
from services.projects.projections.page.shape import (
    Change,
    Numbers,
    Opinion,
    PaperEntry,
    SecondKey,
    Step,
    Task,
    Transfer,
)
from shared import withdrawn
from shared.domain import By, PersonId, UnitId
from shared.offices import rights_of
from shared.organisation import Organisation

OF_A_COMMITTEE = frozenset({"decide", "vote"})  # rights of those whose single words are the committee's own
LOOKS_BEHIND = frozenset({"read", "read_restricted"})  # audit, discipline
CHOOSES = frozenset({"accept_task", "lead_project", "precheck", *LOOKS_BEHIND})
VOTES = ("votes_for", "votes_against", "abstain")
DELIBERATION, CLAIMS = "R67", "R39"
# Of which act, they do not say: it may be a word in a committee.
# What a word on a change brings about.
OF_A_CHANGE = change_route.Event | change.ChangeApproved | change.ChangeRejected
OF_SOME_PAPER = (paper.LateEntryToAccept, paper.PaperConfirmed, paper.PaperDenied)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may see a project, and how much of it."""

    person: PersonId
    deliberates: bool  # of the deciding body, audit or discipline, and with no part in the project
    chooses: bool  # among those who claim a climbing item
    withdrawn: frozenset[str] = frozenset()  # texts, by hash, as of now: the past shows them no more either


def reader_of(organisation: Organisation, person: PersonId, page: Page, on: date) -> Reader:
    """How much of a project somebody may read on this day, by offices held in their own name."""
    unit = UnitId(page["unit"])
    terms = [(rights_of(term.office), term.unit) for term in organisation.offices_of(person, on)]
    bodies = {page["company"], *(seat["unit"] for step in _steps(page) for seat in step["seats"])}
    led = (page["lead"], *(handed["from_person"] for handed in page["handovers"]))
    players = {*led, *page["proposers"], *(m["person"] for m in page["team"].get("members", ()))}
    deliberates = person not in players and any(
        (rights & OF_A_COMMITTEE and at in bodies)
        or (rights & LOOKS_BEHIND and organisation.reaches(at, unit))
        for rights, at in terms
    )
    chooses = any(rights & CHOOSES and organisation.reaches(at, unit) for rights, at in terms)
    return Reader(person, deliberates, chooses, frozenset(page["withdrawn"]))


def _steps(page: Page) -> Iterable[Step]:
    of_changes = (asked["steps"] for asked in page["changes"].values())
    routes = (page["route"]["steps"], *page["route"]["earlier"], *of_changes)
    return (step for steps in routes for step in steps)


def _committee(office: str) -> bool:
    return not rights_of(office).isdisjoint(OF_A_COMMITTEE)


# On the page


def page_for(page: Page, reader: Reader) -> Page:
    """The page as this reader may see it."""
    page = withdrawn.without(page, reader.withdrawn)
    if not reader.chooses:
        tasks_shown: dict[str, Task] = {
            code: task | {"claimants": [p for p in task["claimants"] if p == reader.person]}
            for code, task in page["tasks"].items()
        }
        page = page | {"tasks": tasks_shown}
    papers: dict[str, PaperEntry] = {
        code: _paper_for(entry, reader) for code, entry in page["papers"].items()
    }
    page = page | {"papers": papers}
    if reader.deliberates:
        return page
    route, second_key = page["route"], page["closing"]["second_key"]
    changes: dict[str, Change] = {
        code: asked | {"steps": [_step_for(step, reader) for step in asked["steps"]]}
        for code, asked in page["changes"].items()
    }
    return page | {
        "changes": changes,
        "route": route
        | {
            "steps": [_step_for(step, reader) for step in route["steps"]],
            "earlier": [[_step_for(step, reader) for step in steps] for steps in route["earlier"]],
        },
        "closing": page["closing"] | {"second_key": _without_marks(second_key) if second_key else None},
    }


def _paper_for(entry: PaperEntry, reader: Reader) -> PaperEntry:
    """As the act itself: what is withheld there does not stand in its paper either."""
    rule = _of_paper(entry["act"], entry["office"], reader)
    if rule is None or entry["person"] == reader.person:
        return entry
    hidden: PaperEntry = entry | {
        "person": None,
        "entered_by": None,
        "scan": None,
        "call": None,
        "denied_because": entry["denied_because"] and "",
        "withheld": rule,
    }
    return hidden


def _of_paper(act: str, office: str, reader: Reader) -> str | None:
    """The rule by which this reader is not told whose act was entered from paper, or None."""
    if act == approval.GiveOpinion.__name__ and _committee(office):
        return None if reader.deliberates else DELIBERATION
    if act == tasks.ClaimTask.__name__:
        return None if reader.chooses else CLAIMS
    return None


def _step_for(step: Step, reader: Reader) -> Step:
    shown: Step = step | {
        "opinions": [_opinion_for(opinion, reader) for opinion in step["opinions"]],
        "meetings": [held | {"numbers": _without_votes(held["numbers"])} for held in step["meetings"]],
        "added": [
            added | {"reason": None} if _committee(added["beside"]["office"]) else added
            for added in step["added"]
        ],
        "transferred": [_transfer_for(transfer) for transfer in step["transferred"]],
    }
    return shown


def _transfer_for(transfer: Transfer) -> Transfer:
    if not _committee(transfer["seat"]["office"]):
        return transfer
    return transfer | {"from_person": None, "to_person": None, "reason": None}


def _opinion_for(opinion: Opinion, reader: Reader) -> Opinion:
    if opinion["person"] == reader.person or not _committee(opinion["seat"]["office"]):
        return opinion
    taken_back = opinion["withdrawn"]
    return opinion | {
        "person": None,
        "opinion": None,
        "note": None,
        "answers": None,
        "withdrawn": taken_back and taken_back | {"reason": None},
        "withheld": DELIBERATION,
    }


def _without_votes(numbers: Numbers) -> Numbers:
    return numbers | {"votes_for": None, "votes_against": None, "abstain": None}


def _without_marks(key: SecondKey) -> SecondKey:
    return key | {
        "numbers": _without_votes(key["numbers"]),
        "body": [],
        "marks": {},
        "withheld": DELIBERATION,
    }


# In the history


def data_for(data: Mapping[str, Any], event: Event, by: By | None, reader: Reader) -> dict[str, Any]:
    """An event's data as this reader may see it."""
    shown = without(data, withheld_from(event, by, reader), rule_of(event))
    return withdrawn.without(shown, reader.withdrawn)


def withheld_from(event: Event, by: By | None, reader: Reader) -> tuple[str, ...]:
    """Fields of an event's data that this reader is not told, as `field` or `field.part`."""
    match event:
        case approval.OpinionGiven() if _committee(event.seat.office) and not _told(reader, event.person):
            return ("person", "opinion", "note", "answers")
        case approval.OpinionWithdrawn() if _committee(event.seat.office) and not _told(reader, event.person):
            return ("person", "reason")
        case approval.SignerAdded() if _committee(event.beside.office) and not _told(reader, event.person):
            return ("person", "reason")
        case approval.StepTransferred() if _committee(event.seat.office) and not _told(reader, event.person):
            return ("person", "to", "reason")
        case approval.ContentOpened() if _committee(event.seat.office) and not _told(reader, event.person):
            return ("person",)
        case approval.ProposalReturned() if signer_withheld(event, by, reader):
            return ("person",)
        case change_route.ChangeOpinionGiven() if _committee(event.seat.office) and not _told(
            reader, event.person
        ):
            return ("person", "opinion", "reason")
        case change_route.ChangeOpinionWithdrawn() if _committee(event.seat.office) and not _told(
            reader, event.person
        ):
            return ("person", "reason")
        case change_route.ChangeSignerAdded() if _committee(event.beside.office) and not _told(
            reader, event.person
        ):
            return ("person", "reason")
        case change_route.ChangeStepTransferred() if _committee(event.seat.office) and not _told(
            reader, event.person
        ):
            return ("person", "to", "reason")
        case change_route.ChangeMeetingDecided() if not reader.deliberates:
            return tuple(f"numbers.{vote}" for vote in VOTES)
        case approval.MeetingDecided() if not reader.deliberates:
            return (*(f"numbers.{vote}" for vote in VOTES), *(["body"] if event.body else []))
        case closing.ClosureAssessed() if not reader.deliberates:
            return (*(f"numbers.{vote}" for vote in VOTES), "body", "marks")
        case paper.PaperEntered() if signer_withheld(event, by, reader):
            behind = ("entered_by", "scan", "call", "stood_in_for")
            return ("person", *(f"paper.{part}" for part in behind))
        case paper.PaperConfirmed() if not _told(reader, event.person):
            return ("person",)
        case paper.PaperDenied() if not _told(reader, event.person):
            return ("person", "reason")
        case tasks.TaskClaimed() if not _chooses(reader, event.person):
            return ("person",)
        case tasks.ClaimLapsed() if not _chooses(reader, event.person):
            return ("person", "reason")
        case tasks.ClaimGranted() if not reader.chooses:
            return ("declined",)
        case tasks.TaskReleased() if not _chooses(reader, event.person):
            return ("reason",)
    return ()


def signer_withheld(event: Event, by: By | None, reader: Reader) -> str | None:
    """The rule by which this reader is not told who signed an act, or None.

    All events of a committee member's act: that a step ended says as much as the word that ended it.
    """
    if by is None:
        return None
    if isinstance(event, tasks.TaskClaimed | tasks.ClaimContended):
        return None if _chooses(reader, by.person) else CLAIMS
    if isinstance(event, paper.PaperEntered):
        return None if by.person == reader.person else _of_paper(event.act, event.office, reader)
    if isinstance(event, OF_SOME_PAPER):
        return None if _told(reader, by.person) else DELIBERATION
    if isinstance(
        event, approval.DecisionChangedByHigher | approval.FilingObjected | approval.ObjectionAnswered
    ):
        return None  # no word inside a committee, but an act of its own
    if isinstance(event, approval.Event | closing.ClosureReturned | OF_A_CHANGE) and _committee(by.office):
        return None if _told(reader, by.person) else DELIBERATION
    return None


def rule_of(event: Event) -> str:
    """The rule by which fields of this event are withheld."""
    claims = isinstance(event, paper.PaperEntered) and event.act == tasks.ClaimTask.__name__
    return CLAIMS if claims or isinstance(event, tasks.Event) else DELIBERATION


def without(data: Mapping[str, Any], fields: Iterable[str], rule: str) -> dict[str, Any]:
    """An event's data with these fields replaced by `{"withheld": <rule>}`."""
    shown = dict(data)
    for field in fields:
        name, _, part = field.partition(".")
        shown[name] = without(shown[name], [part], rule) if part else {"withheld": rule}
    return shown


def _told(reader: Reader, person: PersonId) -> bool:
    return reader.deliberates or person == reader.person


def _chooses(reader: Reader, person: PersonId) -> bool:
    return reader.chooses or person == reader.person
