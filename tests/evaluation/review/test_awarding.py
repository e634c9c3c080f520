"""From places by quota through the notice to awards that a committee confirms (R62 to R65)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.evaluation.domain.review.allocation import Award, Quotas
from services.evaluation.domain.review.cycle import CYCLE, Command, Event, placing
from services.evaluation.domain.review.cycle import allotting as a
from services.evaluation.domain.review.cycle import collecting as c
from services.evaluation.domain.review.cycle import confirming as k
from services.evaluation.domain.review.cycle import holding as h
from services.evaluation.domain.review.cycle import notice as n
from services.evaluation.domain.review.cycle import state as s
from shared.domain import By, PersonId, UnitId
from tests.evaluation.review.test_cycle import (
    CLOSE,
    FIRST_REVIEW,
    GROUP,
    HEADQUARTERS,
    OPEN,
    collect,
    entrant,
)
from tests.support.given import Given, given

QUOTAS = Quotas((Award("first", 1, Decimal(90)), Award("second", 2, Decimal(80))))
RUN = a.RunAllocation(HEADQUARTERS, QUOTAS, (), "")
OTHER = By(PersonId("other"), "leader_in_charge", GROUP)
DISCIPLINE = By(PersonId("lin"), "discipline_officer", GROUP)
SOMEBODY = By(PersonId("somebody"), "member", UnitId("company of b"))
COMMITTEE = By(PersonId("clerk"), "meeting_clerk", GROUP)
SINCE, UNTIL = date(2026, 11, 23), date(2026, 11, 27)
AFTER = UNTIL + timedelta(1)
NOTICE = n.OpenNotice(HEADQUARTERS, SINCE, UNTIL, 5, 5, 60)
CLOSE_NOTICE = n.CloseNotice(HEADQUARTERS, AFTER)
CONFIRM = k.ConfirmAwards(COMMITTEE, GROUP, "meeting", "2026-41", passed=True, on=AFTER, run=1)
CONFIRM_AGAIN = replace(CONFIRM, meeting="next meeting")
SCORES = {"a": "95", "b": "92", "c": "85", "d": "70"}

Life = Given[Command, Event, s.State]


def judged(**scores: str) -> Life:
    """A review without rounds, so that its closing scores are what places follow from."""
    opened = given(CYCLE).after(replace(OPEN, rounds=()))
    return opened.after(*(collect(entrant(name, score)) for name, score in (scores or SCORES).items()), CLOSE)


def allocated(**scores: str) -> Life:
    return judged(**scores).after(RUN)


def noticed() -> Life:
    return allocated().after(NOTICE, CLOSE_NOTICE)


def objects(project: str = "b", text: str = "the figures are last year's", **of: object) -> n.FileObjection:
    answer = date(2026, 12, 7)
    filed = n.FileObjection(SOMEBODY, project, text, has_facts=True, on=UNTIL, answer_until=answer)
    return replace(filed, **of)  # type: ignore[arg-type]


def answers(
    number: int = 1, *, by: By = OTHER, accepted: bool = False, answer: str = "see p. 3"
) -> n.AnswerObjection:
    return n.AnswerObjection(by, number, accepted, answer)


# Places


def test_a_run_says_of_every_project_its_place_its_award_and_why() -> None:
    run, *places = judged().when(RUN).events
    assert isinstance(run, a.AllocationRun)
    assert (run.run, run.cause, run.vacant, run.to_vote) == (1, "first", {"first": 0, "second": 0}, ())
    assert places == [
        a.PlaceGiven(1, "a", 1, Decimal(95), "first", "awarded", "", group_place=1),
        a.PlaceGiven(1, "b", 2, Decimal(92), "second", "awarded", "", group_place=2),
        a.PlaceGiven(1, "c", 3, Decimal(85), "second", "awarded", "", group_place=3),
        a.PlaceGiven(1, "d", 4, Decimal(70), None, "below_floor", "", group_place=4),
    ]


def test_what_was_recorded_gives_the_same_places_again() -> None:
    """R54: a result replays, whatever the code that made it has become."""
    life = allocated().after(a.LeaveVacant(HEADQUARTERS, "second", 1, "none is worth it"))
    places = [event for event in life.past if isinstance(event, a.PlaceGiven) and event.run == 2]
    again = placing.allocation_of(life.state).placed
    assert [(p.project, p.place, p.award, p.why) for p in again] == [
        (p.project, p.place, p.award, p.why) for p in places
    ]


def test_what_is_vetoed_gets_no_place_and_is_named() -> None:
    life = judged().after(replace(RUN, vetoed=("a",)))
    assert life.state.awards == {"b": "first", "c": "second"}


def test_it_is_run_once_unless_an_objection_asks_for_more() -> None:
    allocated().when(RUN).then_refused(a.NoRunIsDue)
    allocated().after(NOTICE).when(RUN).then_refused(a.NoRunIsDue)


def test_a_veto_after_the_run_asks_for_another_before_anything_is_confirmed() -> None:
    """R62: its new places are shown to the public once more."""
    anew = replace(RUN, vetoed=("a",), reason="an accident in November")
    noticed().when(replace(CONFIRM, vetoed=("a",))).then_refused(k.VetoesAwaitARun, count=1)
    noticed().after(CONFIRM).when(anew).then_refused(s.NotAtThisStage)
    for life in (allocated(), allocated().after(NOTICE), noticed()):
        after = life.after(anew)
        assert after.state.awards == {"b": "first", "c": "second"}
        assert [e.cause for e in after.past if isinstance(e, a.AllocationRun)] == ["first", "veto"]
        after.when(anew).then_refused(a.NoRunIsDue)
    noticed().after(anew).when(CONFIRM).then_refused(s.NotAtThisStage, stage="allocated")
    confirm = replace(CONFIRM, run=2, vetoed=("a",))
    noticed().after(anew, NOTICE, CLOSE_NOTICE).when(confirm).then_names(k.AwardsConfirmed)


def test_every_run_goes_by_the_vetoes_of_its_day() -> None:
    vacant = a.LeaveVacant(HEADQUARTERS, "first", 1, "none stands out", vetoed=("a",))
    assert allocated().after(vacant).state.awards == {"b": "second", "c": "second"}
    tied = allocated(a="95", b="95", c="85")
    ballots = (a.Ballot("A", "a"), a.Ballot("B", "a"), a.Ballot("C", "b"))
    voted = tied.after(a.VoteOnTie(HEADQUARTERS, ballots, "〔2026〕评9号", vetoed=("b",)))
    assert voted.state.awards == {"a": "first", "c": "second"}


def test_the_committee_revokes_what_is_held_and_was_vetoed_and_nobody_vetoed_moves_up() -> None:
    """R63, R64."""
    life = noticed().after(holds(), CONFIRM, h.EndHold(DISCIPLINE, "b"))
    life.when(replace(CONFIRM_AGAIN, vetoed=("b",))).then_refused(k.VetoesAwaitARun, count=1)
    life.when(revokes(project="b")).then_names(k.AwardRevoked)
    opened = given(CYCLE).after(replace(OPEN, rounds=(), has_notice=False, moves_up_within_days=30))
    scores = {"a": "95", "b": "94", "c": "93", "d": "92", "e": "91"}
    every = (collect(entrant(name, score)) for name, score in scores.items())
    revoked = opened.after(*every, CLOSE, RUN, CONFIRM, revokes())
    up = k.MoveUp(COMMITTEE, GROUP, "a", "2027-4", passed=True, on=AFTER, vetoed=("d",))
    revoked.when(up).then(k.ProjectMovedUp("e", "first", "a", "2027-4"))


def test_a_place_may_stay_vacant_and_the_first_run_stays_too() -> None:
    """R62: better none."""
    vacant = a.LeaveVacant(HEADQUARTERS, "first", 1, "none stands out")
    life = allocated().after(vacant)
    assert life.state.awards == {"a": "second", "b": "second"}
    runs = [event for event in life.past if isinstance(event, a.AllocationRun)]
    assert [(run.run, run.cause, run.reason) for run in runs] == [
        (1, "first", ""),
        (2, "left_vacant", "none stands out"),
    ]
    allocated().when(replace(vacant, reason=" ")).then_refused(a.RunNeedsReason)
    allocated().when(replace(vacant, places=2)).then_refused(a.NoSuchPlaces, places=1)
    allocated().when(replace(vacant, award="third")).then_refused(a.NoSuchPlaces, places=0)


def test_a_tie_on_which_a_place_hangs_is_voted_on_by_name_and_never_drawn() -> None:
    """R62: defaults.md 8.3, the last resort."""
    tied = allocated(a="95", b="95", c="85")
    assert tied.state.to_vote == (("a", "b"),)
    tied.when(NOTICE).then_refused(n.TiesAwaitAVote, count=1)

    def vote(**ballots: str) -> a.VoteOnTie:
        given_ = tuple(a.Ballot(juror, first) for juror, first in ballots.items())
        return a.VoteOnTie(HEADQUARTERS, given_, "〔2026〕评9号")

    tied.when(vote(A="a", B="b")).then_refused(a.VoteIsTied)
    tied.when(vote(A="a", B="c")).then_refused(a.NoSuchTie)
    tied.when(vote()).then_refused(a.NoSuchTie)
    twice = replace(vote(), ballots=(a.Ballot("A", "a"), a.Ballot("A", "b")))
    tied.when(twice).then_refused(a.OneBallotEach)
    life = tied.after(vote(A="b", B="b", C="a"))
    assert life.state.awards["b"] == "first"
    assert life.state.to_vote == ()
    life.when(NOTICE).then_names(n.NoticeOpened)


def test_a_tie_is_voted_on_by_each_juror_of_the_last_round_and_nobody_else() -> None:
    """R5, R62: as minutes say, by letter and panel, without who is recused from a project of the tie."""
    tied = allocated(a="95", b="95", c="85")
    voters = (a.Voter("p", "A"), a.Voter("p", "B"), a.Voter("q", "A"), a.Voter("q", "C", frozenset("b")))
    said = (a.Ballot("A", "a", "p"), a.Ballot("B", "b", "p"), a.Ballot("A", "b", "q"))
    vote = a.VoteOnTie(HEADQUARTERS, said, "〔2026〕评9号", voters)
    for wrong in (said[:2], (*said, a.Ballot("C", "a", "q")), (a.Ballot("nobody at all", "b"),)):
        tied.when(replace(vote, ballots=wrong)).then_refused(a.BallotsAreTheJurors, count=3)
    tied.when(replace(vote, minutes=" ")).then_refused(a.VoteHasMinutes)
    life = tied.after(vote)
    (voted,) = [event for event in life.past if isinstance(event, a.TieVoted)]
    assert voted == a.TieVoted(("b", "a"), said, "〔2026〕评9号")


# The notice


def test_an_objection_in_real_name_is_answered_by_somebody_who_did_not_run_the_review() -> None:
    """R62."""
    life = allocated().after(NOTICE)
    life.when(objects()).then(
        n.AwardObjectionFiled(1, "b", "the figures are last year's", "answered", date(2026, 12, 7))
    )
    filed = life.after(objects())
    filed.when(answers(by=HEADQUARTERS)).then_refused(n.AnsweredByAnother)
    judged_in_it = replace(answers(), had_a_hand=True)
    filed.when(judged_in_it).then_refused(n.AnsweredByAnother)
    filed.when(answers(answer=" ")).then_refused(n.ObjectionSaysWhat)
    filed.when(answers(2)).then_refused(n.NoSuchObjection, number=2)
    filed.when(CLOSE_NOTICE).then_refused(n.ObjectionsAreOpen, count=1)
    done = filed.after(answers())
    done.when(answers()).then_refused(n.NoSuchObjection)
    done.when(CLOSE_NOTICE).then(n.NoticeClosed(1))


@pytest.mark.parametrize("days", [-1, 0, 4, 61, 10**9])
def test_a_notice_lasts_at_least_five_working_days_and_not_for_ever(days: int) -> None:
    """R62."""
    allocated().when(replace(NOTICE, working_days=days)).then_refused(n.NoticeLasts, least=5, most=60)


def test_a_notice_lasts_at_least_as_long_as_the_programme_says() -> None:
    """R62."""
    allocated().when(replace(NOTICE, least=7)).then_refused(n.NoticeLasts, least=7, most=60)
    shorter = replace(NOTICE, working_days=3, least=3)
    allocated().when(shorter).then(n.NoticeOpened(1, SINCE, UNTIL))


def test_an_anonymous_one_with_facts_goes_to_discipline_and_another_is_filed() -> None:
    """R62."""
    life = allocated().after(NOTICE)
    (event,) = life.when(objects(by=None)).events
    assert isinstance(event, n.AwardObjectionFiled)
    assert (event.goes, event.answer_until) == ("discipline", None)
    (event,) = life.when(objects(by=None, has_facts=False)).events
    assert isinstance(event, n.AwardObjectionFiled)
    assert event.goes == "filed"
    both = life.after(objects(by=None), objects(by=None, has_facts=False), objects())
    last = both.past[-1]
    assert isinstance(last, n.AwardObjectionFiled)
    assert last.number == 3
    both.after(answers(3)).when(CLOSE_NOTICE).then_names(n.NoticeClosed)


def test_an_accepted_objection_asks_for_a_new_run_and_the_first_stays() -> None:
    """R62."""
    accepted = allocated().after(NOTICE, objects(), answers(accepted=True))
    accepted.when(CLOSE_NOTICE).then_refused(n.ObjectionsAreOpen)
    anew = replace(RUN, vetoed=("b",), reason="objection 1")
    accepted.when(replace(anew, reason="")).then_refused(a.RunNeedsReason)
    life = accepted.after(anew)
    runs = [event for event in life.past if isinstance(event, a.AllocationRun)]
    assert [(run.run, run.cause) for run in runs] == [(1, "first"), (2, "objection")]
    assert life.state.awards == {"a": "first", "c": "second"}
    life.when(anew).then_refused(a.NoRunIsDue)
    life.when(CLOSE_NOTICE).then(n.NoticeClosed(2))


def test_the_quotas_of_the_first_run_hold_for_all_of_them() -> None:
    accepted = allocated().after(NOTICE, objects(), answers(accepted=True))
    other = Quotas((Award("first", 9, Decimal(0)),))
    life = accepted.after(replace(RUN, quotas=other, reason="objection 1"))
    assert life.state.quotas == QUOTAS


def test_a_notice_lasts_its_days() -> None:
    life = allocated().after(NOTICE)
    life.when(replace(CLOSE_NOTICE, on=UNTIL)).then_refused(n.NoticeGoesOn, until=UNTIL)
    life.when(objects(on=AFTER)).then_refused(n.NoticeIsOver, until=UNTIL)
    life.when(objects("z")).then_refused(c.NotInTheReview)
    life.when(objects(text="")).then_refused(n.ObjectionSaysWhat)


# What stands


def test_awards_are_confirmed_by_a_meeting_of_the_committee_with_its_decision() -> None:
    """R65: headquarters prepares only."""
    for wrong in ({"passed": False}, {"decision": " "}, {"committee": UnitId("company")}):
        noticed().when(replace(CONFIRM, **wrong)).then_refused(k.CommitteeConfirms)
    awards = (k.Awarded("a", "first"), k.Awarded("b", "second"), k.Awarded("c", "second"))
    noticed().when(CONFIRM).then(k.AwardsConfirmed(1, "meeting", "2026-41", awards))
    noticed().after(CONFIRM).when(CONFIRM_AGAIN).then_refused(k.NothingToConfirm, held=0)


def test_a_meeting_confirms_the_run_that_it_was_about_and_once() -> None:
    """R65: its minutes say nothing of another list, nor of what was held then."""
    noticed().when(replace(CONFIRM, run=2)).then_refused(k.DecidedOnAnotherRun, number=2)
    free = noticed().after(holds(), CONFIRM, h.EndHold(DISCIPLINE, "b"))
    free.when(CONFIRM).then_refused(k.DecisionIsUsed)
    free.when(CONFIRM_AGAIN).then_names(k.AwardsConfirmed)


def test_nothing_is_confirmed_before_its_notice_is_over() -> None:
    allocated().when(CONFIRM).then_refused(s.NotAtThisStage, stage="allocated")
    allocated().after(NOTICE).when(CONFIRM).then_refused(s.NotAtThisStage, stage="notice")
    judged().when(CONFIRM).then_refused(s.NotAtThisStage, stage="judged")


def test_a_first_review_without_a_notice_is_confirmed_from_its_places() -> None:
    """R56: the company's committee recommends."""
    company = UnitId("company")
    first = given(CYCLE).after(
        replace(FIRST_REVIEW, has_notice=False), collect(entrant("a", "91")), CLOSE, RUN
    )
    first.when(NOTICE).then_refused(n.HasNoNotice)
    first.when(replace(CONFIRM, committee=company)).then_names(k.AwardsConfirmed)


