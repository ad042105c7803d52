"""The server under test: one process on a folder of its own, and on a schema of its own where the tests run on PostgreSQL."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

from support.database import Database, shared_address

REPOSITORY = Path(__file__).resolve().parents[3]
START_SECONDS = 30
STOP_SECONDS = 30
# On PostgreSQL: how long another process waits before it takes over from a dead one. The least that is allowed.
LEASE_MS = 1_000
REFUSAL_SECONDS = 20
CRASH_TRACES = ("fatal error", "backtrace", "stack dump", "crash:", "traceback")


def binary():
    path = Path(os.environ.get("FLORIN_BINARY", REPOSITORY / ".build" / "debug" / "florin"))
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: run `swift build`, or say where the server is with FLORIN_BINARY")
    return path.resolve()


class Florin:
    """`florin serve` on `folder`. What it prints is kept in `logs`, beside the folder by default.

    Where the tests run on PostgreSQL, the first start makes a schema for it, which it keeps over restarts; `address` is that
    of a database to use instead, `is_on_folder` keeps it on its folder all the same, and `options` are more of the command line.
    """

    def __init__(self, folder, logs=None, address=None, options=(), is_on_folder=False):
        self.folder = Path(folder)
        self.logs = Path(logs or self.folder.parent)
        self.address = address
        self.options = list(options)
        self.lease_ms = LEASE_MS
        self.database = None
        self.is_on_folder = is_on_folder
        self.process = None
        self.starts = 0
        self.is_given_up = False
        self.url = self.secret_key = self.publishable_key = None

    # Starting

    def start(self, port=0, **popen):
        """Starts the server and waits until it takes requests."""
        assert not self.is_running
        before = self._sandbox_stamp()
        self.launch(port, **popen)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready(before):
            if self.process.poll() is not None:
                raise AssertionError(f"florin ended with {self.process.returncode} on its start:\n{self.output_tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"florin was not ready within {START_SECONDS} s:\n{self.output_tail()}")
            time.sleep(0.02)
        return self

    def keep_running(self):
        """Starts a server that died; one that does not come back is given up, so that not every test waits for it."""
        if self.is_running:
            return
        assert not self.is_given_up, "florin did not come back after it had died in an earlier test"
        self.is_given_up = True
        self.start()
        self.is_given_up = False

    def launch(self, port=0, **popen):
        """Starts the process without waiting for anything."""
        self.starts += 1
        self.logs.mkdir(parents=True, exist_ok=True)
        command = [str(binary()), "serve", "--data", str(self.folder), "--host", "127.0.0.1", "--port", str(port)]
        command += self._place_options() + self.options
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **popen)
        return self.process

    def _place_options(self):
        if self.address is None and shared_address() and not self.is_on_folder:
            self.database = Database(shared_address())
            self.address = self.database.address
        return ["--database", self.address, "--lease-ms", str(self.lease_ms)] if self.address else []

    @property
    def stdout_path(self):
        return self.logs / f"{self.folder.name}.{self.starts}.out"

    @property
    def stderr_path(self):
        return self.logs / f"{self.folder.name}.{self.starts}.err"

    def output(self):
        return "".join(p.read_text(errors="replace") for p in (self.stdout_path, self.stderr_path) if p.exists())

    def output_tail(self):
        return "\n".join(self.output().splitlines()[-30:])

    def _sandbox_stamp(self):
        try:
            status = (self.folder / "sandbox.json").stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _is_ready(self, before):
        """Ready: sandbox.json was written by this start (or its port is in the ready line), and the port answers."""
        try:
            sandbox = json.loads((self.folder / "sandbox.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        port = int(re.search(r":(\d+)/?$", sandbox["url"]).group(1))
        if self._sandbox_stamp() == before and f":{port}" not in self.output():
            return False
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        self.url = sandbox["url"].rstrip("/")
        # On a database of several nodes the keys stand in the folder of the one that made the account.
        self.secret_key = sandbox.get("secret_key", self.secret_key)
        self.publishable_key = sandbox.get("publishable_key", self.publishable_key)
        return True

    # Stopping

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def terminate(self):
        """SIGTERM, as `systemctl stop` sends it; does not wait."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=STOP_SECONDS):
        return self.process.wait(seconds)

    def stop(self):
        """Stops gracefully and answers the exit status; a server that does not stop is killed, and the test fails."""
        if not self.is_running:
            return self.process.returncode if self.process else None
        self.terminate()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"florin did not stop within {STOP_SECONDS} s of SIGTERM:\n{self.output_tail()}") from None

    def kill(self):
        """SIGKILL: what a crash at any instruction looks like from outside."""
        if self.is_running:
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    def discard(self):
        """Kills the server and drops the schema that was made for it."""
        self.kill()
        if self.database is not None:
            self.database.drop()

    def refusal(self, port=0):
        """Starts it where it must refuse to, and answers what it prints: a clear failure, not a crash."""
        self.launch(port)
        try:
            status = self.wait(REFUSAL_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"florin started where it should not, or hangs:\n{self.output_tail()}") from None
        said = self.output()
        assert status > 0, f"ended with {status}: a clear failure, not a signal\n{said}"
        assert said.strip() and not [trace for trace in CRASH_TRACES if trace in said.lower()], said
        return said

    def verify(self, within=60):
        """Runs `florin verify` on what the server has: its folder, or its database; answers the finished process."""
        where = ["--database", self.address] if self.address else ["--data", str(self.folder)]
        return subprocess.run(
            [str(binary()), "verify", *where], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within)

    def core_limit(self):
        return resource.prlimit(self.process.pid, resource.RLIMIT_CORE)
