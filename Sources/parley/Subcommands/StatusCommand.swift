internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Supervisor

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what parley up runs on the data, and whether it is ready.",
        discussion: "Exit code 0 where everything is ready, 69 where something is not or nothing runs.")

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Shown: Encodable {
        struct Child: Encodable {
            let name: String
            let role: String
            let pid: Int32?
            let restarts: Int
            let operations: String
            let url: String?
            let ready: Bool
            /// What `/readyz` says where it is not.
            let reason: String?
        }

        let running: Bool
        let ready: Bool
        let pid: Int32?
        let version: String?
        let children: [Child]
    }

    func run() throws {
        let status = StatusFile.read(data: data.path)
        let children = (status?.children ?? []).map { child in
            let answer = Address(child.operations).flatMap {
                HTTPCall(path: "/readyz").send(to: $0, timeout: .seconds(2))
            }
            let isReady = child.pid != nil && answer?.status == 200
            let reason = answer?.body.trimmingCharacters(in: .whitespacesAndNewlines) ?? "no answer"
            return Shown.Child(
                name: child.name, role: child.role.rawValue, pid: child.pid, restarts: child.restarts,
                operations: child.operations, url: child.url, ready: isReady, reason: isReady ? nil : reason)
        }
        let ready = status != nil && children.allSatisfy(\.ready)
        let shown = Shown(
            running: status != nil, ready: ready, pid: status?.pid, version: status?.version, children: children)
        try output.print(text(shown), json: shown)
        guard status != nil else { throw ProcessFailure(.unreachable, "no 'parley up' runs on \(data.path)") }
        guard ready else { throw ProcessFailure(.unreachable, "not everything is ready") }
    }

    private func text(_ shown: Shown) -> String {
        guard shown.running else { return "" }
        let rows = shown.children.map { child in
            [
                child.name, child.pid.map { "pid \($0)" } ?? "not running", child.ready ? "ready" : "not ready",
                "restarts \(child.restarts)", "operations \(child.operations)", child.url ?? "", child.reason ?? "",
            ]
        }
        let widths = (0..<7).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
                .trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }
}
