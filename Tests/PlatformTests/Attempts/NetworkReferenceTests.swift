import Core
import Payments
import Testing

@testable import Platform

@Suite("References for the network")
struct NetworkReferenceTests {
    @Test("a hundred thousand of a seat are unique, and use each trace number once")
    func unique() throws {
        let references = NetworkReferences(.fixed(now: World.start, seed: 1))
        var traces = [Bool](repeating: false, count: NetworkReferences.traceNumbers)
        var retrievals: Set<String> = []
        retrievals.reserveCapacity(NetworkReferences.traceNumbers)
        var repeated = 0
        for _ in 0..<NetworkReferences.traceNumbers {
            let reference = try references.next(at: World.start)
            if traces[reference.traceNumber] { repeated += 1 }
            traces[reference.traceNumber] = true
            if !retrievals.insert(reference.retrievalReference).inserted { repeated += 1 }
        }
        #expect(repeated == 0)
    }

    @Test("drawn by many tasks at once are unique")
    func concurrent() async throws {
        let references = NetworkReferences(.fixed(now: World.start, seed: 1))
        let drawn = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<16 {
                group.addTask { try (0..<1_000).map { _ in try references.next(at: World.start).retrievalReference } }
            }
            return try await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        #expect(drawn.count == 16_000)
    }

    @Test(
        "say the year's last digit, the day, the hour and six digits to the base of 36",
        arguments: [
            (Int64(1_790_000_000), 0, "626414000000"),
            (1_790_000_000, 35, "62641400000Z"),
            (1_790_000_000, 36, "626414000010"),
            (1_790_000_000, 2_176_782_335, "626414ZZZZZZ"),
            (1_767_225_600, 1, "600100000001"),
            (1_767_225_599, 1, "536523000001"),
            (1_861_919_999, 1, "836623000001"),
            (1_861_920_000, 1, "900100000001"),
        ])
    func form(seconds: Int64, count: Int, expected: String) {
        #expect(NetworkReferences.retrievalReference(Timestamp(seconds: seconds), count) == expected)
    }

    @Test("are transmitted at a whole second")
    func transmission() throws {
        let reference = try NetworkReferences(.live).next(at: Timestamp(milliseconds: 1_790_000_000_999))
        #expect(reference.transmittedAt == Timestamp(seconds: 1_790_000_000))
        #expect((0..<1_000_000).contains(reference.traceNumber))
        #expect(reference.retrievalReference.utf8.count == 12)
    }

    @Test("of a process that starts a millisecond later do not repeat what the last one used in it")
    func restart() throws {
        let first = NetworkReferences(.fixed(now: World.start, seed: 1))
        let later = World.start.adding(milliseconds: 1)
        let second = NetworkReferences(.fixed(now: later, seed: 1))
        var used: Set<String> = []
        for _ in 0..<16 { used.insert(try first.next(at: World.start).retrievalReference) }
        for _ in 0..<16 {
            let reference = try second.next(at: later).retrievalReference
            #expect(!used.contains(reference))
        }
    }
}
