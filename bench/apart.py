"""Work in a process of its own, started as our services are: nothing of what was measured before is in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from shared.starting import settle

P = ParamSpec("P")
T = TypeVar("T")


def apart(work: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
    """What a function gives in a new process, started as our services are; so are the peers'."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=settle) as process:
        return process.submit(work, *arguments, **more).result()
