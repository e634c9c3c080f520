"""What an item of a committee's meeting names as its matter where it decides on a review (R63, R65).

The matter says what is decided, so that minutes about one thing carry no other: they are of one run of
the allocation, whose list never changes, of one project's award, or of one vacated place.
"""

from __future__ import annotations

from uuid import UUID


def of_run(review: UUID, run: int) -> str:
    """Its awards are confirmed as this run gave them."""
    return f"{review}/run/{run}"


def of_revocation(review: UUID, project: str) -> str:
    """The award of this project is revoked."""
    return f"{review}/revoke/{project}"


def of_moving_up(review: UUID, after: str) -> str:
    """The place of this project, whose award was revoked, goes to the next."""
    return f"{review}/move-up/{after}"
