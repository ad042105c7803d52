/// The fields of each edition of ISO 8583.
///
/// Sources: ISO 8583:1987 and ISO 8583:1993, the tables of data elements. Where pyiso8583 and jPOS agree on another
/// length than the 1987 text, theirs is taken. DE36 is `z` in the standard, but both carry it as characters.
/// They disagree on DE66…69 where digits are packed: these are packed here, as the standard and jPOS have it.
extension MessageSpecification {
    static let edition1987: [EditionField] = [
        single1987,
        fields(46...48, .opaqueText, .lllvar(999)),
        fields(56...63, .opaqueText, .lllvar(999)),
        fields(74...81, .numeric, .fixed(10)),
        fields(82...85, .numeric, .fixed(12)),
        fields(86...89, .numeric, .fixed(16)),
        fields(105...127, .opaqueText, .lllvar(999)),
    ].flatMap { $0 }

    private static let single1987: [EditionField] = [
        EditionField(2, .numeric, .llvar(19)), EditionField(3, .numeric, .fixed(6)),
        EditionField(4, .numeric, .fixed(12)), EditionField(5, .numeric, .fixed(12)),
        EditionField(6, .numeric, .fixed(12)), EditionField(7, .numeric, .fixed(10)),
        EditionField(8, .numeric, .fixed(8)), EditionField(9, .numeric, .fixed(8)),
        EditionField(10, .numeric, .fixed(8)), EditionField(11, .numeric, .fixed(6)),
        EditionField(12, .numeric, .fixed(6)), EditionField(13, .numeric, .fixed(4)),
        EditionField(14, .numeric, .fixed(4)), EditionField(15, .numeric, .fixed(4)),
        EditionField(16, .numeric, .fixed(4)), EditionField(17, .numeric, .fixed(4)),
        EditionField(18, .numeric, .fixed(4)), EditionField(19, .numeric, .fixed(3)),
        EditionField(20, .numeric, .fixed(3)), EditionField(21, .numeric, .fixed(3)),
        EditionField(22, .numeric, .fixed(3)), EditionField(23, .numeric, .fixed(3)),
        EditionField(24, .numeric, .fixed(3)), EditionField(25, .numeric, .fixed(2)),
        EditionField(26, .numeric, .fixed(2)), EditionField(27, .numeric, .fixed(1)),
        EditionField(28, .signedAmount, .fixed(9)), EditionField(29, .signedAmount, .fixed(9)),
        EditionField(30, .signedAmount, .fixed(9)), EditionField(31, .signedAmount, .fixed(9)),
        EditionField(32, .numeric, .llvar(11)), EditionField(33, .numeric, .llvar(11)),
        EditionField(34, .text, .llvar(28)), EditionField(35, .track, .llvar(37)),
        EditionField(36, .text, .lllvar(104)), EditionField(37, .alphanumeric, .fixed(12)),
        EditionField(38, .alphanumeric, .fixed(6)), EditionField(39, .alphanumeric, .fixed(2)),
        EditionField(40, .alphanumeric, .fixed(3)), EditionField(41, .text, .fixed(8)),
        EditionField(42, .text, .fixed(15)), EditionField(43, .text, .fixed(40)),
        EditionField(44, .text, .llvar(25)), EditionField(45, .text, .llvar(76)),
        EditionField(49, .alphanumeric, .fixed(3)), EditionField(50, .alphanumeric, .fixed(3)),
        EditionField(51, .alphanumeric, .fixed(3)), EditionField(52, .binary, .fixed(8)),
        EditionField(53, .numeric, .fixed(16)), EditionField(54, .text, .lllvar(120)),
        EditionField(55, .binary, .lllvar(255)), EditionField(64, .binary, .fixed(8)),
        EditionField(66, .numeric, .fixed(1)), EditionField(67, .numeric, .fixed(2)),
        EditionField(68, .numeric, .fixed(3)), EditionField(69, .numeric, .fixed(3)),
        EditionField(70, .numeric, .fixed(3)), EditionField(71, .numeric, .fixed(4)),
        EditionField(72, .numeric, .fixed(4)), EditionField(73, .numeric, .fixed(6)),
        EditionField(90, .numeric, .fixed(42)), EditionField(91, .alphanumeric, .fixed(1)),
        EditionField(92, .numeric, .fixed(2)), EditionField(93, .text, .fixed(5)),
        EditionField(94, .text, .fixed(7)), EditionField(95, .alphanumeric, .fixed(42)),
        EditionField(96, .binary, .fixed(8)), EditionField(97, .signedAmount, .fixed(17)),
        EditionField(98, .text, .fixed(25)), EditionField(99, .numeric, .llvar(11)),
        EditionField(100, .numeric, .llvar(11)), EditionField(101, .text, .llvar(17)),
        EditionField(102, .text, .llvar(28)), EditionField(103, .text, .llvar(28)),
        EditionField(104, .opaqueText, .lllvar(100)), EditionField(128, .binary, .fixed(8)),
    ]

