"""All versions of the rules: the shipped one, and those that headquarters published, for ever."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.rules import Rule, Rules
from services.notifications.reading_rules import RulesUnreadable, read_rules
from services.notifications.tables import rule_sets
from shared.passing import Unavailable

SHIPPED = 0  # the version that comes with the code
LOOK_SECONDS = 2.0


@cache
def shipped_text() -> str:
    """The rules that come with the system, as they are written."""
    return (Path(__file__).parent / "default" / "notifications.yaml").read_text(encoding="utf-8")


@cache
def default_rules() -> Rules:
    """The rules that come with the system."""
    return read_rules(shipped_text())


class Rulebook:
    """The versions that this process has read; none ever changes, so each is read once."""

    def __init__(self, shipped: Rules | None = None, look_seconds: float = LOOK_SECONDS) -> None:
        self._versions = {SHIPPED: shipped or default_rules()}
        self._look_seconds = look_seconds
        self._looked_at = -math.inf

    @property
    def now(self) -> Rules:
        """The newest version that was read."""
        return self._versions[max(self._versions)]

    def of(self, version: int) -> Rules:
        """A version that was read."""
        return self._versions[version]

    def rule_of(self, version: int, rule_id: str) -> Rule | None:
        """The rule by which an obligation was made, as it read then."""
        return self.of(version).get(rule_id)

    def last(self, rule_id: str) -> Rule | None:
        """The rule of this id as the newest version that has it says it."""
        versions = (self._versions[version] for version in sorted(self._versions, reverse=True))
        return next((rule for rules in versions if (rule := rules.get(rule_id))), None)

    @property
    def sealed(self) -> frozenset[str]:
        """The rules whose matters few may see, in any version: what was sealed once stays so."""
        return frozenset(rule.id for of in self._versions.values() for rule in of.rules if rule.sealed)

    async def in_force(self, connection: AsyncConnection) -> Rules:
        """The version by which what happens now is told: looked for every few seconds, as others publish."""
        now = time.monotonic()
        if now - self._looked_at >= self._look_seconds:
            await self._read(connection)
            self._looked_at = now
        return self.now

    async def know(self, connection: AsyncConnection, versions: Iterable[int]) -> None:
        """Read on where one of these was not read yet."""
        if not self._versions.keys() >= set(versions):
            await self._read(connection)

    async def _read(self, connection: AsyncConnection) -> None:
        new = select(rule_sets).where(rule_sets.c.version > max(self._versions)).order_by(rule_sets.c.version)
        for row in (await connection.execute(new)).all():
            try:
                # it was sound when it was published; what a later release knows of soundness came after it
                self._versions[row.version] = read_rules(row.text, row.version, check=False)
            except RulesUnreadable as error:
                raise Unavailable(
                    f"version {row.version} of the rules was published by newer code"
                ) from error
