"""`./denggao replay WHAT`: how it was, what changed between two moments, a decision taken again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.reader import PASSWORD, Reader, Refused, add_who_asks, signed_in
from cli.replay_said import lines, local
from cli.replay_shapes import differing, shaped
from cli.replay_what import What, find
from services.projects.replay_words import said
from shared.moments import SETTLED_SECONDS

NOW = "now"
PROJECT_ONLY = ("decision", "under")
WHAT = """what is replayed: a project (its id, reference or number), a unit (its id, code or name), an office
of a unit as UNIT/OFFICE (for instance CH/party_secretary), `programme` (its versions), or `portfolio` (all
projects)"""
EPILOG = f"""The password is asked for, or taken from {PASSWORD}. Who may see the history of something may see
its past. A moment without an offset is local time. Without --at: now. The answer names the moments before
and after it, as options to ask with; of a portfolio it names a cut, which is answered the same for ever."""


def main(arguments: list[str]) -> int:
    """Exit 0 with the answer, 1 where a decision does not come out the same, 2 where there is no answer."""
    asked = parser().parse_args(arguments)
    try:
        with signed_in(asked) as reader:
            spoken, what = reader.language, find(reader, asked.what)
            _refuse_what_does_not_go(asked, what, reader)
            answer = _answer(reader, what, asked)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        print("\n".join(lines(what, answer, spoken)))
    return 0 if answer.get("same", True) else 1


def parser() -> argparse.ArgumentParser:
    """The options; a moment without an offset is one of this machine's local time."""
    parser = argparse.ArgumentParser(prog="./denggao replay", description=__doc__, epilog=EPILOG)
    parser.add_argument("what", metavar="WHAT", help=WHAT)
    add_who_asks(parser)
    parser.add_argument("--at", type=moment, metavar="TIME", help="for instance 2026-11-28T18:00+08:00")
    parser.add_argument(
        "--by",
        choices=("entered", "happened"),
        default="entered",
        help="entered: what was known then; happened: what had happened, as is known since",
    )
    parser.add_argument("--position", type=int, metavar="N", help="only what was entered up to here")
    parser.add_argument("--cut", metavar="CUT", help="of a portfolio, instead of --at: as an answer named it")
    parser.add_argument(
        "--against",
        type=moment,
        nargs="?",
        const=NOW,
        metavar="TIME",
        help="what differs from this other moment; without one, from now",
    )
    parser.add_argument(
        "--decision", type=int, metavar="N", help="of a project: take the decision of this version again"
    )
    parser.add_argument("--under", metavar="VERSION", help="by this version of the programme instead")
    parser.add_argument("--json", action="store_true", help="the same for programs")
    return parser


def moment(text: str) -> str:
    """As RFC 3339; `now` is left as it is."""
    return NOW if text == NOW else datetime.fromisoformat(text).astimezone().isoformat()


def _refuse_what_does_not_go(asked: argparse.Namespace, what: What, reader: Reader) -> None:
    """Refused for an option that means nothing for this, rather than an answer to another question."""
    wrong = [name for name in PROJECT_ONLY if getattr(asked, name) is not None and what.kind != "project"]
    if what.kind == "portfolio":
        wrong += ["position"] if asked.position is not None else []
        wrong += ["by happened"] if asked.by == "happened" else []
        wrong += ["at"] if asked.at and asked.cut else []
    elif asked.cut:
        wrong.append("cut")
    if wrong:
        options = ", ".join(f"--{name}" for name in wrong)
        raise Refused(said("not_for", reader.language, options=options, what=what.named))


def _answer(reader: Reader, what: What, asked: argparse.Namespace) -> Mapping[str, Any]:
    """What HTTP answers; where it has no difference, that of two of its answers."""
    if what.kind == "project":
        return _read(reader, what, _path(asked), _query(asked))
    if what.kind == "portfolio":
        ask = {"cut": asked.cut} if asked.cut else {"at": _settled(asked.at)}
        other = {"at": _settled(asked.against)}
    else:
        ask = _query(asked)
        other = {name: value for name, value in (("at", asked.against), ("by", asked.by)) if value != NOW}
    then = _shaped(reader, what, ask)
    return differing(then, _shaped(reader, what, other), reader.language) if asked.against else then


def _shaped(reader: Reader, what: What, query: Mapping[str, str]) -> dict[str, Any]:
    """One answer, with all of its pages."""
    answer = dict(_read(reader, what, "", query))
    while after := answer.get("next") if what.kind == "portfolio" else None:
        page = _read(reader, what, "", {"cut": answer["cut"], "after": after, "limit": "100"})
        answer |= {"projects": [*answer["projects"], *page["projects"]], "next": page["next"]}
    return shaped(answer, reader.language, local)


def _read(reader: Reader, what: What, path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """An answer about what was found: if there is none, it is the moment that is wrong."""
    try:
        return reader.read(f"{what.path}{path}", {**what.query, **query})
    except Refused as refused:
        if refused.code != "NotKnown" or path.startswith("/decisions"):
            raise
        raise Refused(said("nothing_then", reader.language, what=what.named)) from None


def _settled(at: str | None) -> str:
    """The moment of a cut; for now, the last of which all that was entered is there."""
    if at in (None, NOW):
        return (datetime.now(UTC) - timedelta(seconds=SETTLED_SECONDS + 1)).isoformat()
    return str(at)


def _path(asked: argparse.Namespace) -> str:
    if asked.decision is not None:
        return f"/decisions/{asked.decision}"
    return "/difference" if asked.against else ""


def _query(asked: argparse.Namespace) -> dict[str, str]:
    names = ("under",) if asked.decision is not None else ("at", "by", "position", "against")
    given = {name: getattr(asked, name) for name in names}
    return {name: str(value) for name, value in given.items() if value not in (None, NOW)}