    static let edition1993: [EditionField] = [
        single1993,
        fields(59...63, .opaqueText, .lllvar(999)),
        fields(74...85, .numeric, .fixed(10)),
        fields(86...89, .numeric, .fixed(16)),
        fields(111...127, .opaqueText, .lllvar(999)),
    ].flatMap { $0 }

    private static let single1993: [EditionField] = [
        EditionField(2, .numeric, .llvar(19)), EditionField(3, .numeric, .fixed(6)),
        EditionField(4, .numeric, .fixed(12)), EditionField(5, .numeric, .fixed(12)),
        EditionField(6, .numeric, .fixed(12)), EditionField(7, .numeric, .fixed(10)),
        EditionField(8, .numeric, .fixed(8)), EditionField(9, .numeric, .fixed(8)),
        EditionField(10, .numeric, .fixed(8)), EditionField(11, .numeric, .fixed(6)),
        EditionField(12, .numeric, .fixed(12)), EditionField(13, .numeric, .fixed(4)),
        EditionField(14, .numeric, .fixed(4)), EditionField(15, .numeric, .fixed(6)),
        EditionField(16, .numeric, .fixed(4)), EditionField(17, .numeric, .fixed(4)),
        EditionField(18, .numeric, .fixed(4)), EditionField(19, .numeric, .fixed(3)),
        EditionField(20, .numeric, .fixed(3)), EditionField(21, .numeric, .fixed(3)),
        EditionField(22, .alphanumeric, .fixed(12)), EditionField(23, .numeric, .fixed(3)),
        EditionField(24, .numeric, .fixed(3)), EditionField(25, .numeric, .fixed(4)),
        EditionField(26, .numeric, .fixed(4)), EditionField(27, .numeric, .fixed(1)),
        EditionField(28, .numeric, .fixed(6)), EditionField(29, .numeric, .fixed(3)),
        EditionField(30, .numeric, .fixed(24)), EditionField(31, .text, .llvar(99)),
        EditionField(32, .numeric, .llvar(11)), EditionField(33, .numeric, .llvar(11)),
        EditionField(34, .text, .llvar(28)), EditionField(35, .track, .llvar(37)),
        EditionField(36, .text, .lllvar(104)), EditionField(37, .alphanumeric, .fixed(12)),
        EditionField(38, .alphanumeric, .fixed(6)), EditionField(39, .numeric, .fixed(3)),
        EditionField(40, .numeric, .fixed(3)), EditionField(41, .text, .fixed(8)),
        EditionField(42, .text, .fixed(15)), EditionField(43, .text, .llvar(99)),
        EditionField(44, .text, .llvar(99)), EditionField(45, .text, .llvar(76)),
        EditionField(46, .text, .lllvar(204)), EditionField(47, .opaqueText, .lllvar(999)),
        EditionField(48, .opaqueText, .lllvar(999)), EditionField(49, .alphanumeric, .fixed(3)),
        EditionField(50, .alphanumeric, .fixed(3)), EditionField(51, .alphanumeric, .fixed(3)),
        EditionField(52, .binary, .fixed(8)), EditionField(53, .binary, .llvar(48)),
        EditionField(54, .text, .lllvar(120)), EditionField(55, .binary, .lllvar(255)),
        EditionField(56, .numeric, .llvar(35)), EditionField(57, .numeric, .fixed(3)),
        EditionField(58, .numeric, .llvar(11)), EditionField(64, .binary, .fixed(8)),
        EditionField(66, .text, .lllvar(204)), EditionField(67, .numeric, .fixed(2)),
        EditionField(68, .numeric, .fixed(3)), EditionField(69, .numeric, .fixed(3)),
        EditionField(70, .numeric, .fixed(3)), EditionField(71, .numeric, .fixed(8)),
        EditionField(72, .opaqueText, .lllvar(999)), EditionField(73, .numeric, .fixed(6)),
        EditionField(90, .numeric, .fixed(10)), EditionField(91, .numeric, .fixed(3)),
        EditionField(92, .numeric, .fixed(3)), EditionField(93, .numeric, .llvar(11)),
        EditionField(94, .numeric, .llvar(11)), EditionField(95, .text, .llvar(99)),
        EditionField(96, .opaqueText, .lllvar(999)), EditionField(97, .signedAmount, .fixed(17)),
        EditionField(98, .text, .fixed(25)), EditionField(99, .alphanumeric, .llvar(11)),
        EditionField(100, .numeric, .llvar(11)), EditionField(101, .text, .llvar(17)),
        EditionField(102, .text, .llvar(28)), EditionField(103, .text, .llvar(28)),
        EditionField(104, .opaqueText, .lllvar(100)), EditionField(105, .numeric, .fixed(16)),
        EditionField(106, .numeric, .fixed(16)), EditionField(107, .numeric, .fixed(10)),
        EditionField(108, .numeric, .fixed(10)), EditionField(109, .text, .llvar(84)),
        EditionField(110, .text, .llvar(84)), EditionField(128, .binary, .fixed(8)),
    ]

    private static func fields(
        _ numbers: ClosedRange<Int>, _ content: FieldFormat.Content, _ length: FieldFormat.Length
    ) -> [EditionField] {
        numbers.map { EditionField($0, content, length) }
    }
}
