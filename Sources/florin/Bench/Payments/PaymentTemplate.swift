internal import NIOCore

/// What makes one payment of a load different from the next.
struct PaymentDraft: Sendable, Hashable {
    /// Minor units, always four digits.
    var amount: Int64
    /// The middle of the card number, see ``CardNumberSequence``.
    var card: UInt64
    /// The idempotency key, a version 4 UUID.
    var key: UInt64
    var keyTail: UInt64

    static let empty = PaymentDraft(amount: 0, card: 0, key: 0, keyTail: 0)
}

/// The request that creates and confirms a payment with a raw card number, as an SDK sends it, with places that are
/// filled in for each payment. All payments have the same length, so the rest is written once.
struct PaymentTemplate: Sendable {
    static let path = "/v1/payment_intents"
    private static let keyWidth = 36
    private static let amountWidth = 4

    private let text: ByteBuffer
    private let keyPlace: Int
    private let amountPlace: Int
    private let cardPlace: Int

    init(address: ServerAddress, key: String, expiryYear: Int) {
        var body = ByteBuffer(string: "amount=")
        let amountInBody = body.readableBytes
        body.writeString(
            "0000&currency=usd&confirm=true&payment_method_data[type]=card&payment_method_data[card][number]=")
        let cardInBody = body.readableBytes
        body.writeString(String(repeating: "0", count: CardNumberSequence.length))
        body.writeString("&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=\(expiryYear)")
        body.writeString("&payment_method_data[card][cvc]=314&automatic_payment_methods[enabled]=true")
        body.writeString("&automatic_payment_methods[allow_redirects]=never")

        var text = ByteBuffer(
            string: "POST \(Self.path) HTTP/1.1\r\n" + RequestText.headers(address: address, key: key))
        text.writeString("Idempotency-Key: ")
        keyPlace = text.readableBytes
        text.writeString(String(repeating: "0", count: Self.keyWidth))
        text.writeString("\r\nContent-Type: application/x-www-form-urlencoded\r\n")
        text.writeString("Content-Length: \(body.readableBytes)\r\n\r\n")
        amountPlace = text.readableBytes + amountInBody
        cardPlace = text.readableBytes + cardInBody
        text.writeBuffer(&body)
        self.text = text
    }

    /// Writes the request of a payment into an empty buffer.
    func write(_ draft: PaymentDraft, into request: inout ByteBuffer) {
        precondition((1_000...9_999).contains(draft.amount), "The template has four places for the amount")
        request.writeImmutableBuffer(text)
        request.withUnsafeMutableReadableBytes { bytes in
            IdempotencyKeyText.write(draft.key, draft.keyTail, into: Self.slice(bytes, keyPlace, Self.keyWidth))
            var rest = draft.amount
            for index in (0..<Self.amountWidth).reversed() {
                bytes[amountPlace + index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            CardNumberSequence.write(draft.card, into: Self.slice(bytes, cardPlace, CardNumberSequence.length))
        }
    }

    private static func slice(
        _ bytes: UnsafeMutableRawBufferPointer, _ place: Int, _ width: Int
    ) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[place..<place + width])
    }

    /// The same request's parameters, for sending it again by other means.
    func form(_ draft: PaymentDraft, expiryYear: Int) -> Form {
        [
            "amount": String(draft.amount), "currency": "usd", "confirm": "true", "payment_method_data[type]": "card",
            "payment_method_data[card][number]": CardNumberSequence.text(draft.card),
            "payment_method_data[card][exp_month]": "12",
            "payment_method_data[card][exp_year]": String(expiryYear), "payment_method_data[card][cvc]": "314",
            "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
        ]
    }
}

/// Idempotency keys as SDKs make them: version 4 UUIDs.
enum IdempotencyKeyText {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Writes 36 characters.
    static func write(_ head: UInt64, _ tail: UInt64, into text: UnsafeMutableRawBufferPointer) {
        // The version, 4, and the variant, 10 in the upper bits, have their fixed places.
        var high = head & 0xffff_ffff_ffff_0fff | 0x4000
        var low = tail & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        for index in stride(from: 35, through: 0, by: -1) {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                text[index] = UInt8(ascii: "-")
                continue
            }
            let nibble = Int(low & 15)
            text[index] = digits[nibble]
            low = low >> 4 | high << 60
            high >>= 4
        }
    }

    /// The key as text.
    static func text(_ head: UInt64, _ tail: UInt64) -> String {
        var bytes = [UInt8](repeating: 0, count: 36)
        bytes.withUnsafeMutableBytes { write(head, tail, into: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
