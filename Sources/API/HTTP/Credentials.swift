/// Takes the API key out of an `Authorization` header.
enum Credentials {
    private static let keyLengthMax = 255

    /// The key of `Bearer sk_…`, or of `Basic` with the key as user name and any password.
    ///
    /// Refuses, always with 401: no header, a header of another form, and a key that cannot be one.
    static func key(authorization: String?) throws(APIError) -> String {
        guard let authorization, !authorization.isEmpty else { throw .noKey }
        guard let blank = authorization.utf8.firstIndex(of: UInt8(ascii: " ")) else { throw .malformedAuthorization }
        let scheme = authorization[..<blank]
        let rest = authorization[authorization.utf8.index(after: blank)...].drop { $0 == " " }
        let key: String
        if scheme.count == 6, scheme.lowercased() == "bearer" {
            key = String(rest)
        } else if scheme.count == 5, scheme.lowercased() == "basic" {
            guard let decoded = Base64.decode(rest.utf8) else { throw .malformedAuthorization }
            key = String(decoding: decoded.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
        } else {
            throw .malformedAuthorization
        }
        guard !key.isEmpty else { throw .noKey }
        guard isWellFormed(key) else { throw .unknownKey(key) }
        return key
    }

    /// `sk`, `rk` or `pk`, then `_test_` or `_live_`, then letters and digits.
    private static func isWellFormed(_ key: String) -> Bool {
        guard key.utf8.count <= keyLengthMax else { return false }
        let prefixes = ["sk_test_", "pk_test_", "rk_test_", "sk_live_", "pk_live_", "rk_live_"]
        guard prefixes.contains(where: key.hasPrefix), key.utf8.count > 8 else { return false }
        return key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}

/// RFC 4648 base 64, for Basic authentication.
enum Base64 {
    /// The bytes of a text with or without padding, or nil when it is none.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var count = 0
        var isPadded = false
        for character in text {
            if character == UInt8(ascii: "=") {
                isPadded = true
                continue
            }
            guard !isPadded, let value = value(character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count % 4 == 0 {
                for shift in [16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
            }
        }
        switch count % 4 {
        case 0: break
        case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
        case 3: for shift in [10, 2] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        default: return nil
        }
        return bytes
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
