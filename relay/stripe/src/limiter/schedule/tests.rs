//! Tests of the order of calls, without a clock.

use super::*;

const LIMITS: Limits = Limits { each_second: 10, each_second_each_endpoint: 0, at_once: 1000, waiting: 0 };

/// The tenant of an account that one tenant has alone.
fn only() -> Member {
    Member::from("acme")
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The calls that go within `until` milliseconds, with the moment of each. Each call ends at once.
fn play<T>(schedule: &mut Schedule<T>, start: Instant, until: u64) -> Vec<(T, u64)> {
    let mut went = vec![];
    for at in 0..until {
        while let Next::Go(who, priority) = schedule.next(start + ms(at)) {
            went.push((who, at));
            schedule.end(priority);
        }
    }
    went
}

#[test]
fn a_second_has_so_many_calls() {
    let start = Instant::now();
    let mut schedule = Schedule::new(LIMITS);
    for number in 0..50 {
        schedule.join(Priority::Authorize, &only(), String::new(), number);
    }
    let moments: Vec<_> = play(&mut schedule, start, 1000).into_iter().map(|(_, at)| at).collect();
    assert_eq!(moments, [0, 0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    assert_eq!(schedule.wait(start, &only(), ms(0)), ms(3900), "the 39 that are left");
}

#[test]
fn the_most_urgent_goes_first() {
    let start = Instant::now();
    let mut schedule = Schedule::new(LIMITS);
    for priority in Priority::ALL.into_iter().rev() {
        schedule.join(priority, &only(), String::new(), priority);
    }
    let order: Vec<_> = play(&mut schedule, start, 2000).into_iter().map(|(who, _)| who).collect();
    assert_eq!(order, Priority::ALL);
}

/// Under full load, background calls keep a tenth of the calls.
#[test]
fn background_calls_get_a_tenth_of_the_rate() {
    let start = Instant::now();
    for limits in [LIMITS, Limits { each_second: 0, at_once: 1, ..LIMITS }] {
        let mut schedule = Schedule::new(limits);
        for _ in 0..300 {
            schedule.join(Priority::Authorize, &only(), String::new(), Priority::Authorize);
            schedule.join(Priority::Recovery, &only(), String::new(), Priority::Recovery);
        }
        let went: Vec<_> = play(&mut schedule, start, 20_000).into_iter().take(200).collect();
        let background = went.iter().filter(|(who, _)| *who == Priority::Recovery).count();
        assert_eq!((went.len(), background), (200, 20));
    }
}

#[test]
fn background_calls_alone_get_the_whole_rate() {
    let start = Instant::now();
    let mut schedule = Schedule::new(LIMITS);
    for number in 0..50 {
        schedule.join(Priority::Read, &only(), String::new(), number);
    }
    assert_eq!(play(&mut schedule, start, 1000).len(), 10);
}

/// Background calls without an answer occupy only their share of the calls in flight.
#[test]
fn hanging_calls_of_the_background_leave_room() {
    let now = Instant::now();
    let limits = Limits { each_second: 0, at_once: 20, ..LIMITS };
    let mut schedule = Schedule::new(limits);
    for number in 0..50 {
        schedule.join(Priority::Recovery, &only(), String::new(), number);
    }
    let mut count = 0;
    while let Next::Go(..) = schedule.next(now) {
        count += 1;
    }
    assert_eq!((count, schedule.in_flight), (2, 2));
    schedule.join(Priority::Authorize, &only(), String::new(), 100);
    assert_eq!(schedule.next(now), Next::Go(100, Priority::Authorize));
}

#[test]
fn no_more_than_so_many_are_under_way() {
    let now = Instant::now();
    let limits = Limits { each_second: 0, at_once: 2, ..LIMITS };
    let mut schedule = Schedule::new(limits);
    for number in 0..4 {
        schedule.join(Priority::Refund, &only(), String::new(), number);
    }
    assert_eq!(schedule.next(now), Next::Go(0, Priority::Refund));
    assert_eq!(schedule.next(now), Next::Go(1, Priority::Refund));
    assert_eq!(schedule.next(now), Next::Idle);
    assert_eq!(schedule.wait(now, &only(), ms(100)), ms(150), "three calls, two at a time");
    schedule.end(Priority::Refund);
    schedule.forget(|who| *who == 2);
    assert_eq!(schedule.next(now), Next::Go(3, Priority::Refund), "whose caller has gone is passed over");
}

#[test]
fn a_full_endpoint_holds_up_no_other() {
    let start = Instant::now();
    let limits = Limits { each_second: 0, each_second_each_endpoint: 10, ..LIMITS };
    let mut schedule = Schedule::new(limits);
    for number in 0..20 {
        schedule.join(Priority::Authorize, &only(), "full".to_owned(), number);
    }
    schedule.join(Priority::Authorize, &only(), "other".to_owned(), 100);
    let went = play(&mut schedule, start, 100);
    assert_eq!(went, [(0, 0), (1, 0), (100, 0)]);
}

/// F30: a rate limit of Stripe halves the rate, and the rate recovers with time.
#[test]
fn too_fast_is_slower_for_a_while() {
    let start = Instant::now();
    let mut schedule = Schedule::new(LIMITS);
    let seconds = Duration::from_secs;
    for (at, slower, halvings) in [
        (0, true, 1),
        (0, true, 1),
        (2, true, 2),
        (4, true, 3),
        (6, true, 4),
        (8, true, 4),
        (17, false, 4),
        (18, false, 3),
        (38, false, 1),
        (60, false, 0),
        (70, true, 1),
    ] {
        if slower {
            schedule.slow_down(start + seconds(at));
        }
        assert_eq!(schedule.halvings(start + seconds(at)), halvings, "{at}");
    }
    for number in 0..50 {
        schedule.join(Priority::Authorize, &only(), String::new(), number);
    }
    assert_eq!(play(&mut schedule, start + seconds(70), 1000).len(), 5);
}

/// Tenants that share an account take turns, however many calls of one of them wait.
#[test]
fn the_calls_of_tenants_take_turns() {
    let start = Instant::now();
    let mut schedule = Schedule::new(LIMITS);
    let other = Member::from("globex");
    for number in 0..500 {
        schedule.join(Priority::Authorize, &only(), String::new(), number);
    }
    assert_eq!(schedule.wait(start, &only(), ms(0)), ms(50_000));
    assert_eq!(schedule.wait(start, &other, ms(0)), ms(100), "one call goes first");
    for number in [1000, 1001] {
        schedule.join(Priority::Authorize, &other, String::new(), number);
    }
    assert_eq!(schedule.wait(start, &other, ms(0)), ms(500), "two, and three of the other");
    let went: Vec<_> = play(&mut schedule, start, 500).into_iter().map(|(who, _)| who).collect();
    assert_eq!(went, [0, 1000, 1, 1001, 2, 3]);
    schedule.join(Priority::Settle, &only(), String::new(), 2000);
    schedule.join(Priority::Refund, &other, String::new(), 3000);
    let rest: Vec<_> = play(&mut schedule, start + ms(500), 60_000).into_iter().map(|(who, _)| who).collect();
    assert_eq!((rest.len(), &rest[rest.len() - 2..]), (498, &[2000, 3000][..]), "the less urgent ones last");
}
