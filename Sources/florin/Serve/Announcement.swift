internal import Core
internal import Glibc
internal import NIOCore
internal import Platform
internal import Storage
internal import Vault

/// What a server says when it is ready.
enum Announcement {
    static func text(url: String, keys: SandboxKeys?, options: ServeOptions) -> String {
        var text = "florin is ready on \(url)\n\n"
        if let database = options.databases { text += "  database         \(database.main)\n" }
        text += "  data folder      \(options.folder)\n"
        guard options.roles.contains(.api) else {
            return text + "  roles            \(options.roles.map(\.rawValue).sorted().joined(separator: ", "))\n"
        }
        guard let keys else { return text + "  keys             in sandbox.json of the folder that made the account\n" }
        return text + """
              secret key       \(keys.secretKey)
              publishable key  \(keys.publishableKey)

            Take a payment:

              curl \(url)/v1/payment_intents \\
                -u \(keys.secretKey): \\
                -d amount=2000 -d currency=usd -d payment_method=pm_card_visa -d confirm=true \\
                -d "automatic_payment_methods[enabled]=true" \\
                -d "automatic_payment_methods[allow_redirects]=never"

            """
    }
}

/// Why a server does not start, for the person who started it.
enum StartFailure {
    static func sentence(_ error: any Error, _ options: ServeOptions) -> String {
        switch error {
        case let error as StoreError: error.description
        case let error as VaultError:
            if case .otherKeyFile = error { "\(options.folder)/vault.key: \(error)" } else { error.description }
        case let error as SeatTaken: error.description
        case let error as SandboxKeysMissing:
            "The folder \(options.folder) holds an account, but \(error.path) with its keys is missing. Put it back, "
                + "or start on another folder."
        case let error as IOError where error.errnoCode == EADDRINUSE:
            "Port \(options.port) on \(options.host) is in use. Stop what listens there, or choose another with --port."
        case let error as IOError where error.errnoCode == EACCES:
            "Port \(options.port) on \(options.host) needs more rights. Choose one above 1023 with --port."
        default: "florin could not start: \(error)"
        }
    }
}
