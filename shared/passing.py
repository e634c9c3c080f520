"""What passes by itself: an error after which the same may work when asked again."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

# SQLSTATE classes: connection lost, deadlock, no room (connections, memory, disk), locked, cancelled for
# taking too long, shutting down or starting
_STATES = ("08", "40", "53", "55P03", "57")
_ON_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")


class Unavailable(Exception):
    """The act could not be taken now (database away, clocks apart, stopping); nothing was lost: repeat it."""


def is_passing(error: Exception) -> bool:
    """Whether it may work when asked again: a database away, restarting, locked, full; nobody answered."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError | PoolExhausted | Unavailable):
        return True
    if getattr(error, "connection_invalidated", False):
        return True
    state, name = getattr(cause, "sqlstate", None) or "", getattr(cause, "sqlite_errorname", None) or ""
    return state.startswith(_STATES) or name.startswith(_ON_SQLITE)
