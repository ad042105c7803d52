/// Writes a form as bytes that do not depend on the order of the request, for the fingerprint of an idempotency key.
///
/// A fingerprint is stored, so what must not be stored is not in it: of a card number only the last four digits, of a
/// card's check number and other secrets nothing but that they were given. A keyed hash would hide them as well, but
/// PCI DSS 3.3.1 forbids keeping a check number in any form.
struct CanonicalForm {
    let form: Form

    private enum Mark {
        static let value: UInt8 = 1
        static let hash: UInt8 = 2
        static let secret: UInt8 = 3
    }

    func append(_ index: Form.Index, kind: Schema.Kind?, to bytes: inout [UInt8]) {
        guard form.shape(index) == .value else { return appendChildren(of: index, kind: kind, to: &bytes) }
        switch kind {
        case .cardNumber:
            bytes.append(Mark.secret)
            form.withValue(index) { append(UnsafeBufferPointer(rebasing: $0.suffix(4)), to: &bytes) }
        case .secret:
            bytes.append(Mark.secret)
        default:
            bytes.append(Mark.value)
            form.withValue(index) { append($0, to: &bytes) }
        }
    }

    private func appendChildren(of index: Form.Index, kind: Schema.Kind?, to bytes: inout [UInt8]) {
        bytes.append(Mark.hash)
        append(length: form.childCount(index), to: &bytes)
        var children: [Form.Index] = []
        children.reserveCapacity(form.childCount(index))
        var child = form.firstChild(index)
        while child != Form.none {
            children.append(child)
            child = form.nextSibling(child)
        }
        if form.shape(index) == .named { children.sort(by: precedes) }
        for child in children {
            appendName(child, to: &bytes)
            append(child, kind: self.kind(of: child, in: kind), to: &bytes)
        }
    }

    private func precedes(_ left: Form.Index, _ right: Form.Index) -> Bool {
        form.withName(left) { first in
            form.withName(right) { second in
                guard let first, let second else { return false }
                return first.count == second.count
                    ? first.lexicographicallyPrecedes(second) : first.count < second.count
            }
        }
    }

    /// The name, or for an element written `[]` the place that `[0]` would have said.
    private func appendName(_ index: Form.Index, to bytes: inout [UInt8]) {
        let isNamed = form.withName(index) { name in
            if let name { append(name, to: &bytes) }
            return name != nil
        }
        guard !isNamed else { return }
        var name = form.lastName(index)
        name.withUTF8 { append($0, to: &bytes) }
    }

    private func kind(of child: Form.Index, in kind: Schema.Kind?) -> Schema.Kind? {
        switch kind {
        case .object(let schema), .either(_, let schema):
            form.withName(child) { name in name.flatMap { schema.place(named: $0) } }.map { schema.fields[$0].kind }
        case .list(let element): element
        default: nil
        }
    }

    private func append(_ slice: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        append(length: slice.count, to: &bytes)
        bytes.append(contentsOf: slice)
    }

    private func append(length: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: 16, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }
}
