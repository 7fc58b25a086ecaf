import Operations
import Testing

@testable import Supervisor

@Suite struct SupervisionTests {
    let start = ContinuousClock.now

    func running() -> Supervision {
        var supervision = Supervision(
            [("router", .router), ("fanout-0", .fanout), ("gateway-0", .gateway), ("gateway-1", .gateway)], now: start)
        _ = supervision.ticked(now: start)
        return supervision
    }

    @Test func everythingStartsAtOnceInOrder() {
        var supervision = Supervision([("router", .router), ("gateway-0", .gateway)], now: start)
        #expect(supervision.ticked(now: start) == [.start("router"), .start("gateway-0")])
        #expect(supervision.ticked(now: start + .seconds(60)).isEmpty)
    }

    @Test func whatDiesIsStartedAgainAfterItsWait() {
        var supervision = running()
        let death = start + .seconds(40)
        #expect(supervision.ended("router", .killed(signal: 9), now: death).isEmpty)
        #expect(supervision.ticked(now: death + .milliseconds(99)).isEmpty)
        #expect(supervision.ticked(now: death + .milliseconds(100)) == [.start("router")])
        #expect(supervision.children.first { $0.name == "router" }?.restarts == 1)
    }

    @Test func whatDiesAgainWaitsLonger() {
        var supervision = running()
        _ = supervision.ended("router", .killed(signal: 9), now: start)
        _ = supervision.ticked(now: start + .milliseconds(100))
        _ = supervision.ended("router", .exited(0), now: start + .milliseconds(150))
        #expect(supervision.ticked(now: start + .milliseconds(349)).isEmpty)
        #expect(supervision.ticked(now: start + .milliseconds(350)) == [.start("router")])
    }

    @Test(arguments: [ExitCode.usage, .badData, .configuration])
    func aWrongSettingEndsEverythingWithItsCode(code: ExitCode) {
        var supervision = running()
        supervision.everythingReady()
        let actions = supervision.ended("fanout-0", .exited(code.rawValue), now: start + .seconds(60))
        #expect(actions == [.ask("gateway-0"), .ask("gateway-1")])
        #expect(supervision.ended("gateway-0", .exited(0), now: start).isEmpty)
        #expect(supervision.ended("gateway-1", .exited(0), now: start) == [.ask("router")])
        #expect(supervision.ended("router", .exited(0), now: start) == [.finish(code)])
    }

    @Test func takenPortsAreTriedAgainForAWhileAndThenAreFinal() {
        var supervision = running()
        let taken = ChildEnd.exited(ExitCode.inputOutput.rawValue)
        #expect(supervision.ended("router", taken, now: start + .seconds(1)).isEmpty)
        _ = supervision.ticked(now: start + .seconds(2))
        let actions = supervision.ended("router", taken, now: start + Supervision.inheritance)
        #expect(actions == [.ask("gateway-0"), .ask("gateway-1")])
    }

    @Test func aDiskThatFailsLaterIsTriedAgain() {
        var supervision = running()
        supervision.everythingReady()
        let failing = ChildEnd.exited(ExitCode.inputOutput.rawValue)
        #expect(supervision.ended("router", failing, now: start + .seconds(60)).isEmpty)
        #expect(supervision.ticked(now: start + .seconds(61)) == [.start("router")])
    }

    @Test func stoppingGoesGatewaysThenFanoutsThenRouter() {
        var supervision = running()
        #expect(supervision.stop(.done, now: start) == [.ask("gateway-0"), .ask("gateway-1")])
        #expect(supervision.ended("gateway-1", .exited(0), now: start).isEmpty)
        #expect(supervision.ended("gateway-0", .exited(0), now: start) == [.ask("fanout-0")])
        #expect(supervision.ended("fanout-0", .exited(0), now: start) == [.ask("router")])
        #expect(supervision.ended("router", .exited(0), now: start) == [.finish(.done)])
    }

    @Test func whoDoesNotEndInTimeIsKilledAndStillWaitedFor() {
        var supervision = running()
        _ = supervision.stop(.done, now: start)
        _ = supervision.ended("gateway-1", .exited(0), now: start)
        let late = start + Supervision.patience(.gateway)
        #expect(supervision.ticked(now: late - .milliseconds(1)).isEmpty)
        #expect(supervision.ticked(now: late) == [.kill("gateway-0")])
        #expect(supervision.ended("gateway-0", .killed(signal: 9), now: late) == [.ask("fanout-0")])
    }

    @Test func askedTwiceEverythingIsKilled() {
        var supervision = running()
        _ = supervision.stop(.done, now: start)
        let all = ["router", "fanout-0", "gateway-0", "gateway-1"].map { Supervision.Action.kill($0) }
        #expect(supervision.stop(.done, now: start) == all)
    }

    @Test func whatWaitsToBeStartedAgainIsLeftWhenStopping() {
        var supervision = running()
        _ = supervision.ended("gateway-0", .killed(signal: 11), now: start)
        #expect(supervision.stop(.done, now: start) == [.ask("gateway-1")])
        #expect(supervision.ticked(now: start + .seconds(1)).isEmpty)
        for name in ["gateway-1", "fanout-0"] { _ = supervision.ended(name, .exited(0), now: start) }
        #expect(supervision.ended("router", .exited(0), now: start) == [.finish(.done)])
    }
}
