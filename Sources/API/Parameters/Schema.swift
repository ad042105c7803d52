import Glibc

/// The parameters that an endpoint takes, declared as data.
///
///     static let create = Schema([
///         .required("amount", .amount),
///         .required("currency", .currency),
///         .optional("capture_method", .enumeration(["automatic", "automatic_async", "manual"])),
///         .optional("metadata", .metadata),
///         .optional("items", .array(of: .hash([.required("price", .id), .optional("quantity", .integer(1...))]))),
///     ])
///     let parameters = try create.validate(form)
///
/// What is not declared is refused, and so is what does not have its kind. A schema of an endpoint takes `expand` as
/// well. It is immutable and shared, hence a class.
final class Schema: Sendable {
    /// A parameter of an endpoint or of a hash.
    struct Field: Sendable {
        let name: String
        let kind: Kind
        let isRequired: Bool
        /// True where an empty value means "remove what is there".
        let isUnsettable: Bool

        static func required(_ name: String, _ kind: Kind) -> Field {
            Field(name: name, kind: kind, isRequired: true, isUnsettable: kind.isUnsetByNature)
        }

        static func optional(_ name: String, _ kind: Kind) -> Field {
            Field(name: name, kind: kind, isRequired: false, isUnsettable: kind.isUnsetByNature)
        }

        /// Optional, and an empty value removes what is there.
        static func unsettable(_ name: String, _ kind: Kind) -> Field {
            Field(name: name, kind: kind, isRequired: false, isUnsettable: true)
        }
    }

    /// What a parameter may hold.
    enum Kind: Sendable {
        /// At most so many characters. Empty unsets it, unless `isEmptyRefused`.
        case text(max: Int, isEmptyRefused: Bool)
        case integer(ClosedRange<Int64>)
        /// Minor units, from 1 to eight digits.
        case amount
        case boolean
        /// Unix seconds.
        case timestamp
        case enumeration([String])
        case currency
        /// ISO 3166 alpha-2.
        case country
        case email
        case url
        /// Digits that may be spaced; never repeated in a message or a fingerprint.
        case cardNumber
        /// Never repeated in a message or a fingerprint.
        case secret(max: Int)
        case object(Schema)
        /// At most `Schema.elementsMax` elements.
        indirect case list(Kind)
        /// Either a single value or a hash, as `source` is.
        indirect case either(Kind, Schema)
        /// 50 keys of 40 characters with values of 500.
        case metadata
        /// An integer, or a hash of `gt`, `gte`, `lt` and `lte`.
        case range

        /// Kinds whose empty value always means "remove".
        fileprivate var isUnsetByNature: Bool {
            switch self {
            case .text(_, let isEmptyRefused): !isEmptyRefused
            case .metadata: true
            default: false
            }
        }
    }

    /// How long a text may be where nothing else is said, in characters.
    static let textMax = 5_000
    /// How many elements an array may have.
    static let elementsMax = 100

    /// In the order of their declaration.
    let fields: [Field]
    /// Fields with `isRequired`, by place.
    let requiredPlaces: [Int]
    /// Places of fields by the length of their names, then by the bytes, for ``place(named:)``.
    private let sortedPlaces: [Int]
    private let sortedNames: [ContiguousArray<UInt8>]

    /// A schema of a hash, which takes just these fields.
    init(hash fields: [Field]) {
        self.fields = fields
        requiredPlaces = fields.indices.filter { fields[$0].isRequired }
        let sorted = fields.indices
            .map { (place: $0, name: ContiguousArray(fields[$0].name.utf8)) }
            .sorted { Schema.isOrdered($0.name, $1.name) }
        sortedPlaces = sorted.map(\.place)
        sortedNames = sorted.map(\.name)
        for (name, next) in zip(sortedNames, sortedNames.dropFirst()) {
            precondition(name != next, "Schema: \(String(decoding: name, as: UTF8.self)) is declared twice")
        }
    }

    /// A schema of an endpoint: the fields, and `expand`.
    convenience init(_ fields: [Field]) { self.init(hash: fields + [.optional("expand", .expand)]) }

    private static func isOrdered(_ left: ContiguousArray<UInt8>, _ right: ContiguousArray<UInt8>) -> Bool {
        left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }

    /// The place of a field in ``fields``, or nil when there is none of this name.
    func place(named name: UnsafeBufferPointer<UInt8>) -> Int? {
        var low = 0
        var high = sortedNames.count
        while low < high {
            let middle = (low + high) / 2
            let order = sortedNames[middle].withUnsafeBufferPointer { Schema.order($0, name) }
            if order == 0 { return sortedPlaces[middle] }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The field of this name.
    func field(named name: StaticString) -> Field? {
        name.withUTF8Buffer { place(named: $0) }.map { fields[$0] }
    }

    private static func order(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        guard left.count == right.count else { return left.count - right.count }
        guard let start = left.baseAddress, let other = right.baseAddress else { return 0 }
        return Int(memcmp(start, other, left.count))
    }
}

extension Schema.Kind {
    /// A text of any length up to 5,000 characters; empty unsets it.
    static let string = Schema.Kind.text(max: Schema.textMax, isEmptyRefused: false)

    /// A text of at most `max` characters; empty unsets it.
    static func string(max: Int) -> Schema.Kind { .text(max: max, isEmptyRefused: false) }

    /// A text that must not be empty.
    static let nonEmptyString = Schema.Kind.text(max: Schema.textMax, isEmptyRefused: true)

    /// The id of an object. Whether it exists is for the handler to say.
    static let id = Schema.Kind.text(max: 255, isEmptyRefused: true)

    /// A number of at least `range.lowerBound`.
    static func integer(_ range: PartialRangeFrom<Int64>) -> Schema.Kind { .integer(range.lowerBound...Int64.max) }

    static let integer = Schema.Kind.integer(Int64.min...Int64.max)

    /// A hash with just these fields.
    static func hash(_ fields: [Schema.Field]) -> Schema.Kind { .object(Schema(hash: fields)) }

    /// An array of values or of hashes.
    static func array(of kind: Schema.Kind) -> Schema.Kind { .list(kind) }

    /// Paths of objects to answer whole instead of by id.
    static let expand = Schema.Kind.list(.nonEmptyString)

    static let address = Schema.Kind.hash([
        .optional("line1", .string), .optional("line2", .string), .optional("city", .string),
        .optional("state", .string), .optional("postal_code", .string), .unsettable("country", .country),
    ])

    /// The payer's name and address, as they come with a payment method.
    static let billingDetails = Schema.Kind.hash([
        .unsettable("address", .address), .unsettable("email", .email), .optional("name", .string),
        .optional("phone", .string),
    ])

    /// Where goods go.
    static let shipping = Schema.Kind.hash([
        .required("address", .address), .required("name", .nonEmptyString), .optional("phone", .string),
        .optional("carrier", .string), .optional("tracking_number", .string),
    ])
}

extension Schema {
    /// An endpoint without parameters of its own.
    static let none = Schema([])

    /// A list: pages, whatever filters it has, and `created` where the list can be narrowed by it.
    static func list(_ filters: [Field] = [], hasCreated: Bool = true) -> Schema {
        var fields: [Field] = [
            .optional("limit", .integer(1...Int64(ListQuery.limitMax))), .optional("starting_after", .id),
            .optional("ending_before", .id),
        ]
        if hasCreated { fields.append(.optional("created", .range)) }
        return Schema(fields + filters)
    }

    /// A search.
    static let search = Schema([
        .required("query", .nonEmptyString), .optional("limit", .integer(1...Int64(ListQuery.limitMax))),
        .optional("page", .nonEmptyString),
    ])
}
