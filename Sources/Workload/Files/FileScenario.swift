internal import Glibc

/// Files up and down, beside an nginx on the same machine in the same run; the gateway's memory meanwhile; and the latency of
/// talk beside fifty uploads.
struct FileScenario {
    /// One comparison: so many threads, so many transfers of each in a round.
    private struct Shape {
        let mebibytes: Int
        let atOnce: Int
        let repeats: Int

        var name: String { "\(mebibytes) MiB, \(atOnce) at once" }
    }

    private static let downloads = [
        Shape(mebibytes: 50, atOnce: 1, repeats: 16), Shape(mebibytes: 50, atOnce: 8, repeats: 4),
        Shape(mebibytes: 1, atOnce: 1, repeats: 300), Shape(mebibytes: 1, atOnce: 8, repeats: 100),
    ]
    private static let uploads = [
        Shape(mebibytes: 50, atOnce: 1, repeats: 4), Shape(mebibytes: 50, atOnce: 8, repeats: 1),
        Shape(mebibytes: 1, atOnce: 1, repeats: 50), Shape(mebibytes: 1, atOnce: 8, repeats: 15),
    ]
    private static let memory = [
        Shape(mebibytes: 1, atOnce: 8, repeats: 40), Shape(mebibytes: 10, atOnce: 8, repeats: 4),
        Shape(mebibytes: 50, atOnce: 8, repeats: 1), Shape(mebibytes: 10, atOnce: 100, repeats: 1),
    ]
    /// Uploads beside the talk.
    private static let beside = 50
    private static let besideMebibytes = 10
    /// What a line of 1 Gbit/s brings, together.
    private static let lineBytesPerSecond = 125_000_000
    private static let users = 100

    private let run: BenchRun
    private let parley: ParleyFiles
    private let contents: [Int: FileContent]

    init(_ run: BenchRun) throws {
        self.run = run
        let users = (0..<Self.users).map { "f\($0)" }
        let service = try run.service(of: run.tenant)
        let conversation = try run.makeGroups([users], in: run.tenant, service: service)[0]
        run.loop.close(service)
        parley = ParleyFiles(
            endpoints: run.options.endpoints, gateways: run.options.processes.filter { $0.role == "gateway" },
            conversation: conversation,
            tokens: try users.map { try run.options.token(TokenRequest(tenant: run.tenant, user: $0)) })
        contents = Dictionary(uniqueKeysWithValues: [1, 10, 50].map { ($0, FileContent(size: $0 << 20)) })
    }

    func measure() throws -> [BenchReport.Part] {
        let nginx = try Nginx()
        defer { nginx?.stop() }
        if nginx == nil { run.options.progress(Nginx.hint) }
        let other = nginx.map { NginxFiles(endpoint: $0.endpoint, folder: $0.files, workers: $0.workers) }
        var parts: [BenchReport.Part] = []
        for shape in Self.downloads { parts.append(try download(shape, other)) }
        for shape in Self.uploads { parts.append(try upload(shape, other) { nginx?.removeUploads() }) }
        if !parley.gateways.isEmpty { parts.append(try memoryPart()) }
        return parts + [try talkPart()]
    }

    // MARK: Beside nginx

    private func download(_ shape: Shape, _ nginx: NginxFiles?) throws -> BenchReport.Part {
        let content = try content(shape.mebibytes)
        let id = try parley.upload(content, FileClient(parley.endpoints[0]), 0)
        var sides = [side("parley") { [parley] client, _ in try parley.download(id, size: content.size, client) }]
        if let nginx {
            let name = "down-\(shape.mebibytes).wav"
            try nginx.place(content, as: name)
            sides.append(
                FileSide(name: "nginx", endpoint: nginx.endpoint, processes: nginx.workers) { client, _ in
                    try nginx.download(name, size: content.size, client)
                })
        }
        return try compare("download \(shape.name)", shape, sides) {}
    }

    private func upload(
        _ shape: Shape, _ nginx: NginxFiles?, cleaning: () -> Void
    ) throws -> BenchReport.Part {
        let content = try content(shape.mebibytes)
        var sides = [
            side("parley") { [parley] client, number in
                try parley.upload(content, client, number)
                return content.size
            }
        ]
        if let nginx {
            for (name, synchronizes) in [("nginx", false), ("nginx_fsync", true)] {
                sides.append(
                    FileSide(name: name, endpoint: nginx.endpoint, processes: nginx.workers) { client, _ in
                        try nginx.upload(content, client, synchronizes: synchronizes)
                    })
            }
        }
        return try compare("upload \(shape.name)", shape, sides, cleaning: cleaning)
    }

    private func side(
        _ name: String, _ transfer: @escaping @Sendable (FileClient, Int) throws -> Int
    ) -> FileSide {
        FileSide(name: name, endpoint: parley.endpoints[0], processes: run.options.processes, transfer: transfer)
    }

