/// Writing messages.
extension MessageSpecification {
    /// The message as bytes, without a length in front; see ``Framing``.
    ///
    /// Throws an ``ISO8583Error`` when a field is not defined, too long, too short or holds a character it may not.
    public func encode(_ message: Message) throws(ISO8583Error) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(message.storage.count + 64)
        try encode(message, into: &output)
        return output
    }

    /// Appends the message to `output`. When it throws, `output` is as before.
    public func encode(_ message: Message, into output: inout [UInt8]) throws(ISO8583Error) {
        let start = output.count
        do {
            try MessageEncoder(specification: self, start: start).encode(message, into: &output)
        } catch {
            output.removeLast(output.count - start)
            throw error
        }
    }
}

private struct MessageEncoder {
    let specification: MessageSpecification
    /// Where the message starts in the output.
    let start: Int

    func encode(_ message: Message, into output: inout [UInt8]) throws(ISO8583Error) {
        Self.appendDigits(
            packed: UInt64(message.mti.packed), count: 4, as: specification.messageTypeEncoding, to: &output)
        let hasSecondary = message.secondaryBitmap != 0
        appendBitmap(message.primaryBitmap | (hasSecondary ? 1 << 63 : 0), to: &output)
        if hasSecondary { appendBitmap(message.secondaryBitmap, to: &output) }
        try message.storage.withUnsafeBufferPointer { storage throws(ISO8583Error) in
            var place = 0
            for (bitmap, base) in [(message.primaryBitmap, 1), (message.secondaryBitmap, 65)] {
                var remaining = bitmap
                while remaining != 0 {
                    let bit = remaining.leadingZeroBitCount
                    remaining &= ~(1 << UInt64(63 - bit))
                    let content = UnsafeBufferPointer(rebasing: storage[message.spans[place].range])
                    try append(UnsafeRawBufferPointer(content), field: base + bit, to: &output)
                    place += 1
                }
            }
        }
    }

    private func error(_ field: Int, _ output: [UInt8], _ problem: ISO8583Error.Problem) -> ISO8583Error {
        ISO8583Error(field: field, offset: output.count - start, problem: problem)
    }

    private func append(
        _ content: UnsafeRawBufferPointer, field: Int, to output: inout [UInt8]
    ) throws(ISO8583Error) {
        guard let format = specification.formats[field] else { throw error(field, output, .undefinedField) }
        let length = content.count
        guard length <= format.maximumLength else {
            throw error(field, output, .tooLong(length: length, maximum: format.maximumLength))
        }
        guard format.firstInvalidByte(in: content) == nil else { throw error(field, output, .invalidCharacter) }
        if !format.isFixed {
            let counted = format.encoding == .hexadecimal ? length * 2 : length
            Self.appendDigits(
                packed: Self.packed(counted), count: format.prefixDigits, as: format.prefixEncoding, to: &output)
        } else if length < format.maximumLength {
            return try appendPadded(content, format, field, to: &output)
        }
        Self.append(content, format, to: &output)
    }

    /// Appends the content of a fixed field that is too short, filled up as its kind prescribes.
    private func appendPadded(
        _ content: UnsafeRawBufferPointer, _ format: FieldFormat, _ field: Int, to output: inout [UInt8]
    ) throws(ISO8583Error) {
        let missing = format.maximumLength - content.count
        let padded: [UInt8]
        switch format.content {
        case .numeric: padded = [UInt8](repeating: UInt8(ascii: "0"), count: missing) + content
        case .alphanumeric, .text, .opaqueText:
            padded = content + [UInt8](repeating: UInt8(ascii: " "), count: missing)
        case .signedAmount, .track, .binary:
            throw error(field, output, .tooShort(length: content.count, minimum: format.maximumLength))
        }
        padded.withUnsafeBytes { Self.append($0, format, to: &output) }
    }

    private static func append(
        _ content: UnsafeRawBufferPointer, _ format: FieldFormat, to output: inout [UInt8]
    ) {
        switch format.encoding {
        case .ascii, .binary:
            output.append(contentsOf: content)
        case .ebcdic:
            let table = EBCDIC.fromLatin1
            for byte in content { output.append(table[Int(byte)]) }
        case .hexadecimal:
            for byte in content {
                output.append(HexadecimalDigit.character(byte >> 4))
                output.append(HexadecimalDigit.character(byte & 15))
            }
        case .binaryCodedDecimal:
            appendPackedDigits(content, isFixed: format.isFixed, to: &output)
        }
    }

    /// Two digits a byte. The low four bits of `0`…`9` and of `=` are what the packed form holds for them.
    private static func appendPackedDigits(
        _ content: UnsafeRawBufferPointer, isFixed: Bool, to output: inout [UInt8]
    ) {
        var index = 0
        if content.count % 2 == 1, isFixed {
            output.append(packedDigit(content[0]))
            index = 1
        }
        while index + 1 < content.count {
            output.append(packedDigit(content[index]) << 4 | packedDigit(content[index + 1]))
            index += 2
        }
        if index < content.count { output.append(packedDigit(content[index]) << 4) }
    }

    private static func packedDigit(_ character: UInt8) -> UInt8 {
        character == UInt8(ascii: "D") ? 13 : character & 15
    }

    private func appendBitmap(_ bitmap: UInt64, to output: inout [UInt8]) {
        switch specification.bitmapEncoding {
        case .binary:
            for shift in stride(from: 56 as UInt64, through: 0, by: -8) {
                output.append(UInt8(truncatingIfNeeded: bitmap >> shift))
            }
        case .hexadecimal:
            for shift in stride(from: 60 as UInt64, through: 0, by: -4) {
                output.append(HexadecimalDigit.character(UInt8(truncatingIfNeeded: bitmap >> shift) & 15))
            }
        }
    }

    /// A number below 1,000 with one decimal digit in each four bits.
    private static func packed(_ number: Int) -> UInt64 {
        UInt64((number / 100) << 8 | (number / 10 % 10) << 4 | number % 10)
    }

    /// Appends the lowest `count` digits of `packed`, which has one in each four bits.
    private static func appendDigits(
        packed: UInt64, count: Int, as encoding: FieldFormat.DigitEncoding, to output: inout [UInt8]
    ) {
        switch encoding {
        case .ascii, .ebcdic:
            let zero: UInt8 = encoding == .ascii ? 0x30 : 0xf0
            for place in stride(from: count - 1, through: 0, by: -1) {
                output.append(zero + UInt8(truncatingIfNeeded: packed >> UInt64(4 * place) & 15))
            }
        case .binaryCodedDecimal:
            for place in stride(from: (count + 1) / 2 - 1, through: 0, by: -1) {
                output.append(UInt8(truncatingIfNeeded: packed >> UInt64(8 * place)))
            }
        }
    }
}

/// ASCII hexadecimal digits.
enum HexadecimalDigit {
    /// The upper-case digit of 0…15.
    static func character(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    /// The value of a digit of either case, or nil.
    static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x41...0x46: character - 0x37
        case 0x61...0x66: character - 0x57
        default: nil
        }
    }
}
