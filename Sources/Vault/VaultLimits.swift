/// How much of everything the vault takes, holds and tries.
enum VaultLimits {
    /// ISO/IEC 7812-1: a card number has up to 19 digits. The shortest in use have 12.
    static let cardDigits = 12...19
    /// PCI DSS lets the first eight digits be kept beside the last four only where the number has this many.
    static let digitsForLongBIN = 16

    /// Encrypted cards held in memory, so that a payment reads nothing from the disk for a card it just stored.
    static let cardsCached = 8_192
    /// Merchants whose data keys are held in memory.
    static let keySetsCached = 65_536
    /// Data keys that one merchant can have: at one a month, for 83 years.
    static let dataKeysPerOwner = 1_000
    /// How long one data key encrypts new cards. Afterwards it only decrypts, and a new one is made.
    ///
    /// This is what bounds the encryptions under one key, see ``Envelope``.
    static let dataKeyLifetimeDays: Int64 = 30

    /// How often a row is made anew when its key turns out to be taken.
    static let commitTriesMax = 4

    /// Readers of the vault's database.
    static let storeReaders = 2
    /// A key file is far smaller; what is larger is no key file.
    static let keyFileBytesMax = 4_096
    /// The largest memory a key file may ask scrypt for, 128 × N × r bytes.
    static let scryptMemoryBytesMax = 256 << 20
    /// The largest parallelism a key file may ask scrypt for.
    static let scryptParallelismMax = 16
}
