"""What a programme's content says to projects: read by one function, checked at the draft by the same."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from services.projects.checklists import Checklists, asked_twice, read_checklists
from services.projects.domain.dates import months_after
from services.projects.domain.programme import ContentNotReadable
from services.projects.domain.project.content import Serves
from services.projects.domain.project.limits import USUAL, Limits
from services.projects.domain.project.route import Decides, Share
from shared.offices import offices
from shared.scheme import NOTICE_DAYS, NoticeDays, Scheme, SchemeUnreadable, read_scheme, scheme_section

ORDER = ("emergency", "committee_led", "pair", "simple", "major", "ordinary")  # the first that fits is taken
DECIDED_BY_WHO_LEADS = frozenset({"team", "task", "activity"})  # what a filing alone may make known
DEEPEST = 50
WorkingDays = Annotated[int, Meta(ge=0, le=366)]
Months = Annotated[int, Meta(ge=0, le=120)]
Yuan = Annotated[int, Meta(ge=0)]


class Track(Struct, frozen=True):
    """A direction that projects are proposed in."""

    code: str
    zh: str


class Theme(Struct, frozen=True):
    """The year's theme."""

    zh: str
    en: str = ""


class Tracks(Struct, frozen=True):
    """The section `tracks`."""

    tracks: tuple[Track, ...]
    theme: Theme | str = ""

    def theme_in(self, language: str) -> str:
        """The year's theme in a language, or as it is; "" where the year has none."""
        if isinstance(self.theme, str):
            return self.theme
        return (self.theme.en if language == "en" else "") or self.theme.zh


class FromBudget(Struct, frozen=True, forbid_unknown_fields=True):
    """The budget from which a step is asked at all."""

    budget_from: Yuan


class StepSaid(Struct, frozen=True):
    """A step of a route, its offices not yet found in any unit."""

    zh: str
    office: str | tuple[str, ...]
    decides: Decides
    of: Literal["group", "partner"] | None = None
    limit: WorkingDays = 0
    within: WorkingDays = 0  # of a meeting that ratifies
    if_not: Literal["stop"] | None = None  # what follows where it does not (R33)
    asked: FromBudget | None = msgspec.field(default=None, name="if")
    share: Share | None = None
    present: Literal["more_than_half", "two_thirds"] = "more_than_half"  # of a meeting (R26)
    checklist: str = ""  # the list of the forms that is answered with its words

    def __post_init__(self) -> None:
        if (self.decides == "share") != (self.share is not None):
            raise ValueError(f"{self.zh}: what a share decides says which share, and nothing else does")
        if self.share and not 0 < self.share.agree <= self.share.of:
            raise ValueError(f"{self.zh}: {self.share.agree} of {self.share.of} is no share")


class When(Struct, frozen=True, forbid_unknown_fields=True):
    """What a route asks of a proposal: all that is named holds."""

    always: bool | None = None
    leader: str | None = None
    mark_any: tuple[str, ...] | None = None
    budget_below: Yuan | None = None
    budget_from: Yuan | None = None
    track: str | None = None
    emergency: bool | None = None
    pair: bool | None = None
    serves: str | None = None  # whose key project


class RouteSaid(Struct, frozen=True):
    """A route, for which `when` holds, or one of `when_any`; `then` names another that it goes on as."""

    code: str
    when: When | None = None
    when_any: tuple[When, ...] = ()
    extra_before: tuple[StepSaid, ...] = ()
    steps: tuple[StepSaid, ...] = ()
    then: str = ""

    @property
    def conditions(self) -> tuple[When, ...]:
        """Of which one must hold."""
        return self.when_any or ((self.when,) if self.when else ())


class ChangeSaid(Struct, frozen=True):
    """Who decides on a change that touches one of these; the later of two in the list weighs more."""

    touches: tuple[str, ...]
    steps: tuple[StepSaid, ...] | Literal["same_final_body_as_approval"]


class Routes(Struct, frozen=True):
    """The section `routes`."""

    routes: tuple[RouteSaid, ...]
    changes: tuple[ChangeSaid, ...] = ()

    def __post_init__(self) -> None:
        steps = {route.code: route.steps for route in self.routes}
        if len(steps) < len(self.routes):
            raise ValueError("two routes have the same code")
        for route in self.routes:
            if not route.conditions:
                raise ValueError(f"{route.code} says neither when nor when_any")
            if not steps.get(route.then or route.code):
                raise ValueError(f"{route.code} has no steps")


