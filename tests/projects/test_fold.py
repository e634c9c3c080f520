"""A state read without deciding: of the decider's own streams, and never past what only newer code knows."""

from __future__ import annotations

import msgspec
import pytest

from services.projects.domain.meeting import MEETING
from services.projects.domain.project import PROJECT
from shared.decision import WrittenByNewerCode
from shared.folding import fold
from tests.projects.a_project import approved
from tests.projects.lived import recorded


def test_a_stream_is_folded_as_its_decider_folds_it() -> None:
    assert fold(PROJECT, recorded(approved.past)) == approved.state


def test_of_another_kind_there_is_nothing() -> None:
    assert fold(MEETING, recorded(approved.past)) == MEETING.initial


def test_an_event_of_newer_code_is_not_passed_over() -> None:
    first, *rest = recorded(approved.past)
    with pytest.raises(WrittenByNewerCode):
        fold(PROJECT, [first, msgspec.structs.replace(rest[0], event=None)])
