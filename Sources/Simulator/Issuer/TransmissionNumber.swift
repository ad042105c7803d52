internal import Core

/// DE7 as a number: month, day, hour, minute and second in UTC, without a year.
enum TransmissionNumber {
    /// The number of a moment: 1123143005 for 23 November, 14:30:05.
    static func of(_ time: Timestamp) -> Int {
        let date = time.utc
        return (((date.month * 100 + date.day) * 100 + date.hour) * 100 + date.minute) * 100 + date.second
    }

    /// Whether one moment was before another, if they are less than half a year apart.
    static func isEarlier(_ first: Int, than second: Int) -> Bool {
        let months = abs(first / 100_000_000 - second / 100_000_000)
        return months > 6 ? first > second : first < second
    }
}