def holds(project: str = "b", on: date = AFTER, days: int = 60, by: By = DISCIPLINE) -> h.HoldResult:
    return h.HoldResult(by, project, on, on + timedelta(days))


def test_one_result_is_held_and_the_others_go_on() -> None:
    """R64."""
    life = noticed().after(holds())
    (confirmed,) = life.when(CONFIRM).events
    assert isinstance(confirmed, k.AwardsConfirmed)
    assert [award.project for award in confirmed.awards] == ["a", "c"]
    rest = life.after(CONFIRM)
    rest.when(CONFIRM_AGAIN).then_refused(k.NothingToConfirm, held=1)
    free = rest.after(h.EndHold(DISCIPLINE, "b"))
    (confirmed,) = free.when(CONFIRM_AGAIN).events
    assert confirmed == k.AwardsConfirmed(1, "next meeting", "2026-41", (k.Awarded("b", "second"),))
    later = replace(CONFIRM_AGAIN, on=AFTER + timedelta(61))
    rest.when(later).then_names(k.AwardsConfirmed)
    rest.after(later).when(h.EndHold(DISCIPLINE, "b")).then_refused(h.NotHeld)


def test_a_result_is_held_for_sixty_days_and_once_more() -> None:
    """R64."""
    noticed().when(holds(days=61)).then_refused(h.HeldTooLong, days=60)
    noticed().when(holds(days=-1)).then_refused(h.HeldTooLong)
    once = noticed().after(holds())
    once.when(holds(on=AFTER + timedelta(60))).then_names(h.ResultHeld)
    twice = once.after(holds(on=AFTER + timedelta(60)))
    twice.when(holds(on=AFTER + timedelta(120))).then_refused(h.HeldTooLong)
    ended = once.after(h.EndHold(DISCIPLINE, "b"), holds())
    ended.when(holds()).then_refused(h.HeldTooLong)


