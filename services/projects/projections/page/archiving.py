"""The archive on a page: what was handed over, received or sent back, package by package (R78)."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import archiving
from services.projects.projections.page.shape import Package, Page, Reminded


def fold(page: Page, event: archiving.Event) -> Page:
    """The page after an event of the archive; LookupError where that package was not handed over."""
    packages, on = page["archive"], event.on.isoformat()
    match event:
        case archiving.ArchiveDue():
            told = Reminded(due=event.due.isoformat(), told="party_department")
            return page | {"reminded": {**page["reminded"], "archive/": told}}
        case archiving.ArchiveHandedOver():
            handed = Package(
                number=None,
                retention=event.retention,
                note=event.note,
                handed_over_on=on,
                handed_over_by=event.person,
                received_on=None,
                sent_back=[],
            )
            if len(packages) < event.package:
                return _with(page, [*packages, handed])
            again: Package = handed | {"sent_back": packages[-1]["sent_back"]}
            return _with(page, [*packages[:-1], again])
        case archiving.ArchiveSentBack():
            back = {"on": on, "lacks": list(event.lacks), "reason": event.reason}
            last = packages[event.package - 1]
            returned: Package = last | {"handed_over_on": None, "sent_back": [*last["sent_back"], back]}
            return _with(page, [*packages[:-1], returned])
        case archiving.ProjectArchived():
            archived = {"number": event.archive_number, "on": on}
            received: list[Package] = [  # of old records, in which nobody handed it over, there is none
                last | {"number": event.archive_number, "received_on": on} for last in packages
            ]
            return _with(page | {"state": "archived", "archived": archived}, received)
        case archiving.SupplementArchived():
            last = packages[event.package - 1]
            taken: Package = last | {"number": event.archive_number, "received_on": on}
            return _with(page, [*packages[:-1], taken])
        case _:
            assert_never(event)


def _with(page: Page, packages: list[Package]) -> Page:
    after: Page = page | {"archive": packages}
    return after
