internal import Core
import Synchronization

/// Draws the payments of a torture run from its seed.
final class TorturePlan: Sendable {
    /// The amount of the first payment; each further one is one minor unit more.
    static let amountFirst: Int64 = 1_000
    private static let declinedCards = [
        "4000000000000002", "4000000000009995", "4000000000000127", "4000000000000069", "4000000000000119",
        "4100000000000019",
    ]
    /// Payments in a hundred with a card that is declined, and with one that makes the issuer misbehave.
    private static let declinedShare = 8
    private static let faultyShare = 12
    /// One faulty card in this many is one that costs a time limit.
    private static let slowOneIn = 10

    private struct State {
        var number = 0
        var cards: CardNumberSequence
    }

    private let random: SeededGenerator
    private let faultCards: [FaultCard]
    private let state: Mutex<State>

    init(seed: UInt64, faultCards: [FaultCard]) {
        random = SeededGenerator(seed: seed)
        self.faultCards = faultCards
        state = Mutex(State(cards: CardNumberSequence(seed: seed)))
    }

    /// The amount of the payment that comes next.
    var nextAmount: Int64 { Self.amountFirst + Int64(state.withLock { $0.number }) }

    /// The next payment.
    func next() -> TortureStory {
        state.withLock { state in
            defer { state.number += 1 }
            let amount = Self.amountFirst + Int64(state.number)
            let card = card(&state.cards)
            let (isManual, followUp) = flow(amount, isDeclined: card.kind == .declined)
            return TortureStory(
                number: state.number, amount: amount, currency: random.below(5) == 0 ? "eur" : "usd", card: card,
                isManual: isManual, followUp: followUp)
        }
    }

    private func card(_ fresh: inout CardNumberSequence) -> TortureCard {
        let drawn = random.below(100)
        if drawn < Self.declinedShare {
            return TortureCard(number: Self.declinedCards[random.below(Self.declinedCards.count)], kind: .declined)
        }
        if drawn < Self.declinedShare + Self.faultyShare {
            let wantsSlow = random.below(Self.slowOneIn) == 0
            let cards = faultCards.filter { $0.isSlow == wantsSlow }
            if !cards.isEmpty {
                return TortureCard(number: cards[random.below(cards.count)].number, kind: .faulty)
            }
        }
        return TortureCard(number: CardNumberSequence.text(fresh.next()), kind: .good)
    }

    private func flow(_ amount: Int64, isDeclined: Bool) -> (isManual: Bool, followUp: StepKind?) {
        let drawn = random.below(100)
        if isDeclined { return (drawn < 30, nil) }
        switch drawn {
        case 0..<12: return (true, .capture(amount))
        case 12..<18: return (true, .capture(1 + Int64(random.below(Int(amount)))))
        case 18..<26: return (true, .cancel)
        case 26..<31: return (true, nil)
        case 31..<42: return (false, .refund(amount))
        case 42..<50: return (false, .refund(1 + Int64(random.below(Int(amount)))))
        default: return (false, nil)
        }
    }
}
