/// Finds the known name that a mistyped one most likely meant.
enum Suggestion {
    /// The nearest of `names`, if it is near: at most two slips, in a short word one.
    static func nearest(to typed: String, among names: some Sequence<String>) -> String? {
        let lengthMax = 64
        let word = Array(typed.lowercased().utf8)
        guard (2...lengthMax).contains(word.count) else { return nil }
        let slipsMax = word.count < 5 ? 1 : 2
        var best: (name: String, slips: Int)?
        for name in names where abs(name.utf8.count - word.count) <= slipsMax {
            let slips = distance(word, Array(name.utf8))
            if slips <= slipsMax, slips < best?.slips ?? .max { best = (name, slips) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1] + [Int](repeating: 0, count: right.count)
            for (column, other) in right.enumerated() {
                let replaced = last[column] + (byte == other ? 0 : 1)
                current[column + 1] = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    current[column + 1] = min(current[column + 1], beforeLast[column - 1] + 1)
                }
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
