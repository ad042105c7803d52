"""A small file system of a test's own, that can be filled, freed and enlarged."""

import contextlib
import os
import subprocess

import pytest


class SmallDisk:
    def __init__(self, folder, megabytes=48):
        self.folder = folder
        folder.mkdir()
        if os.geteuid() != 0 or self._mount("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "florin-scenario").returncode != 0:
            pytest.skip("mounting a small tmpfs needs root")

    def _mount(self, *command):
        return subprocess.run([*command, str(self.folder)], capture_output=True)

    def fill(self):
        with open(self.folder / "ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(b"\0" * 4096)

    def free(self):
        (self.folder / "ballast").unlink()

    def enlarge(self, megabytes):
        assert self._mount("mount", "-o", f"remount,size={megabytes}m").returncode == 0

    def close(self):
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
