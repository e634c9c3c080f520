"""Tables of the view `reviews`: cycles with their places and panels, vetoes, the pool, issued appraisals."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, MetaData, String, Table, Text

from services.evaluation.domain.issuing import AppraisalIssued, Figures
from services.evaluation.domain.review.mark import RoundScore
from services.evaluation.domain.review.pool import Listed
from shared.columns import Packed, Uuid

NO_PLACE = 1_000_000  # behind every other

metadata = MetaData()
Table(
    "cycles",
    metadata,
    Column("cycle", String(36), primary_key=True),
    Column("unit", String(36), nullable=False),
    Column("year", BigInteger, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("programme", String(40), nullable=False),
    Column("department", String(36), nullable=False),
    Column("closed_from", Date, nullable=False),
    Column("closed_until", Date, nullable=False),
    Column("rounds", Packed(tuple[str, ...]), nullable=False),
    Column("at", Integer, nullable=False),  # the round that goes on
    Column("projects", Integer, nullable=False),
    Column("has_notice", Boolean, nullable=False),
    Column("run", Integer, nullable=False),
    Column("notice_until", Date),
    Column("decision", Text, nullable=False),  # number of the committee's, once it is confirmed
    Column("confirmed_by", Text, nullable=False),  # event
    Column("confirmed_at", BigInteger),  # microseconds since 1970 UTC
    Index("cycles_by_unit", "unit", "year"),
)
Table(
    "entrants",
    metadata,
    Column("cycle", String(36), primary_key=True),
    Column("project", Uuid, primary_key=True),
    Column("branch", String(36), nullable=False),
    Column("unit", String(36), nullable=False),  # at the level that is compared
    Column("track", String(40), nullable=False),
    Column("closing", Text, nullable=False),  # the score fixed at closing, a decimal
    Column("score", Text, nullable=False),  # as of the last round, a decimal
    Column("exception", Text, nullable=False),
    Column("round", String(20), nullable=False),  # the last in which it was scored
    Column(
        "out", String(20), nullable=False
    ),  # why it is in no more: left_out, withdrawn, not_among_the_best
    Column("run", Integer, nullable=False),
    Column("place", Integer, nullable=False),  # NO_PLACE until a run gives one
    Column("award", String(40)),
    Column("why", String(30), nullable=False),
    Column("tie", String(20), nullable=False),
    Column("listed", String(12), nullable=False),  # the scheme of a list of its own
    Column("group", String(60), nullable=False),  # of comparable units
    Column("group_place", Integer, nullable=False),  # 0 until a run gives one
    Column("standing", String(12), nullable=False),  # "", held, confirmed, revoked
    Column("awarded_by", Text, nullable=False),  # event that confirmed it
    Column("revoked_by", Text, nullable=False),  # event
    Column("revoked_for", Text, nullable=False),  # the reason
    Column("rounds", Packed(tuple[RoundScore, ...]), nullable=False),
    Column("decided", Text, nullable=False),  # number of the decision by which its award stands, or no more
    Column("marked_award", String(40)),  # as its mark says, which follows
    Column("appeal_until", Date),  # once what it has from the review is fixed (R54, R55)
    Index("entrants_by_place", "cycle", "place", "project"),
    Index("entrants_by_project", "project"),
)
Table(
    "panels",
    metadata,
    Column("panel", String(36), primary_key=True),
    Column("cycle", String(36), nullable=False),
    Column("round", String(20), nullable=False),
    Column("department", String(36), nullable=False),
    Column("tracks", Packed(tuple[str, ...]), nullable=False),
    Column("projects", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # named, open, sealed, dissolved
    Column("due", Date),
    Index("panels_by_cycle", "cycle", "panel"),
)
Table(
    "vetoes",
    metadata,
    Column("project", String(36), primary_key=True),
    Column("code", String(20), primary_key=True),
    Column("document", Text, nullable=False),
)
Table(
    "decisions",
    metadata,
    Column("meeting", String(36), primary_key=True),
    Column("matter", Text, primary_key=True),
    Column("body", String(36), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("result", String(20), nullable=False),
    Column("number", Text, nullable=False),  # of the minutes
)
Table(
    "jurors",
    metadata,
    Column("unit", String(36), primary_key=True),
    Column("person", String(36), primary_key=True),
    Column("listed", Packed(Listed), nullable=False),
)
Table(
    "appraisals",
    metadata,
    Column("appraisal", String(36), primary_key=True),
    Column("issued", Packed(AppraisalIssued), nullable=False),
    Column("figures", Packed(Figures), nullable=False),  # in force
)
Table(  # of every project what may have changed a figure, and what an issued one counts with
    "appraised",
    metadata,
    Column("project", Uuid, primary_key=True),
    Column("appraisal", String(36), nullable=False),  # "": not issued
    Column("counted", Packed(tuple[str, ...]), nullable=False),  # events
    Column("changes", Packed(tuple[str, ...]), nullable=False),  # events
    Column("to_compare", Boolean, nullable=False),
    Index("appraised_to_compare", "to_compare"),
)
