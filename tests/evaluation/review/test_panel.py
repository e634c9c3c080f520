"""A panel opens, its jurors score, and three people seal it (R57 to R60)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel import cards as c
from services.evaluation.domain.review.panel import changing as g
from services.evaluation.domain.review.panel import checks as k
from services.evaluation.domain.review.panel import fixing as f
from services.evaluation.domain.review.panel import joining as q
from services.evaluation.domain.review.panel import jurors as j
from services.evaluation.domain.review.panel import opening as o
from services.evaluation.domain.review.panel import sealing as s
from services.evaluation.domain.review.panel import state as p
from shared.domain import Stale
from tests.evaluation.review.a_panel import (
    CLERK,
    COMPUTED,
    DOSSIERS,
    DUE,
    FIX,
    FIXED,
    HEADQUARTERS,
    JURORS,
    OPEN,
    OTHER_CLERK,
    SPARE,
    TERMS,
    Life,
    as_juror,
    card,
    declared,
    declares,
    marks,
    opened,
    scored,
    seal,
    sign,
    signs,
    with_terms,
)
from tests.support.given import given

# It opens


def test_it_opens_with_its_dossiers_its_jurors_and_one_method() -> None:
    placed = [o.DossierPlaced(dossier, ("A", "B", "C", "D", "E"), ()) for dossier in DOSSIERS]
    first = o.PanelOpened("cycle", ("safety_quality",), TERMS, "mean", JURORS, "20261101")
    FIXED.when(OPEN).then(first, *placed)
    opened().when(OPEN).then_refused(p.PanelIsOpen)


def test_what_jurors_are_drawn_from_stands_fast_before_they_are() -> None:
    """R57: the seed follows from the record of it; each time that it is fixed anew is on record."""
    given(PANEL).when(OPEN).then_refused(o.LotIsNotFixed)
    FIXED.when(replace(OPEN, cycle="another")).then_refused(o.LotIsNotFixed)
    FIXED.when(replace(FIX, reason="one has moved")).then(
        f.LotFixed("cycle", "the lot", "sealed", "one has moved")
    )
    opened().when(FIX).then_refused(p.PanelIsOpen)


def test_a_lot_is_not_fixed_until_it_pleases() -> None:
    """R57: the seed is known at once, so that only what is put in may change, with a reason."""
    FIXED.when(replace(FIX, same=True, reason="again")).then_refused(f.LotStands)
    FIXED.when(replace(FIX, lot="another", reason=" ")).then_refused(f.FixedAnewSaysWhy)


def test_who_draws_from_a_lot_that_was_fixed_anew_meanwhile_opens_nothing() -> None:
    """R57: the old draw would be of other letters."""
    again = FIXED.after(replace(FIX, lot="another lot", sealed="sealed anew", reason="one has moved"))
    again.when(OPEN).then_refused(Stale)
    again.when(replace(OPEN, fixed=2)).then_names(o.PanelOpened, *(o.DossierPlaced for _ in DOSSIERS))


def test_without_enough_jurors_after_conflicts_it_does_not_open_and_says_how_many_are_missing() -> None:
    """R57: never a copied card; more jurors, or a minimum that the committee lowered."""
    few = replace(OPEN, assigned=tuple(seat for seat in OPEN.assigned if seat not in {(2, "A"), (2, "B")}))
    FIXED.when(few).then_refused(o.TooFewJurors, numbers=[2], minimum=5)
    lower = replace(few, lowered=g.Lowered(3, "no juror is left", "2026-31"))
    first, second, *_ = FIXED.when(lower).events
    assert (type(first), second) == (o.PanelOpened, g.MinimumLowered(3, "no juror is left", "2026-31"))
    FIXED.when(replace(few, lowered=g.Lowered(3, "", ""))).then_refused(g.NeedsReasonAndDocument)
    FIXED.when(replace(few, lowered=g.Lowered(2, "a", "b"))).then_refused(g.MinimumOutOfRange)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (replace(OPEN, dossiers=()), o.DossiersAreNumbered),
        (replace(OPEN, dossiers=DOSSIERS[1:]), o.DossiersAreNumbered),
        (replace(OPEN, dossiers=(*DOSSIERS, replace(DOSSIERS[0], number=4))), o.DossiersAreNumbered),
        (with_terms(vice_chair="A"), g.ChairsAreTwoJurors),
        (with_terms(chair="Z"), g.ChairsAreTwoJurors),
        (replace(OPEN, assigned=(*OPEN.assigned, (1, "Z"))), p.NotOfThePanel),
        (replace(OPEN, assigned=(*OPEN.assigned, (9, "A"))), p.NoSuchDossier),
        (replace(OPEN, in_conflict=((1, "A"),)), p.JurorInConflict),
        (with_terms(minimum_cards=2), g.MinimumOutOfRange),
        (with_terms(minimum_cards=0, lowest_minimum=0), g.MinimumOutOfRange),
        (with_terms(dossiers_at_most=2), p.JurorOverloaded),
    ],
    ids=[
        "no dossier",
        "not from 1",
        "a project twice",
        "one chair",
        "no juror's",
        "a stranger",
        "no such number",
        "conflict",
        "below the lowest",
        "no minimum",
        "overload",
    ],
)
def test_a_panel_that_cannot_work_does_not_open(wrong: o.OpenPanel, rule: type) -> None:
    FIXED.when(wrong).then_refused(rule)


def test_whoever_has_no_panel_is_told_so() -> None:
    given(PANEL).when(card(1, "A")).then_refused(p.NoSuchPanel)


# Ties


def test_before_a_dossier_opens_a_juror_says_what_ties_them() -> None:
    """R5, R57: after reading is too late."""
    opened().when(card(1, "A")).then_refused(c.DeclareFirst)
    opened().after(declares("A")).when(card(1, "A")).then_names(c.ScorecardSubmitted)
    declared().when(declares("A")).then_refused(j.NothingToDeclare)


def test_a_tie_is_a_recusal() -> None:
    """R5."""
    tie = j.JurorTie(2, "relative")
    opened().when(declares("A", tie)).then(
        j.JurorDeclared("A", (1, 2, 3), (tie,)), j.JurorRecused(2, "A", "relative", "", voided=False)
    )
    after = opened().after(declares("A", tie))
    after.when(card(2, "A")).then_refused(p.NotThisJurors)
    after.when(card(3, "A")).then_names(c.ScorecardSubmitted)


def test_another_tie_is_said_in_a_line() -> None:
    opened().when(declares("A", j.JurorTie(2, "other", " "))).then_refused(j.RecusalSaysWhy)


def test_whoever_finds_a_conflict_while_scoring_gives_the_dossier_back_and_the_card_is_void() -> None:
    """R57: kept, not counted; the project's other cards stand."""
    void = scored().when(j.Recuse(as_juror("C"), 1, "C", "paid_guidance", ""))
    void.then(j.JurorRecused(1, "C", "paid_guidance", "", voided=True))
    after = scored().after(void.command)
    assert (1, "C") not in after.state.cards
    assert len([seat for seat in after.state.cards if seat[0] == 1]) == 4
    after.when(card(1, "C")).then_refused(p.NotThisJurors)


