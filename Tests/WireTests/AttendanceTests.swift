import Seeded
import Testing
import Wire

@Suite struct AttendanceTests {
    @Test(arguments: [
        (Attendance.Status.silent, Attendance.Status.away, Attendance.Status.away), (.away, .online, .online),
        (.online, .invisible, .invisible), (.silent, .online, .online), (.away, .invisible, .invisible),
    ])
    func theStatusOfMoreWeightCounts(one: Attendance.Status, other: Attendance.Status, both: Attendance.Status) {
        #expect(Attendance(one).joined(with: Attendance(other)).status == both)
    }

    @Test func ofTwoTextsTheLaterOneIsShown() {
        let lunch = Attendance(.away, text: "Lunch", setAt: Timestamp(milliseconds: 1))
        let train = Attendance(.online, text: "On the train", setAt: Timestamp(milliseconds: 2))
        #expect(lunch.joined(with: train).text == "On the train")
        #expect(lunch.joined(with: Attendance(.online, setAt: Timestamp(milliseconds: 3))).text == "Lunch")
    }

    @Test func itComesToTheSameInAnyOrderAndGrouping() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            let (one, two, three) = (generator.attendance(), generator.attendance(), generator.attendance())
            #expect(one.joined(with: two) == two.joined(with: one))
            #expect(one.joined(with: two).joined(with: three) == one.joined(with: two.joined(with: three)))
            #expect(one.joined(with: one) == one)
        }
    }

    @Test func newsConcernWhoMayHearThem() throws {
        let (alice, bob, carol) = (Sample.alice, Sample.bob, Sample.carol)
        let toAll = PresenceNews(user: alice, except: [bob], json: [])
        #expect([bob, carol, nil].map(toAll.concerns) == [false, true, true])
        let toOne = PresenceNews(user: alice, only: bob, json: [])
        #expect([bob, carol, nil].map(toOne.concerns) == [true, false, false])
    }
}
