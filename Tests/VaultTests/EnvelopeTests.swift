import Core
import Crypto
import Testing

@testable import Vault

@Suite("Envelope")
struct EnvelopeTests {
    private let key = SymmetricKey(size: .bits256)
    private let context = SealingContext("test").with(7).with("vlt_1")

    private func seal(_ text: String) -> [UInt8] {
        Array(text.utf8).withUnsafeBufferPointer { Envelope.seal($0, with: key, context: context, .live) }
    }

    private func open(_ blob: [UInt8], _ key: SymmetricKey? = nil, _ context: SealingContext? = nil) -> String? {
        Envelope.open(blob, with: key ?? self.key, context: context ?? self.context)?
            .withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test("what was sealed opens again")
    func roundTrip() {
        let blob = seal("4242")
        #expect(blob.count == 12 + 4 + 16)
        #expect(open(blob) == "4242")
        #expect(open(seal("")) == "")
    }

    @Test("a blob with any bit changed does not open, nor one that was cut")
    func tampering() {
        let blob = seal("4242")
        for index in blob.indices {
            for bit in 0..<8 {
                var changed = blob
                changed[index] ^= 1 << UInt8(bit)
                #expect(open(changed) == nil)
            }
            #expect(open(Array(blob.prefix(index))) == nil)
        }
        #expect(open(blob + [0]) == nil)
    }

    @Test("a blob opens with its key and in its context alone")
    func belonging() {
        let blob = seal("4242")
        #expect(open(blob, SymmetricKey(size: .bits256)) == nil)
        #expect(open(blob, nil, SealingContext("test").with(8).with("vlt_1")) == nil)
        #expect(open(blob, nil, SealingContext("test").with(7).with("vlt_2")) == nil)
        #expect(open(blob, nil, SealingContext("tent").with(7).with("vlt_1")) == nil)
        #expect(open(blob, nil, SealingContext("test").with(7)) == nil)
    }

    @Test("contexts of different fields never have the same bytes")
    func contexts() {
        #expect(SealingContext("a").with("bc").bytes != SealingContext("ab").with("c").bytes)
        #expect(SealingContext("a").with("").with("b").bytes != SealingContext("a").with("b").with("").bytes)
        #expect(SealingContext("a").with(1).bytes != SealingContext("a").with("1").bytes)
    }

    @Test("the same secret is another blob each time")
    func nonces() {
        let blobs = Set((0..<1_000).map { _ in seal("4242") })
        #expect(blobs.count == 1_000)
        #expect(Set(blobs.map { Array($0.prefix(12)) }).count == 1_000)
    }
}
