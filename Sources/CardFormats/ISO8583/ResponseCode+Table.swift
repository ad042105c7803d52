/// The codes.
///
/// Source: public acquirer documentation of ISO 8583:1987 DE39 and of the networks' extensions, compiled in
/// Tests/Vectors/iso8583/response_codes.json.
extension ResponseCode {
    /// The code by which the sandbox's issuer declines without a reason: Stripe's `generic_decline`.
    ///
    /// The standard leaves Z1 to private use, and no network has a code for "declined, no more said": 05, which comes
    /// nearest, is `do_not_honor`.
    public static let sandboxGenericDecline = ResponseCode("Z1", "sandbox_generic_decline", "generic_decline", .soft)

    /// Every code, in the order of the source, then those that are Florin's own.
    public static let all: [ResponseCode] = [
        ResponseCode("00", "approved", nil, .approve),
        ResponseCode("01", "refer_to_issuer", "call_issuer", .soft),
        ResponseCode("02", "refer_to_issuer_special", "call_issuer", .soft),
        ResponseCode("03", "invalid_merchant", "service_not_allowed", .config),
        ResponseCode("04", "pick_up_card", "pickup_card", .hard),
        ResponseCode("05", "do_not_honor", "do_not_honor", .soft),
        ResponseCode("06", "error", "processing_error", .retry),
        ResponseCode("07", "pick_up_special", "pickup_card", .hard),
        ResponseCode("08", "honour_with_id", nil, .approve),
        ResponseCode("10", "partial_approval", nil, .approvePartial),
        ResponseCode("11", "approved_vip", nil, .approve),
        ResponseCode("12", "invalid_transaction", "transaction_not_allowed", .hard),
        ResponseCode("13", "invalid_amount", "invalid_amount", .hard),
        ResponseCode("14", "invalid_card_number", "incorrect_number", .hard),
        ResponseCode("15", "no_such_issuer", "incorrect_number", .hard),
        ResponseCode("19", "re_enter", "try_again_later", .retry),
        ResponseCode("21", "no_action", "no_action_taken", .soft),
        ResponseCode("25", "record_not_found", "processing_error", .soft),
        ResponseCode("30", "format_error", "processing_error", .bug),
        ResponseCode("39", "no_credit_account", "invalid_account", .hard),
        ResponseCode("41", "lost_card", "lost_card", .hard),
        ResponseCode("43", "stolen_card", "stolen_card", .hard),
        ResponseCode("46", "closed_account", "invalid_account", .hard),
        ResponseCode("51", "insufficient_funds", "insufficient_funds", .soft),
        ResponseCode("52", "no_checking_account", "invalid_account", .hard),
        ResponseCode("53", "no_savings_account", "invalid_account", .hard),
        ResponseCode("54", "expired_card", "expired_card", .hard),
        ResponseCode("55", "incorrect_pin", "incorrect_pin", .soft),
        ResponseCode("57", "not_permitted_cardholder", "transaction_not_allowed", .hard),
        ResponseCode("58", "not_permitted_terminal", "transaction_not_allowed", .hard),
        ResponseCode("59", "suspected_fraud", "fraudulent", .hard),
        ResponseCode("61", "amount_limit", "withdrawal_limit_exceeded", .soft),
        ResponseCode("62", "restricted_card", "restricted_card", .hard),
        ResponseCode("63", "security_violation", "security_violation", .hard),
        ResponseCode("65", "frequency_limit", "card_velocity_exceeded", .soft),
        ResponseCode("68", "response_too_late", "processing_error", .unknownReverse),
        ResponseCode("70", "sca_required_mastercard", "authentication_required", .sca),
        ResponseCode("75", "pin_tries", "pin_try_exceeded", .soft),
        ResponseCode("76", "unsolicited_reversal", "processing_error", .soft),
        ResponseCode("78", "blocked_first_use", "do_not_honor", .soft),
        ResponseCode("80", "no_financial_impact", nil, .approve),
        ResponseCode("82", "cvv_incorrect", "incorrect_cvc", .hard),
        ResponseCode("83", "verification_data_failed", "fraudulent", .hard),
        ResponseCode("85", "no_reason_to_decline", nil, .approveZeroAmount),
        ResponseCode("86", "cannot_verify_pin", "incorrect_pin", .soft),
        ResponseCode("91", "issuer_unavailable", "issuer_not_available", .retry),
        ResponseCode("92", "no_route", "issuer_not_available", .retry),
        ResponseCode("93", "violation_of_law", "transaction_not_allowed", .hard),
        ResponseCode("94", "duplicate", "duplicate_transaction", .hard),
        ResponseCode("96", "system_malfunction", "processing_error", .retry),
        ResponseCode("1A", "sca_required_visa", "authentication_required", .sca),
        ResponseCode("6P", "verification_data_failed", "incorrect_address", .hard),
        ResponseCode("N7", "cvv2_failure", "incorrect_cvc", .hard),
        ResponseCode("R0", "stop_this_payment", "stop_payment_order", .hard),
        ResponseCode("R1", "revoke_authorisation", "revocation_of_authorization", .hard),
        ResponseCode("R3", "revoke_all", "revocation_of_all_authorizations", .hard),
        ResponseCode("56", "no_card_record", "incorrect_number", .hard),
        sandboxGenericDecline,
    ]

    /// The action codes of the 1993 edition and what they were in 1987.
    static let codes1993: [String: String] = [
        "000": "00", "100": "05", "101": "54", "102": "59", "106": "75", "109": "03", "110": "13", "111": "14",
        "114": "39", "116": "51", "117": "55", "118": "56", "119": "57", "120": "58", "121": "61", "122": "63",
        "123": "65", "125": "78", "200": "07", "208": "41", "209": "43", "800": "00", "902": "12", "904": "30",
        "907": "91", "909": "96", "911": "68", "912": "91", "913": "94",
    ]
}