def test_a_juror_in_conflict_is_never_assigned_and_nobody_gets_more_than_they_can_read() -> None:
    """R57."""
    after = scored().after(j.Recuse(as_juror("C"), 1, "C", "own_unit", ""))

    def assign(juror: str, *, conflict: bool = False) -> q.AssignJuror:
        return q.AssignJuror(HEADQUARTERS, 1, juror, conflict, "7")

    after.when(assign("C")).then_refused(p.JurorInConflict)
    after.when(assign(SPARE, conflict=True)).then_refused(p.JurorInConflict)
    after.when(assign("A")).then_refused(q.AlreadyAssigned)
    after.when(assign("Z")).then_refused(p.NotOfThePanel)
    after.when(assign(SPARE)).then(q.JurorAssigned(1, SPARE, "7"))
    again = after.after(assign(SPARE))
    again.when(card(1, SPARE)).then_refused(c.DeclareFirst)
    again.after(declares(SPARE)).when(card(1, SPARE)).then_names(c.ScorecardSubmitted)


def test_only_who_is_in_the_pool_and_does_not_run_the_review_joins_the_jurors() -> None:
    """R57, R61."""
    joins = q.AddJuror(HEADQUARTERS, "G", "external", listed=True, runs=False)
    declared().when(joins).then(q.JurorAdded("G", "external"))
    declared().when(replace(joins, listed=False)).then_refused(q.NotOfThePool)
    declared().when(replace(joins, runs=True)).then_refused(q.WhoRunsDoesNotJudge)


