import Payments

extension Schema {
    /// Checks a form against the schema: first that it knows every parameter, then what each one holds, then that all
    /// required ones are there. Of several faults of one sort the first in the order of the request is answered.
    ///
    /// Refuses with `parameter_unknown`, with the refusal of a kind such as `parameter_invalid_integer` or
    /// `parameter_invalid_empty`, and with `parameter_missing`.
    func validate(_ form: Form) throws(APIError) -> Parameters {
        var validator = SchemaValidator(form: form)
        validator.check(hash: Form.root, against: self)
        if let refusal = validator.refusal { throw refusal }
        return Parameters(form: form, node: Form.root, schema: self)
    }
}

/// Walks a form beside its schema and keeps the first fault of each sort.
private struct SchemaValidator {
    let form: Form
    private var unknown: [Form.Index] = []
    private var unknownSchema: Schema?
    private var invalid: APIError?
    private var missing: APIError?

    init(form: Form) { self.form = form }

    var refusal: APIError? {
        if let first = unknown.first {
            let suggestion = Suggestion.nearest(
                to: form.lastName(first), among: unknownSchema?.fields.map(\.name) ?? [])
            // A body full of unknown names is answered with the first few.
            return .unknownParameters(unknown.prefix(10).map(form.fullName), suggestion: suggestion)
        }
        return invalid ?? missing
    }

    private mutating func refuse(_ error: APIError) {
        if invalid == nil { invalid = error }
    }

    // MARK: Hashes

    mutating func check(hash index: Form.Index, against schema: Schema) {
        var given = 0
        var child = form.firstChild(index)
        while child != Form.none {
            if let place = form.withName(child, { name in name.flatMap { schema.place(named: $0) } }) {
                let field = schema.fields[place]
                if field.isRequired { given += 1 }
                check(child, against: field)
            } else {
                if unknown.isEmpty { unknownSchema = schema }
                unknown.append(child)
            }
            child = form.nextSibling(child)
        }
        if given < schema.requiredPlaces.count, missing == nil { missing = missingField(of: schema, in: index) }
    }

    private func missingField(of schema: Schema, in index: Form.Index) -> APIError? {
        for place in schema.requiredPlaces {
            var name = schema.fields[place].name
            let child = name.withUTF8 { form.child(of: index, named: $0) }
            if child == Form.none { return .missing(form.fullName(of: schema.fields[place].name, in: index)) }
        }
        return nil
    }

    private mutating func check(_ index: Form.Index, against field: Schema.Field) {
        if form.isEmptyValue(index) {
            if field.isRequired || !field.isUnsettable { refuse(.empty(form.fullName(index))) }
            return
        }
        check(index, kind: field.kind)
    }

    private mutating func check(_ index: Form.Index, kind: Schema.Kind) {
        switch kind {
        case .object(let schema):
            guard isHash(index) else { return refuse(.invalidHash(param: form.fullName(index))) }
            check(hash: index, against: schema)
        case .list(let element):
            checkElements(index, element)
        case .either(let single, let schema):
            if form.shape(index) == .value { return check(index, kind: single) }
            check(index, kind: .object(schema))
        case .metadata:
            checkMetadata(index)
        case .range:
            checkRange(index)
        default:
            guard form.shape(index) == .value else { return refuse(.invalidString(param: form.fullName(index))) }
            if form.isEmptyValue(index) { return refuse(.empty(form.fullName(index))) }
            if let error = ValueRule.refusal(of: index, in: form, kind: kind) { refuse(error) }
        }
    }

    private func isHash(_ index: Form.Index) -> Bool { form.shape(index) == .named }

    private mutating func checkElements(_ index: Form.Index, _ kind: Schema.Kind) {
        guard form.shape(index) != .value, let elements = form.elements(index) else {
            return refuse(.invalidArray(param: form.fullName(index)))
        }
        guard elements.count <= Schema.elementsMax else {
            return refuse(.arrayTooLong(maximum: Schema.elementsMax, param: form.fullName(index)))
        }
        for element in elements { check(element, kind: kind) }
    }

    // MARK: Kinds with rules of their own

    private mutating func checkMetadata(_ index: Form.Index) {
        let name = form.fullName(index)
        guard isHash(index) else { return refuse(.invalidHash(param: name)) }
        guard form.childCount(index) <= MetadataLimits.keysMax else {
            return refuse(.invalidMetadata(MetadataLimits.tooManyKeys, param: name))
        }
        var child = form.firstChild(index)
        while child != Form.none {
            if let reason = metadataFault(child) { refuse(.invalidMetadata(reason, param: name)) }
            child = form.nextSibling(child)
        }
    }

    private func metadataFault(_ index: Form.Index) -> String? {
        guard form.shape(index) == .value else {
            return
                "Metadata values must be strings, but for key \(APIError.quoted(form.lastName(index))) you passed in a "
                + "hash or an array."
        }
        let keyCount = form.withName(index) { $0.map(UTF8Text.characterCount) ?? 0 }
        guard keyCount <= MetadataLimits.keyMax else {
            return "Metadata keys can have up to \(MetadataLimits.keyMax) characters, but you passed in a key that is "
                + "\(keyCount) characters. Invalid key: \(APIError.quoted(form.lastName(index)))"
        }
        let valueCount = form.withValue(index, UTF8Text.characterCount)
        guard valueCount <= MetadataLimits.valueMax else {
            return
                "Metadata values can have up to \(MetadataLimits.valueMax) characters, but you passed in a value that "
                + "is \(valueCount) characters. Invalid value: \(APIError.quoted(form.string(index)))"
        }
        return nil
    }

    private mutating func checkRange(_ index: Form.Index) {
        if form.shape(index) == .value { return check(index, kind: .timestamp) }
        check(index, kind: .object(Schema.rangeBounds))
    }
}

extension Schema {
    /// The hash form of a range.
    static let rangeBounds = Schema(hash: [
        .optional("gt", .timestamp), .optional("gte", .timestamp), .optional("lt", .timestamp),
        .optional("lte", .timestamp),
    ])
}

/// What Stripe allows metadata to hold.
enum MetadataLimits {
    static let keysMax = Metadata.entriesMax
    static let keyMax = 40
    static let valueMax = 500
    static let tooManyKeys = "Metadata can have up to \(keysMax) keys."
}
