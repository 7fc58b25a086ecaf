import SimulatedDisk

/// How things break, and how they are mended.
extension Simulation {
    /// Now, and again after a while for as long as things are to break.
    func breakSomething() {
        guard isFaulty else { return }
        if let fault = options.faults.pick(&random) {
            counts[fault, default: 0] += 1
            trace.add(agenda.now, "fault \(fault.rawValue)")
            perform(fault)
        }
        agenda.after(random.pick(options.pause / 10...options.pause * 2)) { [weak self] in self?.breakSomething() }
    }

    /// All that is broken for a while is mended, and what died is back or will be.
    func heal() {
        network.heal()
        disk.live()
        disk.faults.reads = 0
        disk.faults.writes = 0
        disk.faults.syncs = 0
        disk.faults.is_full = 0
        router?.isStopped = false
        for node in fanouts { node?.isStopped = false }
        for node in gateways { node?.isStopped = false }
    }

    private func perform(_ fault: Fault) {
        switch fault {
        case .routerKilled: routerDied()
        case .routerPowerLost:
            isPowerLostNext = true
            routerDied()
        case .routerDiesWriting: disk.die(after: UInt64(random.pick(1...60)))
        case .routerPowerLostWriting:
            isPowerLostNext = true
            disk.die(after: UInt64(random.pick(1...60)))
        case .routerRestarted: restartRouter()
        case .fanoutKilled:
            let number = Int.random(in: fanouts.indices, using: &random)
            fanouts[number]?.kill()
            fanouts[number] = nil
            agenda.after(random.pick(restTime)) { [weak self] in
                if let self, fanouts[number] == nil { try? startFanout(number) }
            }
        case .gatewayKilled:
            let number = Int.random(in: gateways.indices, using: &random)
            gateways[number]?.kill()
            gateways[number] = nil
            agenda.after(random.pick(restTime)) { [weak self] in
                if let self, gateways[number] == nil { try? startGateway(number) }
            }
        case .gatewayDrained: drainGateway()
        case .processStopped: stopProcess()
        case .linkCut, .linkSlow, .linkLossy, .partition: breakLink(fault)
        case .diskFull, .writesFail, .syncsFail, .readsFail: breakDisk(fault)
        case .devicesDrop:
            for device in crowds.flatMap(\.devices) where random.chance(0.2) { device.drop() }
        case .allReconnect: for device in crowds.flatMap(\.devices) { device.drop() }
        case .clockStepped:
            agenda.clock.step(byMilliseconds: [-3_600_000, -2_000, 2_000, 3_600_000].pick(&random) ?? 0)
        }
    }

    private var restTime: ClosedRange<Int64> { Microseconds.milliseconds(20)...Microseconds.seconds(2) }

    private func restartRouter() {
        guard let router else { return }
        router.beginStopping()
        func tryToStop() {
            agenda.after(Microseconds.milliseconds(5)) { [weak self] in
                guard let self, self.router === router else { return }
                guard router.stop() else { return tryToStop() }
                self.router = nil
                disk.restart(isPowerLost: false)
                agenda.after(random.pick(restTime)) { [weak self] in try? self?.startRouter() }
            }
        }
        tryToStop()
    }

    private func drainGateway() {
        let number = Int.random(in: gateways.indices, using: &random)
        guard let gateway = gateways[number] else { return }
        gateway.drain()
        agenda.after(Microseconds.seconds(7)) { [weak self] in
            guard let self, gateways[number] === gateway else { return }
            try? startGateway(number)
        }
    }

    private func stopProcess() {
        let nodes: [(any Node)?] = [router] + fanouts + gateways
        guard let node = nodes.compactMap({ $0 }).pick(&random) else { return }
        trace.add(agenda.now, "stopped \(node.place)")
        node.isStopped = true
        agenda.after(random.pick(Microseconds.milliseconds(100)...Microseconds.seconds(8))) { node.isStopped = false }
    }

    private func breakLink(_ fault: Fault) {
        let gateway = World.gateway(Int.random(in: gateways.indices, using: &random))
        let fanout = World.fanout(Int.random(in: fanouts.indices, using: &random))
        let ends = [(gateway, World.router), (fanout, World.router), (gateway, fanout)].pick(&random)
        guard let (one, other) = ends else { return }
        trace.add(agenda.now, "\(fault.rawValue) \(one) \(other)")
        let slow = random.pick(Microseconds.milliseconds(5)...Microseconds.milliseconds(300))
        let loss = Double.random(in: 0.02...0.5, using: &random)
        network.change(one, other) { line in
            switch fault {
            case .linkSlow: line.delay = slow / 10...slow
            case .linkLossy: line.loss = loss
            case .partition: line.isStalled = true
            default: line.isCut = true
            }
        }
        agenda.after(random.pick(Microseconds.milliseconds(5)...Microseconds.seconds(8))) { [network] in
            network.change(one, other) { $0 = Line() }
        }
    }

    private func breakDisk(_ fault: Fault) {
        let oneIn = UInt32(random.pick(2...40))
        switch fault {
        case .diskFull: disk.faults.is_full = 1
        case .writesFail: disk.faults.writes = oneIn
        case .readsFail: disk.faults.reads = oneIn * 10
        default: disk.faults.syncs = oneIn
        }
        agenda.after(random.pick(Microseconds.milliseconds(50)...Microseconds.seconds(3))) { [disk] in
            switch fault {
            case .diskFull: disk.faults.is_full = 0
            case .writesFail: disk.faults.writes = 0
            case .readsFail: disk.faults.reads = 0
            default: disk.faults.syncs = 0
            }
        }
    }
}
