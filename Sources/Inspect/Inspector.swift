internal import Foundation
internal import Glibc

/// Looks at uploads for a gateway: their names by itself, their bytes in processes that have no rights, for viruses by clamd.
public final class Inspector: Sendable {
    /// How long an upload waits for its turn at most.
    static let patience = Duration.seconds(30)

    private let limits: InspectionLimits
    private let scanner: VirusScanner?
    private let line: WorkLine<InspectorSlot>

    /// - Parameters:
    ///   - executable: the path of `parley`, which has `inspect`.
    ///   - slots: how many files are looked at at once: a thread and a process each.
    ///   - waitingMax: how many more may wait; over it: `.unavailable(.overloaded)`.
    ///   - scanner: nil for none.
    public init(
        executable: String, limits: InspectionLimits = InspectionLimits(), slots: Int = 2, waitingMax: Int = 64,
        scanner: VirusScanner? = nil
    ) {
        self.limits = limits
        self.scanner = scanner
        line = WorkLine(threads: max(1, slots), waitingMax: max(1, waitingMax)) {
            var slot = InspectorSlot(executable: executable)
            // So that the first upload does not wait for it.
            _ = slot.start()
            return slot
        } end: {
            $0.stop()
        }
    }

    /// How many wait for their turn.
    public var waiting: Int { line.waiting }

    /// Whether the name is one that may be uploaded: before a byte has come.
    public static func refusal(name: String, policy: FilePolicy) -> Verdict.Reason? {
        FileRules.refusal(of: FileName.clean(name), policy: policy)
    }

    /// - Parameters:
    ///   - path: of the whole upload. Stays as it is; beside it `PATH.rewritten` and `PATH.thumbnail` are made for an accepted image.
    ///   - name: as the sender gave it.
    ///   - declaredType: what the sender says it is. Believed in nothing but the character set of a text, and whether a recording
    ///     has pictures.
    ///   - sender: nil where there is nobody else.
    public func inspect(
        file path: String, name: String, declaredType: String?, policy: FilePolicy, of sender: Sender? = nil
    ) async -> Verdict {
        await examine(file: path, name: name, declaredType: declaredType, policy: policy, of: sender).verdict
    }

    /// The same, and what libmagic called it, for the report of what was refused; nil where nobody got so far.
    public func examine(
        file path: String, name: String, declaredType: String?, policy: FilePolicy, of sender: Sender? = nil
    ) async -> (verdict: Verdict, sniffed: String?) {
        let name = FileName.clean(name)
        if let reason = FileRules.refusal(of: name, policy: policy) { return (.refused(reason), nil) }
        let inspection = Inspection(
            path: path, name: name, declaredType: declaredType, policy: policy, limits: limits, scanner: scanner)
        let deadline = ContinuousClock.now + Self.patience
        return await withCheckedContinuation { continuation in
            let isAdded = line.add(of: sender ?? .nobody) { slot in
                guard ContinuousClock.now < deadline else {
                    return continuation.resume(returning: (.unavailable(.overloaded), nil))
                }
                var sniffed: String?
                let verdict = inspection.verdict(&slot, sniffed: &sniffed)
                continuation.resume(returning: (verdict, sniffed))
            }
            if !isAdded { continuation.resume(returning: (.unavailable(.overloaded), nil)) }
        }
    }

    /// Ends the processes, after what has begun or waits.
    public func shutdown() async {
        let line = line
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                line.close()
                continuation.resume()
            }
        }
    }
}

/// One upload on a thread that may wait.
struct Inspection: Sendable {
    let path: String
    let name: String
    let declaredType: String?
    let policy: FilePolicy
    let limits: InspectionLimits
    let scanner: VirusScanner?

    private var rewritten: String { path + ".rewritten" }
    private var thumbnail: String { path + ".thumbnail" }

    /// - Parameter sniffed: of the process that has read hostile bytes: cut off and without controls, for people to read.
    func verdict(_ slot: inout InspectorSlot, sniffed: inout String?) -> Verdict {
        guard let type = FileType.of(extension: FileName.fileExtension(name)) else {
            return .refused(.extensionUnknown)
        }
        let upload = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard upload >= 0 else { return .unavailable(.system) }
        defer { close(upload) }
        var status = stat()
        guard fstat(upload, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return .unavailable(.system) }
        guard status.st_size > 0 else { return .refused(.empty) }

        var descriptors = [upload]
        var isKept = false
        defer {
            for descriptor in descriptors.dropFirst() { close(descriptor) }
            if descriptors.count > 1, !isKept { removeOutputs() }
        }
        if case .image = type.kind {
            for output in [rewritten, thumbnail] {
                unlink(output)
                let descriptor = open(output, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
                guard descriptor >= 0 else { return .unavailable(.system) }
                descriptors.append(descriptor)
            }
        }
        let report: InspectionReport
        do { report = try slot.ask(request, descriptors) } catch {
            return error == .ended ? .refused(.inspectorFailed) : .unavailable(.system)
        }
        sniffed = report.sniffed.map { text in
            String(text.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.prefix(128))
        }
        if let reason = report.reason { return .refused(reason) }
        guard report.isPlausible(for: type, limits: limits) else { return .refused(.inspectorFailed) }
        for output in descriptors.dropFirst() {
            guard fstat(output, &status) == 0, status.st_size > 0 else { return .refused(.inspectorFailed) }
        }
        switch scanner?.scan(upload) ?? .clean {
        case .clean: break
        case .infected: return .refused(.infected)
        case .unavailable: if policy.scannerDown == .hold { return .unavailable(.scannerDown) }
        }
        isKept = true
        let hasOutputs = descriptors.count > 1
        return .accepted(
            Verdict.Accepted(
                name: name, type: served(type, report), width: report.width, height: report.height,
                durationMs: report.durationMs, rewritten: hasOutputs ? rewritten : nil,
                thumbnail: hasOutputs ? thumbnail : nil))
    }

    private func removeOutputs() {
        unlink(rewritten)
        unlink(thumbnail)
    }

    private var request: InspectionRequest {
        InspectionRequest(
            fileExtension: FileName.fileExtension(name), charset: charset,
            declaredType: declaredType.map { String($0.prefix(256)) },
            allowsMacros: policy.allowsMacros, allowsEncrypted: policy.allowsEncrypted, limits: limits)
    }

    /// `utf-8` of `text/plain; charset="UTF-8"`.
    private var charset: String? {
        for parameter in (declaredType ?? "").lowercased().split(separator: ";").dropFirst() {
            let sides = parameter.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if sides.count == 2, sides[0] == "charset" {
                return String(sides[1].trimmingCharacters(in: ["\""]).prefix(32))
            }
        }
        return nil
    }

    private func served(_ type: FileType, _ report: InspectionReport) -> String {
        guard type.kind == .text else { return type.served(sniffed: report.sniffed ?? "", declared: declaredType) }
        // Checked against a list: no text of the sender's.
        return "\(type.type); charset=\(charset ?? "utf-8")"
    }
}