def test_whoever_has_as_many_as_they_can_read_gets_no_more() -> None:
    full = with_terms(dossiers_at_most=3)
    after = declared(full).after(q.AddJuror(HEADQUARTERS, "G", "external", listed=True, runs=False))
    after.when(q.AssignJuror(HEADQUARTERS, 1, "G", conflict=False, seed="7")).then_names(q.JurorAssigned)
    assigned = [q.AssignJuror(HEADQUARTERS, n, "G", conflict=False, seed="7") for n in (1, 2, 3)]
    moved = after.after(*assigned, j.Recuse(as_juror("A"), 1, "A", "own_unit", ""))
    moved.when(q.AddJuror(HEADQUARTERS, "G", "substitute", listed=True, runs=False)).then_refused(
        q.LetterIsTaken
    )
    narrow = declared(with_terms(dossiers_at_most=3)).after(
        q.AddJuror(HEADQUARTERS, "G", "other_track", listed=True, runs=False)
    )
    state = replace(narrow.state, terms=replace(TERMS, dossiers_at_most=1))
    one = PANEL.evolve(state, q.JurorAssigned(1, "G", "7"))
    with pytest.raises(p.JurorOverloaded):
        PANEL.decide(q.AssignJuror(HEADQUARTERS, 2, "G", conflict=False, seed="7"), one)


def test_a_conflict_of_whoever_has_withdrawn_voids_the_card_all_the_same() -> None:
    """R5, R57: found a week later, before the seal."""
    gone = scored().after(j.WithdrawJuror(HEADQUARTERS, "C", "ill"))
    late = j.Recuse(HEADQUARTERS, 1, "C", "paid_guidance", "paid by the branch")
    gone.when(late).then(j.JurorRecused(1, "C", "paid_guidance", late.line, voided=True))
    assert (1, "C") not in gone.after(late).state.cards
    gone.after(late).when(late).then_refused(p.JurorInConflict)
    gone.when(replace(late, juror="Z")).then_refused(p.NotOfThePanel)


def test_who_finds_a_conflict_of_another_says_why() -> None:
    """R57: headquarters voided any card by a kind alone."""
    found = j.Recuse(HEADQUARTERS, 1, "C", "own_unit", " ")
    scored().when(found).then_refused(j.RecusalSaysWhy)
    scored().when(replace(found, line="posted there")).then_names(j.JurorRecused)
    scored().when(replace(found, by=as_juror("C"))).then_names(j.JurorRecused)


def test_a_juror_says_all_that_ties_them_to_a_dossier() -> None:
    ties = (j.JurorTie(2, "own_unit"), j.JurorTie(2, "relative", "a brother"))
    opened().when(declares("A", *ties)).then(
        j.JurorDeclared("A", (1, 2, 3), ties), j.JurorRecused(2, "A", "own_unit", "", voided=False)
    )


def test_a_juror_who_withdraws_leaves_the_cards_and_frees_the_rest() -> None:
    half = scored((2, "C"), (3, "C"))
    leaves = j.WithdrawJuror(HEADQUARTERS, "C", "ill")
    half.when(leaves).then(j.JurorWithdrew("C", "ill", (2, 3)))
    after = half.after(leaves)
    assert (1, "C") in after.state.cards
    after.when(card(1, "C", "8")).then_refused(p.NotThisJurors)
    after.when(leaves).then_refused(p.NotOfThePanel)
    after.when(q.AddJuror(HEADQUARTERS, "C", "substitute", listed=True, runs=False)).then_refused(
        q.LetterIsTaken
    )
    half.when(j.WithdrawJuror(HEADQUARTERS, "C", " ")).then_refused(j.RecusalSaysWhy)


# Cards


def test_a_card_is_its_marks_and_the_points_that_no_juror_can_change() -> None:
    given_ = c.ScorecardSubmitted(1, "A", marks("7.5", "5"), COMPUTED + Decimal("12.5"), late=False)
    declared().when(card(1, "A", "7.5", "5")).then(given_)


def test_a_card_after_the_last_day_says_so() -> None:
    late = card(1, "A", on=DUE + timedelta(1))
    (event,) = declared().when(late).events
    assert isinstance(event, c.ScorecardSubmitted)
    assert event.late


@pytest.mark.parametrize(
    ("wrong", "criteria"),
    [
        (marks()[:1], ("辐射带动",)),
        ((*marks(), p.Mark("milestones", Decimal(5))), ("milestones",)),
        ((*marks(), marks()[0]), ("问题真、切口小",)),
    ],
    ids=["one missing", "not a juror's", "twice"],
)
def test_every_judged_criterion_has_one_mark(wrong: tuple[p.Mark, ...], criteria: tuple[str, ...]) -> None:
    command = replace(card(1, "A"), marks=wrong)
    declared().when(command).then_refused(c.EveryCriterionIsMarked, criteria=criteria)


