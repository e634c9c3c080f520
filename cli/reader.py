"""Somebody who reads from a running system in the terminal: signs in, and asks over HTTP as anybody does."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any
from uuid import UUID

import httpx

from cli.programs import FRONT
from services.projects.replay_words import said
from shared.sentences import Language

PASSWORD = "DENGGAO_PASSWORD"


class Refused(Exception):
    """Why there is no answer; the text is the one sentence, `code` the rule's where one refused."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


def add_who_asks(parser: argparse.ArgumentParser) -> None:
    """The options that say who asks, of which system, in which language."""
    parser.add_argument("--login", required=True, metavar="NAME", help="who asks: the name to sign in with")
    add_language(parser)
    parser.add_argument("--port", type=int, default=FRONT, metavar="N", help=f"the front's; default: {FRONT}")
    parser.add_argument("--url", metavar="URL", help="this front instead, for instance on another machine")


def add_language(parser: argparse.ArgumentParser) -> None:
    """The option that says in which language the answer is."""
    parser.add_argument("--language", choices=("zh-CN", "en"), help="default: that of this terminal")


def spoken_by(asked: argparse.Namespace) -> Language:
    """The language that was asked for, else that of the terminal."""
    return asked.language or ("zh-CN" if os.environ.get("LANG", "").startswith("zh") else "en")


@contextmanager
def signed_in(asked: argparse.Namespace) -> Iterator[Reader]:
    """Who asks by these options, signed in; raises Refused."""
    spoken = spoken_by(asked)
    with Reader((asked.url or f"http://localhost:{asked.port}").rstrip("/"), spoken) as reader:
        reader.sign_in(asked.login)
        yield reader


class Reader:
    """Somebody who asks over HTTP, as anybody does."""

    def __init__(self, url: str, language: Language) -> None:
        self.language = language
        self._url = url
        self._http = httpx.Client(
            base_url=f"{url}/api",
            timeout=600,
            trust_env=False,
            headers={"Accept-Language": language},
        )

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self, login: str) -> None:
        """With the password that is typed, or given in the environment."""
        password = os.environ.get(PASSWORD) or getpass.getpass(said("password", self.language, login=login))
        body = {"login": login, "password": password}
        token = self._told(lambda: self._http.post("/projects/session", json=body))["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def project(self, named: str) -> str:
        """The id of the project of this id, reference or number."""
        try:
            return str(UUID(named))
        except ValueError:
            found = self.project_named(named)
        if found is None:
            raise Refused(said("nobody", self.language, project=named))
        return found

    def project_named(self, named: str) -> str | None:
        """The id of the project of this reference or number; None where the reader sees none."""
        found = self.read("/projects", {"q": named, "limit": "200"})["projects"]
        ids = [str(line["id"]) for line in found if named in (line["reference"], line["number"])]
        if len(ids) > 1:
            raise Refused(said("several", self.language, project=named, ids=", ".join(ids)))
        return ids[0] if ids else None

    def unit(self, named: str) -> str:
        """The id of the unit of this id or code."""
        try:
            return str(UUID(named))
        except ValueError:
            found = self.read("/units", {"q": named, "limit": "200"})["units"]
        for unit in found:
            if unit["code"] == named:
                return str(unit["id"])
        raise Refused(said("no_unit", self.language, unit=named))

    def review(self, named: str, year: int) -> str:
        """The id of a year's review of the unit of this id or code."""
        unit = self.unit(named)
        found = self.read("/reviews", {"year": str(year)}, service="evaluation")["reviews"]
        for review in found:
            if review["unit"] == unit:
                return str(review["review"])
        raise Refused(said("no_review", self.language, unit=named, year=year))

    def read(self, path: str, query: Mapping[str, str], service: str = "projects") -> dict[str, Any]:
        """An answer of a service."""
        return self._told(lambda: self._http.get(f"/{service}{path}", params=dict(query)))

    def take(self, path: str, query: Mapping[str, str], out: IO[bytes], service: str = "projects") -> None:
        """Write the bytes of a service's answer."""
        try:
            with self._http.stream("GET", f"/{service}{path}", params=dict(query)) as answer:
                if answer.is_error:
                    answer.read()
                    self._told(lambda: answer)
                for block in answer.iter_bytes():
                    out.write(block)
        except httpx.TransportError as error:
            raise self._away(error) from error

    def _told(self, ask: Any) -> dict[str, Any]:
        try:
            answer = ask()
        except httpx.TransportError as error:
            raise self._away(error) from error
        try:
            told: dict[str, Any] = answer.json()
        except ValueError:
            raise Refused(f"HTTP {answer.status_code}") from None
        if answer.is_error:
            raise Refused(f"{told.get('detail', '')} {told.get('advice', '')}".strip(), told.get("code", ""))
        return told

    def _away(self, error: httpx.TransportError) -> Refused:
        return Refused(said("away", self.language, url=self._url, reason=type(error).__name__))
