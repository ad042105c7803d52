"""Finds card numbers and security codes in bytes, in every form they might have slipped out in."""

import base64
import hashlib
import re

DISTINCT_DIGITS = 6


def forms(number):
    """name → bytes of one card number, as it might be written by accident.

    In BCD and base64 a number of mostly zeroes looks like any other zeroes: those forms are for numbers of many digits.
    """
    text = number.encode()
    groups = re.findall(r".{1,4}", number)
    found = {
        "plain": text,
        "spaced": " ".join(groups).encode(),
        "dashed": "-".join(groups).encode(),
        "plus signs": "+".join(groups).encode(),
        "hexadecimal": text.hex().encode(),
        "HEXADECIMAL": text.hex().upper().encode(),
        "UTF-16": number.encode("utf-16-le"),
        "EBCDIC": number.encode("cp500"),
        "reversed": text[::-1],
        "percent escapes": "".join(f"%{byte:02x}" for byte in text).encode(),
        "an array of bytes": ", ".join(str(byte) for byte in text).encode(),
    }
    if len(set(number)) >= DISTINCT_DIGITS:
        found |= packed_forms(number)
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(algorithm, text)
        found[f"{algorithm} without a key"] = digest.digest()
        found[f"{algorithm} without a key, hexadecimal"] = digest.hexdigest().encode()
        found[f"{algorithm} without a key, base64"] = base64.b64encode(digest.digest()).rstrip(b"=")
    return found


def packed_forms(number):
    even = number if len(number) % 2 == 0 else "0" + number
    found = {
        "BCD": bytes.fromhex(even),
        "BCD, shifted": bytes.fromhex(number[1:] if len(number) % 2 else number[1:-1]),
    }
    # Base64 of a text that has the number in it: three alignments, less what the neighbours change.
    for shift in range(3):
        cut = number.encode()[(3 - shift) % 3 :]
        found[f"base64, {shift}"] = base64.b64encode(cut[: len(cut) // 3 * 3])
    return found


class PanScanner:
    def __init__(self, numbers, codes):
        self.numbers = {f"…{number[-4:]} as {form}": pattern for number in numbers for form, pattern in forms(number).items()}
        code = "|".join(codes)
        self.codes = re.compile(
            rb"(?i)(cvc|cvv|csc|verification|security)[a-z0-9_]{0,12}[^0-9a-z]{1,16}(%s)(?![0-9])" % code.encode())

    def findings(self, data, where):
        """What is in `data` and should not be, as texts."""
        for what, pattern in self.numbers.items():
            at = data.find(pattern)
            if at >= 0:
                yield f"{where}: card {what}, at byte {at}"
        for match in self.codes.finditer(data):
            yield f"{where}: a security code behind {match.group(1).decode()!r}, at byte {match.start()}"

    def findings_below(self, folder):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield from self.findings(path.read_bytes(), str(path))
