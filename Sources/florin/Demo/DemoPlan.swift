internal import Core

/// A card that the demo pays with.
struct DemoCard: Sendable, Hashable {
    let number: String
    let cvc: String

    init(_ number: String, cvc: String = "314") {
        self.number = number
        self.cvc = cvc
    }

    /// Test cards that are approved, of several networks and countries.
    static let approved = [
        DemoCard("4242424242424242"), DemoCard("4000056655665556"), DemoCard("5555555555554444"),
        DemoCard("5200828282828210"), DemoCard("378282246310005", cvc: "3142"), DemoCard("6011111111111117"),
        DemoCard("3566002020360505"), DemoCard("4000000760000002"),
    ]

    /// Test cards that are declined, the common reasons more often.
    static let declined = [
        DemoCard("4000000000009995"), DemoCard("4000000000009995"), DemoCard("4000000000009995"),
        DemoCard("4000000000000002"), DemoCard("4000000000000002"), DemoCard("4000000000000127"),
        DemoCard("4000000000000127"), DemoCard("4000000000000069"), DemoCard("4000000000009987"),
        DemoCard("4000000000009979"), DemoCard("4000000000006975"), DemoCard("4000000000000119"),
        DemoCard("4100000000000019"),
    ]
}

/// What is done with a payment after it was approved.
enum DemoFollowUp: Sendable, Hashable {
    case nothing
    /// Authorised first: captured in whole, captured in part, canceled, or left on hold.
    case capture, capturePart, cancel, hold
    case refund, refundPart

    /// Whether the payment is authorised first and captured later.
    var isManual: Bool {
        switch self {
        case .capture, .capturePart, .cancel, .hold: true
        case .nothing, .refund, .refundPart: false
        }
    }
}

/// One payment of the demo.
struct DemoPayment: Sendable, Hashable {
    var currency: String
    /// Minor units.
    var amount: Int64
    var card: DemoCard
    var customer: Int
    var followUp: DemoFollowUp
    var description: String

    /// What a capture or a refund in part is about: two thirds, at least one minor unit.
    var part: Int64 { max(1, amount * 2 / 3) }
}

/// Draws the stream of a demo from a seed.
struct DemoPlan: Sendable {
    static let customers = [
        "Ada Lovelace", "Luca Pacioli", "Emmy Noether", "Benedetto Cotrugli", "Grace Hopper", "Alan Turing",
        "Sofia Kovalevskaya", "Edsger Dijkstra", "Mary Somerville", "Tony Hoare", "Maria Agnesi", "Donald Knuth",
        "Hypatia of Alexandria", "Carl Friedrich Gauss", "Katherine Johnson", "Leonardo of Pisa",
    ]
    private static let goods = [
        "Espresso machine", "Ledger paper, 500 sheets", "Wool blanket", "Bicycle lights", "Olive oil, 5 l", "Notebook",
        "Train ticket", "Concert ticket", "Headphones", "Tea subscription", "Garden shears", "Fountain pen",
    ]
    /// Currencies with how often they come in a hundred, and how many minor units a dollar's worth is about.
    private static let currencies: [(code: String, weight: Int, scale: Int64)] = [
        ("usd", 56, 100), ("eur", 20, 92), ("gbp", 12, 79), ("cad", 7, 137), ("jpy", 5, 150),
    ]
    /// Payments in a hundred that are tried with a card that is declined.
    private static let declinedShare = 12

    private let random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// The next payment.
    func next() -> DemoPayment {
        let (code, scale) = currency()
        let isDeclined = random.below(100) < Self.declinedShare
        let cards = isDeclined ? DemoCard.declined : DemoCard.approved
        return DemoPayment(
            currency: code, amount: amount(scale: scale), card: cards[random.below(cards.count)],
            customer: random.below(Self.customers.count), followUp: isDeclined ? .nothing : followUp(),
            description: Self.goods[random.below(Self.goods.count)])
    }

    private func currency() -> (String, Int64) {
        var drawn = random.below(100)
        for (code, weight, scale) in Self.currencies {
            if drawn < weight { return (code, scale) }
            drawn -= weight
        }
        return ("usd", 100)
    }

    /// Small amounts often, large ones seldom: 4 to 400 dollars' worth, priced as shops do.
    private func amount(scale: Int64) -> Int64 {
        let magnitude = random.below(4)
        let dollars = Int64(4 + random.below(12 << magnitude) + (random.below(30) == 0 ? 280 : 0))
        let units = dollars * scale
        return scale == 100 && random.below(2) == 0 ? units - 1 : units
    }

    private func followUp() -> DemoFollowUp {
        switch random.below(100) {
        case 0..<8: .capture
        case 8..<12: .capturePart
        case 12..<14: .cancel
        case 14..<17: .hold
        case 17..<21: .refund
        case 21..<24: .refundPart
        default: .nothing
        }
    }
}
