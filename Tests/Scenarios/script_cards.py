"""Cards that make the simulated issuer or its link misbehave, as the server itself lists them.

`florin cards --json` prints `[{"name": "silent", "number": "4…"}, …]`; all knowledge of that is here.
"""

import functools
import json
import subprocess

from support.server import binary

NAMES = (
    "approve_then_silent",  # books the approval and never answers
    "silent",  # never answers
    "late_answer",  # answers after the rail has given up waiting
    "duplicate_answer",  # answers twice
    "garbled_answer",  # answers bytes that cannot be read
    "disconnect_before_acting",  # closes the link before it has decided
    "disconnect_after_acting",  # decides, then closes the link instead of answering
    "reversal_answer_lost",  # as approve_then_silent, and the answer to the reversal is lost once, too
    "slow_answer",  # answers late, but in time
    "capture_answer_lost",  # the answer to a capture is lost once
    "refund_answer_lost",  # the answer to a refund is lost once
    "decide_by_amount",  # decides by the amount
)

# Those after which nobody has told Florin what came of the payment.
UNKNOWN_OUTCOMES = (
    "approve_then_silent", "silent", "late_answer", "garbled_answer", "disconnect_before_acting", "disconnect_after_acting",
    "reversal_answer_lost",
)


@functools.cache
def script_cards():
    """name → number"""
    command = [str(binary()), "cards", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, f"{' '.join(command)} ended with {result.returncode}: {result.stderr}"
    return {card["name"]: card["number"] for card in json.loads(result.stdout)}


def number(name):
    cards = script_cards()
    assert name in cards, f"`florin cards --json` names no card {name!r}, only {sorted(cards)}"
    return cards[name]
