/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Milliseconds are what ids and timeouts need; Stripe's API speaks whole seconds, see ``seconds``.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch.
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public init(seconds: Int64) { self.milliseconds = seconds * 1_000 }

    /// Whole seconds since the Unix epoch, rounded down.
    public var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment `milliseconds` later (earlier when negative).
    public func adding(milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds + milliseconds)
    }

    /// The moment `days` times 24 hours later.
    public func adding(days: Int64) -> Timestamp { adding(milliseconds: days * 86_400_000) }

    /// Midnight UTC of the day this moment lies in.
    public var startOfDay: Timestamp {
        let day: Int64 = 86_400_000
        let remainder = ((milliseconds % day) + day) % day
        return Timestamp(milliseconds: milliseconds - remainder)
    }

    /// Days from 1970-01-01 to the first of January of a year.
    public static func daysBeforeYear(_ year: Int) -> Int64 {
        let last = Int64(year - 1)
        return 365 * (last - 1_969) + last / 4 - 492 - (last / 100 - 19) + last / 400 - 4
    }

    /// The civil date and time of day in UTC.
    ///
    /// The date algorithm is Howard Hinnant's `civil_from_days`, exact for the proleptic Gregorian calendar.
    public var utc: UTCDate {
        let total = seconds
        let days = total >= 0 ? total / 86_400 : (total - 86_399) / 86_400
        let secondOfDay = Int(total - days * 86_400)
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = Int(dayOfYear - (153 * monthIndex + 2) / 5 + 1)
        let month = Int(monthIndex < 10 ? monthIndex + 3 : monthIndex - 9)
        let year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        return UTCDate(
            year: year, month: month, day: day,
            hour: secondOfDay / 3_600, minute: secondOfDay / 60 % 60, second: secondOfDay % 60)
    }
}

/// A date and time of day in UTC.
public struct UTCDate: Hashable, Sendable {
    public let year: Int
    /// 1…12.
    public let month: Int
    /// 1…31.
    public let day: Int
    public let hour: Int
    public let minute: Int
    public let second: Int

    public init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }
}
