"""The projects beside which a proposal is laid: the latest of its company that somebody may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.projections.projects import PROJECTS
from shared.engines import rows_of


async def of_the_company(
    views: AsyncEngine, company: str, but: str, scope: frozenset[str] | None, limit: int
) -> Sequence[Mapping[str, Any]]:
    """The company's newest projects with their pages, all but one, whose circle has a mark of the scope."""
    projects, circles = PROJECTS.table("projects"), PROJECTS.table("circles")
    query = select(projects).where(projects.c.company == company, projects.c.project != but)
    if scope is not None:
        seen = select(circles.c.project, circles.c.circle).where(circles.c.mark.in_(sorted(scope)))
        query = query.where(tuple_(projects.c.project, projects.c.circle).in_(seen))
    query = query.order_by(projects.c.drafted_at.desc(), projects.c.project.desc()).limit(limit)
    return await rows_of(views, query)
