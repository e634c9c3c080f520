"""Laws of the approval: whatever is commanded, nothing becomes a project against the rules of section 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projects.domain.project import PROJECT, Command, Event, approval
from services.projects.domain.project.approval import (
    AddSigner,
    AmendProposal,
    ChangeDecision,
    ConfirmChanges,
    DecisionChangedByHigher,
    GiveOpinion,
    MeetingDecided,
    OpinionGiven,
    OpinionWithdrawn,
    ProjectApproved,
    RecordMeetingDecision,
    RejectProject,
    ReturnProposal,
    SignerAdded,
    StepCompleted,
    StepOpened,
    StepReferredUp,
    TransferStep,
    UrgeDecider,
    WithdrawOpinion,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.proposal import (
    ProposalSubmitted,
    ReviseProposal,
    SubmitProposal,
    WithdrawProposal,
)
from services.projects.domain.project.route import Answer, Question, Share, Step, Wanted
from services.projects.domain.project.state import State
from services.projects.domain.quorum import Numbers
from shared.domain import By, PersonId, Refusal
from tests.projects.a_project import (
    COMMITTEE,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    FINANCE_SEAT,
    MARCH,
    MEET,
    PRECHECK_SEAT,
    QUALITY_SEAT,
    ROUTE,
    SECRETARY,
    SUBMIT,
    UNANIMOUS,
    Project,
    a_draft,
    by,
)
from tests.projects.test_project_laws import LAW, stored_and_read

SAFETY_SEAT = Seat("inspector", COMPANY)
SEATS = (PRECHECK_SEAT, QUALITY_SEAT, FINANCE_SEAT, SAFETY_SEAT)
PLAYERS = ("secretary", "fitter")
PEOPLE = (*PLAYERS, "one", "two", "three")
QUESTIONS = (Question("zhun", "切入准"), Question("burden", "减负"))
ANSWERED = (Answer("zhun", True), Answer("burden", False, "照片可省"))
CONTENTS = {"h1": CONTENT, "h2": replace(CONTENT, problem="返修率6.8%。"), "h3": replace(CONTENT, title="题")}

kinds = st.sampled_from(("any", "all", "in_order", "share", "meeting"))


@st.composite
def routes(draw: st.DrawFn) -> tuple[Step, ...]:
    """One to three deciding steps of any kind, and a filing behind or between them."""
    steps = []
    for number in range(draw(st.integers(1, 3))):
        decides: Any = draw(kinds)
        asked = draw(st.lists(st.sampled_from(SEATS[:3]), min_size=1, max_size=3, unique=True))
        seats = (COMMITTEE_SEAT,) if decides == "meeting" else tuple(asked)
        share = Share(draw(st.integers(1, 3)), 3) if decides == "share" else None
        questions = draw(st.sampled_from(((), QUESTIONS)))
        steps.append(Step(f"第{number}步", decides, seats, 3, share=share, checklist=questions))
        if draw(st.booleans()):
            steps.append(ROUTE[3])
    return tuple(steps)


ABLE = ("one", "two", "three")
seats = st.sampled_from(SEATS)
able = st.sampled_from(ABLE)
signatures = st.builds(
    by,
    st.one_of(able, able, able, st.sampled_from(PEOPLE)),
    st.sampled_from(("party_department", "leader_in_charge")),
    st.just(COMPANY),
    st.one_of(st.none(), st.none(), st.none(), st.sampled_from(PEOPLE)),
)
hashes = st.sampled_from(("h1", "h1", "h1", "h2", "h3"))
ties = st.sampled_from(((), (), (), (PersonId("fitter"),), (PersonId("one"),)))
mostly = st.sampled_from((True, True, True, False))
wishes = st.just((Wanted("补充", "problem"),))
results = (UNANIMOUS, UNANIMOUS, Numbers(7, 6, 2, votes_against=4), Numbers(7, 4, 3, withdrawn=4))
voters = st.sampled_from((COMMITTEE, COMMITTEE, (PersonId("fitter"),)))
contents = st.sampled_from(sorted(CONTENTS))
opinions = st.sampled_from(("agree", "agree", "disagree"))
answers = st.sampled_from(((), ANSWERED, ANSWERED[:1]))


def acts_at(place: int) -> st.SearchStrategy[Command]:
    """Acts of all kinds, mostly on this step, by people who mostly may."""
    here = st.one_of(*[st.just(place)] * 4, st.integers(0, 3))
    asked: dict[str, Any] = {"by": signatures, "step": here, "seat": seats, "tied_to": ties}
    asked |= {"handler_acts": mostly}
    onward = st.just(MEET.onward)
    plain = st.builds(
        GiveOpinion, opinion=opinions, content_hash=hashes, batch=st.just(""), onward=onward,
        changes=st.just(()), note=st.just(""), answers=answers, **asked,
    )  # fmt: skip
    conditional = st.builds(
        GiveOpinion, opinion=st.just("agree_with_changes"), content_hash=hashes, batch=st.just(""),
        onward=onward, changes=wishes, note=st.just(""), answers=answers, **asked,
    )  # fmt: skip
    added = st.builds(
        AddSigner, signer=seats, place=st.sampled_from(("before", "after")), can_sign=mostly,
        reason=st.just(""), **asked,
    )  # fmt: skip
    transfer = st.builds(
        TransferStep, to=able.map(PersonId), colleagues=st.just(tuple(map(PersonId, PEOPLE))),
        their_ties=ties, reason=st.just(""), **asked,
    )  # fmt: skip
    from_above = st.builds(
        ChangeDecision, by=signatures, step=here, reason=st.just("成立"), what_next=st.just("逐月核对"),
        content_hash=hashes, higher=mostly, tied_to=ties, onward=onward,
    )  # fmt: skip
    met = st.builds(
        lambda **told: replace(MEET, **told), step=here, numbers=st.sampled_from(results),
        content_hash=hashes, voters=voters, changes=st.just(()) | wishes,
        deferred=st.sampled_from((False, False, True)),
    )  # fmt: skip
    confirmed = st.builds(
        ConfirmChanges, by=signatures, numbers=st.sampled_from(((1,), (2,), (1, 2))),
        content_hash=hashes, seat=seats, onward=onward, tied_to=ties,
    )  # fmt: skip
    return st.one_of(
        plain, plain, plain, conditional, added, added, transfer, from_above, from_above, met, confirmed,
        st.builds(WithdrawOpinion, reason=st.just("误解"), **asked),
        st.builds(ReturnProposal, changes=wishes, rerun=st.booleans(), guidance=st.just("指导"), **asked),
        st.builds(RejectProject, reason=st.just("重复"), **asked),
        st.builds(UrgeDecider, by=st.just(SECRETARY), step=here, today=st.just(MARCH)),
        contents.map(lambda hash_: AmendProposal(SECRETARY, CONTENTS[hash_], hash_)),
        st.just(WithdrawProposal(SECRETARY, "补充")),
        contents.map(lambda hash_: ReviseProposal(SECRETARY, CONTENTS[hash_])),
        st.builds(replace, st.just(SUBMIT), content_hash=contents),
    )  # fmt: skip


ACTS_AT = [acts_at(place) for place in range(6)]


OFTEN = settings(LAW, max_examples=200)


class Register:
    """What an auditor who knows only the rules would note down of the events, to check an approval by."""

    def __init__(self) -> None:
        self.route: tuple[Step, ...] = ()
        self.opened: dict[int, StepOpened] = {}
        self.words: dict[int, dict[Seat, OpinionGiven]] = {}
        self.added: dict[int, set[Seat]] = {}
        self.asked: dict[int, tuple[Seat, ...]] = {}
        self.met: dict[int, MeetingDecided] = {}
        self.changed: set[int] = set()
        self.passed: set[int] = set()
        self.owed: set[int] = set()

    def notes(self, event: Event) -> None:
        """Write one event down; StepCompleted only if the rules let the step be passed."""
        match event:
            case ProposalSubmitted():
                self.route = event.route
                if event.anew:
                    self.owed.clear()
            case approval.ProposalReturned():
                if event.rerun:
                    self.owed.clear()
                self.passed = set() if event.rerun else {step for step in self.passed if step < event.step}
            case StepOpened():
                self.passed = {step for step in self.passed if step < event.step}
                self.opened[event.step], self.words[event.step] = event, {}
                self.added[event.step], self.asked[event.step] = set(), event.seats
                self.met.pop(event.step, None)
                self.changed.discard(event.step)
            case OpinionGiven():
                assert event.person not in PLAYERS
                asked = () if event.seat in self.added[event.step] else self.route[event.step].checklist
                assert {one.code for one in event.answers} == {one.code for one in asked}
                self.words[event.step][event.seat] = event
                self.owed |= {change.number for change in event.changes}
            case OpinionWithdrawn():
                assert self.words[event.step].pop(event.seat).person == event.person
                self.owed -= set(event.numbers)
            case SignerAdded():
                self.added[event.step].add(event.signer)
            case StepReferredUp():
                self.asked[event.step], self.words[event.step] = event.seats, {}
                self.added[event.step] = set()
            case MeetingDecided():
                self.met[event.step] = event
                self.owed |= {change.number for change in event.changes}
            case DecisionChangedByHigher():
                assert event.person not in PLAYERS
                self.changed.add(event.step)
            case StepCompleted():
                self._refuse_unless_carried(event.step)
                self.passed.add(event.step)
            case approval.ChangesConfirmed():
                self.owed -= set(event.numbers)
            case ProjectApproved():
                deciding = {place for place, step in enumerate(self.route) if step.decides != "filing"}
                assert self.passed >= deciding, "no step is skipped"
                assert not self.owed, "no change is owed"

    def _refuse_unless_carried(self, place: int) -> None:
        step, words = self.opened[place], self.words[place]
        if step.decides == "meeting":
            met = self.met[place]
            assert place not in self.changed, "no single person takes a meeting's place"
            assert met.result in ("passed", "passed_with_changes")
            assert met.numbers.votes_for * 2 > met.numbers.should_attend
            return
        if place in self.changed:
            return
        agreed = {seat for seat, word in words.items() if word.opinion != "disagree"}
        own = set(self.asked[place])
        assert self.added[place] <= agreed, "an added signer agrees as well"
        assert agreed, "nothing is approved by nobody"
        match step.decides:
            case "any":
                assert agreed & own
            case "share":
                assert step.share is not None
                assert len(agreed & own) * step.share.of >= len(own) * step.share.agree
                return
            case _:
                assert agreed >= own
        assert all(word.opinion != "disagree" for word in words.values()), "a disagreement stops the step"


def walked(route: tuple[Step, ...], walk: Sequence[Command]) -> Iterator[tuple[State, Event, State]]:
    """Every event of those commands that are not refused, with the states around it."""
    begun: Project = a_draft.after(replace(SUBMIT, route=route))
    state = PROJECT.initial
    for event in begun.past:
        after = PROJECT.evolve(state, event)
        yield state, event, after
        state = after
    for command in walk:
        sent = replace(command, route=route) if isinstance(command, SubmitProposal) else command
        try:
            decided = PROJECT.decide(sent, state)
        except Refusal:
            continue
        for event in decided:
            after = PROJECT.evolve(state, event)
            yield state, event, after
            state = after


def word_at(place: int, step: Step, seat: Seat, signer: By) -> GiveOpinion:
    """An agreement with all the answers that go with it."""
    said = ANSWERED if step.checklist else ()
    return GiveOpinion(signer, place, "agree", "h1", seat, answers=said)


def likely(route: tuple[Step, ...]) -> list[GiveOpinion | RecordMeetingDecision]:
    """Words and minutes with which this route would be gone through, for walks to be mixed with."""
    found: list[GiveOpinion | RecordMeetingDecision] = []
    for place, step in enumerate(route):
        if step.decides == "meeting":
            found.append(replace(MEET, step=place, voters=COMMITTEE))
        elif step.decides != "filing":
            found += [
                replace(word_at(place, step, seat, by("one")), onward=MEET.onward) for seat in step.seats
            ]
    return found


def episode(draw: st.DrawFn, place: int, step: Step) -> list[Command]:
    """Acts that belong together, on this step and by people who may; others come in between at random."""
    onward, seat = MEET.onward, draw(st.sampled_from(step.seats))
    signer = by(draw(able))
    no = replace(word_at(place, step, seat, signer), opinion="disagree")
    asks = replace(no, opinion="agree_with_changes", changes=(Wanted("补充", "problem"),), onward=onward)
    above = ChangeDecision(by("above"), place, "成立", "逐月核对", "h1", higher=True, onward=onward)
    side: Any = draw(st.sampled_from(("before", "after")))
    add = AddSigner(signer, place, SAFETY_SEAT, side, seat, can_sign=True)
    to = by(draw(able))
    people = tuple(map(PersonId, ABLE))
    amend = AmendProposal(SECRETARY, CONTENTS["h2"], "h2")
    episodes: list[list[Command]] = [
        [no, above],
        [no, RejectProject(signer, place, "重复", seat), above],
        [no, WithdrawOpinion(signer, place, "误解", seat)],
        [asks, amend, ConfirmChanges(signer, (1,), "h2", seat, onward)],
        [asks, amend, WithdrawOpinion(signer, place, "误解", seat)],
        [add],
        [add],
        [add, GiveOpinion(signer, place, "agree", "h1", SAFETY_SEAT, onward=onward)],
        [
            TransferStep(signer, place, to.person, seat, people),
            replace(no, by=to, opinion="agree", onward=onward),
        ],
        [ReturnProposal(signer, place, (Wanted("补充", "problem"),), draw(st.booleans()), seat), SUBMIT],
        draw(st.lists(ACTS_AT[place], max_size=3)),
    ]
    return draw(st.sampled_from(episodes))


@st.composite
def walks(draw: st.DrawFn) -> tuple[tuple[Step, ...], list[Command]]:
    """A route, and what would carry it with other acts in between, some of it left out."""
    route = draw(routes())
    walk: list[Command] = []
    for command in likely(route):
        walk += episode(draw, command.step, route[command.step])
        walk += [command] * draw(st.sampled_from((1, 1, 1, 0)))
    return route, [*walk, *draw(st.lists(st.one_of(ACTS_AT[: len(route)]), max_size=6))]


@OFTEN
@given(walks())
def test_no_sequence_of_acts_approves_against_the_rules(walk: tuple[tuple[Step, ...], list[Command]]) -> None:
    """Section 3: never by time, nobody, a repeated word or a skip; R4, R28, R29, R30, R82."""
    register = Register()
    for _, event, _after in walked(*walk):
        register.notes(event)
        if isinstance(event, ProjectApproved):
            note("approved")
        elif isinstance(event, DecisionChangedByHigher):
            note("changed from above")


@OFTEN
@given(walks())
def test_one_seat_has_one_word_at_a_time_and_the_state_knows_the_same(
    walk: tuple[tuple[Step, ...], list[Command]],
) -> None:
    """R6: nothing is merged; what was added stays beside whom it was added."""
    for before, event, after in walked(*walk):
        if isinstance(event, OpinionGiven):
            assert event.seat in before.approval.seats
            assert event.seat not in before.approval.opinions
            assert event.content_hash == before.content_hash
        if isinstance(event, SignerAdded):
            assert set(before.approval.seats) < set(after.approval.seats)
        assert set(after.approval.opinions) <= set(after.approval.seats)


@OFTEN
@given(walks())
def test_an_open_step_is_never_without_somebody_to_act(walk: tuple[tuple[Step, ...], list[Command]]) -> None:
    """R29: nobody is left hanging: a word is waited for, or it is stopped and somebody returns or rejects."""
    for _, _event, after in walked(*walk):
        approved = after.approval
        if after.phase == "in_approval" and approved.open is not None and approved.decides != "meeting":
            assert approved.stopped or approved.asked_now or approved.carried


@OFTEN
@given(walks())
def test_a_walk_read_back_from_the_ledger_is_the_same_state(
    walk: tuple[tuple[Step, ...], list[Command]],
) -> None:
    steps = list(walked(*walk))
    read = [stored_and_read(event) for _, event, _ in steps]
    assert reduce(PROJECT.evolve, read, PROJECT.initial) == steps[-1][2]


@pytest.mark.parametrize("decides", ["any", "all", "in_order", "share", "meeting"])
def test_walks_do_reach_an_approval(decides: Any) -> None:
    """Else the law would hold of nothing."""
    share = Share(1, 2) if decides == "share" else None
    asked_seats = (COMMITTEE_SEAT,) if decides == "meeting" else (PRECHECK_SEAT, QUALITY_SEAT)
    route = (Step("一", decides, asked_seats, 3, share=share),)
    events = [event for _, event, _ in walked(route, likely(route))]
    assert isinstance(events[-1], ProjectApproved)


@pytest.mark.parametrize(
    "left_out",
    [OpinionGiven, MeetingDecided, StepCompleted, approval.ChangesConfirmed],
    ids=lambda t: t.__name__,
)
def test_the_register_notices_what_is_missing(left_out: type) -> None:
    """The law can fail: without one of these the same approval breaks a rule."""
    wanted = (Wanted("补充", "problem"),)
    conditional = GiveOpinion(
        by("one"), 0, "agree_with_changes", "h1", PRECHECK_SEAT, wanted, onward=MEET.onward
    )
    route = (Step("一", "all", (PRECHECK_SEAT,), 3), Step("二", "meeting", (COMMITTEE_SEAT,), 3))
    walk: list[Command] = [
        conditional,
        replace(MEET, step=1),
        ConfirmChanges(by("one"), (1,), "h1", PRECHECK_SEAT),
    ]
    events = [event for _, event, _ in walked(route, walk)]
    assert isinstance(events[-1], ProjectApproved)
    register = Register()
    for event in events:
        register.notes(event)
    blind = Register()
    seen = [event for event in events if not isinstance(event, left_out)]
    with pytest.raises((AssertionError, KeyError)):
        list(map(blind.notes, seen))
