/// What is wrong with an ISO 8583 message, and where.
///
/// It never carries the content of a field, so it may be logged.
public struct ISO8583Error: Error, Hashable, Sendable {
    /// The kinds of mistakes.
    public enum Problem: Hashable, Sendable {
        /// The bytes end before the field does.
        case truncated(needed: Int, available: Int)
        /// The message type is not four digits.
        case invalidMessageType
        /// The bitmap is not hexadecimal.
        case invalidBitmap
        /// The bitmap asks for a third bitmap, which no supported dialect has.
        case unsupportedBitmap
        /// The dialect does not define the field.
        case undefinedField
        /// The length in front of the field is not a number, or not a possible one.
        case invalidLength
        /// The content is longer than the dialect allows. Lengths are characters, or bytes of a binary field.
        case tooLong(length: Int, maximum: Int)
        /// The content does not fill a field of fixed length that is not padded.
        case tooShort(length: Int, minimum: Int)
        /// A byte that the kind of field does not allow.
        case invalidCharacter
        /// Bytes follow the last field.
        case trailingBytes(Int)
        /// The parts of the field, such as the amounts in DE54, do not have the form that the field prescribes.
        case malformedContent
    }

    /// The number of the field: 0 for the message type, 1 for the bitmaps, 2…128 for data elements.
    public let field: Int
    /// Bytes from the start of the message, or characters from the start of the field for `malformedContent`.
    public let offset: Int
    /// What is wrong there.
    public let problem: Problem

    /// A mistake in `field`, `offset` bytes from the start.
    public init(field: Int, offset: Int, problem: Problem) {
        self.field = field
        self.offset = offset
        self.problem = problem
    }
}

extension ISO8583Error: CustomStringConvertible {
    /// A sentence for logs, without the content of any field.
    public var description: String { "DE\(field) at byte \(offset): \(problem)" }
}