class StepDays(Struct, frozen=True):
    """How long what waits for an office may wait, where nothing else says so."""

    support_request: WorkingDays = USUAL.support_working_days
    finding_dispute: WorkingDays = USUAL.dispute_working_days
    handover: WorkingDays = USUAL.handover_working_days


class YearWindow(Struct, frozen=True):
    """The programme's year, which need not be that of the calendar; `to` is `MM-DD` (R25)."""

    to: Annotated[str, Meta(pattern="^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] = "09-30"

    def ends(self, year: int) -> date:
        """The last day of a year."""
        month, day = map(int, self.to.split("-"))
        year = min(max(year, date.min.year), date.max.year)
        return date(year, month, min(day, monthrange(year, month)[1]))


Period = Annotated[str, Meta(min_length=1, max_length=20)]
Counted = Annotated[str, Meta(pattern=r"^(永久|[1-9][0-9]?年|[1-9][0-9]?个月)$")]  # ends on a day


class Retention(Struct, frozen=True):
    """How long what is kept (R77, R78), in the words of the group's approved table."""

    awards_and_approved_projects: Period = "永久"
    rejected_and_ended: Period = "10年"
    process_of_closed_projects: Counted = "30年"
    contact_data_after_leaving: Counted = "1年"


def kept_until(since: date, period: str) -> date:
    """The last day of a period that begins on a day; date.max where it has none."""
    if period == "永久":
        return date.max
    if period.endswith("个月"):
        return months_after(since, int(period.removesuffix("个月")))
    return months_after(since, 12 * int(period.removesuffix("年")))


class Deadlines(Struct, frozen=True):
    """The section `deadlines`."""

    year_window: YearWindow = YearWindow()
    claim_window_working_days: WorkingDays = 3  # R39
    look_back_months: Months = 3
    project_months_at_most: Months = USUAL.project_months
    extension_months_at_most: Months = USUAL.extension_months
    suspension_months_at_most: Months = USUAL.suspension_months
    former_posts_months: Months = USUAL.former_posts_months
    inspections_per_branch_per_year_at_most: Annotated[int, Meta(ge=0, le=366)] = USUAL.inspections_a_year
    steps_default_working_days: StepDays = StepDays()
    retention: Retention = Retention()
    public_notice_working_days: NoticeDays = NOTICE_DAYS  # read by evaluation

    @property
    def limits(self) -> Limits:
        """Those that the rules of a project ask for."""
        return Limits(
            self.project_months_at_most,
            self.extension_months_at_most,
            self.inspections_per_branch_per_year_at_most,
            self.suspension_months_at_most,
            self.steps_default_working_days.support_request,
            self.former_posts_months,
            self.steps_default_working_days.finding_dispute,
            self.steps_default_working_days.handover,
        )


Part = Literal["dates", "limits", "extra_steps", "topics", "award", "titles"]


class Supplements(Struct, frozen=True, forbid_unknown_fields=True):
    """The section `supplements`: what the group leaves to its companies (R22)."""

    parts: tuple[Part, ...] = get_args(Part)
    extra_steps_at_most: Annotated[int, Meta(ge=0, le=10)] = 2  # in each route


class Content(Struct, frozen=True):
    """The sections without which no project could be taken through, and what companies may add to them."""

    tracks: Tracks
    scheme: Scheme
    routes: Routes
    deadlines: Deadlines
    supplements: Supplements = Supplements()
    forms: Checklists = Checklists()


def hash_of(content: str) -> str:
    """SHA-256 of the content's UTF-8 bytes, as hex."""
    return sha256(content.encode()).hexdigest()


@lru_cache(maxsize=16)
def read_content(content: str) -> Content:
    """A content (JSON text) in its types; ContentNotReadable for one that `faults_of` finds faults in."""
    sections, faults = _read(content)
    if faults:
        raise ContentNotReadable(faults)
    return Content(**sections)


def faults_of(content: str) -> tuple[str, ...]:
    """What keeps a content (JSON text) from being drafted, as `<section>: <fault>`; empty when in order."""
    sections, faults = _read(content)
    if not faults and _too_deep(content):
        faults = [f"content: nested more than {DEEPEST} levels deep"]
    lists = sections.get("forms", Checklists())
    if "routes" in sections and "tracks" in sections:
        faults += [f"routes: {fault}" for fault in _dead_ends(sections["routes"], sections["tracks"], lists)]
    faults += [f"forms: two questions have the code {code}" for code in asked_twice(lists)]
    return tuple(faults)


def unanswered(step: StepSaid, lists: Checklists) -> str | None:
    """Why nobody could answer the list that a step names; None for one that names none, or a good one."""
    if not step.checklist:
        return None
    if not lists.of(step.checklist):
        return f"has the questions {step.checklist} answered at {step.zh}, which the forms do not list"
    if step.decides in ("meeting", "filing"):
        return f"has the questions {step.checklist} answered at {step.zh}, where nobody signs"
    return None


def _too_deep(content: str) -> bool:
    """Whether it could not be compared with another, part by part."""
    level = [msgspec.json.decode(content)]
    for _ in range(DEEPEST):
        level = [part for value in level for part in _parts(value)]
    return bool(level)


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _dead_ends(routes: Routes, tracks: Tracks, lists: Checklists) -> Iterator[str]:
    """Where a proposal would get stuck; what was published before this was asked stays readable."""
    known = {track.code for track in tracks.tracks}
    for route in routes.routes:
        if route.code not in ORDER:
            yield f"{route.code} is never taken; the codes of routes are {', '.join(ORDER)}"
        of_track = {condition.track for condition in route.conditions if condition.track is not None}
        for track in sorted(of_track - known):
            yield f"{route.code} waits for the track {track}, which there is none of"
        served = {condition.serves for condition in route.conditions if condition.serves is not None}
        for serves in sorted(served.difference(get_args(Serves))):
            yield f"{route.code} waits for what serves {serves}, which no proposal says"
        steps = (*route.extra_before, *route.steps)
        yield from _asks_nobody(route.code, steps)
        yield from (f"{route.code} {fault}" for step in steps if (fault := unanswered(step, lists)))
        if not route.then and all(step.decides == "filing" for step in route.steps):
            yield f"{route.code} has no step that decides"
    if not any(condition.always for route in routes.routes for condition in route.conditions):
        yield "no route fits every proposal; give one of them always: true"
    for change in routes.changes:
        if not isinstance(change.steps, str):
            yield from _of_a_change(", ".join(change.touches), change)


def _of_a_change(touches: str, change: ChangeSaid) -> Iterator[str]:
    steps = () if isinstance(change.steps, str) else change.steps
    yield from _asks_nobody(f"a change of {touches}", steps)
    if any(step.if_not for step in steps):
        yield f"a change of {touches} ends no project; leave if_not out"
    if any(step.checklist for step in steps):
        yield f"a change of {touches} has no questions answered; leave checklist out"
    decided = any(step.decides != "filing" for step in steps)
    if not decided and not DECIDED_BY_WHO_LEADS.issuperset(change.touches):
        yield f"a change of {touches} has no step that decides"


def _asks_nobody(route: str, steps: Iterable[StepSaid]) -> Iterator[str]:
    for step in steps:
        asked = (step.office,) if isinstance(step.office, str) else step.office
        for office in sorted(set(asked) - offices().keys()):
            yield f"{route} asks {office}, which is no office of the catalogue"
        if not asked:
            yield f"{route} asks nobody at {step.zh}"


def _read(content: str) -> tuple[dict[str, Any], list[str]]:
    sections: dict[str, Any] = {}
    faults: list[str] = []
    try:
        given = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError) as error:
        return {}, [f"content: {error}"]
    for section in msgspec.structs.fields(Content):
        name = section.name
        try:
            if name not in given and not section.required:
                continue
            if name not in given:
                faults.append(f"{name}: missing")
            elif section.type is Checklists:
                sections[name] = read_checklists(given[name])
            elif section.type is Scheme:
                sections[name] = read_scheme(scheme_section(content))
            else:
                sections[name] = msgspec.json.decode(given[name], type=section.type, strict=False)
        except (msgspec.MsgspecError, RecursionError) as error:
            faults.append(f"{name}: {error}")
        except SchemeUnreadable as error:
            faults += [f"{name}: {fault}" for fault in error.facts["faults"]]
    return sections, faults
