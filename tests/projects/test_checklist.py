"""Questions that a step has answered with each word, as the party department's pre-check does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from services.projects.checklists import read_checklists
from services.projects.deliberation import Reader, page_for, withheld_from
from services.projects.domain.project.approval import (
    AddSigner,
    AnsweredTwice,
    NoSuchQuestion,
    NotInOrderSaysWhy,
    OpenContent,
    OpinionGiven,
    ProposalReturned,
    QuestionsAreAnsweredAlone,
    QuestionsUnanswered,
    ReturnProposal,
    StepCompleted,
    StepOpened,
    StepReferredUp,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.paper import PaperEntered
from services.projects.domain.project.route import Answer, Question, Wanted
from services.projects.programme_content import faults_of, read_content
from services.projects.routing import choose_route, programme_in_force
from services.projects.supplement_content import faults_of_supplement
from shared.domain import PersonId, Refusal
from tests.projects.a_group import organisation
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    CONTENT,
    GROUP,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_SEAT,
    ROUTE,
    SUBMIT,
    a_draft,
    by,
)
from tests.projects.lived import page_after
from tests.projects.test_paper import CALLED, on
from tests.projects.test_programme import CONTENT as NO_FORMS
from tests.projects.test_project_acts import PROGRAMME

QUESTIONS = (Question("zhun", "切入准"), Question("burden", "减负"))
ASKED = (replace(ROUTE[0], checklist=QUESTIONS), *ROUTE[1:])
GOOD, DOUBT = Answer("zhun", ok=True), Answer("burden", ok=False, remark="照片直接用作佐证材料")
ANSWERED = replace(PRECHECK, answers=(GOOD, DOUBT))
asked = a_draft.after(replace(SUBMIT, route=ASKED))
WANTED = (Wanted("补充成因", "problem"),)


# -- with every word ----------------------------------------------------------------------------


def test_what_is_not_in_order_hinders_no_agreement_and_is_on_the_record() -> None:
    """What to think of it is for those who decide."""
    said = OpinionGiven(0, PRECHECK_SEAT, PRECHECKER.person, "agree", "h1", answers=(GOOD, DOUBT))
    assert asked.when(ANSWERED).events[0] == said
    asked.when(ANSWERED).then_names(OpinionGiven, StepCompleted, StepOpened)


@pytest.mark.parametrize("more", [{}, {"opinion": "disagree"}, {"opinion": "agree_with_changes"}], ids=str)
@pytest.mark.parametrize(
    ("answers", "rule", "facts"),
    [
        ((), QuestionsUnanswered, {"questions": ["切入准", "减负"]}),
        ((GOOD,), QuestionsUnanswered, {"questions": ["减负"]}),
        ((GOOD, DOUBT, Answer("hao", ok=True)), NoSuchQuestion, {"code": "hao"}),
        ((GOOD, DOUBT, replace(GOOD, ok=False)), AnsweredTwice, {"question": "切入准"}),
        ((GOOD, replace(DOUBT, remark=" ")), NotInOrderSaysWhy, {"questions": ["减负"]}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whichever_word_it_is_each_question_is_answered_once_and_a_no_says_why(
    answers: tuple[Answer, ...], rule: type[Refusal], facts: dict[str, Any], more: dict[str, Any]
) -> None:
    changes = WANTED if more.get("opinion") == "agree_with_changes" else ()
    word = replace(PRECHECK, changes=changes, answers=answers, **more)
    asked.when(word).then_refused(rule, **facts)
    asked.when(replace(word, answers=(GOOD, DOUBT))).then_names(
        *([OpinionGiven] if more.get("opinion") == "disagree" else [OpinionGiven, StepCompleted, StepOpened])
    )


def test_a_return_answers_nothing_and_the_next_round_asks_again() -> None:
    """Its numbered changes say what is wrong (R30)."""
    back = ReturnProposal(PRECHECKER, 0, WANTED, rerun=True, seat=PRECHECK_SEAT)
    asked.when(back).then_names(ProposalReturned)
    again = asked.after(back, replace(SUBMIT, route=ASKED))
    again.when(PRECHECK).then_refused(QuestionsUnanswered)
    again.when(ANSWERED).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_a_signer_who_was_added_and_the_steps_behind_are_asked_no_questions() -> None:
    """R29: the list is for the step's own seats."""
    add = AddSigner(PRECHECKER, 0, QUALITY_SEAT, "before", PRECHECK_SEAT, can_sign=True)
    added = asked.after(add)
    beside = replace(PRECHECK, by=QUALITY, seat=QUALITY_SEAT)
    added.when(replace(beside, answers=(GOOD, DOUBT))).then_refused(NoSuchQuestion)
    added.when(beside).then_names(OpinionGiven)
    asked.after(ANSWERED).when(QUALITY_AGREES).then_names(OpinionGiven)
    asked.after(ANSWERED).when(replace(QUALITY_AGREES, answers=(GOOD,))).then_refused(NoSuchQuestion)


def test_the_office_above_answers_when_the_step_went_up() -> None:
    """R10."""
    above = Seat("headquarters", GROUP)
    raised = replace(asked, past=(*asked.past, StepReferredUp(0, (above,), "逾期", None)))
    word = replace(PRECHECK, by=by("chief", "headquarters", GROUP), seat=above)
    raised.when(word).then_refused(QuestionsUnanswered)
    raised.when(replace(word, answers=(GOOD, DOUBT))).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_a_step_with_questions_is_not_agreed_to_in_a_batch() -> None:
    """R83: each is looked into; those who decide afterwards may, with the remark before them."""
    opened = asked.after(OpenContent(PRECHECKER, 0, "h1", PRECHECK_SEAT))
    for word in (PRECHECK, ANSWERED):
        opened.when(replace(word, batch="b1")).then_refused(QuestionsAreAnsweredAlone)
    later = asked.after(ANSWERED, OpenContent(QUALITY, 1, "h1", QUALITY_SEAT))
    later.when(replace(QUALITY_AGREES, batch="b1")).then_names(OpinionGiven)


