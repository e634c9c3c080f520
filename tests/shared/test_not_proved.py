"""Why a proof proves nothing is said in both languages, down to the file and the line."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest
import yaml

from cli import witness
from cli.not_proved import not_verified, said
from shared import consistency, verifier
from shared.sentences import ROOT
from shared.verifier import NotProved, verify_ledger

WORDS = yaml.safe_load((ROOT / "shared/catalogue/audit.words.yaml").read_text("utf-8"))["not_proved"]


def raised() -> dict[str, list[str]]:
    """The facts of every NotProved that the verifier and the witness raise, by its code."""
    found: dict[str, list[str]] = {}
    for module in (verifier, consistency, witness):
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "NotProved":
                code = call.args[1]
                assert isinstance(code, ast.Constant), ast.unparse(call)
                found[str(code.value)] = [str(one.arg) for one in call.keywords]
    return found


def test_every_reason_has_words_in_both_languages_that_name_no_other_facts() -> None:
    codes = raised()
    assert len(codes) > 30
    assert codes.keys() == WORDS.keys() - {"not_cosigned"}  # which the audit alone says
    for code, facts in codes.items():
        for language in ("en", "zh-CN"):
            named = {field for _, field, _, _ in string.Formatter().parse(WORDS[code][language]) if field}
            assert named <= {*facts}, (code, language)


def test_a_reason_within_a_reason_is_said_in_the_same_language() -> None:
    with pytest.raises(NotProved) as found:
        verify_ledger([verifier.FIRST_LINE, b"checkpoint YQ==\n"])
    why = found.value
    assert str(why) == said(why, "en") == "line 2: the note has no signatures below its text"
    assert said(why, "zh-CN") == "第 2 行：正文之下没有签名"
    file = Path("dossier.zip")
    assert not_verified(file, why, "en") == f"NOT VERIFIED: dossier.zip: {why}"
    assert not_verified(file, why, "zh-CN") == "核验未通过：dossier.zip：第 2 行：正文之下没有签名"


def test_what_is_no_line_at_all_stands_in_its_own_words() -> None:
    with pytest.raises(NotProved) as found:
        verify_ledger([verifier.FIRST_LINE, b"nothing\n"])
    assert said(found.value, "zh-CN") == "第 2 行：it is neither a key nor a checkpoint, or not in its place"
