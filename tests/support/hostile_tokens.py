"""Tokens as somebody would forge them, each made from what an installation's own would be."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from joserfc import jws
from joserfc.jwk import OKPKey, RSAKey

OTHER = OKPKey.generate_key("Ed25519")


class Forger:
    """Knows the key, to make what differs from a good token in one thing alone."""

    def __init__(self, key: OKPKey, issuer: str, person: str, session: str, issued: int) -> None:
        self.key = key
        self.issued = issued
        self.claims = {"sub": person, "sid": session, "iat": issued, "exp": issued + 300}
        self.claims |= {"iss": issuer, "aud": "denggao"}
        self.header = {"alg": "Ed25519", "kid": key.thumbprint(), "typ": "JWT"}

    def signed(
        self, header: dict[str, Any] | None = None, claims: Any = None, key: OKPKey | None = None
    ) -> str:
        """A token with a right signature, whatever it says: made by hand, since a library refuses to."""
        signing = f"{part(self.header | (header or {}))}.{part(self.claims if claims is None else claims)}"
        algorithm = jws.JWSRegistry.algorithms["Ed25519"]
        return f"{signing}.{encoded(algorithm.sign(signing.encode(), key or self.key))}"

    def by_secret(self, secret: bytes) -> str:
        """Signed with HMAC by hand: the library refuses a public key as a secret."""
        signing = f"{part(self.header | {'alg': 'HS256'})}.{part(self.claims)}"
        return f"{signing}.{encoded(hmac.digest(secret, signing.encode(), 'sha256'))}"

    def by_rsa(self) -> str:
        """With another kind of key, under our id."""
        header = self.header | {"alg": "RS256"}
        return jws.serialize_compact(
            header, json.dumps(self.claims), RSAKey.generate_key(2048), algorithms=["RS256"]
        )

    def hostile(self) -> dict[str, str]:
        """Every token that says nothing, by what is wrong with it."""
        claims, issued, signed, good = self.claims, self.issued, self.signed, self.signed()
        public = self.key.as_dict(private=False)
        return {
            "no algorithm": f"{part(self.header | {'alg': 'none'})}.{part(claims)}.",
            "no algorithm, our signature": signed({"alg": "none"}),
            "public key as secret": self.by_secret(self.key.as_pem(private=False)),
            "public bytes as secret": self.by_secret(str(public["x"]).encode()),
            "RSA": self.by_rsa(),
            "EdDSA by its old name": signed({"alg": "EdDSA"}),
            "another key under our id": signed(key=OTHER),
            "another key under its id": signed({"kid": OTHER.thumbprint()}, key=OTHER),
            "key in the header": signed({"jwk": OTHER.as_dict(private=False)}, key=OTHER),
            "our key in the header": signed({"jwk": public}),
            "address of a key": signed({"jku": "https://evil.example/jwks"}),
            "certificate in the header": signed({"x5c": ["AAAA"]}),
            "unknown crit": signed({"crit": ["b64"], "b64": False}),
            "no key id": f"{part({'alg': 'Ed25519'})}.{good.partition('.')[2]}",
            "key id of no text": signed({"kid": ["a"]}),
            "key id of a path": signed({"kid": "../../signing-key.pem"}),
            "another audience": signed(claims=claims | {"aud": "other"}),
            "audiences": signed(claims=claims | {"aud": ["denggao"]}),
            "another issuer": signed(claims=claims | {"iss": "https://evil.example"}),
            "expired": signed(claims=claims | {"iat": issued - 300, "exp": issued}),
            "from the future": signed(claims=claims | {"iat": issued + 60, "exp": issued + 300}),
            "too long a life": signed(claims=claims | {"exp": issued + 301}),
            "times as text": signed(claims=claims | {"exp": str(issued + 300)}),
            "times beyond all time": signed(claims=claims | {"exp": 10**30}),
            "no end": signed(claims={k: v for k, v in claims.items() if k != "exp"}),
            "person of no id": signed(claims=claims | {"sub": "root"}),
            "more than we say": signed(claims=claims | {"office": "headquarters"}),
            "no object": signed(claims=[]),
            "no JSON": signed(claims="hello"),
            "deep header": f"{part('[' * 1400)}.{part(claims)}.AAAA",
            "deep claims": signed(claims="[" * 1000),
            "empty": "",
            "dots": "....",
            "Chinese": "登.高.令",
            "cut": good[:-2],
            "a megabyte": "a" * 1_000_000,
            "a megabyte signed": signed(claims=claims | {"pad": "a" * 1_000_000}),
        }


def part(value: Any) -> str:
    """One of the three, from text or JSON."""
    return encoded((value if isinstance(value, str) else json.dumps(value)).encode())


def encoded(value: bytes) -> str:
    """In base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()
