extension Form {
    /// Reads a form-encoded body.
    init(body: some Sequence<UInt8>) throws(APIError) { try self.init(query: "", body: Array(body)) }

    /// Reads a query string, without the question mark.
    init(query: String) throws(APIError) { try self.init(query: query, body: []) }

    /// Reads both into one tree, the body last: what it names again replaces what the query said.
    init(query: String, body: [UInt8]) throws(APIError) {
        var parser = FormParser(capacity: query.utf8.count + body.count)
        for part in [Array(query.utf8), body] where !part.isEmpty {
            try part.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(APIError) in
                try parser.read(bytes)
            }
        }
        self = parser.form
    }
}

/// Reads `application/x-www-form-urlencoded` text with names in Stripe's brackets.
///
/// Brackets count whether they are percent-encoded or not. A name used twice holds the last value. `a[][b]` fills the
/// last element of `a` until it has a `b`, then begins another, as Ruby clients write arrays of hashes.
struct FormParser {
    private let text: FormText
    private let capacity: Int
    private var nodes: [Form.Node]
    private var pairs = 0

    init(capacity: Int) {
        self.capacity = capacity
        text = FormText(capacity: min(capacity, Form.bytesMax))
        nodes = [Form.Node(nameStart: Form.none, nameCount: 0, parent: Form.none)]
        nodes.reserveCapacity(48)
    }

