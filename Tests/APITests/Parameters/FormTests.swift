import Core
import Testing

@testable import API

/// The tree as text: `a=1 b{c=2} d[3,4]`. For tests only; a form has no description of its own.
func dump(_ form: Form, _ index: Form.Index = Form.root) -> String {
    var parts: [String] = []
    var child = form.firstChild(index)
    while child != Form.none {
        let name = form.shape(index) == .appended ? "" : form.lastName(child)
        switch form.shape(child) {
        case .value: parts.append(form.shape(index) == .appended ? form.string(child) : "\(name)=\(form.string(child))")
        case .appended: parts.append("\(name)[\(dump(form, child))]")
        case .named: parts.append("\(name){\(dump(form, child))}")
        case .open: parts.append("\(name)?")
        }
        child = form.nextSibling(child)
    }
    return parts.joined(separator: form.shape(index) == .appended ? "," : " ")
}

@Suite("Form")
struct FormTests {
    @Test(
        "forms are read into trees",
        arguments: [
            ("", ""),
            ("a=1", "a=1"),
            ("a=1&b=2", "a=1 b=2"),
            ("a=", "a="),
            ("a", "a="),
            ("&&a=1&&", "a=1"),
            ("a=b=c", "a=b=c"),
            ("a=x+y%20z%2B", "a=x y z+"),
            ("a[b]=c", "a{b=c}"),
            ("a[b][c]=1&a[b][d]=2&a[e]=3", "a{b{c=1 d=2} e=3}"),
            ("a%5Bb%5D=c&a%5bd%5d=e", "a{b=c d=e}"),
            ("a[]=x&a[]=y", "a[x,y]"),
            ("a[0]=x&a[1]=y", "a{0=x 1=y}"),
            ("items[0][price]=p&items[0][quantity]=2&items[1][price]=q", "items{0{price=p quantity=2} 1{price=q}}"),
            ("i[][p]=1&i[][q]=2&i[][p]=3", "i[{p=1 q=2},{p=3}]"),
            ("i[][p][x]=1&i[][p][y]=2&i[][p]=3", "i[{p{x=1 y=2}},{p=3}]"),
            ("i[][p][x]=1&i[][p][y]=2", "i[{p{x=1 y=2}}]"),
            ("a=1&a=2", "a=2"),
            ("a[b]=1&a[b]=2", "a{b=2}"),
            ("a=1&b=2&a=3", "a=3 b=2"),
            ("metadata=", "metadata="),
            ("metadata[k]=", "metadata{k=}"),
            ("metadata[a b]=%C3%A9%F0%9F%98%80", "metadata{a b=é😀}"),
            (
                "phases[0][items][0][price_data][recurring][interval]=day",
                "phases{0{items{0{price_data{recurring{interval=day}}}}}}"
            ),
        ] as [(String, String?)])
    func trees(_ text: String, expected: String?) throws {
        guard let expected else {
            #expect(throws: APIError.self) { try Form(query: text) }
            return
        }
        #expect(dump(try Form(query: text)) == expected)
        #expect(dump(try Form(body: text.utf8)) == expected)
    }

    @Test(
        "what is no form is refused with 400",
        arguments: [
            "a=%", "a=%4", "a=%zz", "%=1", "a=%C3", "a=%C3&%A9=1", "a=%FF", "a=%00", "a%00=1", "a=%ED%A0%80",
            "a=1&a[b]=2", "a[b]=2&a=1", "a[]=1&a[0]=2", "a[0]=1&a[]=2", "a=&a[b]=1", "a[]=1&a=2",
        ])
    func refusals(_ text: String) {
        let error = #expect(throws: APIError.self) { try Form(query: text) }
        #expect(error?.status == 400)
    }

    @Test(
        "names with broken brackets are unknown parameters",
        arguments: ["a[b=1", "a]b=1", "[a]=1", "a[b]c=1", "a[b]]=1", "a[[b]]=1", "=1", "a[b][=1", "[]=1"])
    func brokenNames(_ text: String) {
        let error = #expect(throws: APIError.self) { try Form(query: text) }
        #expect(error?.code == "parameter_unknown")
        #expect(error?.param == String(text.dropLast(2)))
    }

    @Test("raw bytes that are no UTF-8 are refused in names and values")
    func rawBytes() {
        for bytes in [[0x61, 0x3d, 0xff], [0xc3, 0x3d, 0x61], [0x61, 0x3d, 0x00]] as [[UInt8]] {
            #expect(throws: APIError.self) { try Form(body: bytes) }
        }
    }

