/// The number of a field of an ISO 8583 message, 2…128 but 65, under its name in the standard.
///
/// The names are those of the 1987 edition; where the 1993 edition means something else, the comment says so. Numbers
/// that the standard leaves open (105…127) have no name: `DataElement(rawValue: 120)`.
@frozen
public struct DataElement: RawRepresentable, Hashable, Sendable {
    /// The number of the field.
    public let rawValue: Int

    /// The field of a number, or nil for 65 (a bitmap) and numbers outside 2…128.
    @inlinable
    public init?(rawValue: Int) {
        guard rawValue >= 2, rawValue <= 128, rawValue != 65 else { return nil }
        self.rawValue = rawValue
    }

    @inlinable
    init(_ number: Int) { rawValue = number }

    /// Whether the content must not be shown or logged.
    ///
    /// These are the card number, its expiry, all tracks, PIN and chip data, and the private fields that carry card
    /// verification codes and 3-D Secure cryptograms.
    public var isSecret: Bool {
        switch rawValue {
        case 2, 14, 34, 35, 36, 45, 48, 52, 55, 63: true
        default: false
        }
    }
}

/// The names.
extension DataElement {
    /// Primary account number (PAN), up to 19 digits. Secret.
    @inlinable public static var primaryAccountNumber: DataElement { DataElement(2) }
    /// Processing code: transaction type (00 purchase, 20 refund, …) and two account types, two digits each.
    @inlinable public static var processingCode: DataElement { DataElement(3) }
    /// Amount in minor units of DE49, 12 digits.
    @inlinable public static var amountTransaction: DataElement { DataElement(4) }
    /// Amount in the settlement currency.
    @inlinable public static var amountSettlement: DataElement { DataElement(5) }
    /// Amount in the cardholder's currency.
    @inlinable public static var amountCardholderBilling: DataElement { DataElement(6) }
    /// Time of transmission in UTC, MMDDhhmmss.
    @inlinable public static var transmissionDateTime: DataElement { DataElement(7) }
    /// Fee in the cardholder's currency.
    @inlinable public static var amountCardholderBillingFee: DataElement { DataElement(8) }
    /// Conversion rate to the settlement currency.
    @inlinable public static var conversionRateSettlement: DataElement { DataElement(9) }
    /// Conversion rate to the cardholder's currency.
    @inlinable public static var conversionRateCardholderBilling: DataElement { DataElement(10) }
    /// Systems trace audit number (STAN), six digits, unique with DE7 on a link.
    @inlinable public static var systemTraceAuditNumber: DataElement { DataElement(11) }
    /// Time at the card acceptor, hhmmss; in the 1993 edition YYMMDDhhmmss.
    @inlinable public static var localTransactionTime: DataElement { DataElement(12) }
    /// Date at the card acceptor, MMDD.
    @inlinable public static var localTransactionDate: DataElement { DataElement(13) }
    /// Expiry of the card, YYMM. Secret.
    @inlinable public static var expirationDate: DataElement { DataElement(14) }
    /// Settlement date, MMDD.
    @inlinable public static var settlementDate: DataElement { DataElement(15) }
    /// Currency conversion date, MMDD.
    @inlinable public static var conversionDate: DataElement { DataElement(16) }
    /// Capture date, MMDD.
    @inlinable public static var captureDate: DataElement { DataElement(17) }
    /// Merchant category code (MCC, ISO 18245), four digits.
    @inlinable public static var merchantCategoryCode: DataElement { DataElement(18) }
    /// Country of the acquirer, ISO 3166 numeric.
    @inlinable public static var acquiringInstitutionCountryCode: DataElement { DataElement(19) }
    /// Country of the card number, ISO 3166 numeric.
    @inlinable public static var primaryAccountNumberCountryCode: DataElement { DataElement(20) }
    /// Country of the forwarding institution, ISO 3166 numeric.
    @inlinable public static var forwardingInstitutionCountryCode: DataElement { DataElement(21) }
    /// How the card data was taken: 01 manual, 05 chip, 07 contactless, 10 on file, 81 e-commerce.
    @inlinable public static var pointOfServiceEntryMode: DataElement { DataElement(22) }
    /// Sequence number of the card, three digits.
    @inlinable public static var cardSequenceNumber: DataElement { DataElement(23) }
    /// Network identifier; in the 1993 edition the function code.
    @inlinable public static var networkInternationalIdentifier: DataElement { DataElement(24) }
    /// Condition: 00 normal, 08 mail or telephone, 59 e-commerce; 1993: message reason.
    @inlinable public static var pointOfServiceConditionCode: DataElement { DataElement(25) }
    /// Longest PIN that the terminal takes; in the 1993 edition the merchant category code.
    @inlinable public static var pointOfServiceCaptureCode: DataElement { DataElement(26) }
    /// How long DE38 may be.
    @inlinable public static var authorisationIdentificationResponseLength: DataElement { DataElement(27) }
    /// Transaction fee, C or D and eight digits.
    @inlinable public static var amountTransactionFee: DataElement { DataElement(28) }
    /// Settlement fee, C or D and eight digits.
    @inlinable public static var amountSettlementFee: DataElement { DataElement(29) }
    /// Transaction processing fee, C or D and eight digits.
    @inlinable public static var amountTransactionProcessingFee: DataElement { DataElement(30) }
    /// Settlement processing fee, C or D and eight digits.
    @inlinable public static var amountSettlementProcessingFee: DataElement { DataElement(31) }
    /// Acquirer, up to 11 digits.
    @inlinable public static var acquiringInstitutionIdentificationCode: DataElement { DataElement(32) }
    /// Forwarding institution, up to 11 digits.
    @inlinable public static var forwardingInstitutionIdentificationCode: DataElement { DataElement(33) }
    /// Card number that does not start with a digit. Secret.
    @inlinable public static var primaryAccountNumberExtended: DataElement { DataElement(34) }
    /// Track 2 of the magnetic stripe. Secret, never kept after authorisation.
    @inlinable public static var track2Data: DataElement { DataElement(35) }
    /// Track 3 of the magnetic stripe. Secret, never kept after authorisation.
    @inlinable public static var track3Data: DataElement { DataElement(36) }
    /// Retrieval reference number (RRN), 12 characters, the same through the life of a payment.
    @inlinable public static var retrievalReferenceNumber: DataElement { DataElement(37) }
    /// Approval code of the issuer, six characters, only with an approval.
    @inlinable public static var authorisationIdentificationResponse: DataElement { DataElement(38) }
    /// Response code, two characters; see ``ResponseCode``.
    @inlinable public static var responseCode: DataElement { DataElement(39) }
    /// Service restriction code.
    @inlinable public static var serviceRestrictionCode: DataElement { DataElement(40) }
    /// Terminal, eight characters.
    @inlinable public static var cardAcceptorTerminalIdentification: DataElement { DataElement(41) }
    /// Merchant, 15 characters.
    @inlinable public static var cardAcceptorIdentificationCode: DataElement { DataElement(42) }
    /// Name (25), city (13) and country (2) of the merchant.
    @inlinable public static var cardAcceptorNameLocation: DataElement { DataElement(43) }
    /// Additional response data, such as address verification results.
    @inlinable public static var additionalResponseData: DataElement { DataElement(44) }
    /// Track 1 of the magnetic stripe. Secret, never kept after authorisation.
    @inlinable public static var track1Data: DataElement { DataElement(45) }
    /// Additional data, ISO use.
    @inlinable public static var additionalDataISO: DataElement { DataElement(46) }
    /// Additional data, national use.
    @inlinable public static var additionalDataNational: DataElement { DataElement(47) }
    /// Additional data, private use: 3-D Secure data, tokens, initiator indicators. Secret.
    @inlinable public static var additionalDataPrivate: DataElement { DataElement(48) }
    /// Currency of DE4, ISO 4217 numeric.
    @inlinable public static var currencyCodeTransaction: DataElement { DataElement(49) }
    /// Currency of DE5, ISO 4217 numeric.
    @inlinable public static var currencyCodeSettlement: DataElement { DataElement(50) }
    /// Currency of DE6, ISO 4217 numeric.
    @inlinable public static var currencyCodeCardholderBilling: DataElement { DataElement(51) }
    /// Encrypted PIN block, eight bytes. Secret.
    @inlinable public static var personalIdentificationNumberData: DataElement { DataElement(52) }
    /// Which keys and algorithms protect the message.
    @inlinable public static var securityRelatedControlInformation: DataElement { DataElement(53) }
    /// Balances and partially approved amounts; see ``AdditionalAmount``.
    @inlinable public static var additionalAmounts: DataElement { DataElement(54) }
    /// Chip data in EMV BER-TLV. Secret.
    @inlinable public static var integratedCircuitCardData: DataElement { DataElement(55) }
    /// Reserved for ISO use; in the 1993 edition the original data elements.
    @inlinable public static var reservedISO56: DataElement { DataElement(56) }
    /// Reserved for national use.
    @inlinable public static var reservedNational57: DataElement { DataElement(57) }
    /// Reserved for national use.
    @inlinable public static var reservedNational58: DataElement { DataElement(58) }
    /// Reserved for national use.
    @inlinable public static var reservedNational59: DataElement { DataElement(59) }
    /// Private use; in Florin's dialects the electronic commerce indicator.
    @inlinable public static var reservedPrivate60: DataElement { DataElement(60) }
    /// Private use.
    @inlinable public static var reservedPrivate61: DataElement { DataElement(61) }
    /// Private use.
    @inlinable public static var reservedPrivate62: DataElement { DataElement(62) }
    /// Private use; in Florin's dialects the card verification code. Secret.
    @inlinable public static var reservedPrivate63: DataElement { DataElement(63) }
    /// Message authentication code, when there is one bitmap.
    @inlinable public static var messageAuthenticationCode: DataElement { DataElement(64) }
    /// Settlement code.
    @inlinable public static var settlementCode: DataElement { DataElement(66) }
    /// Extended payment code.
    @inlinable public static var extendedPaymentCode: DataElement { DataElement(67) }
    /// Country of the receiving institution, ISO 3166 numeric.
    @inlinable public static var receivingInstitutionCountryCode: DataElement { DataElement(68) }
    /// Country of the settlement institution, ISO 3166 numeric.
    @inlinable public static var settlementInstitutionCountryCode: DataElement { DataElement(69) }
    /// What a network message is for: 001 sign-on, 002 sign-off, 101 key change, 301 echo.
    @inlinable public static var networkManagementInformationCode: DataElement { DataElement(70) }
    /// Message number.
    @inlinable public static var messageNumber: DataElement { DataElement(71) }
    /// Number of the last message; in the 1993 edition the data record.
    @inlinable public static var messageNumberLast: DataElement { DataElement(72) }
    /// Date of the action, YYMMDD.
    @inlinable public static var actionDate: DataElement { DataElement(73) }
    /// Number of credits.
    @inlinable public static var creditsNumber: DataElement { DataElement(74) }
    /// Number of reversed credits.
    @inlinable public static var creditsReversalNumber: DataElement { DataElement(75) }
    /// Number of debits.
    @inlinable public static var debitsNumber: DataElement { DataElement(76) }
    /// Number of reversed debits.
    @inlinable public static var debitsReversalNumber: DataElement { DataElement(77) }
    /// Number of transfers.
    @inlinable public static var transferNumber: DataElement { DataElement(78) }
    /// Number of reversed transfers.
    @inlinable public static var transferReversalNumber: DataElement { DataElement(79) }
    /// Number of inquiries.
    @inlinable public static var inquiriesNumber: DataElement { DataElement(80) }
    /// Number of authorisations.
    @inlinable public static var authorisationsNumber: DataElement { DataElement(81) }
    /// Processing fees on credits.
    @inlinable public static var creditsProcessingFeeAmount: DataElement { DataElement(82) }
    /// Transaction fees on credits.
    @inlinable public static var creditsTransactionFeeAmount: DataElement { DataElement(83) }
    /// Processing fees on debits.
    @inlinable public static var debitsProcessingFeeAmount: DataElement { DataElement(84) }
    /// Transaction fees on debits.
    @inlinable public static var debitsTransactionFeeAmount: DataElement { DataElement(85) }
    /// Sum of credits.
    @inlinable public static var creditsAmount: DataElement { DataElement(86) }
    /// Sum of reversed credits.
    @inlinable public static var creditsReversalAmount: DataElement { DataElement(87) }
    /// Sum of debits.
    @inlinable public static var debitsAmount: DataElement { DataElement(88) }
    /// Sum of reversed debits.
    @inlinable public static var debitsReversalAmount: DataElement { DataElement(89) }
    /// Which message is reversed or completed; see ``OriginalData``.
    @inlinable public static var originalDataElements: DataElement { DataElement(90) }
    /// File update code.
    @inlinable public static var fileUpdateCode: DataElement { DataElement(91) }
    /// File security code.
    @inlinable public static var fileSecurityCode: DataElement { DataElement(92) }
    /// Response indicator.
    @inlinable public static var responseIndicator: DataElement { DataElement(93) }
    /// Service indicator.
    @inlinable public static var serviceIndicator: DataElement { DataElement(94) }
    /// The amounts that stay after a partial reversal; see ``ReplacementAmounts``.
    @inlinable public static var replacementAmounts: DataElement { DataElement(95) }
    /// Message security code, eight bytes.
    @inlinable public static var messageSecurityCode: DataElement { DataElement(96) }
    /// Net settlement amount, C or D and 16 digits.
    @inlinable public static var amountNetSettlement: DataElement { DataElement(97) }
    /// Payee, 25 characters.
    @inlinable public static var payee: DataElement { DataElement(98) }
    /// Settlement institution, up to 11 digits.
    @inlinable public static var settlementInstitutionIdentificationCode: DataElement { DataElement(99) }
    /// Receiving institution, up to 11 digits.
    @inlinable public static var receivingInstitutionIdentificationCode: DataElement { DataElement(100) }
    /// File name.
    @inlinable public static var fileName: DataElement { DataElement(101) }
    /// Account the money comes from.
    @inlinable public static var accountIdentification1: DataElement { DataElement(102) }
    /// Account the money goes to.
    @inlinable public static var accountIdentification2: DataElement { DataElement(103) }
    /// Description of the transaction.
    @inlinable public static var transactionDescription: DataElement { DataElement(104) }
    /// Message authentication code, when there are two bitmaps.
    @inlinable public static var secondaryMessageAuthenticationCode: DataElement { DataElement(128) }
}

extension DataElement: CustomStringConvertible {
    /// `DE` and the number.
    public var description: String { "DE\(rawValue)" }
}
