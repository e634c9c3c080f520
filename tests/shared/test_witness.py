"""A witness cosigns what extends what it saw, and refuses every other history, whoever signed it."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest

from cli.witness import NO_ANSWER, REFUSED, Witness
from shared.ledger import DISCIPLINE
from shared.signed_state import KEYS, Keys, replaced
from shared.signing import Signing
from shared.verifier import Key, NotProved, open_checkpoint
from tests.shared.a_signer import GROUP, append, asked, emptied, signer_of
from tests.support.books import Book


async def look(witness: Witness) -> list[str]:
    """What it finds; that the other service of a real system is not there is left out."""
    found = [finding async for finding in witness.look()]
    return [f"{code} {what}" for code, what in found if code != NO_ANSWER]


async def looking(signing: Signing, state: Path, accept: str | None = None) -> list[str]:
    async with asked(signing) as http:
        return await look(Witness(state, "audit.example/w1", http, accept=accept))


def entered(directory: Path, signing: Signing, key: Key) -> None:
    """The operator enters a witness."""
    keys = Keys(signing.keys.signers, (key,))
    replaced(directory / "signed" / KEYS, keys.written())


async def begun(book: Book, directory: Path, count: int = 5) -> Signing:
    signing = await signer_of(book, directory)
    await append(book, count)
    await signing.round()
    return signing


async def test_it_cosigns_and_the_system_keeps_and_gives_back_what_it_cosigned(
    book: Book, tmp_path: Path
) -> None:
    signing = await begun(book, tmp_path / "data")
    async with asked(signing) as http:
        witness = Witness(tmp_path / "w", "audit.example/w1", http)
        entered(tmp_path / "data", signing, witness.key)
        await signing.round()
        first, second = await look(witness)
        assert first.startswith("0 Taken as the system's keys; compare them: " + GROUP)
        assert second == f"0 cosigned {GROUP}/projects/group at 5 events"
        note = (await http.get("/api/projects/checkpoints/group")).content
        _, (log, cosigner) = open_checkpoint(note, [*signing.keys.of_log, witness.key])
        assert (log.at, cosigner.known) == (None, True)
        assert cosigner.at is not None
        assert await look(witness) == []

        for size in (6, 300, 301):
            await append(book, size - (await book.ledgers.head("group")).position)
            await signing.round()
            assert await look(witness) == [f"0 cosigned {GROUP}/projects/group at {size} events"]
    assert stat.S_IMODE((tmp_path / "w" / "key").stat().st_mode) == 0o600
    assert await looking(signing, tmp_path / "w") == []  # after a restart


async def test_history_rewritten_with_the_real_key_is_refused_by_it(book: Book, tmp_path: Path) -> None:
    signing = await begun(book, tmp_path / "data", 300)
    await looking(signing, tmp_path / "w")

    other = await emptied(book)
    await append(other, 400, amount=7)
    (tmp_path / "data" / "signed" / "projects" / "signed.json").unlink()
    signing.state.sign({})  # as if nothing had ever been signed, by whoever has the key and the disks
    rewritten = await signer_of(other, tmp_path / "data")
    await rewritten.round()
    note = (rewritten.state.signed() or {})["group"]
    assert open_checkpoint(note.encode(), signing.keys.of_log)[0].size == 400  # the real key, the real name
    for _ in range(2):
        (said,) = await looking(rewritten, tmp_path / "w")
        assert said.startswith(f"{REFUSED} REFUSED projects/group: ")
        assert "does not extend the one of 300: history differs" in said
    (evidence,) = (tmp_path / "w" / "refused").iterdir()
    assert evidence.read_text().count(f"{GROUP}/projects/group\n") == 2


async def test_what_goes_back_differs_or_is_hidden_is_refused(book: Book, tmp_path: Path) -> None:
    signing = await begun(book, tmp_path / "data")
    notes = signing.state.signed() or {}
    await append(book, 5)
    await signing.round()
    await looking(signing, tmp_path / "w")

    signing.state.sign(notes)
    assert "it goes back from 10 events to 5" in (await looking(signing, tmp_path / "w"))[0]
    async with asked(signing) as http:
        (chinese,) = await look(Witness(tmp_path / "w", "audit.example/w1", http, spoken="zh-CN"))
    assert f"拒绝联署 projects/group：由 10 条退回到 5 条。前后两份均存于 {tmp_path}" in chinese
    signing.state.sign({})
    assert "it is not there any more" in (await looking(signing, tmp_path / "w"))[0]


async def test_another_key_is_refused_until_it_is_given(book: Book, tmp_path: Path) -> None:
    signing = await begun(book, tmp_path / "data")
    await looking(signing, tmp_path / "w")
    (tmp_path / "data" / "signed" / KEYS).unlink()
    signing.state.sign({})
    other = await signer_of(book, tmp_path / "data")
    await other.round()
    assert "not signed by any of the keys" in (await looking(other, tmp_path / "w"))[0]


async def test_a_ledger_that_was_begun_anew_is_accepted_by_word_alone(book: Book, tmp_path: Path) -> None:
    signing = await begun(book, tmp_path / "data")
    await looking(signing, tmp_path / "w")
    older = await emptied(book)
    await append(older, 3)
    await signing.round()
    (origin,) = await signing.begin_anew(["group"])
    (said,) = await looking(signing, tmp_path / "w")
    assert f"it was begun anew as {origin}" in said
    assert await looking(signing, tmp_path / "w", accept=origin) == [
        f"0 projects/group: accepted as {origin}",
        f"0 cosigned {origin} at 3 events; the system did not keep it (409)",  # not entered
    ]


async def test_only_witnesses_that_were_entered_are_kept(book: Book, tmp_path: Path) -> None:
    signing = await begun(book, tmp_path / "data")
    assert (await looking(signing, tmp_path / "w"))[1].endswith("; the system did not keep it (409)")
    assert signing.state.cosigned("group") == {}
    async with asked(signing) as http:
        note = signing.state.signed() or {}
        for said in (note["group"], "nonsense", note["group"].replace("5\n", "6\n")):
            answer = await http.put("/api/projects/checkpoints/group/cosigned", json={"note": said})
            assert (answer.status_code, answer.json()["code"]) == (409, "NotCosigned")


async def test_restricted_ledgers_are_signed_and_not_told(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 5, DISCIPLINE)
    await signing.round()
    assert DISCIPLINE in (signing.state.signed() or {})
    async with asked(signing) as http:
        assert (await http.get("/api/projects/checkpoints")).json()["ledgers"] == []
        assert (await http.get(f"/api/projects/checkpoints/{DISCIPLINE}")).status_code == 404
        query = "old=1&size=2"
        answer = await http.get(f"/api/projects/checkpoints/{DISCIPLINE}/extension?{query}")
        assert answer.status_code == 404


@pytest.mark.parametrize(("old", "size"), [(3, 2), (0, 6), (6, 6)])
async def test_a_proof_is_of_sizes_that_were_signed(book: Book, tmp_path: Path, old: int, size: int) -> None:
    signing = await begun(book, tmp_path)
    async with asked(signing) as http:
        query = {"old": old, "size": size}
        answer = await http.get("/api/projects/checkpoints/group/extension", params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "SizesWrong")


async def test_whoever_answers_nonsense_is_not_believed(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/checkpoints"):
            return httpx.Response(200, json={"keys": [], "ledgers": ["group"]})
        return httpx.Response(200, content=b"\xff")

    async with httpx.AsyncClient(base_url="http://x", transport=httpx.MockTransport(answer)) as http:
        found = [finding async for finding in Witness(tmp_path, "w", http).look()]
    assert {code for code, _ in found} == {0, REFUSED}
    with pytest.raises(NotProved):
        open_checkpoint(b"\xff", [])
