"""What was measured, as a table at the end of the run."""

from dataclasses import dataclass

TITLES = ("fault", "node", "longest gap (s)", "acknowledged", "were in doubt", "lost", "doubled")


@dataclass
class Row:
    fault: str
    node: str
    gap: float
    acknowledged: int
    in_doubt: int
    is_checked: bool = False

    def cells(self):
        # A check that finds a lost or doubled payment fails its test, and says which.
        proven = "0" if self.is_checked else "?"
        return (
            self.fault, self.node, f"{self.gap:.2f}", f"{self.acknowledged:,}", str(self.in_doubt), proven, proven)


ROWS = []


def table():
    lines = [TITLES, *(row.cells() for row in ROWS)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(TITLES))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    gaps = sorted(row.gap for row in ROWS)
    total = sum(row.acknowledged for row in ROWS)
    longest, median = gaps[-1], gaps[len(gaps) // 2]
    summary = f"{len(ROWS)} faults, {total:,} payments acknowledged; longest gap {longest:.2f} s, median {median:.2f} s"
    return "\n".join([*text, "", summary])
