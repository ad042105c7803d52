"""The test cards of Stripe's documentation."""

import datetime
from dataclasses import dataclass

VISA = "4242424242424242"
NEXT_YEAR = datetime.date.today().year + 1


def card(number=VISA, **fields):
    """A raw card as a `card` hash."""
    return {"number": number, "exp_month": 12, "exp_year": NEXT_YEAR, "cvc": "123", **fields}


def with_check_digit(digits):
    """`digits` and the Luhn check digit that makes a card number of them."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


@dataclass(frozen=True)
class Decline:
    """A card that is declined; None where the specification leaves a field open."""

    name: str
    number: str
    code: str
    decline_code: str | None = None
    advice: str | None = None
    param: str | None = None
    outcome: str = "issuer_declined"
    network_status: str = "declined_by_network"

    def __str__(self):
        return self.name


TRY_AGAIN, DO_NOT, CONFIRM = "try_again_later", "do_not_try_again", "confirm_card_data"
BLOCKED = {"outcome": "blocked", "network_status": "not_sent_to_network"}

DECLINES = [
    Decline("visa_chargeDeclined", "4000000000000002", "card_declined", "generic_decline", TRY_AGAIN),
    Decline("visa_chargeDeclinedInsufficientFunds", "4000000000009995", "card_declined", "insufficient_funds", TRY_AGAIN),
    Decline("visa_chargeDeclinedLostCard", "4000000000009987", "card_declined", "lost_card", DO_NOT),
    Decline("visa_chargeDeclinedStolenCard", "4000000000009979", "card_declined", "stolen_card", DO_NOT),
    Decline("chargeDeclinedExpiredCard", "4000000000000069", "expired_card", "expired_card", CONFIRM, "exp_month"),
    Decline("chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc", None, CONFIRM, "cvc"),
    Decline("chargeDeclinedProcessingError", "4000000000000119", "processing_error", None, TRY_AGAIN),
    Decline("visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_declined", "card_velocity_exceeded"),
    Decline("chargeDeclinedFraudulent", "4100000000000019", "card_declined", "fraudulent", **BLOCKED),
]

# Attaches, and then fails every charge.
FAILS_LATER = Decline("chargeCustomerFail", "4000000000000341", "card_declined")

# Names besides those in DECLINES that decline: the same card as another name there.
RADAR_BLOCK = Decline("radarBlock", "4100000000000019", "card_declined", "fraudulent", **BLOCKED)

# Cards that want 3-D Secure: declined until Florin can challenge (then these expectations go).
AUTHENTICATION_REQUIRED = {
    "threeDSecure2Required": "4000000000003220",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
}

# name → number, brand; names ending in debit or prepaid say the funding
BRANDS = {
    "visa": ("4242424242424242", "visa"),
    "visa_debit": ("4000056655665556", "visa"),
    "mastercard": ("5555555555554444", "mastercard"),
    "mastercard_debit": ("5200828282828210", "mastercard"),
    "mastercard_prepaid": ("5105105105105100", "mastercard"),
    "amex": ("378282246310005", "amex"),
    "discover": ("6011111111111117", "discover"),
    "diners": ("3056930009020004", "diners"),
    "jcb": ("3566002020360505", "jcb"),
    "unionpay": ("6200000000000005", "unionpay"),
}

BRAZIL = "4000000760000002"
FUNDS_AT_ONCE = "4000000000000077"
PENDING_REFUND = "4000000000007726"
FAILING_REFUND = "4000000000005126"
