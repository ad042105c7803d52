"""A PostgreSQL server of one test, which archives its log with florin."""

import glob
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from support.server import binary

SECONDS = 60


def programs():
    """The folder with the newest PostgreSQL's programs; None when there is none."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(path.split("/")[4]))
    return Path(found[-1]).parent if found else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class ArchivingPostgres:
    """`folder` has everything: data, backups and key. PostgreSQL refuses to be root, so it all is another user's then."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="florin-postgres-", dir="/tmp"))
        self.data, self.repository, self.key = (self.folder / name for name in ("data", "backups", "backup.key"))
        self.port = free_port()
        self._user = []
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            self._user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]

    @property
    def url(self):
        return f"postgres://florin:secret@127.0.0.1:{self.port}/postgres"

    def run(self, *command, check=True, **options):
        """Runs a command as the server's user."""
        done = subprocess.run(
            [*self._user, *map(str, command)], cwd=self.folder, capture_output=True, text=True, timeout=SECONDS, **options)
        assert not check or done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def florin(self, *arguments, check=True):
        return self.run(binary(), *arguments, check=check)

    def start(self):
        password = self.folder / "password"
        password.write_text("secret")
        password.chmod(0o644)
        self.run(
            programs() / "initdb", "--pgdata", self.data, "--username", "florin", "--pwfile", password, "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--auth-host", "scram-sha-256", "--auth-local", "scram-sha-256", "--no-sync",
            "--data-checksums")
        archive = " ".join(
            [shlex.quote(str(binary())), "archive-wal", "%p", "--to", str(self.repository), "--key", str(self.key)])
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = '{self.folder}'\n"
                "wal_level = replica\nmax_wal_senders = 4\nfsync = off\n"
                f"archive_mode = on\narchive_command = '{archive}'\n")
        self.control("start", "--log", self.folder / "log")
        return self

    def control(self, action, *more):
        self.run(programs() / "pg_ctl", "--pgdata", self.data, "--wait", "--silent", *more, action, stdin=subprocess.DEVNULL)

    def sql(self, statement):
        answer = self.run(
            programs() / "psql", "--no-psqlrc", "-At", "-h", self.folder, "-p", self.port, "-U", "florin", "-d", "postgres",
            "-c", statement, env={**os.environ, "PGPASSWORD": "secret"})
        return answer.stdout.strip()

    def archive_all(self):
        """Ends the current file of the log; answers the name that will be in the archive."""
        return self.sql("SELECT pg_walfile_name(pg_switch_wal())")

    def close(self):
        try:
            if (self.data / "postmaster.pid").exists():
                self.control("stop", "--mode", "immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