    var form: Form { Form(text: text, nodes: nodes) }

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(APIError) {
        guard capacity <= Form.bytesMax else { throw .bodyTooLarge(maximumBytes: Form.bytesMax) }
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "&") {
                position += 1
                continue
            }
            pairs += 1
            guard pairs <= Form.pairsMax else {
                throw .malformedForm("there are more than \(Form.pairsMax) parameters")
            }
            let nameStart = text.count
            try decode(bytes, &position, until: UInt8(ascii: "="))
            let nameCount = text.count - nameStart
            guard nameCount <= Form.nameBytesMax else {
                throw .malformedForm("a parameter's name is longer than \(Form.nameBytesMax) bytes")
            }
            let leaf = try place(name: nameStart, count: nameCount)
            let valueStart = text.count
            if position < bytes.count, bytes[position] == UInt8(ascii: "=") {
                position += 1
                try decode(bytes, &position, until: UInt8(ascii: "&"))
            }
            nodes[Int(leaf)].valueStart = Int32(valueStart)
            nodes[Int(leaf)].valueCount = Int32(text.count - valueStart)
        }
    }

    /// Appends the decoded bytes up to `&`, or to `end` before it, and stops there.
    private func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, until end: UInt8
    ) throws(APIError) {
        let start = text.count
        var hasHighBytes = false
        loop: while position < bytes.count {
            var byte = bytes[position]
            switch byte {
            case end, UInt8(ascii: "&"):
                break loop
            case UInt8(ascii: "+"):
                byte = UInt8(ascii: " ")
            case UInt8(ascii: "%"):
                guard position + 2 < bytes.count, let high = FormParser.hexValue(bytes[position + 1]),
                    let low = FormParser.hexValue(bytes[position + 2])
                else { throw .malformedForm("a percent sign is not followed by two hexadecimal digits") }
                byte = high << 4 | low
                position += 2
            default:
                break
            }
            guard byte != 0 else { throw .malformedForm("parameters cannot hold the character NUL") }
            if byte >= 0x80 { hasHighBytes = true }
            text.append(byte)
            position += 1
        }
        if hasHighBytes {
            let slice = text.slice(Int32(start), Int32(text.count - start))
            guard String(validating: slice, as: UTF8.self) != nil else {
                throw .malformedForm("parameters must be encoded in UTF-8")
            }
        }
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    // MARK: The tree

    /// Finds or makes the node that a decoded name leads to, and makes it a value.
    private mutating func place(name start: Int, count: Int) throws(APIError) -> Form.Index {
        let end = start + count
        var partEnd = start
        while partEnd < end, byte(partEnd) != UInt8(ascii: "[") { partEnd += 1 }
        var node = try child(of: Form.root, from: start, to: partEnd, of: start..<end)
        var depth = 0
        while partEnd < end {
            depth += 1
            guard depth <= Form.depthMax else {
                throw .malformedForm("a parameter's name has more than \(Form.depthMax) brackets")
            }
            let partStart = partEnd + 1
            guard byte(partEnd) == UInt8(ascii: "[") else { throw malformedName(start..<end) }
            partEnd = partStart
            while partEnd < end, byte(partEnd) != UInt8(ascii: "]") { partEnd += 1 }
            guard partEnd < end else { throw malformedName(start..<end) }
            if partEnd == partStart {
                node = try element(of: node, rest: partEnd + 1..<end)
            } else {
                node = try child(of: node, from: partStart, to: partEnd, of: start..<end)
            }
            partEnd += 1
        }
        try give(.value, to: node)
        return node
    }

    private func byte(_ position: Int) -> UInt8 { text.slice(Int32(position), 1)[0] }

    /// The child named by the text between two places, made when it is not there.
    private mutating func child(
        of parent: Form.Index, from start: Int, to end: Int, of name: Range<Int>
    ) throws(APIError) -> Form.Index {
        let part = text.slice(Int32(start), Int32(end - start))
        guard !part.isEmpty, !part.contains(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }) else {
            throw malformedName(name)
        }
        try give(.named, to: parent)
        let existing = find(part, in: parent)
        if existing != Form.none { return existing }
        return append(Form.Node(nameStart: Int32(start), nameCount: Int32(end - start), parent: parent))
    }

    /// The child with this name. The last one first: clients write the parts of a hash one after the other.
    private func find(_ name: UnsafeBufferPointer<UInt8>, in parent: Form.Index) -> Form.Index {
        let last = nodes[Int(parent)].lastChild
        guard last != Form.none else { return Form.none }
        if isNamed(last, name) { return last }
        var child = nodes[Int(parent)].firstChild
        while child != last {
            if isNamed(child, name) { return child }
            child = nodes[Int(child)].nextSibling
        }
        return Form.none
    }

    private func isNamed(_ index: Form.Index, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let node = nodes[Int(index)]
        return text.equals(node.nameStart, node.nameCount, name)
    }

    /// The element that `[]` means: a new one, but for `[][b]` the last one while it has no `b`.
    private mutating func element(of parent: Form.Index, rest: Range<Int>) throws(APIError) -> Form.Index {
        try give(.appended, to: parent)
        let last = nodes[Int(parent)].lastChild
        if last != Form.none, nodes[Int(last)].shape == .named, rest.count > 2, byte(rest.lowerBound + 1) != 0x5d {
            var end = rest.lowerBound + 1
            while end < rest.upperBound, byte(end) != UInt8(ascii: "]") { end += 1 }
            let part = text.slice(Int32(rest.lowerBound + 1), Int32(end - rest.lowerBound - 1))
            // More brackets behind the name mean that the part may be there already: `a[][b][c]=1&a[][b][d]=2`.
            let known = find(part, in: last)
            if known == Form.none || (end + 1 < rest.upperBound && nodes[Int(known)].shape != .value) { return last }
        }
        let place = nodes[Int(parent)].childCount
        return append(Form.Node(nameStart: Form.none, nameCount: place, parent: parent))
    }

    private mutating func append(_ node: Form.Node) -> Form.Index {
        let index = Form.Index(nodes.count)
        let parent = Int(node.parent)
        nodes.append(node)
        if nodes[parent].lastChild == Form.none {
            nodes[parent].firstChild = index
        } else {
            nodes[Int(nodes[parent].lastChild)].nextSibling = index
        }
        nodes[parent].lastChild = index
        nodes[parent].childCount += 1
        return index
    }

    private mutating func give(_ shape: Form.Shape, to index: Form.Index) throws(APIError) {
        let before = nodes[Int(index)].shape
        guard before == .open || before == shape else { throw .conflictingShape(param: form.fullName(index)) }
        nodes[Int(index)].shape = shape
    }

    private func malformedName(_ name: Range<Int>) -> APIError {
        let bytes = text.slice(Int32(name.lowerBound), Int32(name.count))
        return .unknownParameters([String(decoding: bytes, as: UTF8.self)], suggestion: nil)
    }
}
