/// A query in Stripe's search language: up to ten clauses, all of which must hold or any of which may.
///
///     status:'succeeded' AND amount>1000 AND -metadata['order']:null
///
/// It is a value that says of one object at a time whether it matches; whoever holds the objects walks them newest
/// first.
struct SearchQuery: Sendable, Hashable {
    /// How many clauses one query may have.
    static let clausesMax = 10
    /// How long the text may be, in characters.
    static let charactersMax = 2_000
    /// The least that a substring may be.
    static let substringMin = 3

    /// How the clauses are combined. The language has no parentheses and does not mix the two.
    enum Combination: Sendable, Hashable { case all, any }

    /// What a clause looks at.
    enum Field: Sendable, Hashable {
        /// `billing_details.address.postal_code`
        case named(String)
        /// `metadata['order']`
        case metadata(String)
    }

    /// What a clause asks of its field.
    enum Condition: Sendable, Hashable {
        /// `:'x'`, either case. Identifiers differ by case, so of them the exact text is asked.
        case isText(String, isCaseSensitive: Bool)
        /// `~'x'`, either case; folded to lower case already.
        case contains(String)
        /// `:1`, `>1`, `>=1`, `<1`, `<=1`
        case within(IntegerBounds)
        /// `:null`
        case isAbsent
    }

    struct Clause: Sendable, Hashable {
        var field: Field
        var condition: Condition
        /// `-` in front: the object must not match.
        var isNegated: Bool
    }

    /// What an object holds in a field.
    enum Value: Sendable, Hashable {
        case text(String)
        case number(Int64)
        /// Of `disputed` and the like.
        case flag(Bool)
    }

    var combination: Combination
    var clauses: [Clause]

    /// Whether an object matches; `value` gives what it holds in a field, nil for nothing.
    func matches(_ value: (Field) -> Value?) -> Bool {
        switch combination {
        case .all: clauses.allSatisfy { $0.matches(value($0.field)) }
        case .any: clauses.contains { $0.matches(value($0.field)) }
        }
    }

    /// Seconds outside which nothing can match, so a walk may begin later and end sooner.
    var created: IntegerBounds {
        var bounds = IntegerBounds(lower: nil, upper: nil)
        guard combination == .all || clauses.count == 1 else { return bounds }
        for clause in clauses where clause.field == .named("created") && !clause.isNegated {
            guard case .within(let range) = clause.condition else { continue }
            if let lower = range.lower { bounds.raiseLower(to: lower) }
            if let upper = range.upper { bounds.cutUpper(to: upper) }
        }
        return bounds
    }

    /// The text that `field` must have in every object that matches, nil when the query leaves it open: a walk may then
    /// use an index on that field.
    func requiredText(of field: Field) -> String? {
        guard combination == .all || clauses.count == 1 else { return nil }
        for clause in clauses where clause.field == field && !clause.isNegated {
            if case .isText(let text, _) = clause.condition { return text }
        }
        return nil
    }
}

extension SearchQuery.Clause {
    func matches(_ value: SearchQuery.Value?) -> Bool { holds(value) != isNegated }

    private func holds(_ value: SearchQuery.Value?) -> Bool {
        switch (condition, value) {
        case (.isAbsent, nil): true
        case (.isAbsent, .text(let text)?): text.isEmpty
        case (.isText(let wanted, true), .text(let text)?): text == wanted
        case (.isText(let wanted, false), .text(let text)?): text.lowercased() == wanted.lowercased()
        case (.isText(let wanted, _), .flag(let flag)?): wanted.lowercased() == (flag ? "true" : "false")
        case (.contains(let part), .text(let text)?): text.lowercased().contains(part)
        case (.within(let bounds), .number(let number)?): bounds.contains(number)
        default: false
        }
    }
}
