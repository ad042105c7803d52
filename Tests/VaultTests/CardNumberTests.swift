import Testing

@testable import Vault

@Suite("Card number")
struct CardNumberTests {
    private func text(_ number: CardNumber) -> String { number.withDigits { String(decoding: $0, as: UTF8.self) } }

    @Test(
        "spaces and dashes are left out",
        arguments: [
            ("4242424242424242", "4242424242424242"), ("4242 4242 4242 4242", "4242424242424242"),
            (" 4242-4242-4242-4242 ", "4242424242424242"), ("3782 822463 10005", "378282246310005"),
            ("6205500000000000004", "6205500000000000004"), ("5000 0000 0611", "500000000611"),
        ])
    func reading(input: String, digits: String) throws {
        #expect(text(try CardNumber(input)) == digits)
        #expect(text(try CardNumber(bytes: Array(input.utf8))) == digits)
        #expect(try CardNumber(input).count == digits.utf8.count)
    }

    @Test(
        "what is no card number is refused for its first problem",
        arguments: [
            ("", CardNumberProblem.notDigits), (" - ", .notDigits), ("4242a42424242424", .notDigits),
            ("４２４２424242424242", .notDigits), ("4242\u{0}424242424242", .notDigits), ("x", .notDigits),
            ("42424242424", .wrongLength), ("42424242424242424242", .wrongLength),
            ("424242424242424242424242424242424242x", .notDigits), ("4242424242424241", .failsLuhn),
            ("4242424242424224", .failsLuhn), ("500000000612", .failsLuhn),
        ])
    func problems(input: String, problem: CardNumberProblem) {
        #expect(throws: problem) { try CardNumber(input) }
    }

    @Test("as much of a number is shown as may lie beside its last four digits")
    func shownParts() throws {
        let visa = try CardNumber(TestCards.visa)
        #expect(visa.bin8 == "42424242")
        #expect(visa.last4 == "4242")
        let americanExpress = try CardNumber(TestCards.americanExpress)
        #expect(americanExpress.bin8 == "378282")
        #expect(americanExpress.last4 == "0005")
    }

    @Test("a number prints as [card number], whoever prints it")
    func printing() throws {
        struct Request {
            let number: CardNumber
            let other: CardNumber?
        }
        let number = try CardNumber(TestCards.visa)
        let request = Request(number: number, other: number)
        #expect("\(number)" == "[card number]")
        #expect(String(reflecting: number) == "[card number]")
        #expect(String(describing: Optional(number)) == "Optional([card number])")
        var dumps = ""
        dump(number, to: &dumps)
        dump(request, to: &dumps)
        dump([number], to: &dumps)
        debugPrint(request, number, to: &dumps)
        print(request, [number], ["number": number], to: &dumps)
        #expect(dumps.contains("[card number]"))
        #expect(!dumps.contains("4242"))
        #expect(!dumps.contains("52, 50"), "Nor as numbers: 52 and 50 are the characters 4 and 2")
        #expect(Mirror(reflecting: number).children.isEmpty)
        #expect(Mirror(reflecting: number).superclassMirror == nil)
    }

    @Test("secret bytes print nothing either")
    func printingSecrets() {
        let secret = SecretBytes(capacity: 3) { storage in
            storage[0] = 200
            return 1
        }
        var dumps = "\(secret) \(String(reflecting: secret))"
        dump(secret, to: &dumps)
        #expect(dumps.contains("[secret]"))
        #expect(!dumps.contains("200"))
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("erasing overwrites every digit")
    func erasing() throws {
        let number = try CardNumber(TestCards.unionPay)
        number.erase()
        #expect(number.withDigits { $0.count } == 19)
        #expect(number.withDigits { $0.allSatisfy { $0 == 0 } })
    }
}
