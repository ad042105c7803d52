import CardFormats
import Core
import Foundation
import Testing

@testable import Vault

/// What is left of a card number in the memory of a process that handled it: each test looks through all of its own.
@Suite("Memory")
struct MemoryTests {
    @Test("a released card number leaves nothing in memory")
    func releasing() async {
        await #expect(processExitsWith: .success) {
            var numbers: [CardNumber] = []
            // More than the allocator's quickest list holds: behind it, freed memory keeps most of its contents.
            for _ in 0..<64 { numbers.append(try MaskedNumber.cardNumber()) }
            let memory = WritableMemory()
            let before = memory.occurrences()
            numbers.removeAll()
            let after = memory.occurrences()
            #expect(before == 64, "The search finds what is there")
            #expect(after == 0)
        }
    }

    @Test("storing and revealing a card number leaves nothing in memory")
    func storing() async {
        await #expect(processExitsWith: .success) {
            let folder = try TestFolder()
            try await Vault.with(folder) { vault in
                var tokens: [String] = []
                for _ in 0..<64 {
                    tokens.append(try await vault.tokenise(MaskedNumber.cardNumber(), for: MerchantKey(1)).token)
                }
                var memory = WritableMemory()
                let stored = memory.occurrences()
                for token in tokens {
                    let last = try await vault.reveal(token, for: MerchantKey(1), purpose: .capture) { $0.last }
                    #expect(last == MaskedNumber.last)
                }
                memory = WritableMemory()
                let revealed = memory.occurrences()
                #expect(stored == 0)
                #expect(revealed == 0)
            }
        }
    }
}

/// A card number that this process holds masked only, so that each plain occurrence in its memory is somebody's copy.
private enum MaskedNumber {
    static let mask: UInt8 = 0xa5
    static let digits: [UInt8] = {
        var digits: [UInt8] = [6, 2, 1, 7, 7, 3, 0, 8, 9, 4, 6, 1, 5, 2, 0, 3, 7, 1].map { $0 | 0x30 }
        digits.append(Luhn.checkDigit(for: digits) ?? 0)
        defer { SecretBytes.erase(&digits) }
        return digits.map { $0 ^ mask }
    }()

    static var last: UInt8? { digits.last.map { $0 ^ mask } }

    static func cardNumber() throws -> CardNumber { try CardNumber(bytes: digits.lazy.map { $0 ^ mask }) }
}

/// The memory that this process can write to, as it is now.
private struct WritableMemory {
    private var regions: [UnsafeRawBufferPointer] = []
    /// The digits from the ninth on: a BIN of eight may be kept, and the allocator writes over the start of what is
    /// freed.
    private let masked = Array(MaskedNumber.digits.dropFirst(8))

    init() {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return }
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard fields[1].hasPrefix("rw"), bounds.count == 2 else { continue }
            regions.append(
                UnsafeRawBufferPointer(
                    start: UnsafeRawPointer(bitPattern: bounds[0]), count: Int(bounds[1] - bounds[0])))
        }
    }

    /// How often the number lies there. Allocates nothing, since that would write over what it looks for.
    func occurrences() -> Int {
        var count = 0
        for region in regions {
            var position = 0
            // One digit in the clear finds the places to look at; the others are compared masked.
            while let base = region.baseAddress,
                let hit = memchr(base + position, Int32(masked[0] ^ MaskedNumber.mask), region.count - position)
            {
                position = base.distance(to: UnsafeRawPointer(hit))
                if isNumber(at: position, in: region) { count += 1 }
                position += 1
            }
        }
        return count
    }

    private func isNumber(at position: Int, in region: UnsafeRawBufferPointer) -> Bool {
        guard position + masked.count <= region.count else { return false }
        for index in masked.indices where region[position + index] ^ MaskedNumber.mask != masked[index] { return false }
        return true
    }
}
