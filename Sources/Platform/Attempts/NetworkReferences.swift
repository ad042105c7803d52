import Core
import Payments
import Synchronization

/// Gives each message to the network its reference: a trace number that is unique with the second of transmission, and
/// a retrieval reference of the form `YDDDhh` and six base-36 digits.
///
/// The first digit of both is this process's seat, so that nodes never give the same one. What follows counts up from a
/// start that follows the clock, so whoever takes a seat later does not repeat what its last owner used: a restarted
/// process, or one that lost its seat and took this one.
final class NetworkReferences: Sendable {
    private struct Count {
        var share: Int?
        var trace = 0
        var retrieval = 0
    }

    private let seat: Seat
    private let environment: Environment
    private let count = Mutex(Count())

    /// Trace numbers of one seat.
    static let traceNumbers = 100_000
    private static let traceNumbersPerMillisecond = 100
    /// Retrieval references of one seat in an hour: 36⁵.
    private static let retrievalsPerHour = 60_466_176
    private static let retrievalsPerMillisecond = 16

    init(_ environment: Environment, _ seat: Seat = .alone) {
        self.seat = seat
        self.environment = environment
    }

    /// - throws: when this process may have lost its seat.
    func next(at now: Timestamp) throws(PlatformError) -> NetworkReference {
        let share = try seat.place().share
        let (trace, retrieval) = count.withLock { count in
            if count.share != share {
                let start = environment.now().milliseconds
                count.share = share
                count.trace = Int(start % 1_000) * Self.traceNumbersPerMillisecond
                count.retrieval = Int(start % 3_600_000) * Self.retrievalsPerMillisecond
            }
            count.trace += 1
            count.retrieval += 1
            return (count.trace % Self.traceNumbers, count.retrieval % Self.retrievalsPerHour)
        }
        return NetworkReference(
            transmittedAt: Timestamp(seconds: now.seconds), traceNumber: share * Self.traceNumbers + trace,
            retrievalReference: Self.retrievalReference(now, share * Self.retrievalsPerHour + retrieval))
    }

    static func retrievalReference(_ now: Timestamp, _ count: Int) -> String {
        let date = now.utc
        let newYear = Timestamp.daysBeforeYear(date.year)
        let dayOfYear = Int(now.startOfDay.milliseconds / 86_400_000 - newYear) + 1
        var text: [UInt8] = []
        text.reserveCapacity(12)
        DecimalText.append(date.year % 10, paddedTo: 1, to: &text)
        DecimalText.append(dayOfYear, paddedTo: 3, to: &text)
        DecimalText.append(date.hour, paddedTo: 2, to: &text)
        var rest = count
        var digits: [UInt8] = []
        for _ in 0..<6 {
            let digit = UInt8(rest % 36)
            digits.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
            rest /= 36
        }
        text.append(contentsOf: digits.reversed())
        return String(decoding: text, as: UTF8.self)
    }
}
