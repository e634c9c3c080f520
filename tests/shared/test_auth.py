"""Tokens: ours, in their five minutes, and nothing else."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey, RSAKey

from shared.auth import TOKEN_SECONDS, BadToken, KeyUnsafe, SignedIn, Signer, Verifier, load_or_make_key
from shared.domain import PersonId

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ISSUER = "https://denggao.example"
PERSON, SESSION = PersonId(str(uuid4())), str(uuid4())
KEY = OKPKey.generate_key("Ed25519")
SIGNER = Signer(KEY, ISSUER)
VERIFIER = Verifier(SIGNER.jwks(), ISSUER)
ISSUED = int(NOW.timestamp())
CLAIMS = {"sub": PERSON, "sid": SESSION, "iat": ISSUED, "exp": ISSUED + 300, "iss": ISSUER, "aud": "denggao"}
HEADER = {"alg": "Ed25519", "kid": KEY.thumbprint(), "typ": "JWT"}


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(header: dict[str, Any] | None = None, claims: Any = None, key: OKPKey = KEY) -> str:
    """A token with a right signature, whatever it says: made by hand, since a library refuses to."""
    signing = f"{part(HEADER | (header or {}))}.{part(CLAIMS if claims is None else claims)}"
    algorithm = jws.JWSRegistry.algorithms["Ed25519"]
    signature = urlsafe_b64encode(algorithm.sign(signing.encode(), key)).rstrip(b"=").decode()
    return f"{signing}.{signature}"


def by_secret(secret: bytes) -> str:
    """Signed with HMAC by hand: the library refuses a public key as a secret."""
    signing = f"{part(HEADER | {'alg': 'HS256'})}.{part(CLAIMS)}"
    mac = hmac.digest(secret, signing.encode(), "sha256")
    return f"{signing}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_rsa() -> str:
    header = HEADER | {"alg": "RS256"}
    key = RSAKey.generate_key(2048)
    return jws.serialize_compact(header, json.dumps(CLAIMS), key, algorithms=["RS256"])


OTHER = OKPKey.generate_key("Ed25519")
GOOD = signed()
HOSTILE = {
    "no algorithm": f"{part(HEADER | {'alg': 'none'})}.{part(CLAIMS)}.",
    "no algorithm, our signature": signed({"alg": "none"}),
    "public key as secret": by_secret(KEY.as_pem(private=False)),
    "public bytes as secret": by_secret(SIGNER.jwks()["keys"][0]["x"].encode()),
    "RSA": by_rsa(),
    "EdDSA by its old name": signed({"alg": "EdDSA"}),
    "another key under our id": signed(key=OTHER),
    "another key under its id": signed({"kid": OTHER.thumbprint()}, key=OTHER),
    "key in the header": signed({"jwk": OTHER.as_dict(private=False)}, key=OTHER),
    "our key in the header": signed({"jwk": KEY.as_dict(private=False)}),
    "address of a key": signed({"jku": "https://evil.example/jwks"}),
    "unknown crit": signed({"crit": ["b64"], "b64": False}),
    "no key id": f"{part({'alg': 'Ed25519'})}.{GOOD.partition('.')[2]}",
    "key id of no text": signed({"kid": ["a"]}),
    "another audience": signed(claims=CLAIMS | {"aud": "other"}),
    "audiences": signed(claims=CLAIMS | {"aud": ["denggao"]}),
    "another issuer": signed(claims=CLAIMS | {"iss": "https://evil.example"}),
    "expired": signed(claims=CLAIMS | {"iat": ISSUED - 300, "exp": ISSUED}),
    "from the future": signed(claims=CLAIMS | {"iat": ISSUED + 60, "exp": ISSUED + 300}),
    "too long a life": signed(claims=CLAIMS | {"exp": ISSUED + 301}),
    "times as text": signed(claims=CLAIMS | {"exp": str(ISSUED + 300)}),
    "no end": signed(claims={k: v for k, v in CLAIMS.items() if k != "exp"}),
    "person of no id": signed(claims=CLAIMS | {"sub": "root"}),
    "more than we say": signed(claims=CLAIMS | {"office": "headquarters"}),
    "no object": signed(claims=[]),
    "no JSON": signed(claims="hello"),
    "deep header": f"{part('[' * 1400)}.{part(CLAIMS)}.AAAA",
    "deep claims": signed(claims="[" * 1000),
    "empty": "",
    "dots": "....",
    "Chinese": "登.高.令",
    "cut": GOOD[:-2],
    "a megabyte": "a" * 1_000_000,
    "a megabyte signed": signed(claims=CLAIMS | {"pad": "a" * 1_000_000}),
}


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_token_says_nothing(token: str) -> None:
    with pytest.raises(BadToken):
        VERIFIER.verify(token, NOW)


def test_the_table_of_hostile_tokens_differs_from_a_good_one_in_what_it_names_alone() -> None:
    assert VERIFIER.verify(GOOD, NOW).person == PERSON


def test_a_token_names_person_and_session_for_five_minutes() -> None:
    token = SIGNER.sign(PERSON, SESSION, NOW)
    until = NOW + timedelta(seconds=TOKEN_SECONDS)
    assert VERIFIER.verify(token, NOW) == SignedIn(PERSON, SESSION, until)
    assert VERIFIER.verify(token, until - timedelta(seconds=1)).person == PERSON
    with pytest.raises(BadToken):
        VERIFIER.verify(token, until)


def test_a_clock_may_be_a_little_behind() -> None:
    token = SIGNER.sign(PERSON, SESSION, NOW)
    assert VERIFIER.verify(token, NOW - timedelta(seconds=5)).person == PERSON
    with pytest.raises(BadToken):
        VERIFIER.verify(token, NOW - timedelta(seconds=6))


def test_the_public_document_holds_nothing_private() -> None:
    [key] = SIGNER.jwks()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}


def test_two_keys_are_valid_while_one_replaces_the_other() -> None:
    both = {"keys": [*SIGNER.jwks()["keys"], *Signer(OTHER, ISSUER).jwks()["keys"]]}
    for key in (KEY, OTHER):
        token = Signer(key, ISSUER).sign(PERSON, SESSION, NOW)
        assert Verifier(both, ISSUER).verify(token, NOW).session == SESSION


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.pem"
    made = load_or_make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_make_key(path).thumbprint() == made.thumbprint()
    assert [file.name for file in path.parent.iterdir()] == ["signing.pem"]


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [
        Thread(target=lambda: found.append(load_or_make_key(tmp_path / "signing.pem").thumbprint()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_that_others_could_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    load_or_make_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyUnsafe):
        load_or_make_key(path)


def test_a_file_that_holds_no_signing_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    path.write_bytes(KEY.as_pem(private=False))
    path.chmod(0o600)
    with pytest.raises(KeyUnsafe):
        load_or_make_key(path)
