// Tables that grow without a pause. A dictionary or an array of a million entries that doubles moves all of them at
// once: a tenth of a second in which the host answers nobody, and which a measurement would blame on Florin.

/// A dictionary in many pieces, each of which grows on its own.
struct PiecewiseDictionary<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private static var pieceCount: Int { 256 }

    private var pieces = [[Key: Value]](repeating: [:], count: Self.pieceCount)

    /// The value of a key; setting nil removes it.
    subscript(key: Key) -> Value? {
        get { pieces[Self.piece(of: key)][key] }
        _modify { yield &pieces[Self.piece(of: key)][key] }
    }

    /// Sets the value of a key; gives the one it had.
    mutating func updateValue(_ value: Value, forKey key: Key) -> Value? {
        pieces[Self.piece(of: key)].updateValue(value, forKey: key)
    }

    private static func piece(of key: Key) -> Int { Int(UInt(bitPattern: key.hashValue) % UInt(pieceCount)) }
}

/// An array in pieces of one size, which never move.
struct PiecewiseArray<Element: Sendable>: Sendable {
    private static var pieceSize: Int { 1_024 }

    private(set) var count = 0
    private var pieces: [[Element]] = []

    subscript(index: Int) -> Element {
        get { pieces[index / Self.pieceSize][index % Self.pieceSize] }
        _modify { yield &pieces[index / Self.pieceSize][index % Self.pieceSize] }
    }

    mutating func append(_ element: Element) {
        if count % Self.pieceSize == 0 {
            pieces.append([])
            pieces[pieces.count - 1].reserveCapacity(Self.pieceSize)
        }
        pieces[pieces.count - 1].append(element)
        count += 1
    }
}
