"""`./denggao witness`: on an auditor's own machine it sees that no ledger is rewritten, and cosigns."""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from cli.not_proved import said
from cli.reader import add_language, spoken_by
from shared.consistency import check_consistency
from shared.notes import cosigned, key_in
from shared.sentences import Language, word
from shared.signed_state import replaced
from shared.verifier import COSIGNS, Checkpoint, Key, NotProved, open_checkpoint

T = TypeVar("T")
LOGS = ("projects", "evaluation")  # the services that have ledgers
EVERY_SECONDS = 10.0
WELL, REFUSED, NO_ANSWER = 0, 1, 2
HELP = """Watch the ledgers of a system: every checkpoint must extend the last that was seen here, and is then
cosigned with a key of yours. The first time the system's keys are taken as they come: compare them with those
that its operator tells you, or give them. Keep the state: it is what history is compared with."""


def main(arguments: list[str]) -> int:
    """With --once: 0 all is well, 1 something was refused, 2 the system does not answer."""
    parser = argparse.ArgumentParser(prog="./denggao witness", description=HELP)
    parser.add_argument("url", metavar="URL", help="the system's address, as https://denggao.example")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="your key, and what you saw")
    parser.add_argument(
        "--name", default="witness", help="of your key, as audit.example/w1; default: witness"
    )
    parser.add_argument("--key", action="append", default=[], help="a key of the system, as name+id+base64")
    parser.add_argument("--accept", metavar="ORIGIN", help="a ledger that was begun anew: you know why")
    add_language(parser)
    parser.add_argument("--once", action="store_true", help="look once, instead of every ten seconds")
    asked = parser.parse_args(arguments)
    try:
        return asyncio.run(_watch(asked))
    except KeyboardInterrupt:
        return WELL
    except (OSError, ValueError) as error:
        print(f"denggao: {error}", file=sys.stderr)
        return NO_ANSWER


async def _watch(asked: argparse.Namespace) -> int:
    before: set[str] = set()  # what was said of the last look is not said again
    async with httpx.AsyncClient(base_url=asked.url.rstrip("/"), timeout=30) as http:
        spoken = spoken_by(asked)
        witness = Witness(asked.state, asked.name, http, accept=asked.accept, spoken=spoken)
        witness.trust(map(Key.read, asked.key))
        print(_said(spoken, "your_key", key=witness.key), flush=True)
        while True:
            found = [finding async for finding in witness.look()]
            for what in dict.fromkeys(what for _, what in found if what not in before):
                print(what, flush=True)
            if asked.once:
                codes = {code for code, _ in found}
                return next((code for code in (REFUSED, NO_ANSWER) if code in codes), WELL)
            before = {what for _, what in found}
            await asyncio.sleep(EVERY_SECONDS)


