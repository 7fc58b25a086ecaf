import Testing
import Wire

@testable import Gateway

@Suite struct AdmissionTests {
    private struct Bench {
        let keys: Keys
        let directory = Directory()
        let admission: Admission

        init(_ change: (inout TenantRecord) -> Void = { _ in }) async throws {
            keys = try await Keys()
            directory.put(await keys.entry(change))
            let origins = Origins(publicURLs: [], listen: (host: "127.0.0.1", port: 8080), isTLS: false)
            admission = Admission(directory: directory, origins: origins)
        }

        func denial(_ token: String?, header: [String] = [], origin: String? = nil) -> Admission.Denial? {
            switch admission.judge(token: token, authorization: header, origin: origin, at: Keys.now) {
            case .admitted: nil
            case .denied(let denial), .lookUp(_, let denial): denial
            }
        }
    }

    @Test func aTokenInEitherPlaceWillDo() async throws {
        let bench = try await Bench()
        let token = try await bench.keys.token()
        #expect(bench.denial(token) == nil)
        #expect(bench.denial(nil, header: ["Bearer \(token)"]) == nil)
        #expect(bench.denial(nil, header: ["bearer  \(token)"]) == nil)
        #expect(bench.denial(token, header: ["Bearer \(token)"]) == nil)
    }

    @Test func withBothTheyNameTheSamePerson() async throws {
        let bench = try await Bench()
        let token = try await bench.keys.token()
        let renamed = try await bench.keys.token(Keys.Claims(name: "Ana B."), kid: "es")
        #expect(bench.denial(token, header: ["Bearer \(renamed)"]) == nil)
        let other = try await bench.keys.token(Keys.Claims(sub: "ben"))
        #expect(bench.denial(token, header: ["Bearer \(other)"]) == Admission.Denial(.forbidden, .unauthenticated))
        #expect(bench.denial(token, header: ["Bearer x.y.z"])?.code == .unauthenticated)
    }

    @Test(arguments: [["Basic YTpi"], ["Bearer"], ["Bearer "], [""], ["Bearer a.b.c", "Bearer a.b.c"]])
    func aBadFieldIsAnswered4001(header: [String]) async throws {
        let denial = try await Bench().denial(nil, header: header)
        #expect(denial?.code == .unauthenticated)
        #expect(denial?.refusal == .unauthenticated)
    }

    @Test func withoutAnyTokenNobodyGetsIn() async throws {
        #expect(try await Bench().denial(nil) == Admission.Denial(.missing))
    }

    @Test func anExpiredTokenSaysSo() async throws {
        let bench = try await Bench()
        let token = try await bench.keys.token(Keys.Claims(exp: Keys.seconds - 1))
        let denial = bench.denial(token)
        #expect(denial?.refusal == .tokenExpired && denial?.code == .unauthenticated)
    }

    @Test func whatTheDirectoryLacksIsLookedUp() async throws {
        let bench = try await Bench()
        let token = try await bench.keys.token(Keys.Claims(tenant: "other"))
        guard
            case .lookUp(Parts.other, let denial) = bench.admission.judge(
                token: token, authorization: [], origin: nil, at: Keys.now)
        else {
            Issue.record("not looked up")
            return
        }
        #expect(denial == Admission.Denial(.unknownTenant))
    }

    @Test func theSuspendedAreToldSoOnlyOnceTheSignatureHolds() async throws {
        let bench = try await Bench { record in
            record = TenantRecord(tenant: record.tenant, name: "", keys: record.keys, suspendedUsers: [Parts.ana])
        }
        #expect(bench.denial(try await bench.keys.token()) == Admission.Denial(.forbidden, .suspended))
        #expect(bench.denial(try await bench.keys.token(Keys.Claims(sub: "ben"))) == nil)
        let forged = Keys.unsigned(
            header: #"{"alg":"HS256","kid":"hs"}"#, claims: #"{"tenant":"acme","sub":"ana","exp":2000000000}"#)
        #expect(bench.denial(forged) == Admission.Denial(.signature))
        let closed = try await Bench { record in
            record = TenantRecord(tenant: record.tenant, name: "", state: .suspended, keys: record.keys)
        }
        #expect(closed.denial(try await closed.keys.token())?.code == .suspended)
    }

    @Test func originsAreTheTenantsOrTheGatewaysOwn() async throws {
        let bench = try await Bench()
        let token = try await bench.keys.token()
        for origin in [nil, "https://chat.example", "http://127.0.0.1:8080", "http://localhost:8080"] {
            #expect(bench.denial(token, origin: origin) == nil)
        }
        for origin in [
            "https://chat.example.evil", "http://chat.example", "https://chat.example:444", "null", "",
            "http://localhost:8081", "https://localhost:8080",
        ] {
            #expect(bench.denial(token, origin: origin) == Admission.Denial(.forbidden, .origin))
        }
    }
}

@Suite struct OriginsTests {
    private func allows(_ origins: Origins, _ origin: String) -> Bool { origins.allowPreflight(origin, Directory()) }

    @Test func publicURLsReplaceTheListenAddress() {
        let origins = Origins(
            publicURLs: ["https://Chat.Example/", "http://plain.example:80"], listen: (host: "0.0.0.0", port: 8080),
            isTLS: false)
        #expect(allows(origins, "https://chat.example"))
        #expect(allows(origins, "http://plain.example"))
        #expect(!allows(origins, "http://localhost:8080"))
    }

    @Test func defaultPortsAndIPv6AreWrittenAsBrowsersDo() {
        #expect(allows(Origins(publicURLs: [], listen: (host: "::1", port: 443), isTLS: true), "https://[::1]"))
        #expect(allows(Origins(publicURLs: [], listen: (host: "::1", port: 80), isTLS: true), "https://localhost:80"))
        #expect(allows(Origins(publicURLs: [], listen: (host: "h", port: 80), isTLS: false), "http://h"))
    }

    @Test func aPreflightIsGrantedToAnyTenantsOrigin() async {
        let directory = Directory()
        let origins = Origins(publicURLs: [], listen: (host: "h", port: 1), isTLS: false)
        let first = TenantRecord(tenant: Parts.acme, name: "", origins: ["https://a.example"])
        let second = TenantRecord(tenant: Parts.other, name: "", origins: ["https://a.example", "https://b.example"])
        for record in [first, second] { directory.put(await TenantEntry(record)) }
        #expect(origins.allowPreflight("https://b.example", directory))
        directory.remove(Parts.other)
        #expect(origins.allowPreflight("https://a.example", directory))
        #expect(!origins.allowPreflight("https://b.example", directory))
        directory.put(await TenantEntry(TenantRecord(tenant: Parts.acme, name: "")))
        #expect(!origins.allowPreflight("https://a.example", directory))
        #expect(directory.count == 1)
    }
}