@pytest.mark.parametrize("points", ["-0.01", "8.01", "7.005", "NaN", "Infinity"])
def test_a_mark_is_within_its_weight(points: str) -> None:
    declared().when(card(1, "A", points)).then_refused(c.MarkOutOfRange, criterion="问题真、切口小")


def test_a_juror_corrects_the_own_card_by_an_act_of_its_own_until_the_panel_is_sealed() -> None:
    """R59."""
    before = COMPUTED + Decimal(12)
    scored().when(card(1, "A", "6")).then(
        c.ScorecardCorrected(1, "A", marks("6"), COMPUTED + Decimal(11), before, late=False)
    )
    sealed = scored().after(*signs(scored().state))
    sealed.when(card(1, "A", "6")).then_refused(p.PanelIsSealed)


def test_nobody_scores_a_dossier_that_is_not_theirs() -> None:
    declared().when(card(1, SPARE)).then_refused(p.NotThisJurors)
    declared().when(card(4, "A")).then_refused(p.NoSuchDossier)


# Paper


def types(by: object, *points: str, scan: str = "ab12", signed: bool = True) -> c.TypeScorecard:
    return c.TypeScorecard(by, 1, "A", marks(*points), scan, signed, DUE)  # type: ignore[arg-type]


def paper() -> Life:
    """Every card is there, and one of them from paper."""
    return scored((1, "A")).after(types(CLERK, scan="first"), types(OTHER_CLERK, scan="first"))


def test_a_paper_counts_once_two_people_have_read_the_same() -> None:
    """R60."""
    first = declared().after(types(CLERK))
    assert not first.state.cards
    first.when(types(CLERK)).then_refused(c.SecondPersonTypes)
    first.when(types(OTHER_CLERK)).then(
        c.ScorecardSubmitted(1, "A", marks(), COMPUTED + Decimal(12), late=False, from_paper=True)
    )


def test_no_paper_is_typed_over_a_card_that_the_juror_has_given() -> None:
    """R59: two clerks could change it; only the juror does, one from paper too."""
    declared().after(card(1, "A")).when(types(CLERK)).then_refused(c.JurorGaveTheCard, juror="A", number=1)
    begun = declared().after(types(CLERK, "6"), card(1, "A"))
    begun.when(types(OTHER_CLERK, "6")).then_refused(c.JurorGaveTheCard)
    paper().after(types(CLERK, "6")).when(types(OTHER_CLERK, "6")).then_names(c.ScorecardCorrected)
    own = paper().after(card(1, "A", "8"))
    own.when(types(CLERK, "6")).then_refused(c.JurorGaveTheCard)


def test_what_two_people_read_differently_goes_back() -> None:
    """R60: 89 typed for 98."""
    first = declared().after(types(CLERK, "7", "4"))
    first.when(types(OTHER_CLERK, "7", "5")).then(c.TypingDiffered(1, "A", ("influence",)))
    first.after(types(OTHER_CLERK, "7", "5")).when(types(CLERK, "7", "5")).then_names(c.ScorecardTyped)


def test_a_paper_bears_the_jurors_signature_and_lies_there_as_a_scan() -> None:
    """R60."""
    declared().when(types(CLERK, signed=False)).then_refused(c.PaperIsUnsigned)
    declared().when(types(CLERK, scan="")).then_refused(c.PaperIsUnsigned)
    opened().when(types(CLERK)).then_refused(c.DeclareFirst)


def test_a_panel_is_not_sealed_while_a_paper_was_typed_by_one_only() -> None:
    """R60."""
    half = paper().after(types(CLERK, "6"))
    half.when(sign(half.state, "chair")).then_refused(s.TypingIsOpen, numbers=[1])


def test_a_paper_that_two_read_differently_is_waited_for_though_there_is_a_card() -> None:
    """R60: unequal goes back."""
    differs = paper().after(types(CLERK, "6"), types(OTHER_CLERK, "5"))
    differs.when(sign(differs.state, "chair")).then_refused(s.TypingIsOpen, numbers=[1])
    again = differs.after(types(CLERK, "6"), types(OTHER_CLERK, "6"))
    again.when(sign(again.state, "chair")).then_names(s.PanelSigned)


def test_a_paper_of_whoever_withdraws_is_waited_for_no_more() -> None:
    gone = paper().after(types(CLERK, "6"), j.WithdrawJuror(HEADQUARTERS, "A", "ill"))
    gone.when(sign(gone.state, "clerk")).then_names(s.PanelSigned)


