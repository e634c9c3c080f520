"""A page from the draft to the submission, and the content in whatever part of its life it changes."""

from __future__ import annotations

from typing import Any, assert_never

from services.projects.domain.project import proposal
from services.projects.domain.project.route import Step as PinnedStep
from services.projects.projections.page.shape import (
    Indicator,
    Milestone,
    Page,
    RequiredChange,
    Route,
    Step,
    at,
    plain,
)


def fold(page: Page, event: proposal.Event, when: str) -> Page:
    """The page after an event of the proposal that happened at this moment."""
    match event:
        case proposal.ProposalDrafted():
            drafted: Page = page | {
                "state": "draft",
                "reference": event.reference,
                "company": event.company,
                "unit": event.unit,
                "leader": event.leader,
                "lead": event.lead,
                "proposers": [event.proposer],
                "drafted_at": when,
                "from_problem": event.listed.code if event.listed else None,
            }
            return with_content(drafted, plain(proposal.content_of(event)))
        case proposal.ProposalRevised():
            return with_content(proposed_by(page, event.person), plain(event.proposal))
        case proposal.ProposalSubmitted():
            submitted: Page = proposed_by(page, event.proposer) | {
                "state": "in_approval",
                "resolution": plain(event.resolution),
                "programme": event.programme,
                "supplement": event.supplement,
                "content_hash": event.content_hash,
                "route": _resubmitted(page["route"], event),
                "submitted_at": when,
            }
            if event.anew:
                submitted = lapse_conditions(submitted)
            return with_content(submitted, plain(event.proposal))
        case proposal.ProposalWithdrawn():
            back = lapse_step(page, when)
            return lapse_conditions(back | {"state": "draft", "route": back["route"] | {"goes_on_at": 0}})
        case proposal.ProgrammeAdopted():
            adopted: Page = page | {
                "programme": event.programme,
                "supplement": event.supplement,
                "route": page["route"] | {"goes_on_at": 0},
            }
            return lapse_conditions(proposed_by(adopted, event.person))
        case _:
            assert_never(event)


def lapse_step(page: Page, when: str) -> Page:
    """The page without an open step: nothing will decide it."""
    route = page["route"]
    if route["open"] is None:
        return page
    lapsed: Step = route["steps"][route["open"]] | {"state": "lapsed", "decided_at": when}
    return page | {"route": route | {"open": None, "steps": at(route["steps"], route["open"], lapsed)}}


def proposed_by(page: Page, person: str) -> Page:
    """The page with one more who proposed; an event of before this was kept names nobody."""
    proposers = [*dict.fromkeys([*page["proposers"], *([person] if person else [])])]
    return page | {"proposers": proposers}


def _resubmitted(route: Route, event: proposal.ProposalSubmitted) -> Route:
    """A new round: steps passed before a return stay passed, if it did not ask to run them again."""
    kept = 0 if event.anew else route["goes_on_at"]
    return route | {
        "code": event.route_code,
        "round": event.round,
        "open": None,
        "goes_on_at": 0,
        "steps": [*route["steps"][:kept], *(waiting_step(step) for step in event.route[kept:])],
        "earlier": [*route["earlier"], route["steps"]] if route["steps"] else [],
    }


def waiting_step(step: PinnedStep) -> Step:
    """A step of a pinned route before it opens."""
    return Step(
        name=step.name,
        decides=step.decides,
        seats=plain(step.seats),
        state="waiting",
        opened_at=None,
        working_days=step.working_days,
        counted_from=None,
        due=None,
        overdue_on=None,
        raised_on=[],
        decided_at=None,
        opinions=[],
        meetings=[],
        referred_up=[],
        share=plain(step.share),
        checklist=plain(step.checklist),
        added=[],
        transferred=[],
        urged_on=None,
        changed_by_higher=None,
        succeeded_by=[],
        objections=[],
    )


def lapse_conditions(page: Page) -> Page:
    """Conditions that nobody has confirmed bind no more: the steps that set them run again."""
    return page | {"required_changes": [lapsed(change) for change in page["required_changes"]]}


def lapsed(change: RequiredChange) -> RequiredChange:
    """A change that binds no more, if it did."""
    binds = change["kind"] == "condition" and change["state"] == "asked"
    return change | {"state": "lapsed"} if binds else change


def with_content(page: Page, content: dict[str, Any]) -> Page:
    """The page with this content; what happened to its milestones and indicators stays with them."""
    after: Page = page | {
        "content": content,
        "title": content["title"],
        "track": content["track"],
        "team": content["team"],
        "partners": content["partners"],
        "milestones": _dropped_milestones(page) | {m["code"]: _milestone(page, m) for m in content["plan"]},
        "indicators": _dropped_indicators(page)
        | {i["code"]: _indicator(page, i) for i in content["targets"]},
    }
    return after


def _milestone(page: Page, planned: dict[str, Any]) -> Milestone:
    known = page["milestones"].get(planned["code"])
    moved_from = known["moved_from"] if known else []
    if known and page["approved_at"] and known["due"] != planned["due"]:
        moved_from = [*moved_from, known["due"]]
    counted_on = known["counted_on"] if known else None
    return Milestone(
        title=planned["title"],
        due=planned["due"],
        weight=planned["weight"],
        reached_on=known["reached_on"] if known else None,
        entered_on=known["entered_on"] if known else None,
        counted_on=counted_on,
        entry=known["entry"] if known else None,
        late=counted_on is not None and counted_on > planned["due"],
        missed=known["missed"] if known else None,
        moved_from=moved_from,
        dropped=False,
    )


def _indicator(page: Page, target: dict[str, Any]) -> Indicator:
    known = page["indicators"].get(target["code"])
    return Indicator(
        name=target["name"],
        unit=target["unit"],
        kind=target["kind"],
        source=target["source"],
        baseline=target["baseline"],
        target=target["target"],
        climb=target["climb"],
        due=target["due"],
        money=target["money"],
        weight=target["weight"],
        rhythm=target["rhythm"],
        of=target["of"],
        confirmed_baseline=known["confirmed_baseline"] if known else None,
        asked_to=known["asked_to"] if known else None,
        readings=known["readings"] if known else [],
        dropped=False,
    )


def _dropped_milestones(page: Page) -> dict[str, Milestone]:
    """What happened to milestones stays, should the content name them no more."""
    known = page["milestones"].items()
    return {code: milestone | {"dropped": True} for code, milestone in known if milestone["reached_on"]}


def _dropped_indicators(page: Page) -> dict[str, Indicator]:
    return {
        code: indicator | {"dropped": True}
        for code, indicator in page["indicators"].items()
        if indicator["readings"] or indicator["confirmed_baseline"]
    }
