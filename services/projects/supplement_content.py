"""What a company's supplement says, and whether it stays within what the group leaves to it (R22)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs

from services.projects.programme_content import Routes, RouteSaid, StepSaid, read_content, unanswered
from shared.offices import offices

BY = re.compile(r"([0-9]{2}-[0-9]{2})(?: \(([+-][0-9])\))?")  # month and day; a year later or earlier
BEYOND = "headquarters"  # the office of the group among those of the catalogue


class EarlierDate(Struct, frozen=True, forbid_unknown_fields=True):
    """A date of the programme's year that comes sooner in this company."""

    what: str
    by: Annotated[str, Meta(pattern=f"^{BY.pattern}$")]


class FewerDays(Struct, frozen=True, forbid_unknown_fields=True):
    """A step of a route that has less time in this company."""

    route: str
    step: str
    limit: Annotated[int, Meta(ge=1, le=366)]


class ExtraStep(Struct, frozen=True, forbid_unknown_fields=True):
    """A step more, before one of the programme's that decides: the last word stays where it is."""

    route: str
    before: str
    step: StepSaid


class LocalTopics(Struct, frozen=True, forbid_unknown_fields=True):
    """What the company asks for in a track, beside the programme's topics."""

    track: str
    topics: tuple[str, ...]


class Additions(Struct, frozen=True, forbid_unknown_fields=True):
    """A supplement: there is no place in it for weights, for steps left out or for a later date."""

    dates: tuple[EarlierDate, ...] = ()
    limits: tuple[FewerDays, ...] = ()
    extra_steps: tuple[ExtraStep, ...] = ()
    topics: tuple[LocalTopics, ...] = ()
    award: str = ""  # of the company's own
    titles: dict[str, str] = {}  # as what an office is shown here


@lru_cache(maxsize=64)
def read_additions(content: str) -> Additions:
    """A supplement (JSON text) in its types; msgspec.MsgspecError for one that was never published."""
    return msgspec.json.decode(content, type=Additions)


def faults_of_supplement(content: str, programme: str) -> tuple[str, ...]:
    """What keeps a supplement from being drafted beside a programme's content, as `<section>: <fault>`."""
    try:
        additions = read_additions(content)
    except (msgspec.MsgspecError, RecursionError) as error:
        return (f"content: {error}",)
    said = read_content(programme)
    left = said.supplements.parts
    closed = [
        f"{part}: the programme leaves them to no company"
        for part in structs.asdict(additions)
        if getattr(additions, part) and part not in left
    ]
    return (
        *closed,
        *_dates_beyond(additions, dates_of(programme)),
        *_steps_beyond(additions, said.routes, said.supplements.extra_steps_at_most),
        *(
            f"extra_steps: {extra.route} {fault}"
            for extra in additions.extra_steps
            if (fault := unanswered(extra.step, said.forms))
        ),
        *(
            f"topics: there is no track {topics.track}"
            for topics in additions.topics
            if topics.track not in {track.code for track in said.tracks.tracks}
        ),
        *(f"titles: {office} is no office" for office in additions.titles if office not in offices()),
    )


def dates_of(programme: str) -> dict[str, str]:
    """The dates of a programme's year by what they are; nothing of what has another shape."""
    section = msgspec.json.decode(programme).get("deadlines", {}).get("dates", [])
    said = section if isinstance(section, list) else []
    return {str(d["what"]): str(d["by"]) for d in said if isinstance(d, dict) and {"what", "by"} <= d.keys()}


def steps_with(route: RouteSaid, additions: Additions) -> tuple[StepSaid, ...]:
    """The steps of a route in a company: never one less, and none with more time.

    An extra step whose place a corrigendum has renamed comes first, rather than not at all.
    """
    extra = [each for each in additions.extra_steps if each.route == route.code]
    days = {each.step: each.limit for each in additions.limits if each.route == route.code}
    names = {step.zh for step in route.steps}
    steps = [each.step for each in extra if each.before not in names]
    for step in route.steps:
        steps += [each.step for each in extra if each.before == step.zh]
        given, fewer = step.limit or step.within, days.get(step.zh)
        steps.append(step if fewer is None else structs.replace(step, limit=min(fewer, given or fewer)))
    return tuple(steps)


def _dates_beyond(additions: Additions, dates: dict[str, str]) -> Iterator[str]:
    for date in additions.dates:
        given, own = _place(dates.get(date.what, "")), _place(date.by)
        if given is None:
            yield f"dates: the programme has no date for {date.what}"
        elif own is not None and own > given:
            yield f"dates: {date.what} is later than the programme's {dates[date.what]}"


def _place(text: str) -> tuple[int, str] | None:
    found = BY.fullmatch(text)
    return (int(found[2] or 0), found[1]) if found else None


def _steps_beyond(additions: Additions, routes: Routes, at_most: int) -> Iterator[str]:
    known = {route.code: route for route in routes.routes}
    steps = {(code, step.zh): step for code, route in known.items() for step in route.steps}
    for fewer in additions.limits:
        step = steps.get((fewer.route, fewer.step))
        if step is None:
            yield f"limits: {fewer.route} has no step {fewer.step}"
        elif (given := step.limit or step.within) and fewer.limit > given:
            yield f"limits: {fewer.step} has {given} working days, and not more in a company"
    for code in {extra.route for extra in additions.extra_steps}:
        if len([extra for extra in additions.extra_steps if extra.route == code]) > at_most:
            yield f"extra_steps: {code} gets more than {at_most} steps"
    for extra in additions.extra_steps:
        before, step = steps.get((extra.route, extra.before)), extra.step
        if before is None or before.decides == "filing":
            yield f"extra_steps: {extra.route} has no step {extra.before} that decides"
        asked = (step.office,) if isinstance(step.office, str) else step.office
        if not asked or set(asked) - offices().keys() or BEYOND in asked or step.of is not None:
            yield f"extra_steps: {step.zh} asks somebody beside the company's own offices"
        if step.if_not is not None:
            yield f"extra_steps: {step.zh} may not end a project"
