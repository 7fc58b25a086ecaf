import Foundation
import Synchronization
import Testing

@testable import Inspect

@Suite struct WorkLineTests {
    @Test func onlySoManyWait() {
        let line = WorkLine(threads: 1, waitingMax: 2, make: { 0 }, end: { _ in })
        let (began, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let done = Mutex(0)
        #expect(
            line.add { _ in
                began.signal()
                release.wait()
            })
        began.wait()
        for _ in 0..<2 { #expect(line.add { _ in done.withLock { $0 += 1 } }) }
        #expect(line.waiting == 2)
        #expect(!line.add { _ in done.withLock { $0 += 100 } })
        release.signal()
        line.close()
        #expect(done.withLock { $0 } == 2)
        #expect(!line.add { _ in })
    }

    @Test func eachThreadHasItsOwnAndEndsIt() {
        let made = Mutex(0)
        let ended = Mutex<[Int]>([])
        let line = WorkLine(
            threads: 3, waitingMax: 100,
            make: {
                made.withLock {
                    $0 += 1
                    return $0 * 1_000
                }
            },
            end: { context in ended.withLock { $0.append(context) } })
        for _ in 0..<50 { #expect(line.add { $0 += 1 }) }
        line.close()
        let contexts = ended.withLock { $0 }.sorted()
        #expect(contexts.map { $0 / 1_000 } == [1, 2, 3])
        #expect(contexts.reduce(0) { $0 + $1 % 1_000 } == 50)
    }
}

@Suite struct InspectorTests {
    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "parley-inspect-\(UInt64.random(in: .min ... .max))")
        try Data(text.utf8).write(to: path)
        return path.path
    }

    /// Programs that are not Parley: one that ends at once, and none at all.
    @Test(arguments: ["/bin/false", "/nowhere"]) func withoutItsProcessNothingIsTakenOrRefused(executable: String)
        async throws
    {
        let inspector = Inspector(executable: executable, slots: 1)
        let path = try file("hello\n")
        defer { unlink(path) }
        let verdict = await inspector.inspect(file: path, name: "a.txt", declaredType: nil, policy: FilePolicy())
        #expect(verdict == .unavailable(.system))
        await inspector.shutdown()
    }

    @Test func aNameIsRefusedWithoutAProcess() async {
        let inspector = Inspector(executable: "/nowhere", slots: 1)
        let verdict = await inspector.inspect(file: "/nowhere", name: "a.exe", declaredType: nil, policy: FilePolicy())
        #expect(verdict == .refused(.extensionDenied))
        #expect(Inspector.refusal(name: "../a.pdf", policy: FilePolicy()) == nil)
        await inspector.shutdown()
    }

    @Test func anEmptyFileIsRefusedAndALinkIsNotRead() async throws {
        let inspector = Inspector(executable: "/nowhere", slots: 1)
        let path = try file("")
        let link = path + ".link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        defer { for path in [path, link] { unlink(path) } }
        let policy = FilePolicy()
        #expect(
            await inspector.inspect(file: path, name: "a.txt", declaredType: nil, policy: policy) == .refused(.empty))
        #expect(
            await inspector.inspect(file: link, name: "a.txt", declaredType: nil, policy: policy)
                == .unavailable(.system))
        await inspector.shutdown()
    }
}