class Witness:
    """Its key, the system's keys that it trusts, and the last checkpoint that it has seen of each ledger."""

    def __init__(
        self,
        state: Path,
        name: str,
        http: httpx.AsyncClient,
        *,
        accept: str | None = None,
        spoken: Language = "en",
    ) -> None:
        self._state = state
        self._signer = key_in(state / "key", name, COSIGNS)
        self._http = http
        self._accept = accept
        self._spoken: Language = spoken
        self._seen: dict[str, str] = _read(state / "seen.json", dict[str, str], {})
        self._keys = [Key.read(line) for line in _read(state / "trusted.json", list[str], [])]

    @property
    def key(self) -> Key:
        """With which others verify what it cosigns."""
        return self._signer.key

    def trust(self, keys: Iterable[Key]) -> None:
        """Believe these keys of the system from here on."""
        if new := [key for key in keys if key not in self._keys]:
            self._keys += new
            replaced(self._state / "trusted.json", msgspec.json.encode([str(key) for key in self._keys]))

    async def look(self) -> AsyncIterator[tuple[int, str]]:
        """Every ledger once; what there is to say, with how bad it is."""
        for service in LOGS:
            try:
                async for finding in self._look_at(service):
                    yield finding
            except (httpx.HTTPError, msgspec.DecodeError) as error:
                yield NO_ANSWER, self._says("no_answer", service=service, error=type(error).__name__)

    async def _look_at(self, service: str) -> AsyncIterator[tuple[int, str]]:
        told = msgspec.json.decode(await self._get(f"/api/{service}/checkpoints"), type=_Told)
        if not self._keys:
            self.trust(map(Key.read, told.keys))
            yield WELL, self._says("taken", keys=", ".join(told.keys))
        known = {name.partition("/")[2] for name in self._seen if name.startswith(f"{service}/")}
        for ledger in sorted(known - set(told.ledgers)):
            yield REFUSED, self._says("gone", place=f"{service}/{ledger}")
        for ledger in told.ledgers:
            note = await self._get(f"/api/{service}/checkpoints/{ledger}")
            try:
                async for finding in self._judge(service, ledger, note):
                    yield finding
            except NotProved as error:
                why, file = said(error, self._spoken), self._keep(service, ledger, note)
                yield REFUSED, self._says("refused", place=f"{service}/{ledger}", why=why, file=file)

    async def _judge(self, service: str, ledger: str, note: bytes) -> AsyncIterator[tuple[int, str]]:
        checkpoint, signed = open_checkpoint(note, self._keys)
        place = f"{service}/{ledger}"
        mine = (self.key.name, self.key.id.hex())
        if seen := self._seen.get(place):
            last, _ = open_checkpoint(seen.encode(), self._keys)
            if checkpoint.origin != last.origin:
                if checkpoint.origin != self._accept:
                    why = "it was begun anew as {origin}; if you know why, --accept that"
                    raise NotProved(why, "begun_anew", origin=checkpoint.origin)
                yield WELL, self._says("accepted", place=place, origin=checkpoint.origin)
            elif checkpoint.size < last.size:
                why = "it goes back from {old} events to {size}"
                raise NotProved(why, "goes_back", old=last.size, size=checkpoint.size)
            else:
                if checkpoint == last and mine in {(one.name, one.id) for one in signed}:
                    return
                await self._check(place, last, checkpoint)
        elif not _is_of(checkpoint.origin, place):
            raise NotProved("it calls itself {origin}", "other_name", origin=checkpoint.origin)
        text, _, lines = note.decode().rpartition("\n\n")
        by_log = [line for line, one in zip(lines.splitlines(), signed, strict=True) if one.known]
        plain = "\n".join([text, "", *by_log, ""])
        whole = cosigned(plain.encode(), self._signer, int(time.time())).decode()
        self._seen[place] = whole  # on disk before anybody is told
        replaced(self._state / "seen.json", msgspec.json.encode(self._seen))
        answer = await self._http.put(f"/api/{service}/checkpoints/{ledger}/cosigned", json={"note": whole})
        code, status = "cosigned" if answer.is_success else "not_kept", answer.status_code
        yield WELL, self._says(code, origin=checkpoint.origin, size=checkpoint.size, status=status)

    async def _check(self, place: str, last: Checkpoint, now: Checkpoint) -> None:
        """That one checkpoint extends the other."""
        service, _, ledger = place.partition("/")
        query = f"old={last.size}&size={now.size}"
        answer = await self._get(f"/api/{service}/checkpoints/{ledger}/extension?{query}")
        try:
            proof = [base64.b64decode(one) for one in msgspec.json.decode(answer, type=_Proof).proof]
        except (msgspec.DecodeError, ValueError) as error:
            raise NotProved("what should prove it cannot be read", "no_proof") from error
        check_consistency(last.size, last.root, now.size, now.root, proof)

    def _says(self, code: str, **facts: object) -> str:
        return _said(self._spoken, code, **facts)

    async def _get(self, path: str) -> bytes:
        answer = await self._http.get(path)
        answer.raise_for_status()
        return answer.content

    def _keep(self, service: str, ledger: str, note: bytes) -> Path:
        """What was refused, beside what it contradicts, in a file of its own: it is evidence."""
        file = self._state / "refused" / f"{service}-{ledger}-{sha256(note).hexdigest()[:16]}.txt"
        if not file.exists():
            replaced(file, self._seen.get(f"{service}/{ledger}", "").encode() + b"\n" + note)
        return file


def _said(language: Language, code: str, **facts: object) -> str:
    return word("witness", code, language).format(**facts)


class _Told(msgspec.Struct):
    keys: list[str]
    ledgers: list[str]


class _Proof(msgspec.Struct):
    proof: Sequence[str]


def _is_of(origin: str, place: str) -> bool:
    """Whether a checkpoint calls itself as the ledger at this place, begun anew or not."""
    return origin.partition("@")[0].endswith(f"/{place}")


def _read(file: Path, kind: type[T], default: T) -> T:
    return msgspec.json.decode(file.read_bytes(), type=kind) if file.exists() else default
