import Core
import Money
import Testing

@Suite("Allocation")
struct AllocationTests {
    @Test(
        "the largest remainders get the minor units that are left, the earlier of equals first",
        arguments: [
            (100, [1, 1, 1], [34, 33, 33]),
            (-100, [1, 1, 1], [-34, -33, -33]),
            (5, [3, 7], [2, 3]),
            (100, [50, 30, 20], [50, 30, 20]),
            (1, [1, 1], [1, 0]),
            (0, [1, 2], [0, 0]),
            (10, [0, 5, 0], [0, 10, 0]),
            (101, [1, 2, 1], [25, 51, 25]),
            (.min, [1], [.min]),
            (.max, [.max], [.max]),
        ] as [(Int64, [Int64], [Int64])])
    func ratios(amount: Int64, ratios: [Int64], parts: [Int64]) throws {
        #expect(try Money(amount, .usd).allocated(by: ratios) == parts.map { Money($0, .usd) })
    }

    @Test("ratios that say nothing are refused", arguments: [[], [0], [0, 0], [1, -1]] as [[Int64]])
    func invalidRatios(ratios: [Int64]) {
        #expect(throws: MoneyError.invalidRatios) { try Money(100, .usd).allocated(by: ratios) }
    }

    @Test("ratios whose sum does not fit are refused")
    func overflow() {
        #expect(throws: MoneyError.overflow) { try Money(100, .usd).allocated(by: [.max, 1]) }
    }

    @Test("equal parts differ by at most one minor unit")
    func split() throws {
        #expect(try Money(10, .jpy).split(into: 3).map(\.amount) == [4, 3, 3])
        #expect(try Money(-10, .jpy).split(into: 3).map(\.amount) == [-4, -3, -3])
        #expect(try Money(.min, .jpy).split(into: 1).map(\.amount) == [.min])
        #expect(try Money(2, .jpy).split(into: 4).map(\.amount) == [1, 1, 0, 0])
        #expect(throws: MoneyError.invalidRatios) { try Money(10, .jpy).split(into: 0) }
    }

    @Test("no division loses or makes a minor unit", arguments: [21, 22, 23, 24] as [UInt64])
    func conservation(seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let money = Money(generator.edgeBiased(), .usd)
            let count = generator.below(12) + 1
            let ratios = (0..<count).map { _ in Int64(generator.below(generator.below(2) == 0 ? 3 : 1 << 40)) }
            let comment: Comment = "seed \(seed): \(money) by \(ratios)"
            let equal = try money.split(into: count)
            #expect(equal.reduce(into: Int128(0)) { $0 += Int128($1.amount) } == Int128(money.amount), comment)
            guard let parts = try? money.allocated(by: ratios) else {
                #expect(ratios.allSatisfy { $0 == 0 }, comment)
                continue
            }
            #expect(parts.reduce(into: Int128(0)) { $0 += Int128($1.amount) } == Int128(money.amount), comment)
            let total = ratios.reduce(into: Int128(0)) { $0 += Int128($1) }
            for (part, ratio) in zip(parts, ratios) {
                let error = Int128(part.amount) * total - Int128(money.amount) * Int128(ratio)
                #expect(error.magnitude < UInt128(total), comment)
            }
        }
    }
}
