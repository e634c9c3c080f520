"""Where a page of a list ends, as an address holds it: the next page begins behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLACE = r"^([0-9]{1,18})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$"  # <moment>.<id>


@dataclass(frozen=True, slots=True)
class After:
    """The last entry of a page; stable whatever happens meanwhile."""

    at: int  # microseconds
    id: str

    def __str__(self) -> str:
        return f"{self.at}.{self.id}"

    @classmethod
    def read(cls, text: str) -> After | None:
        """The place from its text; None where the text is not one."""
        found = re.match(PLACE, text)
        return cls(int(found[1]), found[2]) if found else None
