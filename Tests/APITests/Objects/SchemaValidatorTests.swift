import Core
import Testing

@Suite("schema validator")
struct SchemaValidatorTests {
    @Test(
        "finds what does not fit",
        arguments: [
            (#"{"id":"a"}"#, [String]()),
            (#"{"id":"a","kind":"x","parts":["b",{"id":"c"}],"note":null,"tags":{"k":"v"}}"#, []),
            (#"{}"#, ["thing.id: missing"]),
            (#"{"id":null}"#, ["thing.id: null is not allowed"]),
            (#"{"id":1}"#, ["thing.id: no string"]),
            (#"{"id":"a","kind":"z"}"#, [#"thing.kind: string("z") is no choice"#]),
            (#"{"id":"a","parts":"b"}"#, ["thing.parts: no array"]),
            (#"{"id":"a","parts":[{}]}"#, ["thing.parts[0]: no string"]),
            (#"{"id":"a","other":1}"#, ["thing.other: not in the schema"]),
            (#"{"id":"a","id":"b"}"#, ["thing: a field twice"]),
            (#"{"id":"a","tags":{"k":1}}"#, ["thing.tags.k: no string"]),
            (#"[]"#, ["thing: no object"]),
        ])
    func problems(_ text: String, _ expected: [String]) throws {
        let thing = try JSONValue(
            parsing: #"""
                {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "string"},
                    "kind": {"type": "string", "enum": ["x", "y"]},
                    "note": {"type": "string", "nullable": true},
                    "parts": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "thing"}]}},
                    "tags": {"type": "object", "additionalProperties": {"type": "string"}}
                }}
                """#)
        let validator = SchemaValidator(schemas: ["thing": thing])
        #expect(validator.problems(of: try JSONValue(parsing: text), schema: "thing") == expected)
    }
}
