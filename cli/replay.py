"""`./denggao replay PROJECT`: how it was, what changed between two moments, a decision taken again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cli.reader import PASSWORD, Refused, add_who_asks, signed_in
from services.projects.replay_words import facts_of, said
from shared.sentences import Language

NOW = "now"


def main(arguments: list[str]) -> int:
    """Exit 0 with the answer, 1 where a decision does not come out the same, 2 where there is no answer."""
    asked = parser().parse_args(arguments)
    try:
        with signed_in(asked) as reader:
            spoken, project = reader.language, reader.project(asked.project)
            answer = reader.read(f"/projects/{project}/replay{_path(asked)}", _query(asked))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        print("\n".join(lines(asked.project, answer, spoken)))
    return 0 if answer.get("same", True) else 1


def parser() -> argparse.ArgumentParser:
    """The options; a moment without an offset is one of this machine's local time."""
    parser = argparse.ArgumentParser(
        prog="./denggao replay",
        description=__doc__,
        epilog=f"The password is asked for, or taken from {PASSWORD}. Who may see the project's history may "
        "see its past. A moment without an offset is local time. Without --at: now.",
    )
    parser.add_argument("project", metavar="PROJECT", help="its id, reference or number")
    add_who_asks(parser)
    parser.add_argument("--at", type=moment, metavar="TIME", help="for instance 2026-11-28T18:00+08:00")
    parser.add_argument(
        "--by",
        choices=("entered", "happened"),
        default="entered",
        help="entered: what was known then; happened: what had happened, as is known since",
    )
    parser.add_argument("--position", type=int, metavar="N", help="only what was entered up to here")
    parser.add_argument(
        "--against",
        type=moment,
        nargs="?",
        const=NOW,
        metavar="TIME",
        help="what differs from this other moment; without one, from now",
    )
    parser.add_argument("--decision", type=int, metavar="N", help="take the decision of this version again")
    parser.add_argument("--under", metavar="VERSION", help="by this version of the programme instead")
    parser.add_argument("--json", action="store_true", help="the same for programs")
    return parser


def moment(text: str) -> str:
    """As RFC 3339; `now` is left as it is."""
    return NOW if text == NOW else datetime.fromisoformat(text).astimezone().isoformat()


def _path(asked: argparse.Namespace) -> str:
    if asked.decision is not None:
        return f"/decisions/{asked.decision}"
    return "/difference" if asked.against else ""


def _query(asked: argparse.Namespace) -> dict[str, str]:
    names = ("under",) if asked.decision is not None else ("at", "by", "position", "against")
    given = {name: getattr(asked, name) for name in names}
    return {name: str(value) for name, value in given.items() if value not in (None, NOW)}


# In words


def lines(project: str, answer: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    """An answer as people read it."""
    yield said("title", spoken, project=project)
    if "changed" in answer:
        yield from _difference(answer, spoken)
    elif "again" in answer:
        yield from _again(answer, spoken)
    else:
        yield from _state(answer, spoken)


def _state(answer: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    yield from _when(answer["moment"], spoken)
    for way, moment in (("back", answer["previous"]), ("on", answer["next"])):
        if moment:
            yield f"  {said(way, spoken, at=moment['at'], position=moment['position'])}"
    yield ""
    yield said("fields", spoken, count=len(answer["fields"]))
    for field in answer["fields"]:
        yield f"  {field['label']}: {field['text']}"
    yield ""
    yield from _acts("acts", answer["acts"], spoken)
    if answer["unplaced"]:
        yield said("unplaced", spoken, positions=_numbers(answer["unplaced"]))


def _difference(answer: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    yield from _when(answer["before"], spoken)
    yield from _when(answer["after"], spoken)
    yield ""
    yield said("changed", spoken, count=len(answer["changed"]), unchanged=answer["unchanged"])
    for field in answer["changed"]:
        by = said("by_acts", spoken, positions=_numbers(field["positions"])) if field["positions"] else ""
        yield f"  {field['label']}: {field['before_text']} → {field['after_text']}  {by}".rstrip()
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
    yield said(moment["by"], spoken, at=_local(moment["at"]))
    yield f"  {said('position', spoken, position=moment['position'])}"


def _acts(heading: str, acts: list[dict[str, Any]], spoken: Language) -> Iterable[str]:
    yield said(heading, spoken, count=len(acts))
    for act in acts:
        place = said("act", spoken, position=act["position"])
        yield f"  {_local(act['happened_at'])}  {act['label']}  {place}"
        facts = facts_of(act, _local, spoken)
        yield from (f"      {fact}" for fact in facts)


def _labels(events: list[dict[str, Any]]) -> str:
    return " · ".join(event["label"] for event in events)


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().isoformat(" ", "seconds")


def _numbers(positions: list[int]) -> str:
    return ", ".join(map(str, positions))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
