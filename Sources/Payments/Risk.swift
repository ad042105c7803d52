/// What screening says of a payment before the network is asked.
public struct RiskAssessment: Hashable, Sendable {
    public enum Level: String, Sendable { case normal, elevated, highest }

    public var level: Level
    /// 0…99.
    public var score: Int64
    /// True: the network is not asked.
    public var isBlocked: Bool

    public init(level: Level, score: Int64, isBlocked: Bool) {
        self.level = level
        self.score = score
        self.isBlocked = isBlocked
    }

    /// What there is to say of a card without any signal.
    public static let normal = RiskAssessment(level: .normal, score: 20, isBlocked: false)
}
