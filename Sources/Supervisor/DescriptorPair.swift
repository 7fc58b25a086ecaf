internal import Foundation
internal import Operations

/// A pipe whose ends no child inherits by accident. Between `pipe` and `fcntl` a child could; none is started then,
/// because pipes are made and children started by one task.
struct DescriptorPair: Sendable {
    let reading: Int32
    let writing: Int32

    /// - Throws: `ProcessFailure` 74 where there are no descriptors left.
    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ProcessFailure(.inputOutput, "pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = ends[0]
        writing = ends[1]
    }
}
