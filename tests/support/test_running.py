"""Whether a process has ended, asked in any moment of its end."""

from __future__ import annotations

import psutil
import pytest

from tests.support.running import lives


def test_a_process_that_ends_while_it_is_asked_lives_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    process = psutil.Process()
    assert lives(process)

    def gone() -> str:
        raise psutil.NoSuchProcess(process.pid)

    monkeypatch.setattr(process, "status", gone)
    assert not lives(process)