# Checks


def ask(number: int, juror: str, asking: str, reason: str = "far from the others") -> k.AskCheck:
    return k.AskCheck(as_juror(asking), number, juror, asking, reason)


def test_the_chair_asks_and_only_the_juror_changes() -> None:
    """R59."""
    scored().when(ask(1, "C", "D")).then_refused(k.ChairAsks)
    scored().when(ask(1, "C", "A", " ")).then_refused(k.CheckNeedsReason)
    scored((1, "C")).when(ask(1, "C", "A")).then_refused(k.NothingToCheck)
    asked = scored().after(ask(1, "C", "A"))
    asked.when(sign(asked.state, "chair")).then_refused(s.ChecksAreOpen, numbers=[1])
    asked.when(card(1, "C", "8")).then_names(c.ScorecardCorrected)
    asked.when(k.UpholdScorecard(as_juror("C"), 1, "C", "")).then_refused(k.CheckNeedsReason)
    upheld = k.UpholdScorecard(as_juror("C"), 1, "C", "as it is")
    asked.when(upheld).then(k.ScorecardUpheld(1, "C", "as it is"))
    asked.after(upheld).when(sign(asked.state, "chair")).then_names(s.PanelSigned)
    asked.after(upheld).when(upheld).then_refused(k.NothingToCheck)


def test_where_the_chair_is_in_conflict_the_vice_chair_asks() -> None:
    """R59."""
    tied = scored().after(j.Recuse(as_juror("A"), 1, "A", "own_unit", ""))
    tied.when(ask(1, "C", "A")).then_refused(k.ChairAsks)
    tied.when(ask(1, "C", "B")).then_names(k.CheckAsked)
    tied.when(ask(2, "C", "B")).then_refused(k.ChairAsks)
    gone = scored().after(j.WithdrawJuror(HEADQUARTERS, "A", "ill"))
    gone.when(ask(2, "C", "B")).then_names(k.CheckAsked)


def test_a_chair_whose_conflict_is_on_record_asks_nothing_of_that_dossier() -> None:
    """R59: users.md 3.7, conflicted with two of forty."""
    fifteen = tuple(seat for seat in OPEN.assigned if seat != (1, "A"))
    known = replace(OPEN, assigned=(*fifteen, (1, SPARE)), in_conflict=((1, "A"),))
    life = scored(command=known)
    life.when(ask(1, "C", "A")).then_refused(k.ChairAsks)
    life.when(ask(1, "C", "B")).then_names(k.CheckAsked)
    both = life.after(j.Recuse(HEADQUARTERS, 1, "B", "former_unit", "until last year"))
    both.when(ask(1, "C", "B")).then_refused(k.ChairAsks)
    named = both.after(g.NameChairs(HEADQUARTERS, "A", "D"))
    named.when(ask(1, "C", "D")).then_names(k.CheckAsked)
    both.when(g.NameChairs(HEADQUARTERS, "A", "A")).then_refused(g.ChairsAreTwoJurors)


def test_a_check_of_whoever_withdraws_is_asked_no_more() -> None:
    after = scored().after(ask(1, "C", "A"), j.WithdrawJuror(HEADQUARTERS, "C", "ill"))
    after.when(sign(after.state, "chair")).then_names(s.PanelSigned)
    after.when(ask(1, "C", "A")).then_refused(k.NothingToCheck)


# Sealing


def test_three_people_sign_and_the_third_seals() -> None:
    """R59."""
    chair, clerk, supervisor = signs(scored().state)
    two = scored().after(chair, clerk)
    two.when(clerk).then_refused(s.SignedAlready, signing="clerk")
    two.when(replace(supervisor, signer="clerk")).then_refused(s.ThreePeopleSign)
    two.when(supervisor).then_names(s.PanelSigned, s.PanelSealed)
    two.after(supervisor).when(supervisor).then_refused(p.PanelIsSealed)


@pytest.mark.parametrize(("signing", "signer"), [("chair", "D"), ("chair", "clerk"), ("clerk", "B")])
def test_the_chair_signs_as_chair_and_no_juror_as_another(signing: p.Signing, signer: str) -> None:
    """R59."""
    scored().when(sign(scored().state, signing, signer)).then_refused(s.ThreePeopleSign)


def test_where_the_chair_has_withdrawn_the_vice_chair_signs() -> None:
    gone = scored().after(j.WithdrawJuror(HEADQUARTERS, "A", "ill"))
    gone.when(sign(gone.state, "chair", "A")).then_refused(s.ThreePeopleSign)
    gone.when(sign(gone.state, "chair", "B")).then_names(s.PanelSigned)


