internal import CFuzzer
internal import Foundation
internal import Fuzzing
internal import Synchronization

/// `fuzz TARGET [libFuzzer's own options and folders]`, built by scripts/fuzz.sh; `fuzz --seeds TARGET FOLDER` writes the
/// seeds there.
@main enum FuzzDriver {
    /// The callback can't carry it along.
    private static let place = Atomic<Int>(0)

    static func main() throws {
        let words = CommandLine.arguments
        if words.count == 4, words[1] == "--seeds", let target = FuzzTarget(rawValue: words[2]) {
            for (number, seed) in target.seeds.enumerated() {
                try Data(seed).write(to: URL(filePath: words[3]).appending(path: "seed-\(number)"))
            }
            return
        }
        guard words.count > 1, let target = FuzzTarget(rawValue: words[1]),
            let index = FuzzTarget.allCases.firstIndex(of: target)
        else {
            print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
            exit(64)
        }
        place.store(index, ordering: .relaxed)
        var count = Int32(words.count - 1)
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = UnsafeMutablePointer.allocate(
            capacity: words.count)
        for (position, word) in ([words[0]] + words.dropFirst(2)).enumerated() { arguments?[position] = strdup(word) }
        arguments?[words.count - 1] = nil
        exit(LLVMFuzzerRunDriver(&count, &arguments) { data, size in FuzzDriver.run(data, size) })
    }

    private static func run(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
        let target = FuzzTarget.allCases[place.load(ordering: .relaxed)]
        let bytes = Array(UnsafeBufferPointer(start: data, count: size))
        if case .unsound(let why) = target.run(bytes) { fatalError(why) }
        return 0
    }
}
