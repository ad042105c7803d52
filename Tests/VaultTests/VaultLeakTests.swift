import Core
import Foundation
import Testing

@testable import Vault

/// PCI DSS 3.5.1: no card number lies on the disk, or in a row, in any form that can be read.
@Suite("Vault: leaks")
struct VaultLeakTests {
    @Test(
        "no file and no row holds a card number, in plain, spaced, packed, hexadecimal, base 64, UTF-16 or EBCDIC form")
    func disk() async throws {
        let folder = try TestFolder()
        let numbers = TestCards.all + (0..<100).map { TestCards.numbered($0) }
        try await Vault.with(folder) { vault in
            for (index, number) in numbers.enumerated() {
                let merchant = MerchantKey(Int64(index % 3))
                let card = try await vault.tokenise(CardNumber(number), for: merchant)
                _ = try await vault.number(card.token, of: merchant)
            }
            // While it is open, most of it is in the write-ahead log.
            #expect(try TestDatabase.isUsed || folder.contents().keys.contains("vault.sqlite-wal"))
            try await expectNone(of: numbers, in: folder)
        }
        try await expectNone(of: numbers, in: folder)
    }

    private func expectNone(of numbers: [String], in folder: TestFolder) async throws {
        let rows = TestDatabase.isUsed ? try await TestDatabase.contents(of: folder.schema) : [:]
        let contents = try folder.contents().merging(rows) { $1 }.mapValues { Data($0) }
        #expect(contents.values.reduce(0) { $0 + $1.count } > 10_000)
        for number in numbers {
            for (form, bytes) in Self.forms(of: number) {
                for (name, data) in contents where data.range(of: Data(bytes)) != nil {
                    Issue.record("\(name) holds a card number ending in \(number.suffix(4)), \(form)")
                }
            }
        }
    }

    @Test("the search finds each form in a file")
    func control() throws {
        for (form, bytes) in Self.forms(of: TestCards.americanExpress) {
            let data = Data([1, 2, 3] + bytes + [4])
            #expect(data.range(of: Data(bytes)) != nil && bytes.count >= 7, "\(form)")
        }
        let encoded = Array(Data("xx\(TestCards.numbered(1))y".utf8).base64EncodedString().utf8)
        let found = Self.forms(of: TestCards.numbered(1)).filter { Data(encoded).range(of: Data($0.bytes)) != nil }
        #expect(found.map(\.form) == ["base 64 at 2"])
    }

    private static func forms(of number: String) -> [(form: String, bytes: [UInt8])] {
        let digits = Array(number.utf8)
        let values = digits.map { $0 - UInt8(ascii: "0") }
        let groups = stride(from: 0, to: digits.count, by: 4).map { digits[$0..<min($0 + 4, digits.count)] }
        var forms: [(form: String, bytes: [UInt8])] = [
            ("plain", digits), ("reversed", digits.reversed()), ("as numbers", values),
            ("spaced", Array(groups.joined(separator: [UInt8(ascii: " ")]))),
            ("dashed", Array(groups.joined(separator: [UInt8(ascii: "-")]))),
            ("hexadecimal", Array(Hex.encode(digits).utf8)),
            ("little-endian UTF-16", digits.flatMap { [$0, 0] }),
            ("big-endian UTF-16", digits.flatMap { [0, $0] }),
            ("EBCDIC", values.map { 0xf0 | $0 }),
            ("packed", packed(values)), ("packed from the second digit", packed(Array(values.dropFirst()))),
        ]
        if let value = UInt64(number) {
            forms.append(("big-endian binary", withUnsafeBytes(of: value.bigEndian) { Array($0) }))
            forms.append(("little-endian binary", withUnsafeBytes(of: value.littleEndian) { Array($0) }))
        }
        for shift in 0..<3 {
            // What of the encoded text depends on the number alone, when `shift` bytes come before it.
            let bytes = [UInt8](repeating: 0, count: shift) + digits
            let whole = bytes.count / 3 * 3
            let text = Array(Data(bytes.prefix(whole)).base64EncodedString().utf8)
            forms.append(("base 64 at \(shift)", Array(text.dropFirst(shift == 0 ? 0 : 4))))
        }
        return forms
    }

    /// Two digits a byte, of as many as fill bytes.
    private static func packed(_ values: [UInt8]) -> [UInt8] {
        stride(from: 0, to: values.count - 1, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