def test_a_card_that_changes_takes_the_signatures_back() -> None:
    chair, clerk, supervisor = signs(scored().state)
    after = scored().after(chair, clerk, card(1, "D", "6.5"))
    assert after.state.signed == {}
    after.when(supervisor).then_refused(Stale)
    after.when(sign(after.state, "supervisor")).then_names(s.PanelSigned)


def test_with_cards_missing_it_is_not_sealed() -> None:
    two = scored((2, "A"), (3, "B"))
    two.when(sign(two.state, "chair")).then_refused(s.CardsAreMissing, numbers=[2, 3], minimum=5)


def lowered(to: int, reason: str = "no juror is left", document: str = "2026-31") -> g.LowerMinimum:
    return g.LowerMinimum(HEADQUARTERS, g.Lowered(to, reason, document))


def test_the_committee_may_lower_the_minimum_to_what_the_programme_says_with_a_reason() -> None:
    """R57."""
    recused = [j.Recuse(as_juror(juror), 2, juror, "own_unit", "") for juror in "AB"]
    three = scored().after(*recused)
    three.when(lowered(2)).then_refused(g.MinimumOutOfRange, lowest=3, now=5)
    three.when(lowered(5)).then_refused(g.MinimumOutOfRange)
    three.when(lowered(3, reason="")).then_refused(g.NeedsReasonAndDocument)
    three.when(lowered(3, document=" ")).then_refused(g.NeedsReasonAndDocument)
    enough = three.after(lowered(3))
    enough.when(sign(enough.state, "chair")).then_names(s.PanelSigned)


def test_a_card_that_is_late_is_waited_for_and_not_done_without() -> None:
    """R57: lowering is the last resort after conflicts, not for whoever is late."""
    late = scored((2, "D"), (2, "E"))
    late.when(lowered(3)).then_refused(g.JurorsAreEnough)
    three = scored((2, "D"), command=with_terms(minimum_cards=3))
    three.when(sign(three.state, "chair")).then_refused(s.CardsAreMissing, numbers=[2])
    left = three.after(j.WithdrawJuror(HEADQUARTERS, "D", "ill"))
    left.when(sign(left.state, "chair")).then_names(s.PanelSigned)


def test_what_the_cards_come_to_is_in_the_seal() -> None:
    sealed = seal(scored().after(card(1, "A", "5")))
    assert sealed.method == "mean"
    assert [(r.number, r.score, r.cards) for r in sealed.results] == [
        (1, Decimal("72.1000"), 5),
        (2, Decimal("72.5000"), 5),
        (3, Decimal("72.5000"), 5),
    ]


def test_one_method_holds_for_all_dossiers_of_a_panel() -> None:
    """R58: where trimming has too few cards for one, the plain mean is taken for all."""
    wide = with_terms(method="trimmed_mean", trimmed_from=5)
    sealed = seal(scored(command=wide).after(card(1, "A", "0", "0")))
    assert (sealed.method, sealed.results[0].score) == ("trimmed_mean", Decimal("72.5000"))
    four = with_terms(method="trimmed_mean", trimmed_from=5, minimum_cards=4)
    fewer = scored(command=four).after(
        card(1, "A", "0", "0"), j.Recuse(as_juror("E"), 3, "E", "own_unit", "")
    )
    sealed = seal(fewer)
    assert (sealed.method, sealed.results[0].score) == ("mean", Decimal("70.1000"))


def test_a_method_that_too_few_jurors_allow_is_not_promised_when_it_opens() -> None:
    """R58."""
    first = FIXED.when(with_terms(method="trimmed_mean")).events[0]
    assert isinstance(first, o.PanelOpened)
    assert (first.wanted, first.terms.method) == ("trimmed_mean", "mean")


def test_a_dossier_that_is_withdrawn_waits_for_no_card_and_has_no_result() -> None:
    after = scored((2, "A")).after(g.WithdrawDossier(HEADQUARTERS, 2, "an accident", "2026-33"))
    after.when(card(2, "A")).then_refused(p.NoSuchDossier)
    sealed = seal(after)
    assert [result.number for result in sealed.results] == [1, 3]
    for said in (("", "2026-33"), ("an accident", " ")):
        scored().when(g.WithdrawDossier(HEADQUARTERS, 2, *said)).then_refused(g.NeedsReasonAndDocument)
