"""`./denggao replay PROJECT`: how it was, what changed between two moments, a decision taken again."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from cli.programs import FRONT
from services.projects.replay_words import said
from shared.sentences import Language

PASSWORD = "DENGGAO_PASSWORD"

NOW = "now"


class Refused(Exception):
    """Why there is no answer; the text is the one sentence."""


def main(arguments: list[str]) -> int:
    """Exit 0 with the answer, 1 where a decision does not come out the same, 2 where there is no answer."""
    asked = parser().parse_args(arguments)
    spoken: Language = asked.language or ("zh-CN" if os.environ.get("LANG", "").startswith("zh") else "en")
    url = asked.url or f"http://localhost:{asked.port}"
    try:
        with Reader(url.rstrip("/"), spoken) as reader:
            reader.sign_in(asked.login)
            project = reader.project(asked.project)
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
    parser.add_argument("--login", required=True, metavar="NAME", help="who asks: the name to sign in with")
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
    parser.add_argument("--language", choices=("zh-CN", "en"), help="default: that of this terminal")
    parser.add_argument("--port", type=int, default=FRONT, metavar="N", help=f"the front's; default: {FRONT}")
    parser.add_argument("--url", metavar="URL", help="this front instead, for instance on another machine")
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


class Reader:
    """Somebody who asks over HTTP, as anybody does."""

    def __init__(self, url: str, language: Language) -> None:
        self._language, self._url = language, url
        self._http = httpx.Client(
            base_url=f"{url}/api/projects", timeout=60, trust_env=False, headers={"Accept-Language": language}
        )

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self, login: str) -> None:
        """With the password that is typed, or given in the environment."""
        password = os.environ.get(PASSWORD) or getpass.getpass(said("password", self._language, login=login))
        body = {"login": login, "password": password}
        token = self._told(lambda: self._http.post("/session", json=body))["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def project(self, named: str) -> str:
        """The id of the project of this id, reference or number."""
        try:
            return str(UUID(named))
        except ValueError:
            found = self.read("/projects", {"q": named, "limit": "200"})["projects"]
        ids = [line["id"] for line in found if named in (line["reference"], line["number"])]
        if len(ids) != 1:
            sentence = "several" if ids else "nobody"
            raise Refused(said(sentence, self._language, project=named, ids=", ".join(ids)))
        return str(ids[0])

    def read(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """An answer."""
        return self._told(lambda: self._http.get(path, params=dict(query)))

    def _told(self, ask: Any) -> dict[str, Any]:
        try:
            answer = ask()
        except httpx.TransportError as error:
            reason = type(error).__name__
            raise Refused(said("away", self._language, url=self._url, reason=reason)) from error
        try:
            told: dict[str, Any] = answer.json()
        except ValueError:
            raise Refused(f"HTTP {answer.status_code}") from None
        if answer.is_error:
            raise Refused(f"{told.get('detail', '')} {told.get('advice', '')}".strip())
        return told


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
        facts = [*_who(act["who"], spoken)] if act["who"] else [said("system", spoken)]
        if act["late"]:
            times = {"happened": _local(act["happened_at"]), "recorded": _local(act["recorded_at"])}
            facts.append(said("late", spoken, **times))
        if act["before_entry"]:
            facts.append(said("before_entry", spoken))
        if act["programme"]:
            facts.append(said("programme", spoken, version=act["programme"]))
        if act["correlation"]:
            facts.append(said("request", spoken, correlation=_shown(act["correlation"], spoken)))
        yield from (f"      {fact}" for fact in facts)


def _who(who: Mapping[str, Any], spoken: Language) -> Iterable[str]:
    unit = who["unit_name"] or who["unit"]
    yield said("who", spoken, person=_shown(who["person"], spoken), office=who["office_label"], unit=unit)
    if who["on_behalf_of"]:
        yield said("for", spoken, person=_shown(who["on_behalf_of"], spoken))
    if who["why"]:
        yield said("why", spoken, why=_shown(who["why"], spoken))


def _shown(value: Any, spoken: Language) -> str:
    """A person, a text, or that it is not told."""
    if isinstance(value, str):
        return value
    if "withheld" in value:
        return said("withheld", spoken, rule=value["withheld"])
    return str(value["name"] or value["id"])


def _labels(events: list[dict[str, Any]]) -> str:
    return " · ".join(event["label"] for event in events)


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().isoformat(" ", "seconds")


def _numbers(positions: list[int]) -> str:
    return ", ".join(map(str, positions))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
