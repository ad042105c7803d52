"""Several servers on one PostgreSQL database, and the card network that all of them pay through."""

import functools
import re
import shutil
import subprocess
import time

from support.server import START_SECONDS, Florin, binary


@functools.cache
def has_issuer_command():
    result = subprocess.run([str(binary()), "--help"], capture_output=True, text=True, timeout=30)
    return re.search(r"^  issuer\b", result.stdout, re.MULTILINE) is not None


class Issuer:
    """`florin issuer`: a card network in a process of its own."""

    def __init__(self, logs):
        self.output_path = logs / "issuer.out"
        command = [str(binary()), "issuer", "--port", "0"]
        with open(self.output_path, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        self.address = self._address()

    def _address(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            said = self.output_path.read_text()
            found = re.search(r"\b(\d+\.\d+\.\d+\.\d+|localhost):(\d+)\b", said)
            if found:
                return found.group(0)
            assert self.process.poll() is None, f"florin issuer ended with {self.process.returncode}:\n{said}"
            time.sleep(0.02)
        self.stop()
        raise AssertionError(f"florin issuer did not say where it listens within {START_SECONDS} s")

    def stop(self):
        self.process.kill()
        self.process.wait()


class House:
    """Nodes on one database. Each has a folder of its own with the first one's `vault.key`."""

    def __init__(self, folder, database):
        self.folder = folder
        self.database = database
        # Without it each node has the sandbox's network in itself, which takes the house's word for what it forgot.
        self.issuer = Issuer(folder) if has_issuer_command() else None
        self.nodes = []

    def node(self, *options, has_key=True):
        """One more node, not yet started."""
        number = len(self.nodes)
        folder = self.folder / f"node{number}"
        options = [*options, *(["--issuer", self.issuer.address] if self.issuer else [])]
        node = Florin(folder, address=self.database.address, options=options)
        if self.nodes:
            first = self.nodes[0]
            node.secret_key, node.publishable_key = first.secret_key, first.publishable_key
            folder.mkdir(mode=0o700)
            if has_key:
                shutil.copy(first.folder / "vault.key", folder)
        self.nodes.append(node)
        return node

    def start(self, count=2, *options):
        """Starts nodes one after the other: the first makes the account."""
        return [self.node(*options).start() for _ in range(count)]

    def holder(self, duty):
        """The node that has a duty now; None while nobody that lives has it."""
        rows = self.database.rows(
            "SELECT owner FROM lease WHERE name = %s AND expires_at > EXTRACT(EPOCH FROM clock_timestamp()) * 1000",
            [f"duty/{duty}"])
        process = int(rows[0][0].split(" ")[0].rsplit(":", 1)[1]) if rows else None
        return next((node for node in self.nodes if node.is_running and node.process.pid == process), None)

    def other(self, node):
        return next(each for each in self.nodes if each is not node and each.is_running)

    def close(self):
        for node in self.nodes:
            node.kill()
        if self.issuer:
            self.issuer.stop()
        self.database.drop()
