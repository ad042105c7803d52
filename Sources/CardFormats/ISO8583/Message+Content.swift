/// Reading and writing field contents.
extension Message {
    /// The text of a field, or nil when it is not there.
    ///
    /// Reading takes each byte for a character of ISO 8859-1, so a binary field comes back as meaningless text: use
    /// ``bytes(of:)``. Writing replaces each character that is not printable ASCII by `?`, because most networks refuse
    /// others. Setting nil removes the field.
    public subscript(element: DataElement) -> String? {
        get {
            guard let range = range(of: element) else { return nil }
            let bytes = storage[range]
            if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
            var text = String.UnicodeScalarView()
            for byte in bytes { text.append(Unicode.Scalar(byte)) }
            return String(text)
        }
        set {
            guard var text = newValue else { return remove(element) }
            let isPrintable = text.utf8.allSatisfy { $0 &- 0x20 <= 0x5e }
            if isPrintable {
                text.withUTF8 { set(element, bytes: UnsafeRawBufferPointer($0)) }
            } else {
                let replaced = text.unicodeScalars.map { 0x20...0x7e ~= $0.value ? UInt8($0.value) : UInt8(ascii: "?") }
                set(element, bytes: replaced)
            }
        }
    }

    /// The content of a field, or nil when it is not there.
    public func bytes(of element: DataElement) -> [UInt8]? {
        range(of: element).map { Array(storage[$0]) }
    }

    /// Calls `body` with the content of a field, without copying it, or answers nil when the field is not there.
    ///
    /// The buffer is valid during the call only.
    public func withBytes<Result, Failure: Error>(
        of element: DataElement, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let range = range(of: element) else { return nil }
        return try storage.withUnsafeBufferPointer { buffer throws(Failure) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[range])))
        }
    }

    /// The number that the digits of a field make, or nil when it is not there, is no number or exceeds 64 bits.
    public func number(of element: DataElement) -> UInt64? {
        guard let range = range(of: element), !range.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in storage[range] {
            let digit = byte &- 0x30
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard digit <= 9, !tooLarge, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// Whether all of these fields are there in both messages with the same content, or in neither.
    ///
    /// An answer belongs to a request when it matches on DE7 and DE11 (and DE41, on a link that terminals share).
    public func matches(_ other: Message, on elements: [DataElement]) -> Bool {
        elements.allSatisfy { element in
            switch (range(of: element), other.range(of: element)) {
            case (nil, nil): true
            case (let first?, let second?): storage[first] == other.storage[second]
            default: false
            }
        }
    }
}

extension Message: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The type and the fields, for logs.
    ///
    /// A card number shows its first six and last four digits, other secrets only how long they are.
    public var description: String {
        let fields = elements.map { "\($0.rawValue): \(redactedContent(of: $0))" }
        return "\(mti) {" + fields.joined(separator: ", ") + "}"
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Shows no storage, so that `dump` and test failures cannot show secrets.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }

    private func redactedContent(of element: DataElement) -> String {
        guard let content = bytes(of: element) else { return "" }
        if element == .primaryAccountNumber, content.count >= 13 {
            let hidden = String(repeating: "*", count: content.count - 10)
            return Self.printable(content.prefix(6)) + hidden + Self.printable(content.suffix(4))
        }
        return element.isSecret ? "[\(content.count) bytes]" : Self.printable(content[...])
    }

    private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map { 0x20...0x7e ~= $0 ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
    }
}
