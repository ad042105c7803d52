import Core
import Money
import Payments

/// Validated parameters of a request, or of a hash inside it. Reading one costs a look through its neighbours, nothing
/// more.
///
/// Everything was checked when the schema made this, so an accessor answers nil for one of two reasons only: the
/// parameter was not given, or it was given empty to unset what is there (``isUnset(_:)`` tells which). Asking for a
/// name that the schema does not declare is a mistake of ours and stops a debug build.
struct Parameters: Sendable {
    private let form: Form
    private let node: Form.Index
    private let schema: Schema

    init(form: Form, node: Form.Index, schema: Schema) {
        self.form = form
        self.node = node
        self.schema = schema
    }

    /// No parameters at all.
    static let empty = Parameters(form: .empty, node: Form.root, schema: .none)

    private func index(_ name: StaticString) -> Form.Index {
        assert(schema.field(named: name) != nil, "Parameters: declare '\(name)' in the schema before reading it")
        return form.child(of: node, named: name)
    }

    /// The node of a value that is not empty.
    private func value(_ name: StaticString) -> Form.Index? {
        let index = index(name)
        return index == Form.none || form.shape(index) != .value || form.isEmptyValue(index) ? nil : index
    }

    /// The node of a hash or an array.
    private func container(_ name: StaticString) -> Form.Index? {
        let index = index(name)
        return index == Form.none || form.shape(index) == .value ? nil : index
    }

    // MARK: Whether

    /// True when the parameter was given, empty or not.
    func has(_ name: StaticString) -> Bool { index(name) != Form.none }

    /// True when the parameter was given empty, to remove what is there.
    func isUnset(_ name: StaticString) -> Bool {
        let index = index(name)
        return index != Form.none && form.isEmptyValue(index)
    }

    /// True when nothing was given at this level.
    var isEmpty: Bool { form.childCount(node) == 0 }

    // MARK: Single values

    func string(_ name: StaticString) -> String? { value(name).map(form.string) }

    func integer(_ name: StaticString) -> Int64? {
        value(name).flatMap { form.withValue($0) { DecimalInput.integer($0) } }
    }

    func boolean(_ name: StaticString) -> Bool? {
        value(name).flatMap { form.withValue($0) { DecimalInput.boolean($0) } }
    }

    func timestamp(_ name: StaticString) -> Timestamp? { integer(name).map { Timestamp(seconds: $0) } }

    func currency(_ name: StaticString) -> Currency? { string(name).flatMap { Currency(code: $0) } }

    /// A value of a closed set whose raw values the schema lists.
    func choice<Choice: RawRepresentable>(_ name: StaticString, _ type: Choice.Type = Choice.self) -> Choice?
    where Choice.RawValue == String { string(name).flatMap { Choice(rawValue: $0) } }

    /// A required text. The schema refused the request without it, so this throws only where it was declared optional.
    func string(required name: StaticString) throws(APIError) -> String {
        guard let value = string(name) else { throw missing(name) }
        return value
    }

    /// A required number, as ``string(required:)``.
    func integer(required name: StaticString) throws(APIError) -> Int64 {
        guard let value = integer(name) else { throw missing(name) }
        return value
    }

    /// A required currency, as ``string(required:)``.
    func currency(required name: StaticString) throws(APIError) -> Currency {
        guard let value = currency(name) else { throw missing(name) }
        return value
    }

    private func missing(_ name: StaticString) -> APIError { .missing(fullName(name)) }

    /// The bytes of a card number or another secret, valid only inside `body`; nil when it was not given.
    func withSecret<Result, Failure: Error>(
        _ name: StaticString, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let index = value(name) else { return nil }
        return try form.withValue(index, body)
    }

    // MARK: Hashes and arrays

