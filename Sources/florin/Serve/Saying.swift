internal import Glibc

extension Terminal {
    /// Writes a text and ends its line.
    func say(_ text: String) { write(text + "\n") }
}

extension FileText {
    /// Whether there is a file.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
