extension ChainEncoder {
    /// The field in which turning one single bit makes a transaction agree with its hash again, if there is one.
    ///
    /// A hash tells that something is different, not what. But a failing disk or memory turns one bit, and there are
    /// only some thousand in a transaction: trying them all takes milliseconds and names the field.
    mutating func fieldOfFlippedBit(
        in recorded: RecordedTransaction, after previousHash: [UInt8], hash: [UInt8]
    ) -> RecordedField? {
        encodeMarked(recorded, after: previousHash)
        assert(marks.first?.start == BookHead.hashLength + 1, "The first field follows the hash and the version")
        var damaged = bytes
        let first = BookHead.hashLength
        let bitCount = min((damaged.count - first) * 8, LedgerLimits.flipsTriedMax)
        for bit in 0..<max(bitCount, 0) {
            let index = first + bit / 8
            let mask = UInt8(1) << UInt8(bit % 8)
            damaged[index] ^= mask
            if damaged.withUnsafeBytes({ Self.hash($0) }) == hash {
                return marks.last { $0.start <= index }?.field
            }
            damaged[index] ^= mask
        }
        return nil
    }
}
