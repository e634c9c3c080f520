"""What Prometheus would read now, and what it reads more of for a cause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY


def told(metric: str, **labels: str) -> float:
    """A sample's value; AssertionError where there is none."""
    value = REGISTRY.get_sample_value(metric, labels)
    assert value is not None, f"{metric} {labels} is not told"
    return value


@contextmanager
def grows(metric: str, by: float = 1, /, **labels: str) -> Iterator[None]:
    """What is done in the block makes a counter grow by so much."""
    before = REGISTRY.get_sample_value(metric, labels) or 0
    yield
    assert told(metric, **labels) == before + by, f"{metric} {labels} was {before}"
