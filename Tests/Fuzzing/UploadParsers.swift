internal import Foundation
internal import NIOCore
internal import Wire

@testable internal import Gateway

/// What comes with files: forms, names, ranges, links, the fields of tus.
enum UploadParsers {
    /// Whole, then a byte at a time: the same file has to come out.
    static func multipart(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let whole = file(bytes, portion: max(1, bytes.count))
        guard whole == file(bytes, portion: 1) else { return .unsound("depends on how the bytes come") }
        return whole == nil ? .refused : .taken
    }

    private static func file(_ bytes: [UInt8], portion: Int) -> [UInt8]? {
        guard var reader = MultipartReader(contentType: "multipart/form-data; boundary=b") else { return nil }
        var file: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: portion) {
            let piece = ByteBuffer(bytes: bytes[start..<min(bytes.count, start + portion)])
            guard let pieces = try? reader.feed(piece) else { return nil }
            for piece in pieces {
                switch piece {
                case .file(let name, let type): file += Array("\(name)|\(type ?? "")|".utf8)
                case .bytes(let buffer): file += Array(buffer.readableBytesView)
                }
            }
        }
        return reader.isComplete ? file : nil
    }

    /// What is made of any name says that name again.
    static func disposition(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let text = String(decoding: bytes, as: UTF8.self)
        let name = ContentDisposition.fileName(text)
        let again = ContentDisposition.field(isInline: false, fileName: text)
        guard again.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return .unsound("not printable") }
        if again.utf8.count <= ContentDisposition.bytesMax, ContentDisposition.fileName(again) != text {
            return .unsound("a name that reads otherwise once written")
        }
        return name == nil ? .refused : .taken
    }

    static func range(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let size: Int64 = 10
        switch ByteRange(String(decoding: bytes, as: UTF8.self), size: size) {
        case .whole, .unsatisfiable: return .refused
        case .part(let part):
            return !part.isEmpty && part.lowerBound >= 0 && part.upperBound <= size
                ? .taken : .unsound("a range outside")
        }
    }

    static func fileLink(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let file = UploadID(bits: UUIDBits(high: 1, low: 2))
        guard let link = FileLink(file: file, signature: String(decoding: bytes, as: UTF8.self)) else {
            return .refused
        }
        return FileLink(file: file, signature: link.signature) == link
            ? .taken : .unsound("reads otherwise once written")
    }

    static func tus(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let text = String(decoding: bytes, as: UTF8.self)
        let metadata = try? TusMetadata(text)
        let checksum = (try? TusChecksum(text)) ?? nil
        return metadata == nil && checksum == nil ? .refused : .taken
    }
}
