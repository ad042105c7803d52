"""The page for operators tells the truth: its drill is run as it stands there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "operations.md"
DRILL = re.compile(r"<!-- drill -->\n```sh\n(.*?)```", re.DOTALL)
MINUTES = 6


@pytest.mark.driver("florin")
def test_the_drill_of_the_operations_page(work_folder):
    steps = DRILL.findall(PAGE.read_text())
    assert len(steps) == 7
    folder = work_folder / "drill"
    folder.mkdir(mode=0o755)
    (folder / "deploy").symlink_to(REPOSITORY / "deploy")
    binary = Path(os.environ.get("FLORIN_BINARY", REPOSITORY / ".build" / "debug" / "florin")).resolve()
    (folder / "bin").mkdir()
    (folder / "bin" / "florin").symlink_to(binary)
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    try:
        ended = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", "\n".join(steps)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=MINUTES * 60,
            start_new_session=True,
        )
    finally:
        # Nothing of a drill that broke off stays behind.
        subprocess.run(["pkill", "-f", f"{folder}|--port 843[12] |issuer --port 5150"], check=False)
        if (folder / "ha" / "cluster.json").exists():
            subprocess.run([REPOSITORY / "deploy" / "ha" / "cluster", "stop", folder / "ha"], check=False)
    assert ended.returncode == 0, ended.stdout[-6_000:] + ended.stderr[-6_000:]
    assert "everything holds" in ended.stdout
