"""Tomorrow's release of a service: `uvicorn tests.support.tomorrow:app`, the service in DENGGAO_TOMORROW.

It writes two events in a schema version that today's code does not know, and lifts the earlier ones to it.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from shared import codec, decision
from shared.domain import Upcaster

LATER = "（明日）"


def _later(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"standard": data["standard"] + LATER} if "standard" in data else data


UPCASTERS: dict[str, dict[int, Upcaster]] = {"TaskAdded": {1: _later}, "UnitEstablished": {1: _later}}
todays_schema_of, todays_upcasters_of = codec.schema_of, codec.upcasters_of


def schema_of(type_: type) -> int:
    """One more than today, for the two."""
    return todays_schema_of(type_) + (type_.__name__ in UPCASTERS)


def upcasters_of(type_: type) -> dict[int, Upcaster]:
    """The step from today."""
    return todays_upcasters_of(type_) | UPCASTERS.get(type_.__name__, {})


for module in (codec, decision):
    vars(module).update(schema_of=schema_of)
codec.upcasters_of = upcasters_of
app = importlib.import_module(f"services.{os.environ['DENGGAO_TOMORROW']}.app").app
