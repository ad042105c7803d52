/// Reading messages.
extension MessageSpecification {
    /// Reads one message that fills `bytes`, without a length in front; see ``FrameDecoder``.
    ///
    /// Throws an ``ISO8583Error`` for anything that is not a message of this dialect. Bytes from a network never stop
    /// the process.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(ISO8583Error) -> Message {
        var decoder = MessageDecoder(specification: self, input: bytes)
        return try decoder.decode()
    }

    /// Reads one message that fills `bytes`.
    public func decode(_ bytes: [UInt8]) throws(ISO8583Error) -> Message {
        try bytes.withUnsafeBufferPointer { buffer throws(ISO8583Error) in
            try decode(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Reads one message that fills `bytes`.
    public func decode(_ bytes: ArraySlice<UInt8>) throws(ISO8583Error) -> Message {
        try bytes.withUnsafeBufferPointer { buffer throws(ISO8583Error) in
            try decode(UnsafeRawBufferPointer(buffer))
        }
    }
}

private struct MessageDecoder {
    let specification: MessageSpecification
    let input: UnsafeRawBufferPointer
    private var position = 0

    init(specification: MessageSpecification, input: UnsafeRawBufferPointer) {
        self.specification = specification
        self.input = input
    }

    mutating func decode() throws(ISO8583Error) -> Message {
        let type = try readDigits(4, as: specification.messageTypeEncoding, field: 0, or: .invalidMessageType)
        guard let mti = MessageType(packed: UInt16(type)) else {
            throw ISO8583Error(field: 0, offset: 0, problem: .invalidMessageType)
        }
        let first = try readBitmap()
        let hasSecondary = first >> 63 == 1
        let second = hasSecondary ? try readBitmap() : 0
        guard second >> 63 == 0 else {
            throw ISO8583Error(field: 65, offset: position, problem: .unsupportedBitmap)
        }
        let primary = first & ~(1 << 63)
        var message = Message(
            mti, reservingFields: primary.nonzeroBitCount + second.nonzeroBitCount, bytes: input.count + 128)
        try readFields(primary, firstNumber: 1, into: &message)
        try readFields(second, firstNumber: 65, into: &message)
        guard position == input.count else {
            throw ISO8583Error(field: 0, offset: position, problem: .trailingBytes(input.count - position))
        }
        return message
    }

    private mutating func readFields(
        _ bitmap: UInt64, firstNumber: Int, into message: inout Message
    ) throws(ISO8583Error) {
        var remaining = bitmap
        while remaining != 0 {
            let bit = remaining.leadingZeroBitCount
            remaining &= ~(1 << UInt64(63 - bit))
            let number = firstNumber + bit
            guard let format = specification.formats[number], let element = DataElement(rawValue: number) else {
                throw ISO8583Error(field: number, offset: position, problem: .undefinedField)
            }
            let count = try readLength(format, number)
            try message.add(element) { (content: inout [UInt8]) throws(ISO8583Error) in
                try readContent(format, count, number, into: &content)
            }
        }
    }

    /// The length of a field: characters, or bytes of a binary one.
    private mutating func readLength(_ format: FieldFormat, _ number: Int) throws(ISO8583Error) -> Int {
        guard !format.isFixed else { return format.maximumLength }
        let start = position
        let packed = try readDigits(format.prefixDigits, as: format.prefixEncoding, field: number, or: .invalidLength)
        var length = Int(packed >> 8) * 100 + Int(packed >> 4 & 15) * 10 + Int(packed & 15)
        if format.encoding == .hexadecimal {
            guard length % 2 == 0 else { throw ISO8583Error(field: number, offset: start, problem: .invalidLength) }
            length /= 2
        }
        guard length <= format.maximumLength else {
            throw ISO8583Error(
                field: number, offset: start, problem: .tooLong(length: length, maximum: format.maximumLength))
        }
        return length
    }

    private mutating func readContent(
        _ format: FieldFormat, _ count: Int, _ number: Int, into content: inout [UInt8]
    ) throws(ISO8583Error) {
        let start = content.count
        let contentOffset = position
        switch format.encoding {
        case .ascii, .binary:
            content.append(contentsOf: try take(count, field: number))
        case .ebcdic:
            let table = EBCDIC.toLatin1
            for byte in try take(count, field: number) { content.append(table[Int(byte)]) }
        case .hexadecimal:
            try readHexadecimal(count, number, into: &content)
        case .binaryCodedDecimal:
            try readPackedDigits(format, count, number, into: &content)
        }
        let invalid = content.withUnsafeBytes { bytes in
            format.firstInvalidByte(in: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
        guard invalid == nil else {
            throw ISO8583Error(field: number, offset: contentOffset, problem: .invalidCharacter)
        }
    }

    private mutating func readHexadecimal(
        _ count: Int, _ number: Int, into content: inout [UInt8]
    ) throws(ISO8583Error) {
        let offset = position
        let digits = try take(count * 2, field: number)
        for index in 0..<count {
            guard let high = HexadecimalDigit.value(digits[2 * index]),
                let low = HexadecimalDigit.value(digits[2 * index + 1])
            else { throw ISO8583Error(field: number, offset: offset, problem: .invalidCharacter) }
            content.append(high << 4 | low)
        }
    }

    /// Two digits a byte; the four bits that fill up an odd number of digits must be zero.
    private mutating func readPackedDigits(
        _ format: FieldFormat, _ count: Int, _ number: Int, into content: inout [UInt8]
    ) throws(ISO8583Error) {
        let offset = position
        let packed = try take((count + 1) / 2, field: number)
        let isOdd = count % 2 == 1
        for (index, byte) in packed.enumerated() {
            let fillsHigh = isOdd && format.isFixed && index == 0
            let fillsLow = isOdd && !format.isFixed && index == packed.count - 1
            guard !fillsHigh || byte >> 4 == 0, !fillsLow || byte & 15 == 0 else {
                throw ISO8583Error(field: number, offset: offset, problem: .invalidCharacter)
            }
            // 0x30 + 13 is `=`, the separator of a track; a number refuses it afterwards.
            if !fillsHigh { content.append(0x30 | byte >> 4) }
            if !fillsLow { content.append(0x30 | byte & 15) }
        }
    }
}

/// The parts that fields are made of.
extension MessageDecoder {
    private mutating func take(_ count: Int, field: Int) throws(ISO8583Error) -> UnsafeRawBufferPointer {
        let available = input.count - position
        guard count <= available else {
            throw ISO8583Error(
                field: field, offset: position, problem: .truncated(needed: count, available: available))
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: input[position..<position + count])
    }

    /// Digits as a number with one digit in each four bits.
    private mutating func readDigits(
        _ count: Int, as encoding: FieldFormat.DigitEncoding, field: Int, or problem: ISO8583Error.Problem
    ) throws(ISO8583Error) -> Int {
        let start = position
        var packed = 0
        switch encoding {
        case .ascii, .ebcdic:
            let zero: UInt8 = encoding == .ascii ? 0x30 : 0xf0
            for byte in try take(count, field: field) {
                guard byte &- zero <= 9 else { throw ISO8583Error(field: field, offset: start, problem: problem) }
                packed = packed << 4 | Int(byte &- zero)
            }
        case .binaryCodedDecimal:
            for byte in try take((count + 1) / 2, field: field) {
                guard byte >> 4 <= 9, byte & 15 <= 9 else {
                    throw ISO8583Error(field: field, offset: start, problem: problem)
                }
                packed = packed << 8 | Int(byte)
            }
            guard packed >> (4 * count) == 0 else {
                throw ISO8583Error(field: field, offset: start, problem: problem)
            }
        }
        return packed
    }

    private mutating func readBitmap() throws(ISO8583Error) -> UInt64 {
        var bitmap: UInt64 = 0
        switch specification.bitmapEncoding {
        case .binary:
            for byte in try take(8, field: 1) { bitmap = bitmap << 8 | UInt64(byte) }
        case .hexadecimal:
            for byte in try take(16, field: 1) {
                guard let value = HexadecimalDigit.value(byte) else {
                    throw ISO8583Error(field: 1, offset: position - 16, problem: .invalidBitmap)
                }
                bitmap = bitmap << 4 | UInt64(value)
            }
        }
        return bitmap
    }
}
