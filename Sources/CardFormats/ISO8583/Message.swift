/// An ISO 8583 message: its type, and the content of its fields.
///
/// Field contents are bytes, in the same form whatever the dialect: text as ASCII, digits unpacked, binary fields as
/// they are. All of them lie in one buffer, in an order of their own; a bitmap says which are there, and one span for
/// each, in the order of field numbers, says where. So finding a field is counting bits, and making a message is two
/// allocations. A dictionary of strings was measured at many times that.
///
/// The description hides card numbers and other secrets; see ``DataElement/isSecret``.
///
///     var request = Message(.authorisationRequest)
///     request.set(.primaryAccountNumber, bytes: digits)
///     request[.processingCode] = "000000"
///     let bytes = try MessageSpecification.asciiHex.encode(request)
public struct Message: Sendable {
    /// The type of the message.
    public var mti: MessageType

    /// Bit 63 stands for DE1 and is never set here; bit 0 is DE64.
    private(set) var primaryBitmap: UInt64 = 0
    /// Bit 63 is DE65, bit 0 DE128.
    private(set) var secondaryBitmap: UInt64 = 0
    /// Where the fields lie, in the order of their numbers.
    private(set) var spans: [FieldSpan] = []
    private(set) var storage: [UInt8] = []

    /// A message without fields.
    public init(_ mti: MessageType) { self.init(mti, reservingFields: 24, bytes: 256) }

    /// A message without fields and with room for some.
    init(_ mti: MessageType, reservingFields fieldCount: Int, bytes byteCount: Int) {
        self.mti = mti
        spans.reserveCapacity(fieldCount)
        storage.reserveCapacity(byteCount)
    }

    /// The answer to this message: the answering type, and the fields named that this one has.
    public func response(copying elements: [DataElement]) -> Message {
        var answer = Message(mti.response, reservingFields: elements.count + 4, bytes: storage.count)
        for element in elements { answer.copy(element, from: self) }
        return answer
    }
}

/// Where the content of a field lies in the buffer of a message.
struct FieldSpan: Sendable {
    var offset: UInt32
    var length: UInt32

    var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }
}

/// Which fields are there.
extension Message {
    /// Whether the field is there.
    public func contains(_ element: DataElement) -> Bool {
        let number = element.rawValue
        return number <= 64
            ? primaryBitmap >> UInt64(64 - number) & 1 == 1
            : secondaryBitmap >> UInt64(128 - number) & 1 == 1
    }

    /// The fields that are there, in the order of their numbers.
    public var elements: [DataElement] { (2...128).compactMap(DataElement.init(rawValue:)).filter(contains) }

    /// How many fields with lower numbers are there: the place of the field in ``spans``.
    private func place(of element: DataElement) -> Int {
        let number = element.rawValue
        if number <= 64 { return (primaryBitmap & ~(UInt64.max >> UInt64(number - 1))).nonzeroBitCount }
        let before = secondaryBitmap & ~(UInt64.max >> UInt64(number - 65))
        return primaryBitmap.nonzeroBitCount + before.nonzeroBitCount
    }

    private mutating func flip(_ element: DataElement) {
        let number = element.rawValue
        if number <= 64 {
            primaryBitmap ^= 1 << UInt64(64 - number)
        } else {
            secondaryBitmap ^= 1 << UInt64(128 - number)
        }
    }

    /// Where the content of a field lies, or nil when it is not there.
    func range(of element: DataElement) -> Range<Int>? {
        contains(element) ? spans[place(of: element)].range : nil
    }
}

/// Changing fields.
extension Message {
    /// Sets a field to `bytes`: ASCII for text, as they are for a binary field.
    ///
    /// Whether they suit the field is checked when the message is encoded.
    public mutating func set(_ element: DataElement, bytes: UnsafeRawBufferPointer) {
        if contains(element) {
            let place = place(of: element)
            let range = spans[place].range
            if bytes.count <= range.count {
                // The former content may be secret: what stays of it is overwritten.
                for index in range { storage[index] = 0 }
                for (index, byte) in zip(range, bytes) { storage[index] = byte }
                spans[place].length = UInt32(bytes.count)
                return
            }
            remove(element)
        }
        let start = storage.count
        storage.append(contentsOf: bytes)
        insert(element, from: start)
    }

    /// Sets a field to `bytes`: ASCII for text, as they are for a binary field.
    public mutating func set(_ element: DataElement, bytes: [UInt8]) {
        bytes.withUnsafeBytes { set(element, bytes: $0) }
    }

    /// Sets a field to `number` in exactly `digits` digits, zeros in front.
    ///
    /// Throws `tooLong` when the number has more digits. `digits` must be 1…20.
    public mutating func set(_ element: DataElement, number: UInt64, digits: Int) throws(ISO8583Error) {
        precondition(digits >= 1 && digits <= 20, "A number of a message has 1 to 20 digits, not \(digits)")
        var text: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var rest = number
        withUnsafeMutableBytes(of: &text) { buffer in
            for index in stride(from: digits - 1, through: 0, by: -1) {
                buffer[index] = 0x30 + UInt8(rest % 10)
                rest /= 10
            }
        }
        guard rest == 0 else {
            let length = String(number).utf8.count
            throw ISO8583Error(
                field: element.rawValue, offset: 0, problem: .tooLong(length: length, maximum: digits))
        }
        withUnsafeBytes(of: &text) { set(element, bytes: UnsafeRawBufferPointer(rebasing: $0[..<digits])) }
    }

    /// Copies a field from another message; when it has none, this one loses its own.
    public mutating func copy(_ element: DataElement, from other: Message) {
        if other.withBytes(of: element, { set(element, bytes: $0) }) == nil { remove(element) }
    }

    /// Takes a field away and overwrites its content.
    public mutating func remove(_ element: DataElement) {
        guard contains(element) else { return }
        let place = place(of: element)
        for index in spans[place].range { storage[index] = 0 }
        spans.remove(at: place)
        flip(element)
    }

    /// Takes all secret fields away and overwrites their contents; see ``DataElement/isSecret``.
    public mutating func removeSecrets() {
        for element in elements where element.isSecret { remove(element) }
    }

    /// Makes the bytes that were appended to ``storage`` from `start` on a field that was not there.
    private mutating func insert(_ element: DataElement, from start: Int) {
        let span = FieldSpan(offset: UInt32(start), length: UInt32(storage.count - start))
        let place = place(of: element)
        if place == spans.count { spans.append(span) } else { spans.insert(span, at: place) }
        flip(element)
    }

    /// Adds a field of which `write` appends the content to the buffer it is given.
    mutating func add(
        _ element: DataElement, _ write: (inout [UInt8]) throws(ISO8583Error) -> Void
    ) throws(ISO8583Error) {
        let start = storage.count
        try write(&storage)
        insert(element, from: start)
    }
}

extension Message: Equatable {
    /// Whether both have the same type and the same fields with the same contents.
    public static func == (left: Message, right: Message) -> Bool {
        guard left.mti == right.mti, left.primaryBitmap == right.primaryBitmap,
            left.secondaryBitmap == right.secondaryBitmap
        else { return false }
        return zip(left.spans, right.spans).allSatisfy { first, second in
            left.storage[first.range] == right.storage[second.range]
        }
    }
}