    @Test("bombs are refused: many pairs, deep brackets, long names, huge bodies")
    func bombs() throws {
        let pairs = (0..<Form.pairsMax).map { "k\($0)=v" }.joined(separator: "&")
        #expect(try Form(query: pairs).childCount(Form.root) == Form.pairsMax)
        #expect(throws: APIError.self) { try Form(query: pairs + "&one=more") }

        let deep = "a" + String(repeating: "[b]", count: Form.depthMax)
        #expect(throws: Never.self) { try Form(query: deep + "=1") }
        #expect(throws: APIError.self) { try Form(query: deep + "[b]=1") }
        #expect(throws: APIError.self) { try Form(query: "a" + String(repeating: "[b]", count: 50_000) + "=1") }
        #expect(throws: APIError.self) { try Form(query: "a" + String(repeating: "[", count: 50_000)) }

        let long = String(repeating: "n", count: Form.nameBytesMax)
        #expect(throws: Never.self) { try Form(query: long + "=1") }
        #expect(throws: APIError.self) { try Form(query: long + "n=1") }

        let huge = [UInt8](repeating: UInt8(ascii: "a"), count: Form.bytesMax - 2)
        #expect(try Form(body: Array("a=".utf8) + huge).string(1).utf8.count == huge.count)
        let error = #expect(throws: APIError.self) { try Form(body: Array("a==".utf8) + huge) }
        #expect(error?.status == 400)
        #expect(throws: APIError.self) { try Form(query: String(repeating: "a", count: 200_000), body: huge) }
    }

    @Test("a thousand names with one long beginning are read in a moment")
    func manyNeighbours() throws {
        let prefix = String(repeating: "n", count: 200)
        let text = (0..<Form.pairsMax).map { "\(prefix)\($0)=" }.joined(separator: "&")
        let start = Environment.monotonicNanoseconds()
        #expect(try Form(query: text).childCount(Form.root) == Form.pairsMax)
        // Generous: a debug build on a busy machine needs some 50 ms for the half million comparisons.
        #expect(Environment.monotonicNanoseconds() - start < 5_000_000_000)
    }

    @Test("a query and a body make one tree, the body wins")
    func merged() throws {
        #expect(dump(try Form(query: "a=1&b[c]=2", body: Array("a=3&b[d]=4".utf8))) == "a=3 b{c=2 d=4}")
    }

    @Test("elements come in the order of their places")
    func elements() throws {
        let form = try Form(query: "a[10]=x&a[2]=y&a[0]=z")
        let list = form.child(of: Form.root, named: "a")
        #expect(form.elements(list)?.map(form.string) == ["z", "y", "x"])
        let hash = try Form(query: "a[b]=x")
        #expect(hash.elements(hash.child(of: Form.root, named: "a")) == nil)
        let far = try Form(query: "a[99999]=x")
        #expect(far.elements(far.child(of: Form.root, named: "a")) == nil)
    }

    @Test("full names are written in brackets")
    func fullNames() throws {
        let form = try Form(query: "items[][price]=p&items[][price]=q")
        let items = form.child(of: Form.root, named: "items")
        let second = form.nextSibling(form.firstChild(items))
        #expect(form.fullName(form.firstChild(second)) == "items[1][price]")
        #expect(form.fullName(items) == "items")
    }

    @Test("random bytes and mutated forms never trap, and what is read is written back equal", arguments: 0..<8)
    func fuzz(_ seed: UInt64) throws {
        let random = SeededGenerator(seed: seed)
        let alphabet = Array("ab[]=&%+0125AF\u{e9}".utf8) + [0, 0xff]
        for _ in 0..<4_000 {
            let bytes = (0..<random.below(40)).map { _ in alphabet[random.below(alphabet.count)] }
            guard let form = try? Form(body: bytes) else { continue }
            let again = try Form(body: encode(form).utf8)
            #expect(dump(again) == dump(form), "seed \(seed): \(bytes)")
        }
    }

    /// The form as text again, everything escaped.
    private func encode(_ form: Form) -> String {
        var pairs: [String] = []
        func walk(_ index: Form.Index, _ name: String) {
            var child = form.firstChild(index)
            while child != Form.none {
                let part = form.shape(index) == .appended ? "" : escape(form.lastName(child))
                let full = index == Form.root ? part : "\(name)[\(part)]"
                if form.shape(child) == .value { pairs.append("\(full)=\(escape(form.string(child)))") }
                walk(child, full)
                child = form.nextSibling(child)
            }
        }
        walk(Form.root, "")
        return pairs.joined(separator: "&")
    }

    private func escape(_ text: String) -> String { text.utf8.map { "%" + Hex.encode([$0]) }.joined() }
}
