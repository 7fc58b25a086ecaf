internal import Foundation
internal import Glibc

/// An nginx of the benchmark's own, with what its packages set by default: what the same files cost a server that does nothing
/// else.
final class Nginx {
    static let hint = "no nginx here, so no ratios: apt-get install nginx-light"
    private static let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]
    private static let patience: UInt64 = 10_000_000_000

    let endpoint: Endpoint
    /// Where the files are that it serves and takes.
    let files: String
    private let folder: String
    private let process: Process

    /// Nil where none is installed.
    init?() throws {
        guard let program = Self.places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return nil
        }
        guard let (listener, port) = SystemCalls.listen(host: "127.0.0.1") else {
            throw BenchFailure.unreachable("no port for nginx")
        }
        close(listener)
        folder =
            FileManager.default.temporaryDirectory.appending(path: "parley-bench-\(UUID().uuidString.prefix(8))").path
        files = folder + "/files"
        endpoint = Endpoint(host: "127.0.0.1", port: port)
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        let configuration = folder + "/nginx.conf"
        try Self.configuration(folder: folder, port: port).write(
            toFile: configuration, atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-p", folder, "-c", configuration, "-e", folder + "/error.log"]
        do { try process.run() } catch { throw BenchFailure.unreachable("nginx: \(error)") }
        let deadline = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC) + Self.patience
        while true {
            if let descriptor = SystemCalls.connect(host: "127.0.0.1", port: port) {
                close(descriptor)
                return
            }
            guard process.isRunning, SystemCalls.nanoseconds(of: CLOCK_MONOTONIC) < deadline else {
                let log = (try? String(contentsOfFile: folder + "/error.log", encoding: .utf8)) ?? ""
                stop()
                throw BenchFailure.unreachable("nginx: \(log.prefix(300))")
            }
            SystemCalls.sleep(nanoseconds: 20_000_000)
        }
    }

    /// Its workers, for their CPU.
    var workers: [MeasuredProcess] {
        let master = process.processIdentifier
        let children = SystemCalls.text(ofFile: "/proc/\(master)/task/\(master)/children") ?? ""
        return children.split(separator: " ").compactMap { Int32($0) }.map { MeasuredProcess(role: "nginx", pid: $0) }
    }

    /// Removes what it has taken.
    func removeUploads() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: files)) ?? [] where name.hasPrefix("up-") {
            unlink("\(files)/\(name)")
        }
    }

    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Debian's `nginx.conf` with two workers, without the log of requests, with PUT (`ngx_http_dav_module`) and bodies of any
    /// length.
    private static func configuration(folder: String, port: Int) -> String {
        let temporary = ["proxy", "fastcgi", "uwsgi", "scgi"].map { "    \($0)_temp_path \(folder)/\($0);\n" }.joined()
        return """
            daemon off;
            worker_processes 2;
            pid \(folder)/nginx.pid;
            \(getuid() == 0 ? "user root;" : "")
            events { worker_connections 768; }
            http {
                sendfile on;
                tcp_nopush on;
                access_log off;
                types { \(FileContent.type) wav; }
                client_max_body_size 0;
                client_body_temp_path \(folder)/body;
            \(temporary)
                server {
                    listen 127.0.0.1:\(port);
                    root \(folder)/files;
                    keepalive_requests 100000;
                    location / { dav_methods PUT; }
                }
            }

            """
    }
}
