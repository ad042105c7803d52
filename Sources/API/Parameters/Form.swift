import Glibc

/// The parameters of a request as a small tree: `a=1&b[c]=2&d[]=3` has the leaf `a`, the hash `b` and the list `d`.
///
/// A form is parsed once, in one pass, into two flat arrays: the decoded text of all names and values, and nodes that
/// point into it. Nothing is copied again until somebody asks for a string, so a typical payment costs a few
/// microseconds and two allocations. Card numbers pass through here: the text is overwritten when the form goes away,
/// and a form has no description that could end up in a log.
struct Form: Sendable {
    /// The most that a body or a query string may hold.
    static let bytesMax = 256 * 1_024
    /// How many `name=value` pairs there may be.
    static let pairsMax = 1_000
    /// How many brackets a name may have: `phases[0][items][0][price_data][recurring][interval]`.
    static let depthMax = 6
    /// How long a name may be, brackets included.
    static let nameBytesMax = 500

    /// A place in the tree.
    typealias Index = Int32

    /// The node that holds all parameters.
    static let root: Index = 0
    static let none: Index = -1

    /// What a node is, by how it was written.
    enum Shape: UInt8, Sendable {
        /// Named, but nothing was put there yet. Only the root of an empty form stays so.
        case open
        /// `a=1`
        case value
        /// `a[b]=1` and `a[0]=1`: which of hash and array is meant, the schema knows.
        case named
        /// `a[]=1`
        case appended
    }

    /// One name and what it holds.
    struct Node: Sendable {
        /// Where the name begins in the text; ``Form/none`` for elements written `[]`.
        var nameStart: Int32
        /// The length of the name; for an element written `[]` its place, from 0.
        var nameCount: Int32
        var valueStart: Int32 = 0
        var valueCount: Int32 = 0
        var parent: Index
        var firstChild: Index = Form.none
        var lastChild: Index = Form.none
        var nextSibling: Index = Form.none
        var childCount: Int32 = 0
        var shape = Shape.open
    }

    private let text: FormText
    private let nodes: [Node]

    init(text: FormText, nodes: [Node]) {
        self.text = text
        self.nodes = nodes
    }

    /// A request without parameters.
    static let empty = Form(
        text: FormText(capacity: 0), nodes: [Node(nameStart: none, nameCount: 0, parent: none)])

    func shape(_ index: Index) -> Shape { nodes[Int(index)].shape }

    func childCount(_ index: Index) -> Int { Int(nodes[Int(index)].childCount) }

    func firstChild(_ index: Index) -> Index { nodes[Int(index)].firstChild }

    func nextSibling(_ index: Index) -> Index { nodes[Int(index)].nextSibling }

    /// The value's bytes, valid only inside `body`; valid UTF-8 without NUL. Empty for anything but a value.
    func withValue<Result, Failure: Error>(
        _ index: Index, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let node = nodes[Int(index)]
        return try body(text.slice(node.valueStart, node.valueCount))
    }

    /// The name's bytes, valid only inside `body`; nil for an element written `[]`.
    func withName<Result>(_ index: Index, _ body: (UnsafeBufferPointer<UInt8>?) -> Result) -> Result {
        let node = nodes[Int(index)]
        return body(node.nameStart == Form.none ? nil : text.slice(node.nameStart, node.nameCount))
    }

    /// The value as a string; empty for anything but a value.
    func string(_ index: Index) -> String { withValue(index) { String(decoding: $0, as: UTF8.self) } }

    /// True when a value was given and is empty.
    func isEmptyValue(_ index: Index) -> Bool {
        let node = nodes[Int(index)]
        return node.shape == .value && node.valueCount == 0
    }

    /// The child of this name, or ``none``.
    func child(of index: Index, named name: UnsafeBufferPointer<UInt8>) -> Index {
        var child = nodes[Int(index)].firstChild
        while child != Form.none {
            let node = nodes[Int(child)]
            if node.nameStart != Form.none, text.equals(node.nameStart, node.nameCount, name) { return child }
            child = node.nextSibling
        }
        return Form.none
    }

    /// The child of this name, or ``none``.
    func child(of index: Index, named name: StaticString) -> Index {
        name.withUTF8Buffer { child(of: index, named: $0) }
    }

    /// The last part of a node's name: `price` of `items[0][price]`.
    func lastName(_ index: Index) -> String {
        withName(index) { name in
            name.map { String(decoding: $0, as: UTF8.self) } ?? String(nodes[Int(index)].nameCount)
        }
    }

    /// The whole name as errors write it: `items[0][price]`.
    func fullName(_ index: Index) -> String {
        let parent = nodes[Int(index)].parent
        guard parent != Form.none else { return "" }
        guard parent != Form.root else { return lastName(index) }
        return fullName(parent) + "[" + lastName(index) + "]"
    }

    /// The whole name that a child of `index` has or would have.
    func fullName(of child: String, in index: Index) -> String {
        index == Form.root ? child : fullName(index) + "[" + child + "]"
    }

    /// The children in the order of an array, or nil when their names are no places: `a[]`, or `a[0]`, `a[1]` in any
    /// order.
    func elements(_ index: Index) -> [Index]? {
        var children: [Index] = []
        children.reserveCapacity(childCount(index))
        var places: [Int] = []
        var isSorted = true
        var child = firstChild(index)
        while child != Form.none {
            guard let place = place(child) else { return nil }
            if let last = places.last, last > place { isSorted = false }
            places.append(place)
            children.append(child)
            child = nextSibling(child)
        }
        if isSorted { return children }
        return children.indices.sorted { places[$0] < places[$1] }.map { children[$0] }
    }

    /// The place of an element: written as a number of at most four digits, or counted.
    private func place(_ index: Index) -> Int? {
        withName(index) { name in
            guard let name else { return Int(nodes[Int(index)].nameCount) }
            guard (1...4).contains(name.count) else { return nil }
            var place = 0
            for byte in name {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                place = place * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return place
        }
    }
}

/// The decoded text of a form, overwritten with zeros when nobody holds it any more.
///
/// Written only while the form is parsed, by the one parser that made it; read-only from then on, hence Sendable.
final class FormText: @unchecked Sendable {
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(capacity: Int) {
        bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
        bytes.initialize(repeating: 0)
    }

    deinit {
        if let base = bytes.baseAddress { explicit_bzero(base, bytes.count) }
        bytes.deallocate()
    }

    func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    /// The bytes from `start` on. Valid while the text lives.
    func slice(_ start: Int32, _ count: Int32) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[Int(start)..<Int(start) + Int(count)])
    }

    func equals(_ start: Int32, _ count: Int32, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Int(count) == other.count else { return false }
        guard count > 0, let left = bytes.baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left + Int(start), right, Int(count)) == 0
    }
}
