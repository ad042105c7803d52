/// Stops the process when something is false that Florin's own code must keep true.
///
/// For programmer errors only, in every build. Input is never checked with it: bad input is a refusal.
@inlinable
public func invariant(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { preconditionFailure("Broken invariant: \(message())", file: file, line: line) }
}
