"""What people read in Chinese is Chinese: codes are said in words, and what somebody wrote stays."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

import services
import shared
from services.evaluation.domain.review.cycle.state import Stage
from services.evaluation.domain.review.panel.state import Signing
from services.projects.domain.body import Kind
from services.projects.domain.project.archiving import PROPERTIES
from services.projects.domain.project.change import RequestChange
from services.projects.domain.project.clarity import ProposalIncomplete, refuse_unclear
from services.projects.domain.project.closing import ClosingReport, ClosureIncomplete
from services.projects.domain.project.content import (
    FIELDS,
    ActivityKind,
    Alteration,
    FoundWhere,
    Indicator,
    Integration,
    LeaderKind,
    PlannedActivity,
    ProblemKind,
    Proposal,
    ReadingRhythm,
)
from services.projects.domain.project.proposal import ResolutionKind
from services.projects.domain.project.state import Explained
from services.projects.domain.project.tasks import AddTask
from services.projects.programme_content import faults_of
from shared.domain import Refusal
from shared.offices import offices
from shared.sentences import sentences, word
from tests.projects import a_project as p

OF_THE_WIRE = (  # what a request itself calls so
    "Idempotency-Key",
    "If-Match",
    "application/json",
    "https://",
    "http://",
    "ETag",
)
WRITTEN = ("rework", "paint", "zzz", "projects/group:9", "/health", "parked")  # by whoever asked or proposed
DAY = date(2026, 3, 2)


def refusals() -> list[type[Refusal]]:
    """All of them, by name."""
    for package in (shared, services):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith((".app", ".env")):  # which would start
                importlib.import_module(found.name)

    def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        for known in kind.__subclasses__():
            yield known
            yield from below(known)

    ours = {known for known in below(Refusal) if known.__module__.startswith(("shared.", "services."))}
    return sorted(ours, key=lambda known: known.__name__)


def missing_of_a_proposal() -> list[str]:
    """All that can be missing in one."""
    source = p.QUALITY_SEAT
    by_date = Indicator("paint", "", "", "by_date", source)
    empty = Proposal(
        targets=(Indicator("rework", "", "", "raise", source), by_date),
        integrations=tuple(Integration(code, "") for code in ("safety", "operations", "basics", "culture")),
        activities=(PlannedActivity("主题党日", ""),),
        pair=True,
    )
    found: list[str] = []
    for content in (Proposal(), empty):
        with pytest.raises(ProposalIncomplete) as refused:
            refuse_unclear(content, "resolution")
        found += refused.value.facts["missing"]
    return found


def missing_of_a_closing() -> list[str]:
    """All that can be missing for one."""
    past = p.approved.after(
        AddTask(p.SECRETARY, "T1", "推广", "签认", DAY, Decimal(10)),
        RequestChange(p.SECRETARY, "C1", "换人", Alteration(team=replace(p.CONTENT.team, name="新"))),
    )
    late = replace(p.REQUEST_CLOSURE, report=ClosingReport(), secrecy=None, explanation="", today=date.max)
    with pytest.raises(ClosureIncomplete) as refused:
        past.decider.decide(late, past.state)
    found: list[str] = refused.value.facts["missing"]
    return found


OTHERWISE_MISSING = (
    *("version", "document", "meeting", "items", "should_attend", "place", "minutes_number", "name", "code"),
    *("kind", "staff_number", "political_status", "votes.1.text", "votes.1.changes"),
    *("findings.W1", "reason", "text", "what", "how", "next_steps", "what_next", "before", "after"),
    "changes.1.text",
    *("task_title", "half", "half_title"),
)
NUMBERS = (
    "year at_least at_most holders left limit may_vote months days megabytes number present points seconds"
)
NUMBERS += " rows year times should_attend size votes votes_for weight characters least count item position"
NUMBERS += " minimum lowest most places decided run first last"
DAYS = "closed_on dispute_by due ends held_on in_force now asked on opened_on requested_on since until"
FACTS: dict[str, list[Any]] = {
    **{name: [3] for name in NUMBERS.split()},
    **{name: [DAY] for name in DAYS.split()},
    "missing": [[code] for code in (*missing_of_a_proposal(), *missing_of_a_closing(), *OTHERWISE_MISSING)],
    "fields": [[field] for field in sorted(FIELDS)] + [["zzz"]],
    "sections": [[fault.partition(":")[0]] for content in ("{}", "no json") for fault in faults_of(content)],
    "leader": list(get_args(LeaderKind)),
    "subject": list(get_args(Explained)),
    "kind": [*get_args(ResolutionKind), *get_args(Kind)],
    "office": [*offices(), "member"],
    "by": [*offices(), "member"],
    "rules": [["n02", "n15"]],
    "faults": [["标题过长：12个字符。"]],
    "criteria": [["问题真实"]],
    "properties": [[name] for name in PROPERTIES],
    "question": ["切入准"],
    "questions": [["切入准", "目标明"]],
    "criterion": ["问题真实", "zzz"],
    "indicator": ["返修率", "rework"],
    "field": ["zzz"],
    "findings": [["W1"]],
    "recorded": [[1, 2]],
    "expected": [[1, 2]],
    "period": ["2026-03"],
    "rhythm": list(get_args(ReadingRhythm)),
    "example": ["2026-05"],
    "document": ["〔2026〕1号"],
    "position": ["projects/group:9", 3],
    "programme": ["2026.1"],
    "version": ["2026.1"],
    "unknown": [["zzz"]],
    "view": ["zzz"],
    "held": ["zzz"],
    "types": ["PDF, PNG"],
    "method": ["PUT"],
    "sign": ["U+200B"],
    "problem_kinds": [list(get_args(ProblemKind))],
    "activity_kinds": [list(get_args(ActivityKind))],
    "found_where": [list(get_args(FoundWhere))],
    "got": ["zzz"],
    "numbers": [[3, 12]],
    "juror": ["C"],
    "stage": list(get_args(Stage)),
    "signing": list(get_args(Signing)),
    "total": [Decimal("87.5")],
    "proposed": [Decimal("6.8")],
    "value": [Decimal("5.0")],
    **{name: ["M1"] for name in ("code", "task", "milestone", "problem", "finding", "inspection", "change")},
}


def codes_in(sentence: str) -> list[str]:
    """Words of ASCII letters that nobody wrote and no request calls so."""
    for known in (*OF_THE_WIRE, *WRITTEN):
        sentence = sentence.replace(known, "")
    return re.findall(r"\w*[a-z]{2,}\w*", sentence, re.ASCII)


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: str(refusal.__name__))
def test_no_chinese_sentence_holds_a_code_or_an_english_word(refusal: type[Refusal]) -> None:
    said = Refusal()
    said.__class__ = refusal
    names = re.findall(r"\{(\w+)\}", sentences(said, "zh-CN")[0])
    for turn in range(max((len(FACTS[name]) for name in names), default=1)):
        said.facts = {name: FACTS[name][turn % len(FACTS[name])] for name in names}
        sentence = sentences(said, "zh-CN")[0]
        assert codes_in(sentence) == [], sentence


def test_codes_are_found() -> None:
    assert codes_in("缺：problem、targets.mp_slip.baseline，返修率rework，请求头If-Match") == [
        "problem",
        "targets",
        "mp_slip",
        "baseline",
    ]


def test_a_list_of_what_is_missing_keeps_which() -> None:
    missing = ["problem", "targets.mp_slip.baseline", "resolution"]
    assert sentences(ProposalIncomplete(missing=missing), "zh-CN")[0] == (
        "立项申请还不完整，缺：拟解决问题、指标mp_slip的基准值、支部决议。"
    )
    missing = ["milestones.M2", "findings.W1", "report.data"]
    assert sentences(ClosureIncomplete(missing=missing), "en")[0] == (
        "The project is not ready to be closed: milestone M2, closing of finding W1, report: data."
    )


def test_why_a_step_went_up_is_said_in_words() -> None:
    assert word("reason", "R27", "zh-CN") == "回避后可表决人数不足"
