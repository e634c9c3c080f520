"""What is read of the archive: that it is due, and what becomes of what was handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ArchiveDue:
    due: date


@dataclass(frozen=True, slots=True)
class ArchiveHandedOver:
    package: int


@dataclass(frozen=True, slots=True)
class ArchiveSentBack:
    package: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProjectArchived:
    archive_number: str


@dataclass(frozen=True, slots=True)
class SupplementArchived:
    archive_number: str


OfArchive = ArchiveDue | ArchiveHandedOver | ArchiveSentBack | ProjectArchived | SupplementArchived
