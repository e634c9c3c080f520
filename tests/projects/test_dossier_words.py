"""What stands in a field by a code of the domain is said in words, in both languages."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.projects.domain.project.content import IndicatorKind, ReadingRhythm, TeamRole
from services.projects.domain.project.midterm import MidtermResult
from services.projects.domain.project.outcome import OutcomeKind
from services.projects.domain.project.route import Decides, MeetingResult, Opinion
from services.projects.domain.project.supervision import Severity
from services.projects.domain.project.team import TeamForm
from services.projects.dossier import MARKS
from services.projects.replay_words import label, text
from shared.sentences import Language, word

CODES: list[tuple[str, Any]] = [
    ("targets.rework.kind", IndicatorKind),
    ("outcomes.#1.kind", OutcomeKind),
    ("indicators.rework.rhythm", ReadingRhythm),
    ("team.members.#1.role", TeamRole),
    ("team.form", TeamForm),
    ("midterm.result", MidtermResult),
    ("route.steps.#1.decides", Decides),
    ("route.steps.#1.opinions.#1.opinion", Opinion),
    ("route.steps.#1.meetings.#1.result", MeetingResult),
    ("findings.W1.severity", Severity),
]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("place", "codes"), CODES, ids=lambda value: str(value)[-24:])
def test_a_code_is_said_in_words(place: str, codes: Any, language: Language) -> None:
    for code in get_args(codes):
        told = text(place, code, {}, language)
        assert told.isascii() == (language == "en"), (code, told)
        assert told != code or (language == "en" and word(place.rpartition(".")[2], code, "zh-CN") != code)


def test_a_code_that_the_programme_names_is_called_so_where_it_stands_in_a_place() -> None:
    names = {"real_problem": "问题真、切口小", "due": "不是它"}
    place = "closing.second_key.marks.real_problem.due"
    assert label(place, "zh-CN", names).endswith("问题真、切口小 期限")


def test_marks_and_what_is_missing_are_said_in_words() -> None:
    assert {word("secrecy_mark", mark, "zh-CN") for mark in MARKS} == {"公开", "内部", "工作秘密", "商业秘密"}
    missing = text("closing.missing", ["report.data", "tasks.T1"], {}, "zh-CN")
    assert missing == "结项报告的数据部分、任务T1"
