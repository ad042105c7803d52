internal import Core

/// DE7: month, day, hour, minute and second in UTC as ten digits, without a year.
enum TransmissionTime {
    /// The ten digits of a moment as a number: 1123143005 for 23 November, 14:30:05.
    static func number(_ time: Timestamp) -> UInt64 {
        let date = time.utc
        let day = date.month * 100 + date.day
        return UInt64(((day * 100 + date.hour) * 100 + date.minute) * 100 + date.second)
    }

    /// The moment that ten digits mean: the latest one that is not more than a day in the future. Nil when they name no
    /// moment of any year.
    static func moment(_ number: UInt64, near now: Timestamp) -> Timestamp? {
        let month = Int(number / 100_000_000)
        let day = Int(number / 1_000_000 % 100)
        let hour = Int(number / 10_000 % 100)
        let minute = Int(number / 100 % 100)
        let second = Int(number % 100)
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
        // Eight years back always reach a 29 February.
        let thisYear = now.utc.year
        for year in stride(from: thisYear + 1, through: thisYear - 8, by: -1) {
            let seconds = days(year: year, month: month, day: day) * 86_400
            let moment = Timestamp(seconds: seconds + Int64(hour * 3_600 + minute * 60 + second))
            let date = moment.utc
            if date.month == month, date.day == day, moment <= now.adding(days: 1) { return moment }
        }
        return nil
    }

    private static let daysBeforeMonth: [Int64] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

    /// Days since 1970-01-01.
    private static func days(year: Int, month: Int, day: Int) -> Int64 {
        let firstOfJanuary = Timestamp.daysBeforeYear(year)
        let isLeapYear = Timestamp.daysBeforeYear(year + 1) - firstOfJanuary == 366
        return firstOfJanuary + daysBeforeMonth[month - 1] + (isLeapYear && month > 2 ? 1 : 0) + Int64(day - 1)
    }
}
