internal import Dispatch
internal import Foundation
internal import Inspect

/// Where the program begins.
@main
enum Program {
    static func main() {
        // The process that makes copies of itself has to have one thread: a copy has only the one that made it, and whatever
        // the others held stays locked. Swift concurrency starts some for an `async` main.
        if CommandLine.arguments.dropFirst() == ["inspect"], InspectingProcess.hasSocket {
            Foundation.exit(InspectingProcess.run())
        }
        Task {
            await Parley.main()
            Foundation.exit(0)
        }
        dispatchMain()
    }
}
