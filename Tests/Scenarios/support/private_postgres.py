"""A PostgreSQL server of one test alone, that it may stop, starve, copy and put out of time."""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg

from support.waiting import eventually

START_SECONDS = 30
STOP_SECONDS = 30
SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "shared_buffers": "32MB",
    "max_connections": "60",
    # Tests do not cut the power.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
# Of the user "florin", who may do all. Nothing but a leak would print this.
PASSWORD = "SwordFish-4711"


@functools.cache
def programs():
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if folders:
        return folders[-1]
    return Path(subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip())


def as_server():
    """What PostgreSQL is started with: it refuses to run as root."""
    return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []


def give_to_server(path):
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


def work_folder(prefix="florin-postgres-"):
    """A folder that the server's user may use, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    give_to_server(folder)
    return folder


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Template:
    """A data folder as initdb makes it, to copy from."""

    def __init__(self):
        self.folder = work_folder("florin-template-")
        self.data = self.folder / "data"
        (self.folder / "password").write_text(PASSWORD)
        give_to_server(self.folder / "password")
        command = [
            *as_server(), str(programs() / "initdb"), f"--pgdata={self.data}", "--username=florin",
            f"--pwfile={self.folder / 'password'}", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync"]
        subprocess.run(command, cwd=self.folder, capture_output=True, check=True)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class PrivatePostgres:
    """A server on a copy of the template, with `settings` of postgresql.conf and `environment` of its process."""

    def __init__(self, template, folder=None, environment=None, **settings):
        self.is_own_folder = folder is None
        self.folder = folder or work_folder()
        if not self.is_own_folder:
            self.folder.mkdir()
            give_to_server(self.folder)
        self.data = self.folder / "data"
        self.port = free_port()
        self.environment = environment or {}
        self.process = None
        copy_folder(template.data, self.data)
        self.set(port=self.port, **{**SETTINGS, **settings})

    def set(self, **settings):
        """For the next start; the last word counts."""
        with open(self.data / "postgresql.conf", "a") as file:
            for name, value in settings.items():
                file.write(f"{name} = {value}\n")

    def address(self, *parameters, user="florin", password=PASSWORD, host="127.0.0.1"):
        """The address for a client; parameters as `sslmode=require`."""
        return f"postgres://{user}:{password}@{host}:{self.port}/postgres" + ("?" + "&".join(parameters) if parameters else "")

    def move_log(self, elsewhere):
        """Has the write-ahead log on another disk, for the next start."""
        copy_folder(self.data / "pg_wal", elsewhere)
        shutil.rmtree(self.data / "pg_wal")
        (self.data / "pg_wal").symlink_to(elsewhere)

    @property
    def log_path(self):
        return self.folder / "log"

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def launch(self):
        assert not self.is_running
        with open(self.log_path, "ab") as log:
            # Its environment after it has become the other user: a library to preload would make files as root before.
            environment = ["env", *(f"{name}={value}" for name, value in self.environment.items())]
            command = [*as_server(), *environment, str(programs() / "postgres"), "-D", str(self.data)]
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        self.launch()
        eventually(self.answers, START_SECONDS, "PostgreSQL taking connections")
        return self

    def answers(self):
        if not self.is_running:
            raise RuntimeError(f"PostgreSQL ended with {self.process.returncode}:\n{self.log_path.read_text()[-2000:]}")
        with contextlib.suppress(psycopg.OperationalError):
            self.connect().close()
            return True
        return False

    def connect(self, **options):
        return psycopg.connect(self.address(), connect_timeout=5, autocommit=True, **options)

    def execute(self, query, arguments=()):
        with self.connect() as connection:
            connection.execute(query, arguments)

    def rows(self, query, arguments=()):
        with self.connect() as connection:
            return connection.execute(query, arguments).fetchall()

    def stop(self, mode="fast"):
        if self.is_running:
            self.process.send_signal(SIGNALS[mode])
            self.process.wait(STOP_SECONDS)

    def remove(self):
        try:
            self.stop("immediate")
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.is_own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def copy_folder(source, target):
    """Everything with its owners and rights."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
