"""What the processes say about themselves: JSON lines on stderr, with correlation and causation."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars, merge_contextvars

PERSONAL = frozenset(
    {"name", "phone", "mail", "password", "token", "authorization", "cookie", "address", "body"}
)


def configure(service: str, level: str = "INFO") -> None:
    """Send everything that is logged, by structlog or the standard library, to stderr as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _of(service),
        _without_personal_data,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # uvicorn set these up before us
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # the metrics count requests
    for name in ("httpx", "alembic"):  # the one names whole addresses, the other says nothing that we need
        logging.getLogger(name).setLevel("WARNING")


def log(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; events are short lower-case phrases, facts are keywords."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(part=name)
    return logger


def bind(correlation: str) -> None:
    """From here on in this task, every line names the request that started and caused it."""
    bind_contextvars(correlation=correlation, causation=correlation)


@contextmanager
def about(correlation: str, causation: str) -> Iterator[None]:
    """In this block, every line names the request that started it and the event or command that caused it."""
    with bound_contextvars(correlation=correlation, causation=causation):
        yield


def correlation() -> str:
    """The correlation id of this task; empty outside of any request or event."""
    return str(get_contextvars().get("correlation", ""))


def _of(service: str) -> structlog.typing.Processor:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service  # whose line it is, whatever it is about
        return event

    return add


def _without_personal_data(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("color_message", None)  # uvicorn's line once more, for terminals
    for key in PERSONAL & event.keys():
        event[key] = "(left out)"
    return event
