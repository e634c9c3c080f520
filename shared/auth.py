"""Who calls: short-lived tokens signed by projects with Ed25519, verified by every service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from msgspec import DecodeError, Struct, ValidationError, json

from shared.domain import PersonId
from shared.made_once import made_once

ALGORITHM: Final = "Ed25519"  # EdDSA by its exact name (RFC 9864)
TOKEN_SECONDS = 5 * 60
CLOCKS_DIFFER_SECONDS = 5
TOKEN_BYTES_AT_MOST = 2048  # ours have about 400
TOKENS_AT_MOST = 4096  # whose signatures are remembered
AUDIENCE = "denggao"
HEADER = frozenset({"alg", "kid", "typ"})


class BadToken(Exception):
    """This token says nothing; the answer is the same whatever is wrong with it."""


class KeyUnsafe(Exception):
    """The signing key's file could have been read by others, or is no Ed25519 key."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a token says, and all it says: offices are looked up (R6)."""

    person: PersonId
    session: str
    expires_at: datetime


class _Claims(Struct, forbid_unknown_fields=True):
    sub: UUID
    sid: UUID
    iat: int
    exp: int
    iss: str
    aud: str


class Signer:
    """Signs tokens with the installation's key; only projects has one."""

    def __init__(self, key: OKPKey, issuer: str) -> None:
        self._key = key
        self._kid = key.thumbprint()
        self._issuer = issuer

    def sign(self, person: PersonId, session: str, now: datetime) -> str:
        """A compact token for five minutes from now."""
        issued = int(now.timestamp())
        claims = {
            "sub": person,
            "sid": session,
            "iat": issued,
            "exp": issued + TOKEN_SECONDS,
            "iss": self._issuer,
            "aud": AUDIENCE,
        }
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": "JWT"}
        return jws.serialize_compact(header, json.encode(claims), self._key, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWKS document, for the other services."""
        public = self._key.as_dict(private=False)
        return {"keys": [public | {"kid": self._kid, "use": "sig", "alg": ALGORITHM}]}


class Verifier:
    """Verifies tokens by a JWKS document; a key inside a token is never looked at."""

    def __init__(self, jwks: Mapping[str, Any], issuer: str) -> None:
        found = [OKPKey.import_key(key) for key in jwks["keys"] if key.get("crv") == ALGORITHM]
        self._keys = {key.thumbprint(): key for key in found}
        self._issuer = issuer
        self._claims = lru_cache(TOKENS_AT_MOST)(self._signed)  # a signature is as true the second time

    def verify(self, token: str, now: datetime) -> SignedIn:
        """Who the token speaks of; BadToken for anything but our own, complete and in its five minutes."""
        claims = self._valid(token, int(now.timestamp()))
        return SignedIn(PersonId(str(claims.sub)), str(claims.sid), datetime.fromtimestamp(claims.exp, UTC))

    def holder(self, token: str, at: float) -> int:
        """A number for whom it speaks of, for those who count; `at` in seconds since 1970; BadToken."""
        return self._valid(token, at).sub.int

    def _valid(self, token: str, at: float) -> _Claims:
        if len(token) > TOKEN_BYTES_AT_MOST:
            raise BadToken
        claims = self._claims(token)
        if not claims.iat - CLOCKS_DIFFER_SECONDS <= at < claims.exp:
            raise BadToken
        return claims

    def _signed(self, token: str) -> _Claims:
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
            key = self._keys[header["kid"]]
            if not header.keys() <= HEADER:
                raise BadToken
            payload = jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload
            claims = json.decode(payload, type=_Claims)
        except (
            JoseError,
            DecodeError,
            ValidationError,
            ValueError,
            KeyError,
            TypeError,
            RecursionError,
        ) as error:
            raise BadToken from error
        ours = claims.iss == self._issuer and claims.aud == AUDIENCE
        if not (ours and 0 < claims.exp - claims.iat <= TOKEN_SECONDS):
            raise BadToken
        return claims


def load_or_make_key(path: Path) -> OKPKey:
    """The signing key in this file (PEM), made at the first start with mode 600.

    KeyUnsafe where others could read it. Two processes that start at once get the same key.
    """
    content = made_once(path, lambda: OKPKey.generate_key(ALGORITHM).as_pem(private=True))
    if path.stat().st_mode & 0o077:
        raise KeyUnsafe(f"{path} can be read by others: chmod 600, and replace it if it was copied")
    key = OKPKey.import_key(content)
    if key.curve_name != ALGORITHM or not key.is_private:
        raise KeyUnsafe(f"{path} does not hold a private {ALGORITHM} key")
    return key
