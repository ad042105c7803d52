import CardFormats
import Core
import Storage
import Testing

@testable import Vault

@Suite("Vault")
struct VaultTests {
    private let merchant = MerchantKey(7)
    private let other = MerchantKey(8)

    @Test("a card number that went in comes out by its token", arguments: TestCards.all)
    func roundTrip(number: String) async throws {
        try await Vault.with(TestFolder()) { vault in
            let card = try await vault.tokenise(CardNumber(number), for: merchant)
            #expect(card.token.hasPrefix("vlt_") && card.token.utf8.count == 29)
            #expect(card.last4 == String(number.suffix(4)))
            #expect(number.hasPrefix(card.bin8))
            #expect(try await vault.number(card.token, of: merchant) == number)
        }
    }

    @Test("what is known of the card comes with its token")
    func facts() async throws {
        try await Vault.with(TestFolder()) { vault in
            let card = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
            let number = try CardNumber(TestCards.visa)
            #expect(card.facts == number.withDigits { BINTable.lookup(digits: UnsafeRawBufferPointer($0)) })
        }
    }

    @Test("the same number gets another token and ciphertext each time")
    func freshTokens() async throws {
        try await Vault.with(TestFolder()) { vault in
            let first = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
            let second = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
            #expect(first.token != second.token)
            let rows = try await vault.cards()
            #expect(rows.count == 2 && Set(rows.map(\.sealed)).count == 2)
        }
    }

    @Test("another merchant cannot reveal the card, and learns nothing from the refusal")
    func wrongMerchant() async throws {
        try await Vault.with(TestFolder()) { vault in
            let card = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
            _ = try await vault.tokenise(CardNumber(TestCards.visa), for: other)
            await #expect(throws: VaultError.unknownToken) { try await vault.number(card.token, of: other) }
            await #expect(throws: VaultError.unknownToken) { try await vault.number("vlt_nothing", of: merchant) }
            await #expect(throws: VaultError.unknownToken) { try await vault.number("", of: merchant) }
        }
    }

