internal import API
internal import Core
internal import Glibc
internal import Payments
internal import Platform
internal import Storage

/// The keys of the sandbox's account, in `sandbox.json` for people and tools to read.
///
/// The store keeps only their digests, so the file is the one place they stand in. It is readable by its owner alone.
///
/// The file says where the server listens, so it appears when one does; while one starts, the keys stand in a draft of
/// it.
struct SandboxKeys: Sendable {
    let secretKey: String
    let publishableKey: String

    static func path(in folder: String) -> String { folder + "/sandbox.json" }
    private static func draft(in folder: String) -> String { path(in: folder) + ".draft" }

    /// Makes the account on the first start, and reads its keys on every later one.
    /// Nil on a database whose account was made from another folder: its keys stand there.
    static func prepare(
        in options: ServeOptions, store: Store, environment: Environment
    ) async throws -> SandboxKeys? {
        if try await Installation.exists(in: store) { return try known(in: options) }
        let fees = FeeSchedule(
            domesticPartsPerMillion: options.domesticPartsPerMillion,
            crossBorderPartsPerMillion: options.crossBorderPartsPerMillion,
            fixedHundredths: options.fixedHundredths)
        let keys = Installation.newKeys(environment)
        let made = SandboxKeys(secretKey: keys.secret, publishableKey: keys.publishable)
        // The file first: an account whose keys nobody knows could not be used.
        try write(made, url: nil, to: draft(in: options.folder))
        let isMade = try await Installation.make(
            keys, in: store, fees: fees, apiVersion: FlorinAPI.apiVersion, environment: environment)
        guard isMade else {
            // Another process was faster.
            unlink(draft(in: options.folder))
            return nil
        }
        return made
    }

    private static func known(in options: ServeOptions) throws -> SandboxKeys? {
        rename(path(in: options.folder), draft(in: options.folder))
        if let text = FileText.read(draft(in: options.folder)), let file = SandboxFile(json: text) {
            return SandboxKeys(secretKey: file.secretKey, publishableKey: file.publishableKey ?? "")
        }
        guard options.databases != nil else { throw SandboxKeysMissing(path: path(in: options.folder)) }
        return nil
    }

    /// Tells where the server listens, and the keys if they are known; the file appears whole.
    static func announce(_ keys: SandboxKeys?, url: String, folder: String) throws {
        try write(keys, url: url, to: path(in: folder))
        unlink(draft(in: folder))
    }

    /// Puts the keys into a file, which is replaced whole or stays as it is.
    private static func write(_ keys: SandboxKeys?, url: String?, to path: String) throws {
        var json = JSONWriter(style: .indented, capacity: 512)
        json.object { json in
            json.field("url", url)
            if let keys {
                json.field("secret_key", keys.secretKey)
                json.field("publishable_key", keys.publishableKey)
            }
        }
        let fresh = path + ".new"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure(path: fresh, code: errno) }
        let bytes = json.bytes + [UInt8(ascii: "\n")]
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isDurable = written == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isDurable, rename(fresh, path) == 0 else { throw FileFailure(path: path, code: errno) }
    }
}

/// A store with an account, and no file that tells its keys.
struct SandboxKeysMissing: Error {
    let path: String
}

/// What the system said of a file.
struct FileFailure: Error, CustomStringConvertible {
    let path: String
    let code: Int32
    var description: String { "\(path): \(String(cString: strerror(code)))" }
}

/// What Florin takes from the process environment.
enum ProcessEnvironment {
    static var vaultPassphrase: String? {
        guard let value = getenv("FLORIN_VAULT_PASSPHRASE") else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
