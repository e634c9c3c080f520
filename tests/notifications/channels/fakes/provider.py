"""What the fakes of the three providers share: tokens, limits, and what people see of a message."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.clocks import SetClock
from tests.support.https_server import Asked, Told

TOKEN_SECONDS = 7200
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Shown:
    """A message as somebody sees it; `text` has a line for each line."""

    to: str
    title: str
    text: str
    link: str


class Fake(ABC):
    """A provider: an answer for each request. `next` are answers to the next messages, before all rules."""

    code = "errcode"
    words = "errmsg"
    refused_status = 200
    secret = ""  # of the account, which a test may change

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.shown: list[Shown] = []
        self.next: deque[Told] = deque()
        self.tokens: dict[str, datetime] = {}  # and when each ends
        self.fetched = 0
        self.per_minute = 10_000
        self._said: deque[datetime] = deque()

    @abstractmethod
    def __call__(self, asked: Asked) -> Told:
        """What it answers."""

    def refusal(self, code: int, words: str = "said no") -> Told:
        """How this provider says no."""
        return told({self.code: code, self.words: words}, self.refused_status)

    def token(self) -> tuple[str, int]:
        """The token there is, else a new one, and how long it lives: asking twice does not make two."""
        self.fetched += 1
        living = [(end, token) for token, end in self.tokens.items() if end > self.clock.now()]
        if not living:
            end = self.clock.now() + timedelta(seconds=TOKEN_SECONDS)
            living = [(end, f"token-{len(self.tokens)}-zq7")]
            self.tokens[living[0][1]] = end
        end, token = max(living)
        return token, int((end - self.clock.now()).total_seconds())

    def revoke(self) -> None:
        """No token is one any more: the secret was changed, or another process asked."""
        self.tokens = dict.fromkeys(self.tokens, self.clock.now())

    def knows(self, token: str) -> bool:
        """Whether the token is one still."""
        return token in self.tokens and self.tokens[token] > self.clock.now()

    def says_too_much(self) -> bool:
        """Whether this message is more than there may be in a minute; if not, it counts."""
        while self._said and self._said[0] <= self.clock.now() - MINUTE:
            self._said.popleft()
        if len(self._said) >= self.per_minute:
            return True
        self._said.append(self.clock.now())
        return False

    def free_in(self) -> str:
        """In how many seconds there may be more."""
        return str(int((self._said[0] + MINUTE - self.clock.now()).total_seconds()))


def told(fields: object, status: int = 200, headers: dict[str, str] | None = None) -> Told:
    """An answer in JSON."""
    body = json.dumps(fields, ensure_ascii=False).encode()
    return Told(status, body, {"Content-Type": "application/json", **(headers or {})})


def parts(asked: Asked) -> tuple[str, dict[str, str]]:
    """The path and the query of a request."""
    split = urlsplit(asked.path)
    return split.path, {name: values[0] for name, values in parse_qs(split.query).items()}


def object_of(asked: Asked) -> dict[str, Any] | None:
    """The object in a request's body; None where there is none."""
    try:
        fields = json.loads(asked.body)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None
