"""An application in a company's tenant that tells people things: what the three providers have in common."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from services.notifications.channels import Answer, Message, guarded
from services.notifications.channels.calling import Call, Codes, Unread, call, settled
from services.notifications.channels.tokens import Tokens

# One user id. Not "@all", "a|b" or "a,b", by which the providers mean many.
ONE_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,127}")


class Provider(Protocol):
    """What is particular to one provider; its calls are made, not sent, here."""

    codes: Codes
    expired: frozenset[str]  # codes that say: this token is none any more

    def secrets(self) -> tuple[str, ...]:
        """What no answer may repeat."""
        ...

    def ask_token(self) -> Call:
        """Ask for an access token."""
        ...

    def token_in(self, fields: Mapping[str, Any]) -> tuple[object, object]:
        """The token and how many seconds it lives, unchecked."""
        ...

    def tell(self, message: Message, token: str) -> Call:
        """Tell one person."""
        ...

    def look(self, token: str) -> Call | None:
        """Look at the application; None where no call does and the token has to be proof enough."""
        ...


class Application:
    """A channel by application messages; `now` counts seconds."""

    def __init__(
        self, provider: Provider, client: guarded.Client, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._provider = provider
        self._client = client
        self._tokens = Tokens(self._fetch, now)

    async def send(self, message: Message) -> Answer:
        """Tell the person whose user id is `message.to`."""
        if not ONE_USER.fullmatch(message.to):
            return Answer("never", "no user id")
        return await settled(self._answer(lambda token: self._provider.tell(message, token), message.to))

    async def check(self) -> Answer:
        """Get a token by the account as it is set, and look at the application by it."""
        self._tokens.forget()
        return await settled(self._answer(self._provider.look))

    async def close(self) -> None:
        """End what is open."""
        await self._tokens.close()
        await self._client.close()

    async def _answer(self, make: Callable[[str], Call | None], to: str = "") -> Answer:
        codes = self._provider.codes
        token = await self._tokens.get()
        if (asked := make(token)) is None:
            return Answer("sent", f"{codes.name} 0")
        fields = await call(self._client, asked)
        if codes.code(fields) in self._provider.expired:
            token = await self._tokens.get(refused=token)
            fields = await call(self._client, make(token) or asked)
        return codes.answer(fields, (*self._provider.secrets(), token, to))

    async def _fetch(self) -> tuple[str, float]:
        fields = await call(self._client, self._provider.ask_token())
        answer = self._provider.codes.answer(fields, self._provider.secrets())
        if answer.outcome != "sent":
            raise Unread(answer.code, answer.text, answer.retry_after_seconds)
        return _checked(*self._provider.token_in(fields.named))


def _checked(token: object, lives_seconds: object) -> tuple[str, float]:
    # it goes into a header or an address: what is no plain word there is none of theirs
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,4096}", token):
        raise Unread("no token")
    if isinstance(lives_seconds, bool) or not isinstance(lives_seconds, int | float) or lives_seconds <= 0:
        raise Unread("no token", "without an end")
    return token, float(lives_seconds)
