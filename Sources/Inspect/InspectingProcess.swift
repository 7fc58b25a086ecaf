internal import CImages
internal import CSandbox
internal import Foundation
internal import Glibc

/// `parley inspect`, as the gateway starts it: loads the libraries, then makes a copy of itself for each file. The copy gives up
/// its rights, reads the file and ends; this process never reads one.
public enum InspectingProcess {
    /// Of a request.
    static let requestBytesMax = 16_384
    /// That come with a request.
    static let descriptorsMax = 3

    /// The first datagram: the libraries are there, and whether libvips is.
    struct Ready: Codable, Equatable, Sendable {
        var hasImages: Bool
    }

    /// Whether standard input is a socket as a gateway makes it.
    public static var hasSocket: Bool {
        var kind: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &kind, &size) == 0
            && kind == Int32(SOCK_SEQPACKET.rawValue)
    }

    /// Until the gateway closes the socket on standard input. The process has to have one thread.
    ///
    /// - Returns: how the process should end: 0; 69 where it can't give up its rights or libmagic has no database.
    public static func run() -> Int32 {
        guard parley_sandbox_prepare() == 0 else { return 69 }
        // Names in archives are UTF-8, whatever the machine's language.
        setlocale(LC_CTYPE, "C.UTF-8")
        guard let magic = Magic() else { return 69 }
        let hasImages = parley_images_prepare() == 0
        guard let ready = try? JSONEncoder().encode(Ready(hasImages: hasImages)), send([UInt8](ready)) else { return 0 }
        while let (request, descriptors) = receive() {
            let answer = inspect(request, descriptors, magic, hasImages: hasImages)
            for descriptor in descriptors { close(descriptor) }
            guard send(answer) else { return 0 }
        }
        return 0
    }

    private static func inspect(
        _ bytes: [UInt8], _ descriptors: [Int32], _ magic: Magic, hasImages: Bool
    ) -> [UInt8] {
        let failed = InspectionReport.refused(.inspectorFailed).bytes
        guard let request = try? JSONDecoder().decode(InspectionRequest.self, from: Data(bytes)) else { return failed }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return failed }
        let child = parley_sandbox_fork()
        if child == 0 {
            close(ends[0])
            examine(request, descriptors, magic, hasImages: hasImages, output: ends[1])
        }
        close(ends[1])
        defer { close(ends[0]) }
        guard child > 0 else { return failed }
        let answer = read(ends[0], milliseconds: request.limits.wallSeconds * 1_000)
        // Whole or not, it has had its say.
        kill(child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return InspectionReport(answer) == nil ? failed : answer
    }

    /// In the copy: no return.
    private static func examine(
        _ request: InspectionRequest, _ descriptors: [Int32], _ magic: Magic, hasImages: Bool, output: Int32
    ) -> Never {
        close(STDIN_FILENO)
        var limits = parley_sandbox_limits(
            memory_bytes: memoryInUse() + UInt64(request.limits.memoryBytes),
            cpu_s: UInt64(request.limits.processorSeconds), file_bytes: UInt64(request.limits.memoryBytes),
            descriptors: 32)
        guard parley_sandbox_confine(&limits) == 0 else { parley_sandbox_exit(1) }
        let examination = Examination(request: request, magic: magic, hasImages: hasImages)
        let bytes = examination.report(descriptors).bytes
        // A pipe takes 4,096 bytes at once.
        _ = write(output, bytes, min(bytes.count, InspectionReport.bytesMax))
        parley_sandbox_exit(0)
    }

    /// Of address space, which libraries take much of without using it.
    private static func memoryInUse() -> UInt64 {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Up to the end, or until time is up.
    private static func read(_ descriptor: Int32, milliseconds: Int) -> [UInt8] {
        let start = ContinuousClock.now
        var answer: [UInt8] = []
        var room = [UInt8](repeating: 0, count: InspectionReport.bytesMax)
        while answer.count <= InspectionReport.bytesMax {
            let (seconds, rest) = (ContinuousClock.now - start).components
            let left = milliseconds - Int(seconds) * 1_000 - Int(rest / 1_000_000_000_000_000)
            guard left > 0 else { return [] }
            var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waited, 1, Int32(clamping: left))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return [] }
            let count = Glibc.read(descriptor, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            answer += room[..<count]
        }
        return answer
    }

    private static func receive() -> ([UInt8], [Int32])? {
        var bytes = [UInt8](repeating: 0, count: requestBytesMax)
        var descriptors = [Int32](repeating: -1, count: descriptorsMax)
        var count = Int32(descriptorsMax)
        let length = parley_sandbox_receive(STDIN_FILENO, &bytes, bytes.count, &descriptors, &count)
        guard length > 0, count > 0 else { return nil }
        return (Array(bytes[..<length]), Array(descriptors[..<Int(count)]))
    }

    private static func send(_ bytes: [UInt8]) -> Bool {
        parley_sandbox_send(STDIN_FILENO, bytes, bytes.count, nil, 0) == 0
    }
}
