"""The cluster of deploy/ha, driven by its own script, as an operator drives it."""

import json
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "deploy" / "ha" / "cluster"
COMMAND_SECONDS = 330  # More than the longest wait in the script itself, whose message is the better one.


class Cluster:
    def __init__(self, folder):
        self.folder = Path(folder)

    def do(self, command, *arguments):
        """Runs a subcommand and answers what it printed; its own message is the failure's."""
        call = [str(SCRIPT), command, str(self.folder), *map(str, arguments)]
        done = subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS)
        assert done.returncode == 0, f"cluster {command} failed: {done.stderr.strip()}"
        return done.stdout.strip()

    def url(self, direct=False):
        return self.do("url", *(["--direct"] if direct else []))

    def nodes(self):
        return json.loads(self.do("status", "--json"))["nodes"]

    def primary(self):
        return self.do("primary")

    def standbys(self):
        leader = self.primary()
        return [row["node"] for row in self.nodes() if row["node"] != leader]

    def has_primary(self):
        return any(row["role"] == "leader" and row["state"] == "running" for row in self.nodes())

    def heal(self):
        self.do("heal")
