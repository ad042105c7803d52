"""A certificate authority of a test's own, made with openssl."""

import subprocess

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Authority:
    """`certificate` is what clients are to trust."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        self._openssl(
            "req", "-x509", *NEW_KEY, "-days", "2", "-subj", f"/CN=Florin test {name}", "-keyout", self._key,
            "-out", self.certificate, "-addext", "basicConstraints=critical,CA:TRUE")

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True)

    def issue(self, folder, names):
        """Makes `server.pem` and `server.key` in a folder, for names such as "IP:127.0.0.1"."""
        request, extensions = self.folder / "request", self.folder / "extensions"
        certificate, key = folder / "server.pem", folder / "server.key"
        self._openssl("req", *NEW_KEY, "-subj", "/CN=server", "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={names}\n")
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", certificate)
        key.chmod(0o600)
        return certificate, key
