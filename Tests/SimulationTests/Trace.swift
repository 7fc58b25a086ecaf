import Foundation

/// What happened, as a number that two runs share only if they were the same, and on demand as text.
final class Trace {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var count = 0
    private let file: FileHandle?

    /// - Parameter path: where to write a line for each thing that happens; nil: nowhere.
    init(path: String? = nil) {
        file = path.flatMap { path in
            FileManager.default.createFile(atPath: path, contents: nil) ? FileHandle(forWritingAtPath: path) : nil
        }
    }

    func add(_ moment: Int64, _ what: @autoclosure () -> String, _ bytes: [UInt8] = []) {
        count += 1
        let what = what()
        mix(UInt64(bitPattern: moment))
        for byte in what.utf8 { mix(UInt64(byte)) }
        for byte in bytes { mix(UInt64(byte)) }
        guard let file else { return }
        let text = bytes.isEmpty ? "" : " " + String(decoding: bytes.map { $0 < 32 ? 46 : $0 }, as: UTF8.self)
        try? file.write(contentsOf: Data("\(moment) \(what)\(text)\n".utf8))
    }

    /// FNV-1a.
    private func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01B3 }
}
