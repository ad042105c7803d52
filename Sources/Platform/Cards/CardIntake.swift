import CardFormats
public import Core
public import Payments
public import Vault

/// A card as it was typed in: the number goes to the vault, the code to the first authorisation and nowhere else.
public struct RawCard: Sendable {
    public var number: CardNumber
    public var expiryMonth: Int
    /// Four digits.
    public var expiryYear: Int
    public var cvc: CardVerificationCode?

    public init(number: CardNumber, expiryMonth: Int, expiryYear: Int, cvc: CardVerificationCode?) {
        self.number = number
        self.expiryMonth = expiryMonth
        self.expiryYear = expiryYear
        self.cvc = cvc
    }
}

/// Where a new payment method's card comes from.
public enum CardSource: Sendable {
    case raw(RawCard)
    /// `tok_…`, or a test card's token name such as `tok_visa`.
    case token(String, parameter: String)
    /// A test card by its method's name, such as `pm_card_visa`.
    case testCard(String, parameter: String)
}

/// A payment method that exists already, or the card and details to make one of.
public enum PaymentMethodChoice: Sendable {
    case existing(PaymentMethodID, parameter: String)
    case new(CardSource, BillingDetails, Metadata, allowRedisplay: String)
}

/// A method made for a request: not stored yet.
struct NewMethod {
    var method: PaymentMethod
    var cvc: CardVerificationCode?
    /// The token it was made of, marked as used in the same Change.
    var token: CardToken?
}

extension Platform {
    /// Whether the text names a test card, as `pm_card_visa` does.
    public static func isTestCardName(_ text: String) -> Bool { text.hasPrefix("pm_card_") }

    /// Takes a card into the vault and makes a method of it.
    func makeMethod(
        _ source: CardSource, _ billing: BillingDetails, _ metadata: Metadata, allowRedisplay: String,
        _ context: DecisionContext
    ) async throws -> NewMethod {
        var token: CardToken?
        var cvc: CardVerificationCode?
        let card: Card
        var billing = billing
        switch source {
        case .raw(let raw):
            cvc = raw.cvc
            card = try await take(raw, context)
        case .token(let id, let parameter):
            if let test = TestCards.card(named: id) {
                (card, cvc) = try await take(test, context)
            } else {
                let stored = try await object(CardToken.self, id, of: context.merchant.merchant, parameter: parameter)
                if stored.isUsed { throw PlatformError.refused(.tokenAlreadyUsed(stored.id)) }
                card = stored.card
                if billing == BillingDetails() { billing = stored.billingDetails }
                token = stored
            }
        case .testCard(let name, let parameter):
            guard let test = TestCards.card(named: name) else {
                throw PlatformError.refused(.noSuch(kind: PaymentMethod.kind, id: name, parameter: parameter))
            }
            (card, cvc) = try await take(test, context)
        }
        let method = PaymentMethod(
            merchant: context.merchant.merchant, id: context.id(), createdAt: context.now, customer: nil, card: card,
            billingDetails: billing, metadata: metadata, allowRedisplay: allowRedisplay)
        return NewMethod(method: method, cvc: cvc, token: token)
    }

    /// Stores a card's number in the vault; what comes back can be shown.
    func take(_ raw: RawCard, _ context: DecisionContext) async throws -> Card {
        try decide { () throws(PaymentRefusal) in try check(raw, at: context.now) }
        let vaulted: VaultedCard
        do throws(VaultError) {
            vaulted = try await vault.tokenise(raw.number, for: context.merchant.merchant)
        } catch {
            throw PlatformError.unavailable(String(describing: error))
        }
        return Card(
            vaultToken: VaultTokenID(vaulted.token), brand: vaulted.facts.brand.rawValue,
            funding: vaulted.facts.funding.rawValue, country: vaulted.facts.country, bin8: vaulted.bin8,
            last4: vaulted.last4, fingerprint: vaulted.fingerprint, expiryMonth: raw.expiryMonth,
            expiryYear: raw.expiryYear, checks: CardChecks(cvc: nil, addressLine1: nil, postalCode: nil))
    }

    /// A test card used by name is a card typed in, good until the end of the year after next.
    private func take(_ test: TestCard, _ context: DecisionContext) async throws -> (Card, CardVerificationCode?) {
        guard let number = try? CardNumber(test.number) else {
            preconditionFailure("The test card \(test.names) has a number that is none")
        }
        let codeLength = BINTable.lookup(digits: Array(test.number.utf8)).brand.verificationCodeLength
        let raw = RawCard(
            number: number, expiryMonth: 12, expiryYear: context.now.utc.year + 2,
            cvc: CardVerificationCode(String("1234".prefix(codeLength))))
        return (try await take(raw, context), raw.cvc)
    }

    /// Checks what can be checked without the issuer: the month, the year, and the length of the code.
    private func check(_ raw: RawCard, at now: Timestamp) throws(PaymentRefusal) {
        let date = now.utc
        guard (1...12).contains(raw.expiryMonth) else { throw .invalidCard(.expiryMonth) }
        guard raw.expiryYear >= date.year, raw.expiryYear <= date.year + 50 else { throw .invalidCard(.expiryYear) }
        if raw.expiryYear == date.year, raw.expiryMonth < date.month { throw .invalidCard(.expiryMonth) }
        guard let cvc = raw.cvc else { return }
        let brand = raw.number.withDigits { BINTable.lookup(digits: UnsafeRawBufferPointer($0)).brand }
        // American Express prints four digits, but issuers answer three too; all others print three.
        guard cvc.digits.count == 3 || brand.verificationCodeLength == 4 else { throw .invalidCard(.cvc) }
    }
}
