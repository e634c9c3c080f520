"""A review as it stands in its ledger, with what is needed to say it in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import partial
from itertools import chain

from services.evaluation import dossier
from services.evaluation.domain.review.cycle.state import State
from shared.domain import By
from shared.dossier import printed
from shared.envelope import Recorded
from shared.ledger_file import Statement
from shared.organisation import Organisation
from shared.sentences import Language


@dataclass(frozen=True, slots=True)
class Record:
    """A cycle and its panels up to a cut; `titles` are reference and title by project."""

    state: State
    cycle: Sequence[Recorded]
    panels: Mapping[str, Sequence[Recorded]]  # in the order in which they were named
    titles: Mapping[str, tuple[str, str]]
    organisation: Organisation
    reader: By
    statement: Statement
    complete: bool  # whether the hashes of the ledger's other events go with it
    made_on: date  # the day that its watermark says
    zone: tzinfo

    @property
    def acts(self) -> list[Recorded]:
        """All of it in the order in which it was recorded."""
        return sorted(chain(self.cycle, *self.panels.values()), key=lambda one: one.position)

    def of(self, kind: type) -> Iterator[Recorded]:
        """The cycle's events of a kind."""
        return (one for one in self.cycle if isinstance(one.event, kind))

    def unit(self, unit: str) -> str:
        """Its name, as it is called now."""
        return dossier.unit_name(unit, self.organisation)

    def who(self, by: By | None, language: Language) -> str:
        """An office of a unit, or a juror by letter."""
        return dossier.who(by, self.organisation, language)

    def project(self, project: str, language: Language) -> str:
        """A project's reference and title."""
        reference, title = self.titles.get(project, (project, ""))
        return f"{reference}\n{printed(language, title)}".strip()


table = partial(dossier.table, nothing="review_none")
