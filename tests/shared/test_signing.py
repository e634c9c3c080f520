"""What the signer signs, and that it refuses every tree that does not extend what it signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import keys as keys_command
from shared.signed_state import SignedState, keys_in
from shared.signing import NOTHING_KNOWN, NotRefused, Signing
from shared.verifier import Checkpoint, NotProved, open_checkpoint
from tests.shared.a_signer import GROUP, append, change, emptied, settings_in, signer_of
from tests.support.books import Added, Book

GROUPS = f"{GROUP}/projects/group"


def last(signing: Signing, ledger: str = "group") -> Checkpoint:
    note = (signing.state.signed() or {})[ledger]
    return open_checkpoint(note.encode(), signing.keys.of_log)[0]


async def test_what_was_appended_is_signed_and_what_is_signed_grows(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 3)
    await append(book, 2, "company")
    await signing.round()
    first = last(signing)
    assert (first.origin, first.size) == (GROUPS, 3)
    await append(book, 600)
    await signing.round()
    head = await book.ledgers.head("group")
    assert last(signing) == Checkpoint(GROUPS, 603, head.frontier.root())
    assert last(signing, "company").size == 2
    assert signing.refused == {}


async def test_where_nothing_was_appended_nothing_is_signed(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 3)
    await signing.round()
    file = tmp_path / "signed" / "projects" / "signed.json"
    before = file.stat().st_mtime_ns, file.read_bytes()
    await signing.round()
    assert (file.stat().st_mtime_ns, file.read_bytes()) == before


async def test_after_a_restart_it_goes_on_where_it_was(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 300)
    await signing.round()
    await append(book, 5)
    again = await signer_of(book, tmp_path)
    await again.round()
    assert last(again).size == 305
    assert again.refused == {}


async def test_one_of_several_signs_and_another_takes_over(book: Book, tmp_path: Path) -> None:
    one, other = await signer_of(book, tmp_path), await signer_of(book, tmp_path)
    await append(book, 3)
    with one.state.alone() as mine:
        assert mine
        await other.round()
        assert other.state.signed() == {}
    await other.round()
    await append(book, 3)
    await one.round()
    await append(book, 3)
    await other.round()
    assert last(one).size == 9
    assert one.refused == other.refused == {}


async def test_a_shorter_ledger_is_refused_as_after_the_restore_of_an_older_backup(
    book: Book, tmp_path: Path
) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 5)
    await signing.round()
    older = await emptied(book)
    await append(older, 3)
    for one in (signing, await signer_of(older, tmp_path)):
        await one.round()
        assert one.refused == {"group": "it ends at 3, and 5 events were signed"}
    assert last(signing).size == 5
    await append(older, 9)  # longer again, in another way
    again = await signer_of(older, tmp_path)
    await again.round()
    assert again.refused == {"group": "its first 5 events are not those that were signed"}


async def test_where_the_state_was_lost_with_the_rest_it_refuses_too(book: Book, tmp_path: Path) -> None:
    await append(book, 5)
    signing = await signer_of(book, tmp_path)
    await signing.round()
    await signing.round()
    assert signing.refused == {"group": NOTHING_KNOWN}
    assert signing.state.signed() is None


@pytest.mark.parametrize(
    "change_of",
    [
        "UPDATE events SET body = CAST('{}' AS {bytes}) WHERE position = 2",
        "UPDATE events SET stream = (SELECT stream FROM events WHERE ledger = 'other') WHERE version = 2",
        "UPDATE events SET version = 99 WHERE position = 2 AND ledger = 'group'",
        "DELETE FROM events WHERE position = 2 AND ledger = 'group'",
    ],
    ids=["bytes", "stream", "version", "gone"],
)
async def test_any_change_of_what_was_signed_is_found_at_the_next_start(
    book: Book, tmp_path: Path, change_of: str
) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 5)
    await book.append("other", ("q", Added(1)))
    await signing.round()
    await change(book, change_of.replace("{bytes}", bytes_of(book)))
    again = await signer_of(book, tmp_path)
    await again.round()
    assert "group" in again.refused
    assert last(again).size == 5


async def test_a_change_of_old_events_is_found_while_it_runs(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 300)
    await signing.round()
    await change(book, "UPDATE events SET version = 999 WHERE position = 2")
    await signing.round()
    assert signing.refused == {"group": "its first 300 events are not those that were signed"}


async def test_a_change_before_the_first_signature_is_found_by_the_head(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 5)
    await change(book, "UPDATE events SET version = 99 WHERE position = 5")
    await signing.round()
    assert signing.refused == {"group": "its 5 events are not those of its head"}
    assert signing.state.signed() == {}


async def test_an_operator_lets_it_begin_anew_under_another_origin(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 5)
    await signing.round()
    replica = await signer_of(book, tmp_path)
    older = await emptied(book)
    await append(older, 3)
    for one in (signing, replica):
        await one.round()
    with pytest.raises(NotRefused):
        await signing.begin_anew(["company"])
    (origin,) = await signing.begin_anew(["group"])
    assert origin.startswith(f"{GROUPS}@2")
    await append(older, 1)
    for one in (replica, signing):
        await one.round()
        assert one.refused == {}
    assert (last(signing).origin, last(signing).size) == (origin, 4)


async def test_keys_are_rotated_while_it_runs_and_old_ones_verify_what_they_signed(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signing = await signer_of(book, tmp_path)
    notes = []
    for arguments in ([], ["--rotate"], ["--retire"]):
        assert keys_command.main([*arguments, "--data", str(tmp_path)]) == 0
        await append(book, 1)
        await signing.round()
        notes.append((signing.state.signed() or {})["group"].encode())
    assert "verifies" in capsys.readouterr().out
    new, old = signing.keys.of_log
    for note in notes:
        open_checkpoint(note, [new, old])
    open_checkpoint(notes[1], [old])
    open_checkpoint(notes[1], [new])
    open_checkpoint(notes[2], [new])
    with pytest.raises(NotProved):
        open_checkpoint(notes[2], [old])
    assert keys_in(tmp_path / "signed", "another").signers[0].key == new  # the name is that of the file


async def test_another_key_signs_nothing_on_top_of_what_it_cannot_verify(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    await append(book, 3)
    await signing.round()
    (tmp_path / "signed" / "keys").unlink()
    await append(book, 3)
    await signing.round()
    assert "not signed by any of the keys" in signing.refused["group"]


def test_a_damaged_file_of_keys_is_no_reason_to_make_new_ones(tmp_path: Path) -> None:
    keys_in(tmp_path, GROUP)
    (tmp_path / "keys").write_text("PRIVATE+KEY+x\n")
    with pytest.raises(ValueError, match="private key"):
        keys_in(tmp_path, GROUP)


def test_a_witness_never_goes_back_in_what_it_cosigned(tmp_path: Path) -> None:
    state = SignedState(settings_in(tmp_path).signed)
    state.cosign("group", "w", "a\n5\n…")
    state.cosign("group", "w", "a\n3\n…")
    state.cosign("group", "v", "a\n3\n…")
    assert state.cosigned("group") == {"w": "a\n5\n…", "v": "a\n3\n…"}
    state.cosign("group", "w", "a@2\n3\n…")  # begun anew
    assert state.cosigned("group")["w"] == "a@2\n3\n…"


def bytes_of(book: Book) -> str:
    return "BLOB" if book.ledgers.engine.dialect.name == "sqlite" else "bytea"