    @Test("fingerprints are equal for one merchant's equal cards, and for nothing else")
    func fingerprints() async throws {
        try await Vault.with(TestFolder()) { vault in
            let first = try await vault.tokenise(CardNumber("4242 4242 4242 4242"), for: merchant).fingerprint
            let again = try await vault.tokenise(CardNumber("4242424242424242"), for: merchant).fingerprint
            let card = try await vault.tokenise(CardNumber(TestCards.mastercard), for: merchant).fingerprint
            let elsewhere = try await vault.tokenise(CardNumber(TestCards.visa), for: other).fingerprint
            #expect(first == again)
            #expect(Set([first, card, elsewhere]).count == 3)
            #expect(first.utf8.count == 16)
            #expect(first.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        }
        let elsewhere = try await Vault.with(TestFolder()) { vault in
            try await vault.tokenise(CardNumber(TestCards.visa), for: merchant).fingerprint
        }
        let here = try await Vault.with(TestFolder()) { vault in
            try await vault.tokenise(CardNumber(TestCards.visa), for: merchant).fingerprint
        }
        #expect(elsewhere != here, "Each installation has a fingerprint key of its own")
    }

    @Test("a second start reads the same cards and makes the same fingerprints", arguments: [nil, "a passphrase"])
    func restart(passphrase: String?) async throws {
        let folder = try TestFolder()
        if passphrase != nil {
            _ = try SealedKeyFile.make(in: folder.path, passphrase: passphrase, rounds: 1 << 10, .live)
        }
        let card = try await Vault.with(folder, passphrase: passphrase) { vault in
            try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
        }
        try await Vault.with(folder, passphrase: passphrase) { vault in
            #expect(try await vault.number(card.token, of: merchant) == TestCards.visa)
            let again = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
            #expect(again.fingerprint == card.fingerprint)
            #expect(try await vault.keys(of: merchant).map(\.number) == [1], "The data key is found, not made anew")
        }
    }

    @Test("a data key encrypts for thirty days and decrypts for ever")
    func dataKeyLifetime() async throws {
        let folder = try TestFolder()
        let clock = TestClock()
        var tokens: [String] = []
        try await Vault.with(folder, environment: clock.environment) { vault in
            for days: Int64 in [0, 29, 1, 30] {
                clock.advance(days: days)
                tokens.append(try await vault.tokenise(CardNumber(TestCards.visa), for: merchant).token)
            }
            #expect(try await vault.keys(of: merchant).map(\.number) == [1, 2, 3])
            #expect(try await vault.cards().map(\.dataKey) == [1, 1, 2, 3])
        }
        try await Vault.with(folder, environment: clock.environment) { vault async throws in
            clock.advance(days: 400)
            for token in tokens { #expect(try await vault.number(token, of: merchant) == TestCards.visa) }
            #expect(try await vault.keys(of: merchant).count == 3, "Revealing makes no keys")
            #expect(try await vault.fingerprintKeys().count == 1, "The fingerprint key is the same for ever")
        }
    }

    @Test("reveals are counted by purpose, and refused ones are not")
    func counting() async throws {
        try await Vault.with(TestFolder()) { vault in
            let card = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
            for purpose in RevealPurpose.allCases { #expect(vault.revealCount(purpose) == 0) }
            for (index, purpose) in RevealPurpose.allCases.enumerated() {
                for _ in 0...index {
                    _ = try await vault.reveal(card.token, for: merchant, purpose: purpose) { $0.count }
                }
            }
            await #expect(throws: VaultError.unknownToken) {
                try await vault.reveal("vlt_nothing", for: merchant, purpose: .refund) { $0.count }
            }
            #expect(RevealPurpose.allCases.map { vault.revealCount($0) } == [1, 2, 3, 4])
        }
    }

    @Test("a body that throws passes its error on")
    func throwingBody() async throws {
        struct NoRoom: Error, Equatable {}
        try await Vault.with(TestFolder()) { vault in
            let card = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
            await #expect(throws: NoRoom()) {
                try await vault.reveal(card.token, for: merchant, purpose: .refund) { _ in throw NoRoom() }
            }
        }
    }

    @Test("a closed vault takes nothing")
    func closing() async throws {
        let folder = try TestFolder()
        let vault = try await folder.openVault()
        _ = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
        await vault.close()
        await #expect(throws: VaultError.closed) {
            try await vault.tokenise(CardNumber(TestCards.visa), for: merchant)
        }
    }

    @Test("a thousand cards at once, of ten new merchants, get a token each and a data key a merchant")
    func concurrency() async throws {
        let folder = try TestFolder()
        var cards: [Int: VaultedCard] = [:]
        try await Vault.with(folder) { vault in
            try await withThrowingTaskGroup(of: (Int, VaultedCard).self) { group in
                for index in 0..<1_000 {
                    group.addTask {
                        let number = try CardNumber(TestCards.numbered(index))
                        return (index, try await vault.tokenise(number, for: MerchantKey(Int64(index % 10))))
                    }
                }
                for try await (index, card) in group { cards[index] = card }
            }
            #expect(Set(cards.values.map(\.token)).count == 1_000)
            #expect(Set(cards.values.map(\.fingerprint)).count == 1_000)
            for value in 0..<10 { #expect(try await vault.keys(of: MerchantKey(Int64(value))).count == 1) }
            #expect(try await vault.fingerprintKeys().count == 1)
            for (index, card) in cards {
                #expect(
                    try await vault.number(card.token, of: MerchantKey(Int64(index % 10)))
                        == TestCards.numbered(index))
            }
        }
        let stored = cards
        try await Vault.with(folder) { vault in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, card) in stored {
                    group.addTask {
                        let number = try await vault.number(card.token, of: MerchantKey(Int64(index % 10)))
                        #expect(number == TestCards.numbered(index))
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

extension Vault {
    func cards() async throws -> [StoredCard] {
        try await store.read { reader in
            try await reader.select(StoredCard.self, where: "1 = 1", [], orderBy: "merchant, token", limit: 10_000)
        }
    }

    func keys(of merchant: MerchantKey) async throws -> [WrappedKey] {
        try await store.read { try await WrappedKey.all(of: .cards(merchant), $0) }
    }

    func fingerprintKeys() async throws -> [WrappedKey] {
        try await store.read { try await WrappedKey.all(of: .fingerprints, $0) }
    }
}
