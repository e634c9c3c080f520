"""The directory in which an installation of `./denggao up` lives: whose it is, its version, its example."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = 1  # counts up when older code could not read what newer code keeps here
OURS = ("projects", "evaluation", "notifications", "nats", "signed")


class NotUsable(Exception):
    """The directory cannot be used; the text is the one sentence that says why."""


@contextmanager
def held(path: Path) -> Iterator[DataDirectory]:
    """The directory, made if need be, and ours alone while we are in here; raises NotUsable."""
    path = path.absolute()
    with contextlib.ExitStack() as stack:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_version(path)
            stack.callback(os.close, _locked(path / "lock"))
            (path / "version").write_text(f"{VERSION}\n")
            data = DataDirectory(path)
            data.logs.mkdir(exist_ok=True)
        except BlockingIOError:
            raise NotUsable(
                f"The data directory {path} is in use by another ./denggao up. "
                "Stop that one, or name another directory with --data."
            ) from None
        except OSError as error:
            raise NotUsable(
                f"The data directory {path} cannot be written ({error.strerror}). "
                "Name another one with --data."
            ) from None
        yield data


def _check_version(path: Path) -> None:
    """Before anything is written: an older program or a wrong --data must leave no trace."""
    file = path / "version"
    if not file.exists():
        if strangers := sorted(entry.name for entry in path.iterdir() if entry.name != "lock"):
            raise NotUsable(
                f"{path} holds other files ({strangers[0]}). Name an empty or new directory with --data."
            )
        return
    found = file.read_text("utf-8", "replace").strip()
    if not found.isdecimal() or int(found) > VERSION:
        raise NotUsable(
            f"The data directory {path} is of a newer version ({found[:20]}; this code knows {VERSION}). "
            "Update Denggao, or name another directory with --data."
        )


def _locked(file: Path) -> int:
    """An open lock that ends with this process; raises BlockingIOError when another has it."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


class DataDirectory:
    """What lies in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def logs(self) -> Path:
        """What the programs say."""
        return self.path / "logs"

    @property
    def filling(self) -> bool:
        """Whether an example is being made here. The file `example` allows services an example's clock."""
        return (self.path / "example").exists()

    @property
    def welcome(self) -> str:
        """What the example said when it was done: sign-in names, what to try; "" where there is none."""
        file = self.path / "welcome.txt"
        return file.read_text("utf-8") if file.exists() else ""

    @property
    def empty(self) -> bool:
        """Whether no service has ever kept anything here."""
        return not any((self.path / name).exists() for name in OURS)

    def begin_example(self) -> None:
        """From here on the data are an example's, which may be made anew."""
        (self.path / "example").touch()

    def finish_example(self, welcome: str) -> None:
        """From here on the data are kept like any others."""
        (self.path / "welcome.txt").write_text(welcome, "utf-8")
        (self.path / "example").unlink()

    def forget_half_an_example(self) -> None:
        """Remove the services' data of an example whose filling was cut short; never anything else."""
        assert self.filling
        for name in OURS:
            shutil.rmtree(self.path / name, ignore_errors=True)
        (self.path / "example").unlink()
