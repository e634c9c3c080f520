"""Who sends a request: the bearer of a token whose session has not ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.auth import BadToken, Verifier
from shared.auth import SignedIn as Token
from shared.clock import SystemClock
from shared.domain import PersonId
from shared.organisation import Organisation
from shared.passing import Unavailable
from shared.problems import NotSignedIn

_bearer = HTTPBearer(
    auto_error=False, description="The access token that signing in gives; it lasts five minutes"
)
_real = SystemClock()  # tokens live in real time, whatever year the example is in


async def bearer(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Token:
    """What the request's token says; NotSignedIn for any but a valid one of a session that goes on."""
    verifier: Verifier | None = request.app.state.verifier
    organisation: Organisation = request.app.state.organisation
    if credentials is None:
        raise NotSignedIn()
    if verifier is None:
        raise Unavailable("the keys of sign-in and the organisation have not been read yet")
    if organisation.outdated:
        raise Unavailable("the organisation holds events of newer code: this process waits for its upgrade")
    try:
        token = verifier.verify(credentials.credentials, _real.now())
    except BadToken as error:
        raise NotSignedIn() from error
    if organisation.has_ended(token.session):
        raise NotSignedIn()
    return token


async def _person(token: Annotated[Token, Depends(bearer)]) -> PersonId:
    return token.person


Bearer = Annotated[Token, Depends(bearer)]
SignedIn = Annotated[PersonId, Depends(_person)]
