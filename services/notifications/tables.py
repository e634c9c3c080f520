"""Notifications' truth: obligations and what is known to fill and address them; deliveries, channels, wishes.

Moments are microseconds since 1970 UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from shared.columns import Uuid
from shared.jobs import job_columns

metadata = MetaData()

obligations = Table(
    "obligations",
    metadata,
    Column("id", Uuid, primary_key=True),  # uuid5 of event, rule, occurrence and recipient
    Column("event", String(120), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("occurrence", String(120), nullable=False),
    Column("recipient", String(36), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("project", String(36), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("facts", Text, nullable=False),  # JSON of texts; ids of people and units, never names
    Column("due", Date),
    Column("created_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("done_by_event", String(120)),
    Column("done_by_recipient", Boolean),  # False where a colleague of the same office did it
    Column("read_at", BigInteger),
    Column("rules", Integer, nullable=False, server_default="0"),  # version of the rules; 0: as shipped
    Column("next_at", BigInteger),  # of the next reminder or escalation; none once it is done
    Column(
        "steps", Integer, nullable=False, server_default="0"
    ),  # number of the last of these that was seen to
    # the version of its inbox with which it changed last (inboxes.py); 0 until the transaction's end
    Column("changed", BigInteger, nullable=False, server_default="0"),
    Index("obligations_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    Index("obligations_changed", "recipient", "changed"),
    Index(
        "obligations_unstamped",
        "changed",
        postgresql_where=text("changed = 0"),
        sqlite_where=text("changed = 0"),
    ),
    Index("obligations_by_recipient", "recipient", "kind", "created_at", "id"),
    Index("obligations_by_project", "project", "rule"),
)

known = Table(
    "known",
    metadata,
    Column("id", String(36), primary_key=True),  # of the project or meeting
    Column("facts", Text, nullable=False),  # JSON of domain.known.Known
)

inboxes = Table(  # of whoever was ever told something; the row's lock puts the changes of an inbox in order
    "inboxes",
    metadata,
    Column("person", String(36), primary_key=True),  # of a juror's letter its own: inboxes.letter_box
    Column("version", BigInteger, nullable=False),
)

deliveries = Table(  # what goes out of the system: one for an obligation and a channel (0093)
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),  # uuid5 of obligation and channel; the receiver's idempotency key
    Column("obligation", Uuid, nullable=False, index=True),
    Column("company", String(36), nullable=False),  # whose account sends it
    Column("channel", String(12), nullable=False),  # channels.Kind
    Column("person", String(36), nullable=False),  # to whom: the recipient, or who stands in (absences)
    Column("state", String(8), nullable=False),  # waiting, bundled, sent, dead or needless
    Column("urgent", Integer, nullable=False),  # 0 goes first, 1 after it
    Column("not_before", BigInteger, nullable=False),
    Column("slot", String(20)),  # of which summary of this person it is a line: its local day
    Column("tries", Integer, nullable=False),  # that failed by themselves, and not with the whole channel
    Column("cause", Text),  # why it is dead or needless, as a code of the catalogue
    Column("made_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("deliveries_due", "company", "channel", "state", "urgent", "not_before"),
    Index("deliveries_of_person", "person", "made_at"),
    Index("deliveries_bundled", "state", "not_before"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column(
        "outcome", String(8), nullable=False
    ),  # sent, later or never; or resent: it was made to wait again
    Column("code", String(60), nullable=False),  # the receiver's own; of resent: by whom
    Column("answer", Text, nullable=False),  # its words, without addresses
)

channels = Table(  # a company's account with one kind of channel; who sends for it locks its row (0093)
    "channels",
    metadata,
    Column("company", String(36), primary_key=True),
    Column("channel", String(12), primary_key=True),
    Column("settings", Text, nullable=False),  # JSON; secrets in it are sealed
    Column("enabled", Boolean, nullable=False),
    Column(
        "next_free_at", BigInteger, nullable=False
    ),  # when all that went would have gone one by one (GCRA)
    Column("failures", Integer, nullable=False),  # of the channel as a whole, in a row
    Column("open_until", BigInteger),  # the breaker: nothing is tried before
)

channel_keys = Table(  # under which a company's secrets are sealed; their only copies are the backups
    "channel_keys",
    metadata,
    Column("company", String(36), primary_key=True),
    Column("key", LargeBinary(32), nullable=False),
)

channel_changes = Table(  # who set up what of a channel; secrets are left out
    "channel_changes",
    metadata,
    Column("company", String(36), primary_key=True),
    Column("channel", String(12), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", String(36), nullable=False),
    Column("settings", Text, nullable=False),
)

fanouts = Table(  # what obliges very many people, whose obligations are made page by page
    "fanouts",
    metadata,
    Column("id", Uuid, primary_key=True),  # uuid5 of event, rule and project
    Column("event", String(120), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("rules", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("project", String(36), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("facts", Text, nullable=False),
    Column("due", Date),
    Column("created_at", BigInteger, nullable=False),
    Column("people", Integer, nullable=False),  # as many as were decided on
    Column("ended_at", BigInteger),
    Index(
        "fanouts_open",
        "project",
        postgresql_where=text("ended_at IS NULL"),
        sqlite_where=text("ended_at IS NULL"),
    ),
)

fanout_pages = Table(
    "fanout_pages",
    metadata,
    Column("fanout", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("recipients", Text, nullable=False),  # JSON: [person, occurrence] of each
    Column("people", Integer, nullable=False, server_default="0"),  # how many these are
    Column("done_at", BigInteger),
    Index("fanout_pages_open", "done_at", "fanout", "number"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("person", String(36), primary_key=True),
    Column("wishes", Text, nullable=False),  # JSON of domain.wishes.Wishes
    Column("changed_at", BigInteger, nullable=False),
)

absences = Table(  # while somebody is away, whoever stands in for them is told
    "absences",
    metadata,
    Column("person", String(36), primary_key=True),
    Column("first", Date, primary_key=True),
    Column("last", Date, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
)

rule_sets = Table(  # published versions of the rules, for ever; 0 is the one that is shipped
    "rule_sets",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),  # the YAML as it was published
    Column("sha256", String(64), nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("by", String(36), nullable=False),
    Column("reason", Text, nullable=False),
    Column("command", Uuid, nullable=False, unique=True),  # the same for a repeated request
    Column("request", String(64), nullable=False),
)

trials = Table(  # rules tried against history: what they would have told, and whom
    "trials",
    metadata,
    *job_columns(),
    Column("text", Text, nullable=False),  # of the rules
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("result", Text),  # JSON of trial.Result
)