def test_only_discipline_and_safety_hold_and_only_what_has_an_award() -> None:
    """R64."""
    noticed().when(holds(by=HEADQUARTERS)).then_refused(h.HoldsOnlyDiscipline)
    noticed().when(h.EndHold(HEADQUARTERS, "b")).then_refused(h.HoldsOnlyDiscipline)
    noticed().when(h.EndHold(DISCIPLINE, "b")).then_refused(h.NotHeld)
    noticed().after(holds(), h.EndHold(DISCIPLINE, "b")).when(h.EndHold(DISCIPLINE, "b")).then_refused(
        h.NotHeld
    )
    noticed().when(holds("d")).then_refused(s.HasNoAward)
    noticed().after(CONFIRM).when(holds("a")).then_refused(s.HasNoAward)


def revokes(**of: object) -> k.RevokeAward:
    revoke = k.RevokeAward(COMMITTEE, GROUP, "a", "false figures", "2027-3", passed=True, on=AFTER)
    return replace(revoke, **of)  # type: ignore[arg-type]


def test_an_award_is_revoked_by_who_confirmed_it_and_nobody_moves_up() -> None:
    """R63: December, a first prize for false figures."""
    life = noticed().after(CONFIRM)
    life.when(revokes()).then(k.AwardRevoked("a", "first", "false figures", "2027-3", AFTER))
    after = life.after(revokes())
    assert after.state.awards == {"b": "second", "c": "second"}
    after.when(revokes()).then_refused(s.HasNoAward)
    after.when(CONFIRM_AGAIN).then_refused(k.NothingToConfirm)
    noticed().when(revokes()).then_refused(s.NotAtThisStage, stage="noticed")


