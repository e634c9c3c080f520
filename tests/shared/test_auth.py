"""Tokens: ours, in their five minutes, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest
from joserfc.jwk import OKPKey

from shared.auth import TOKEN_SECONDS, BadToken, KeyUnsafe, SignedIn, Signer, Verifier, load_or_make_key
from shared.domain import PersonId
from tests.support.hostile_tokens import OTHER, Forger

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ISSUER = "https://denggao.example"
PERSON, SESSION = PersonId(str(uuid4())), str(uuid4())
KEY = OKPKey.generate_key("Ed25519")
SIGNER = Signer(KEY, ISSUER)
VERIFIER = Verifier(SIGNER.jwks(), ISSUER)
FORGER = Forger(KEY, ISSUER, PERSON, SESSION, int(NOW.timestamp()))
HOSTILE = FORGER.hostile()


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_token_says_nothing(token: str) -> None:
    with pytest.raises(BadToken):
        VERIFIER.verify(token, NOW)
    with pytest.raises(BadToken):
        VERIFIER.holder(token, NOW.timestamp())


def test_the_table_of_hostile_tokens_differs_from_a_good_one_in_what_it_names_alone() -> None:
    assert VERIFIER.verify(FORGER.signed(), NOW).person == PERSON


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
