"""Whatever is replayed, in the shape in which a project's replay is answered: fields, acts, what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.projects.replay import apart
from services.projects.replay_words import STOPS, said, text
from shared.sentences import Language

Answer = Mapping[str, Any]


def shaped(answer: Answer, spoken: Language, local: Callable[[str], str]) -> dict[str, Any]:
    """An answer about an office, the programme or the portfolio with `fields`, as that of a unit has.

    A field is `{place, label, text}`; `local` writes a moment as the reader reads it.
    """
    if "fields" in answer:
        return dict(answer)
    found = _portfolio if "cut" in answer else _office if "holders" in answer else _programme
    fields = [
        {"place": place, "label": label, "text": text} for place, label, text in found(answer, spoken, local)
    ]
    return {**answer, "fields": fields}


def differing(one: Answer, other: Answer, spoken: Language) -> dict[str, Any]:
    """What differs between two such answers, the earlier first, as a project's difference is answered.

    `acts` is None where the answers have none: a portfolio is told by its projects, each with its own.
    """
    before, after = sorted((one, other), key=_place)
    old, new = ({field["place"]: field for field in each["fields"]} for each in (before, after))
    nothing = said("nothing", spoken)
    texts = [{place: field["text"] for place, field in fields.items()} for fields in (old, new)]
    changed = [
        {
            "place": place,
            "label": (new.get(place) or old[place])["label"],
            "before_text": texts[0].get(place, nothing),
            "after_text": texts[1].get(place, nothing),
            "positions": [],
        }
        for place in apart(*texts)
    ]
    known = {act["position"] for act in before.get("acts", ())} & {
        act["position"] for act in after.get("acts", ())
    }
    acts = [act for each in (before, after) for act in each.get("acts", ()) if act["position"] not in known]
    return {
        "before": before.get("moment") or cut_shown(before),
        "after": after.get("moment") or cut_shown(after),
        "changed": changed,
        "unchanged": len(old.keys() | new.keys()) - len(changed),
        "acts": acts if "acts" in after else None,
    }


def _place(answer: Answer) -> tuple[int, str]:
    """How much an answer counts: moments of one clock are in the order of what they know, then of time."""
    if moment := answer.get("moment"):
        return (0, moment["at"]) if moment["by"] == "happened" else (moment["position"], moment["at"])
    return 0, answer["at"]


def cut_shown(answer: Answer) -> dict[str, Any]:
    """The moment of a portfolio, which a cut names instead of a position."""
    return {"by": "entered", "at": answer["at"], "cut": answer["cut"]}


Fields = Iterator[tuple[str, str, str]]


def _office(answer: Answer, spoken: Language, _local: Callable[[str], str]) -> Fields:
    holders = answer["holders"]
    for holder in holders:
        code = "acting_holder" if holder["acting"] else "holder"
        told = said(code, spoken, **holder | {"person": holder["name"] or holder["person"]})
        if holder["until"]:
            told += said("until", spoken, until=holder["until"])
        if holder["deputies"]:
            told += said("deputies", spoken, people=STOPS[spoken].join(holder["deputy_names"]))
        yield holder["term"], answer["label"], told
    if not holders:
        yield "holders", answer["label"], said("nobody_holds", spoken)
    if answer["vacant_since"]:
        yield "vacant_since", said("vacant_since", spoken), answer["vacant_since"]
    if answer["custodian"]:
        yield "custodian", said("custodian", spoken), answer["custodian_name"] or answer["custodian"]


def _programme(answer: Answer, spoken: Language, _local: Callable[[str], str]) -> Fields:
    yield (
        "in_force",
        said("in_force_on", spoken, on=answer["on"]),
        answer["in_force"] or said("nothing", spoken),
    )
    for version in answer["versions"]:
        told = said("version", spoken, **version)
        if version["corrected_by"]:
            told += said("corrected", spoken, document=version["corrected_by"])
        yield (
            version["version"],
            said("version_of", spoken, version=version["version"], year=version["year"]),
            told,
        )


def _portfolio(answer: Answer, spoken: Language, local: Callable[[str], str]) -> Fields:
    for project in answer["projects"]:
        label = said(
            "project_called", spoken, **{**project, "number": project["number"] or project["reference"]}
        )
        told = text("state", project["state"], {}, spoken)
        if project["approved_at"]:
            told += said("approved", spoken, at=local(project["approved_at"]))
        if project["closed_on"]:
            told += said("closed", spoken, on=project["closed_on"])
        yield project["id"], label, told