    /// All sides in turn, round after round, each round beginning with another one; medians of the rounds.
    private func compare(
        _ name: String, _ shape: Shape, _ sides: [FileSide], cleaning: () -> Void
    ) throws -> BenchReport.Part {
        let rounds = max(3, run.options.seconds / 2)
        run.options.progress("\(name), \(rounds) rounds")
        var rates = sides.map { _ in [Double]() }
        var cpu = sides.map { _ in UInt64(0) }
        var bytes = sides.map { _ in 0 }
        for round in 0...rounds {
            for turn in sides.indices {
                let place = (turn + round) % sides.count
                let side = sides[place]
                // What another one left for the disk to do is not this one's.
                cleaning()
                sync()
                let before = ProcessUsage.cpuNanoseconds(of: side.processes)
                let crew = FileCrew(shape.atOnce, at: side.endpoint, repeats: shape.repeats) { client, number, _ in
                    try side.transfer(client, number)
                }
                let outcome = try crew.wait()
                // The first round warms everybody up.
                guard round > 0 else { continue }
                rates[place].append(outcome.mebibytesPerSecond)
                cpu[place] += ProcessUsage.cpuNanoseconds(of: side.processes) - before
                bytes[place] += outcome.bytes
            }
        }
        cleaning()
        var figures: [Figure] = []
        for (place, side) in sides.enumerated() {
            figures.append(Figure("\(side.name)_mib_per_s", Self.median(rates[place])))
            if !side.processes.isEmpty {
                let gibibytes = Double(max(1, bytes[place])) / 1_073_741_824
                figures.append(Figure("\(side.name)_cpu_ms_per_gib", Double(cpu[place]) / 1e6 / gibibytes))
            }
        }
        for (place, side) in sides.enumerated().dropFirst() {
            let ratios = zip(rates[0], rates[place]).map { $0 / max(1e-9, $1) }
            figures.append(Figure("ratio_to_\(side.name)", Self.median(ratios)))
        }
        return BenchReport.Part(name, figures)
    }

    // MARK: Memory

    private func memoryPart() throws -> BenchReport.Part {
        run.options.progress("the gateway's memory")
        var figures = [Figure("pss_mib_before", Self.mebibytes(MemoryWatch.bytes(of: parley.gateways)))]
        for shape in Self.memory {
            let content = try content(shape.mebibytes)
            let id = try parley.upload(content, FileClient(parley.endpoints[0]), 0)
            let transfers: [(String, FileCrew.Transfer)] = [
                (
                    "upload",
                    { [parley] client, number, _ in
                        try parley.upload(content, client, number)
                        return content.size
                    }
                ), ("download", { [parley] client, _, _ in try parley.download(id, size: content.size, client) }),
            ]
            for (what, transfer) in transfers {
                let watch = MemoryWatch(parley.gateways)
                let crew = FileCrew(shape.atOnce, at: parley.endpoints[0], repeats: shape.repeats, transfer)
                _ = try crew.wait()
                let name = "pss_mib_\(what)_\(shape.atOnce)_at_once_of_\(shape.mebibytes)_mib"
                figures.append(Figure(name, Self.mebibytes(watch.peak())))
            }
        }
        return BenchReport.Part("memory of the gateway, at most", figures)
    }

    // MARK: Talk

    private func talkPart() throws -> BenchReport.Part {
        var talk = try PacedTalk(run)
        run.options.progress("talk alone, \(run.options.seconds) s")
        sync()
        let alone = try talk.phase()
        var figures = Figures.latency(alone.latency)
        let rate = Self.lineBytesPerSecond / Self.beside
        for (name, bytesPerSecond) in [("line", rate), ("full", nil)] {
            run.options.progress("talk beside \(Self.beside) uploads (\(name)), \(run.options.seconds) s")
            let crew = try uploads(bytesPerSecond)
            let before = crew.outcome
            let beside = try talk.phase()
            let after = crew.outcome
            crew.end()
            _ = try crew.wait()
            let seconds = Double(max(1, beside.usage.elapsed)) / 1e9
            figures += Figures.latency(beside.latency).map { Figure("\(name)_\($0.name)", $0.value) }
            figures.append(Figure("\(name)_p99_ratio", Figures.p99Ratio(beside.latency, to: alone.latency)))
            figures.append(
                Figure("\(name)_upload_mib_per_s", Self.mebibytes(UInt64(after.bytes - before.bytes)) / seconds))
        }
        return BenchReport.Part("talk beside \(Self.beside) uploads", figures)
    }

    /// Uploads without an end. They are at the lowest priority, since clients have processors of their own.
    ///
    /// - Parameter bytesPerSecond: of each; nil: as fast as it goes.
    private func uploads(_ bytesPerSecond: Int?) throws -> FileCrew {
        let content = try content(Self.besideMebibytes)
        let endpoints = parley.endpoints
        return FileCrew(Self.beside, at: endpoints[0], repeats: nil, niceness: 19) {
            [parley] client, number, isEnding in
            guard let bytesPerSecond else {
                try parley.upload(content, client, number)
                return content.size
            }
            // Each is a little faster than the one before, so that they don't end together.
            let rate = UInt64(bytesPerSecond * (75 + number) / 100)
            let start = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC)
            try parley.upload(content, client, number) { sent in
                guard !isEnding() else { return }
                let due = start + UInt64(sent) * 1_000_000_000 / rate
                let now = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC)
                if due > now { SystemCalls.sleep(nanoseconds: due - now) }
            }
            return content.size
        }
    }

    private func content(_ mebibytes: Int) throws -> FileContent {
        guard let content = contents[mebibytes] else { throw BenchFailure.unusable("no file of \(mebibytes) MiB") }
        return content
    }

    private static func mebibytes(_ bytes: UInt64) -> Double { Double(bytes) / 1_048_576 }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let middle = sorted.indices.dropFirst(sorted.count / 2).first else { return 0 }
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
