"""A replay's answer as people read it in the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cli.replay_shapes import cut_shown
from cli.replay_what import What
from services.projects.replay_words import STOPS, facts_of, said
from shared.sentences import Language


def lines(what: What, answer: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    """An answer as people read it."""
    yield said("title", spoken, project=what.named)
    if "changed" in answer:
        yield from _difference(answer, spoken)
    elif "again" in answer:
        yield from _again(answer, spoken)
    else:
        yield from _state(answer, spoken)


def _state(answer: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    yield from _when(answer.get("moment") or cut_shown(answer), spoken)
    for way, moment in (("back", answer.get("previous")), ("on", answer["next"])):
        if moment:
            by = " --by happened" if moment["by"] == "happened" else ""
            yield f"  {said(way, spoken, at=moment['at'], position=moment['position'])}{by}"
    yield ""
    yield said("projects" if "cut" in answer else "fields", spoken, count=len(answer["fields"]))
    for field in answer["fields"]:
        yield f"  {field['label']}: {field['text']}"
    if answer.get("waiting"):
        yield ""
        yield said("waiting", spoken, count=len(answer["waiting"]))
        yield from _waiting(answer["waiting"], spoken)
    if "acts" in answer:
        yield ""
        yield from _acts("acts", answer["acts"], spoken)
    if answer.get("unplaced"):
        yield said("unplaced", spoken, positions=_numbers(answer["unplaced"]))


def _difference(answer: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    yield from _when(answer["before"], spoken)
    yield from _when(answer["after"], spoken)
    yield ""
    yield said("changed", spoken, count=len(answer["changed"]), unchanged=answer["unchanged"])
    for field in answer["changed"]:
        by = said("by_acts", spoken, positions=_numbers(field["positions"])) if field["positions"] else ""
        yield f"  {field['label']}: {field['before_text']} → {field['after_text']}  {by}".rstrip()
    if answer["acts"] is not None:
        yield ""
        yield from _acts("between", answer["acts"], spoken)


def _again(answer: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    yield said("again", spoken, act=answer["recorded"][0]["label"])
    rules = answer["under"]
    yield said("other_rules", spoken, version=rules) if rules else said("own_rules", spoken)
    yield f"  {said('recorded', spoken, events=_labels(answer['recorded']))}"
    if answer["refused"]:
        yield f"  {said('refused', spoken, sentence=answer['refused']['sentence'])}"
        return
    yield f"  {said('now', spoken, events=_labels(answer['again']))}"
    yield said("same" if answer["same"] else "not_same", spoken)
    for one in answer["differences"]:
        yield f"  {one['place']}: {_plain(one['before'])} → {_plain(one['after'])}"


def _when(moment: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    yield said(moment["by"], spoken, at=local(moment["at"]))
    known = ("cut", moment["cut"]) if "cut" in moment else ("position", moment["position"])
    yield f"  {said(known[0], spoken, **{known[0]: known[1]})}"


def _acts(heading: str, acts: list[dict[str, Any]], spoken: Language) -> Iterable[str]:
    yield said(heading, spoken, count=len(acts))
    for act in acts:
        place = said("act", spoken, position=act["position"])
        yield f"  {local(act['happened_at'])}  {act['label']}  {place}"
        facts = facts_of(act, local, spoken)
        yield from (f"      {fact}" for fact in facts)


def _waiting(open_ones: list[dict[str, Any]], spoken: Language) -> Iterable[str]:
    for one in open_ones:
        seats = [f"{seat['unit_name'] or seat['unit']} {seat['office_label']}" for seat in one["seats"]]
        what = " ".join(part for part in (one["reference"], one["label"], one["title"]) if part)
        whom = STOPS[spoken].join((*seats, *one["names"]))
        yield f"  {said('waits', spoken, what=what, whom=whom, since=one['since'], due=one['due'])}"


def _labels(events: list[dict[str, Any]]) -> str:
    return " · ".join(event["label"] for event in events)


def local(moment: str) -> str:
    """A moment in this machine's local time."""
    return datetime.fromisoformat(moment).astimezone().isoformat(" ", "seconds")


def _numbers(positions: list[int]) -> str:
    return ", ".join(map(str, positions))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