def test_a_pre_check_on_paper_has_its_answers_entered() -> None:
    """R35."""
    typed = replace(ANSWERED, by=on(CALLED, PRECHECKER))
    asked.when(typed).then_names(OpinionGiven, StepCompleted, StepOpened, PaperEntered)
    asked.when(replace(typed, answers=())).then_refused(QuestionsUnanswered)


# -- who sees them ------------------------------------------------------------------------------


def test_who_decides_afterwards_reads_the_answers_under_their_questions() -> None:
    step = page_after(asked.after(ANSWERED))["route"]["steps"][0]
    assert step["checklist"] == [{"code": "zhun", "name": "切入准"}, {"code": "burden", "name": "减负"}]
    (word,) = step["opinions"]
    assert word["answers"] == [
        {"code": "zhun", "ok": True, "remark": ""},
        {"code": "burden", "ok": False, "remark": "照片直接用作佐证材料"},
    ]


def test_answers_within_a_committee_are_its_own() -> None:
    """R67."""
    leader = Seat("leader_in_charge", COMPANY)
    route = (replace(ASKED[0], seats=(leader,)), *ROUTE[1:])
    word = replace(ANSWERED, by=by("in charge", "leader_in_charge"), seat=leader)
    signed = a_draft.after(replace(SUBMIT, route=route)).after(word)
    for reader, told in (
        (Reader(PersonId("x"), False, False), False),
        (Reader(PersonId("x"), True, False), True),
    ):
        (shown,) = page_for(page_after(signed), reader)["route"]["steps"][0]["opinions"]
        assert (shown["answers"] is not None) == told
        given = next(event for event in signed.past if isinstance(event, OpinionGiven))
        assert ("answers" in withheld_from(given, None, reader)) != told


# -- in a programme -----------------------------------------------------------------------------


def test_the_list_of_the_programme_is_pinned_on_the_step_that_names_it() -> None:
    """R18: a later version asks a running proposal nothing else."""
    known = organisation(PROGRAMME)
    route = choose_route(
        known, programme_in_force(known, SUBMIT.today), BRANCH, "branch_with_committee", CONTENT, SUBMIT.today
    )
    codes = [[question.code for question in step.checklist] for step in route.steps]
    assert codes[0] == ["zhun", "ming", "shi", "xi", "hao", "secrecy", "repeat", "burden"]
    assert not any(codes[1:])
    assert route.steps[0].checklist[0].name == "切入准"


def programme(forms: Any, **step: str) -> str:
    """A programme whose one step is a pre-check with these forms."""
    sections = json.loads(NO_FORMS)
    sections["routes"]["routes"][0]["steps"][0] |= {"checklist": "precheck"} | step
    return json.dumps(sections | ({} if forms is None else {"forms": forms}))


ZHUN = {"code": "zhun", "zh": "切入准", "ask": "问题是否真实、聚焦？"}
UNLISTED = "routes: ordinary has the questions precheck answered at 初审, which the forms do not list"


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (programme({"precheck": [ZHUN]}), []),
        (programme(None), [UNLISTED]),
        (programme({"precheck": []}), [UNLISTED]),
        (programme({"precheck": ["切入准"]}), [UNLISTED]),
        (programme([]), [UNLISTED]),
        (programme({"precheck": [ZHUN]}, checklist="other"), [UNLISTED.replace("precheck", "other")]),
        (programme({"precheck": [ZHUN, ZHUN]}), ["forms: two questions have the code zhun"]),
        (programme({"precheck": [ZHUN], "b": [ZHUN]}), ["forms: two questions have the code zhun"]),
        (
            programme({"precheck": [ZHUN]}, decides="meeting"),
            ["routes: ordinary has the questions precheck answered at 初审, where nobody signs"],
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(len(value)),
)
def test_questions_that_nobody_can_answer_are_a_fault_of_the_programme(
    content: str, faults: list[str]
) -> None:
    assert list(faults_of(content)) == faults


def test_a_version_that_was_published_without_its_list_stays_readable_and_asks_nothing() -> None:
    """Such a one was never refused before."""
    shapes: tuple[Any, ...] = (None, [], {"precheck": 8}, {"precheck": [{"code": ""}]})
    for forms in shapes:
        content = read_content(programme(forms))
        assert content.forms.of(content.routes.routes[0].steps[0].checklist) == ()


def test_a_supplement_names_lists_of_its_programme_only() -> None:
    """R22."""
    step = {"zh": "安全部门会签", "office": "inspector", "decides": "any", "checklist": "safety"}
    content = PROGRAMME.content
    extra = {"extra_steps": [{"route": "ordinary", "before": "党委会审议", "step": step}]}
    (fault,) = faults_of_supplement(json.dumps(extra), content)
    assert fault.startswith("extra_steps: ordinary has the questions safety answered at 安全部门会签")
    step["checklist"] = "precheck"
    assert faults_of_supplement(json.dumps(extra), content) == ()


def test_a_question_is_read_in_both_languages_and_in_chinese_where_the_programme_has_no_english() -> None:
    lists = read_checklists(
        json.dumps({"precheck": [ZHUN, ZHUN | {"code": "b", "en": "B", "ask_en": "B?"}]}).encode()
    )
    (chinese, both) = lists.of("precheck")
    assert (chinese.name_in("en"), chinese.text_in("en")) == ("切入准", "问题是否真实、聚焦？")
    assert (both.name_in("en"), both.text_in("en"), both.name_in("zh-CN")) == ("B", "B?", "切入准")