@pytest.mark.parametrize("wrong", [{"passed": False}, {"reason": " "}, {"decision": ""}, {"committee": "x"}])
def test_a_revocation_is_a_decision_with_a_reason(wrong: dict[str, object]) -> None:
    """R63."""
    noticed().after(CONFIRM).when(revokes(**wrong)).then_refused(k.CommitteeConfirms)


def test_a_list_of_its_own_has_its_own_places_out_of_those_of_all() -> None:
    """R20."""
    unlike = s.Unlike("〔2026〕30号", (s.Apart("2025", {"second": 1}),))
    found = given(CYCLE).after(replace(OPEN, rounds=()))
    for name, score, scheme in (
        ("a", "95", "2026"),
        ("b", "94", "2025"),
        ("c", "93", "2026"),
        ("d", "92", "2026"),
    ):
        found = found.after(collect(replace(entrant(name, score), scheme=scheme)))
    after = found.after(replace(CLOSE, unlike=unlike), RUN)
    placed = {e.project: (e.place, e.award, e.listed) for e in after.past if isinstance(e, a.PlaceGiven)}
    assert placed == {
        "a": (1, "first", ""),
        "b": (1, "second", "2025"),
        "c": (2, "second", ""),
        "d": (3, None, ""),
    }


def test_nobody_moves_up_unless_the_programme_says_so_and_then_within_its_days() -> None:
    """R63."""
    opened = given(CYCLE).after(replace(OPEN, rounds=(), has_notice=False, moves_up_within_days=30))
    scores = {"a": "95", "b": "94", "c": "93", "d": "92"}
    confirmed = opened.after(
        *(collect(entrant(name, score)) for name, score in scores.items()), CLOSE, RUN, CONFIRM
    )
    revoke = k.RevokeAward(COMMITTEE, GROUP, "a", "false figures", "2027-3", passed=True, on=AFTER)
    up = k.MoveUp(COMMITTEE, GROUP, "a", "2027-4", passed=True, on=AFTER + timedelta(30))
    confirmed.when(up).then_refused(k.NobodyMovesUp)
    revoked = confirmed.after(revoke)
    revoked.when(up).then(k.ProjectMovedUp("d", "first", "a", "2027-4"))
    revoked.when(replace(up, on=AFTER + timedelta(31))).then_refused(k.NobodyMovesUp)
    revoked.when(replace(up, passed=False)).then_refused(k.CommitteeConfirms)
    revoked.after(up).when(up).then_refused(k.NobodyMovesUp)
    assert revoked.after(up).state.awards == {"b": "second", "c": "second", "d": "first"}


