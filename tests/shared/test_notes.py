"""Notes, checkpoints and cosignatures are C2SP's: published ones verify, and any other bit fails."""

from __future__ import annotations

import base64
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from shared.notes import Signer, cosigned, key_in, origin, signed
from shared.sentences import word
from shared.verifier import COSIGNS, SIGNS, Checkpoint, Key, NotProved, open_checkpoint, open_note

# The example of golang.org/x/mod/sumdb/note, and keys of transparency-dev/formats (note_cosigv1_test.go).
PETER = Key.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
PETER_SIGNS = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
SAYING = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
NOTE = (
    f"{SAYING}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZ"
    "b6KE6RyyBwJnAM=\n"
).encode()
PUBLISHED_KEYS = [
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
]
# The example of tlog-cosignature: its keys are not published, so only its form is read.
BEHIND_THE_SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""

GROUP = Signer.new("登高集团", SIGNS)
WITNESS = Signer.new("audit.example/w1", COSIGNS)
HEAD = Checkpoint(origin("登高集团", "projects", "group"), 42, sha256(b"root").digest())
AT = 1_679_315_147
WITNESSED = cosigned(signed(str(HEAD), GROUP), WITNESS, AT)


def test_the_published_note_verifies_and_is_signed_the_same() -> None:
    text, (by,) = open_note(NOTE, [PETER])
    assert (text, by.name, by.id, by.at) == (SAYING, "PeterNeumann", "c74f20a3", None)
    assert signed(SAYING, Signer.read(PETER_SIGNS)) == NOTE
    assert Signer.read(PETER_SIGNS).written() == PETER_SIGNS


@pytest.mark.parametrize("text", PUBLISHED_KEYS)
def test_published_keys_are_read_and_written(text: str) -> None:
    assert str(Key.read(text)) == text


@pytest.mark.parametrize(
    "text", ["", "a+b", "TEST+00000000+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6", "x+12345678+AwEB"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - base64 has its own sentences
        Key.read(text)


def test_a_checkpoint_is_written_as_published() -> None:
    root = bytes.fromhex("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62")
    assert str(Checkpoint("example.com/behind-the-sofa", 20852163, root)) == BEHIND_THE_SOFA
    ours = Signer.new("example.com/behind-the-sofa", SIGNS)
    assert open_checkpoint(signed(BEHIND_THE_SOFA, ours), [ours.key])[0].root == root


def test_a_cosignature_is_over_its_time_and_the_whole_text() -> None:
    text = str(HEAD)
    signature = WITNESSED.rpartition(b" ")[2]
    data = base64.b64decode(signature)
    assert data[:12] == WITNESS.key.id + AT.to_bytes(8, "big")
    message = f"cosignature/v1\ntime {AT}\n{text}".encode()
    WITNESS.private.public_key().verify(data[12:], message)
    checkpoint, (log, witness) = open_checkpoint(WITNESSED, [GROUP.key, WITNESS.key])
    assert (checkpoint, log.at, witness.at) == (HEAD, None, AT)


def test_any_changed_bit_of_a_witnessed_checkpoint_fails() -> None:
    for bit in range(len(WITNESSED) * 8):
        changed = bytearray(WITNESSED)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            _, found = open_checkpoint(bytes(changed), [GROUP.key, WITNESS.key])
        except NotProved:
            continue
        assert not all(one.known for one in found), bit  # it now names a key that nobody has


def test_a_time_beyond_what_the_format_holds_is_refused() -> None:
    late = cosigned(signed(str(HEAD), GROUP), WITNESS, 2**63)
    with pytest.raises(NotProved, match="has no time"):
        open_checkpoint(late, [GROUP.key, WITNESS.key])
    short = signed(str(HEAD), GROUP) + (
        f"— {WITNESS.name} {base64.b64encode(WITNESS.key.id + bytes(7)).decode()}\n".encode()
    )
    with pytest.raises(NotProved, match="not one of this text"):
        open_checkpoint(short, [GROUP.key, WITNESS.key])


def test_a_witness_alone_makes_no_checkpoint() -> None:
    text = str(HEAD)
    alone = f"{text}\n{WITNESS.line(text, AT)}".encode()
    with pytest.raises(NotProved, match="not signed by a key of"):
        open_checkpoint(alone, [GROUP.key, WITNESS.key])
    with pytest.raises(NotProved, match="any of the keys"):
        open_checkpoint(alone, [GROUP.key])


def test_a_key_of_another_group_signs_nothing_of_ours() -> None:
    other = Signer.new("登高", SIGNS)
    with pytest.raises(NotProved, match="not signed by a key of"):
        open_checkpoint(signed(str(HEAD), other), [other.key])


def test_after_a_change_of_keys_the_old_one_verifies_what_it_signed() -> None:
    new = Signer.new("登高集团", SIGNS)
    later = Checkpoint(HEAD.origin, 43, HEAD.root)
    keys = [GROUP.key, new.key]
    assert open_checkpoint(signed(str(HEAD), GROUP), keys)[0] == HEAD
    assert open_checkpoint(signed(str(later), new), keys)[0] == later
    assert open_checkpoint(signed(str(later), GROUP, new), [new.key])[0] == later  # while both are in use
    with pytest.raises(NotProved, match="any of the keys"):
        open_checkpoint(signed(str(later), new), [GROUP.key])


@pytest.mark.parametrize(
    "text",
    [
        "a/b\n01\n{root}\n",
        "a/b\n-1\n{root}\n",
        "a/b\n1\n{root}\nmore\n",
        "a/b\n1\n",
        f"a/b\n{2**63}\n{{root}}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused_even_if_it_is_signed(text: str) -> None:
    key = Signer.new("a", SIGNS)
    text = text.format(root="CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    with pytest.raises(NotProved, match="not a checkpoint"):
        open_checkpoint(signed(text, key), [key.key])


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (b"\xff", "no_text"),
        (b"a\n\x00\n\n", "no_note"),
        (b"a\n", "unsigned"),
        (f"{HEAD}\n— a b c\n".encode(), "unreadable"),
        (f"{HEAD}\n— a YQ==\n".encode(), "no_signature"),
        (signed(str(HEAD), Signer.new("a", SIGNS)), "unknown_keys"),
        (signed(str(HEAD), GROUP).replace(b"\n42\n", b"\n41\n"), "other_text"),
        (cosigned(signed(str(HEAD), GROUP), WITNESS, 2**63), "no_time"),
        (signed("a\n1\n", GROUP), "no_checkpoint"),
        (f"{HEAD}\n{WITNESS.line(str(HEAD), AT)}".encode(), "not_of_its_log"),
    ],
)
def test_why_a_note_proves_nothing_is_said_in_both_languages(note: bytes, code: str) -> None:
    with pytest.raises(NotProved) as found:
        open_checkpoint(note, [GROUP.key, WITNESS.key])
    why = found.value
    assert why.code == code
    assert word("not_proved", code, "en").format(**why.facts) == str(why)
    chinese = word("not_proved", code, "zh-CN").format(**why.facts)
    assert chinese != code
    assert all(fact in chinese for fact in why.facts.values())


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    made = key_in(file, "登高集团", SIGNS)
    assert key_in(file, "登高集团", SIGNS).key == made.key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(ValueError, match="holds the key of 登高集团"):
        key_in(file, "another", SIGNS)
    with pytest.raises(ValueError, match="no name of a key"):
        Signer.new("two words", SIGNS)
