"""A document that is printed, as the answer to a request."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from shared.printing import Document, pdf

ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}


async def as_pdf(document: Document, name: str) -> Response:
    """Its bytes under a name, which may be Chinese; kept by nobody on the way."""
    return Response(
        await asyncio.to_thread(pdf, document),
        media_type="application/pdf",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.pdf",
        },
    )
