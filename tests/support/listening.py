"""The lines of the README that listen to EVENTS, run as another system would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.running import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def block(language: str, holding: str) -> str:
    """The code block of the README that holds a text."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (code,) = [code for code in found if holding in code]
    return code


class Listening:
    """A process that listens on a port of this machine until the block ends, and what it has printed."""

    def __init__(self, place: Path, port: int, seed: Path | None = None) -> None:
        self._program, self._told = place / "listen.py", place / "heard.txt"
        self._program.write_text(block("python", "jetstream").replace("4222", str(port)), "utf-8")
        clean = {name: value for name, value in os.environ.items() if name != "NKEY_SEED"}
        self._environment = clean | {"PYTHONPATH": ""} | ({"NKEY_SEED": str(seed)} if seed else {})

    def __enter__(self) -> Listening:
        with self._told.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-u", str(self._program)],
                stdout=file,
                stderr=file,
                env=self._environment,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def heard(self) -> list[str]:
        """Its lines since it began: the subject, then the beginning of the event."""
        return self._told.read_text("utf-8", "replace").splitlines()
