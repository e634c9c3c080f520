"""What a page shows of secrecy: the marks of reviewers, files whose bytes are gone, withdrawn texts (R74)."""

from __future__ import annotations

from typing import Any, assert_never

from services.projects.domain.project import secrecy
from services.projects.projections.page.shape import Evidence, Marked, Page, PaperEntry, WithdrawnText


def fold(page: Page, event: secrecy.Event) -> Page:
    """The page after a secrecy review, or without a file's bytes."""
    match event:
        case secrecy.SecrecyReviewed():
            marked = Marked(mark=event.mark, note=event.note, on=event.on.isoformat(), person=event.person)
            return page | {"secrecy": {**page["secrecy"], event.purpose: marked}}
        case secrecy.FileSealed():
            evidence: list[Evidence] = [_without(file, event) for file in page["evidence"]]
            papers: dict[str, PaperEntry] = {
                code: entry | {"scan": _without(entry["scan"], event)}
                for code, entry in page["papers"].items()
            }
            return page | {"evidence": evidence, "papers": papers}
        case secrecy.TextWithdrawn():
            withdrawn: WithdrawnText = {
                "reason": event.reason,
                "on": event.on.isoformat(),
                "person": event.person,
            }
            return page | {"withdrawn": page["withdrawn"] | {event.sha256: withdrawn}}
        case _:
            assert_never(event)


def _without(file: Any, event: secrecy.FileSealed) -> Any:
    """A name may say as much as the bytes did."""
    if file is None or file["sha256"] != event.sha256:
        return file
    return file | {"name": "", "sealed": event.reason}
