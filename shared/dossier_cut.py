"""Up to where a dossier goes: what was signed of its ledgers, kept so that it can be made again for ever."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated

import msgspec
from fastapi import Query

from shared.domain import NotKnown
from shared.dossier import NotSignedYet, json_file
from shared.envelope import Recorded
from shared.ledger_file import Statement
from shared.signing import Signing

NAME = r"^[0-9]{8}-[0-9a-f]{16}$"  # <the day it was made first>-<how a hash of the statements begins>
HEADER = "Denggao-Cut"

AskedCut = Annotated[
    str | None, Query(pattern=NAME, description=f"Made again up to there: as the header {HEADER} named it")
]


class NoSuchDossierCut(NotKnown):
    """No dossier of this was given out under this name.

    Use a name exactly as a dossier's cut names it, or none for a new one."""


class _Kept(msgspec.Struct, frozen=True):
    """How a cut lies in its file."""

    day: date
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class DossierCut:
    """The day a dossier was made first, and what had been signed of its ledgers by then."""

    day: date
    statements: Mapping[str, Statement]  # by ledger

    @property
    def name(self) -> str:
        """Under which it can be asked for again."""
        return f"{self.day:%Y%m%d}-{sha256(self._kept()).hexdigest()[:16]}"

    def holds(self, recorded: Recorded) -> bool:
        """Whether an event was signed there."""
        of = self.statements.get(recorded.ledger)
        return of is not None and recorded.position <= of.size

    def of(self, ledgers: Collection[str]) -> DossierCut:
        """The same of these ledgers alone; NotSignedYet where one of them was never signed."""
        if not self.statements.keys() >= {*ledgers}:
            raise NotSignedYet()
        return DossierCut(self.day, {name: self.statements[name] for name in sorted(ledgers)})

    def said(self) -> bytes:
        """As a file of the dossier: its name, and up to which position of each ledger it goes."""
        sizes = {ledger: of.size for ledger, of in self.statements.items()}
        return json_file({"cut": self.name, "signed_up_to": sizes})

    def keep(self, signing: Signing) -> None:
        """From here on it can be asked for by its name."""
        signing.state.keep(self.name, self._kept())

    def _kept(self) -> bytes:
        return msgspec.json.encode(_Kept(self.day, tuple(self.statements.values())))


def cut_now(signing: Signing, day: date) -> DossierCut:
    """Up to where everything is signed now."""
    return DossierCut(day, Statement.all_last(signing.state, signing.keys))


def cut_named(signing: Signing, name: str) -> DossierCut:
    """What a dossier that was given out was made of; NoSuchDossierCut."""
    kept = signing.state.kept(name) if re.match(NAME, name) else None
    if kept is None:
        raise NoSuchDossierCut()
    found = msgspec.json.decode(kept, type=_Kept)
    return DossierCut(found.day, {of.ledger: of for of in found.statements})


def asked_cut(signing: Signing, day: date, name: str | None) -> DossierCut:
    """That of this name, or with none as everything is now; NoSuchDossierCut."""
    return cut_now(signing, day) if name is None else cut_named(signing, name)
