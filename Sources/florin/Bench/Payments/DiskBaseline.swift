import Glibc

/// How often the disk under a folder confirms a small write: what every durable commit has to wait for.
enum DiskBaseline {
    private static let blockLength = 4_096

    /// Appends 4 KiB and waits for the disk, again and again; gives the rate per second, or nil where that fails.
    static func measure(folder: String, seconds: Double) -> Double? {
        let path = folder + "/disk-baseline"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer {
            close(descriptor)
            unlink(path)
        }
        let block = [UInt8](repeating: 0x5a, count: blockLength)
        let watch = Stopwatch()
        var count = 0
        while watch.seconds < seconds {
            guard write(descriptor, block, blockLength) == blockLength, fdatasync(descriptor) == 0 else { return nil }
            count += 1
        }
        return Double(count) / watch.seconds
    }
}