    /// The parameters inside a hash; nil when it was not given or given empty.
    func hash(_ name: StaticString) -> Parameters? {
        guard let index = container(name) else { return nil }
        switch schema.field(named: name)?.kind {
        case .object(let schema), .either(_, let schema):
            return Parameters(form: form, node: index, schema: schema)
        case .range:
            return Parameters(form: form, node: index, schema: Schema.rangeBounds)
        default:
            return nil
        }
    }

    /// The hashes of an array; nil when it was not given or given empty.
    func array(_ name: StaticString) -> [Parameters]? {
        guard let index = container(name), case .list(.object(let schema)) = schema.field(named: name)?.kind else {
            return nil
        }
        return form.elements(index)?.map { Parameters(form: form, node: $0, schema: schema) }
    }

    /// The texts of an array; nil when it was not given or given empty.
    func strings(_ name: StaticString) -> [String]? {
        container(name).flatMap { form.elements($0)?.map(form.string) }
    }

    /// The paths under `expand`.
    var expandPaths: [String] { strings("expand") ?? [] }

    /// The whole name of a parameter, as errors write it: `items[0][price]`.
    func fullName(_ name: StaticString) -> String { form.fullName(of: "\(name)", in: node) }

    // MARK: Updates

    /// Applies what was said of one text: nothing given leaves it, empty removes it.
    func update(_ target: inout String?, _ name: StaticString) {
        if let value = string(name) { target = value } else if isUnset(name) { target = nil }
    }

    /// What was said of metadata; nil when nothing.
    func metadataUpdate(_ name: StaticString = "metadata") -> Metadata.Update? {
        let index = index(name)
        guard index != Form.none else { return nil }
        if form.shape(index) == .value { return .clear }
        var entries: [Metadata.Entry] = []
        entries.reserveCapacity(form.childCount(index))
        var child = form.firstChild(index)
        while child != Form.none {
            entries.append(Metadata.Entry(key: form.lastName(child), value: form.string(child)))
            child = form.nextSibling(child)
        }
        return .merge(entries)
    }

    /// Metadata with the update applied; refuses when it then has more than 50 keys.
    func metadata(merging current: Metadata, _ name: StaticString = "metadata") throws(APIError) -> Metadata {
        var merged = current
        do throws(PaymentRefusal) {
            try merged.apply(metadataUpdate(name))
        } catch {
            throw .invalidMetadata(MetadataLimits.tooManyKeys, param: fullName(name))
        }
        return merged
    }

    // MARK: Ranges

    /// The numbers that a range parameter lets through; nil when it was not given.
    func range(_ name: StaticString) -> IntegerBounds? {
        if let exact = integer(name) { return IntegerBounds(lower: exact, upper: exact) }
        guard let hash = hash(name) else { return nil }
        var bounds = IntegerBounds(lower: nil, upper: nil)
        if let value = hash.integer("gte") { bounds.raiseLower(to: value) }
        if let value = hash.integer("gt") { bounds.raiseLower(to: value + 1) }
        if let value = hash.integer("lte") { bounds.cutUpper(to: value) }
        if let value = hash.integer("lt") { bounds.cutUpper(to: value - 1) }
        return bounds
    }
}

extension Parameters {
    /// Appends the parameters as bytes that are equal for equal requests: names sorted, lengths before contents, and of
    /// secrets only what may be stored. Requests that mean different things never make the same bytes.
    func appendCanonical(to bytes: inout [UInt8]) {
        CanonicalForm(form: form).append(node, kind: .object(schema), to: &bytes)
    }
}

/// Whole numbers from `lower` to `upper`, both included; nil is unbounded.
struct IntegerBounds: Hashable, Sendable {
    private(set) var lower: Int64?
    private(set) var upper: Int64?

    mutating func raiseLower(to value: Int64) { lower = max(lower ?? value, value) }

    mutating func cutUpper(to value: Int64) { upper = min(upper ?? value, value) }

    func contains(_ value: Int64) -> Bool { value >= lower ?? .min && value <= upper ?? .max }
}