def test_who_moves_up_reaches_the_floor_and_none_who_lost_an_award_does() -> None:
    """R63: 81 is no first prize, whose floor is 90, and nobody follows themselves."""
    opened = given(CYCLE).after(replace(OPEN, rounds=(), has_notice=False, moves_up_within_days=30))

    def revoked(**scores: str) -> Life:
        every = (collect(entrant(name, score)) for name, score in scores.items())
        return opened.after(*every, CLOSE, RUN, CONFIRM, revokes())

    up = k.MoveUp(COMMITTEE, GROUP, "a", "2027-4", passed=True, on=AFTER)
    revoked(a="95", b="92", c="85", d="81").when(up).then_refused(k.NobodyMovesUp)
    again = revoked(a="95", b="94", c="93", d="92").after(up, revokes(project="d"))
    again.when(replace(up, after="d")).then_refused(k.NobodyMovesUp)


def test_a_place_is_also_one_among_comparable_units() -> None:
    """R66."""
    found = given(CYCLE).after(replace(OPEN, rounds=()))
    closed = (("a", "95", "production/S"), ("b", "94", "service/S"), ("c", "94", "production/S"))
    for name, score, group in (*closed, ("d", "94", "production/S"), ("e", "93", "production/S")):
        found = found.after(collect(replace(entrant(name, score), group=group)))
    after = found.after(CLOSE, RUN)
    places = {e.project: (e.place, e.group_place) for e in after.past if isinstance(e, a.PlaceGiven)}
    assert places == {"a": (1, 1), "b": (2, 1), "c": (2, 2), "d": (2, 2), "e": (5, 4)}
