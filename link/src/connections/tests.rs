//! Tests of the places of connections.

use super::*;

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn closed(lease: &Lease) -> bool {
    lease.connection().closing().is_cancelled()
}

#[test]
fn the_oldest_unauthenticated_connection_of_an_address_gives_way() {
    let connections = Connections::new(2);
    let first = connections.admit(address(1));
    let second = connections.admit(address(1));
    let other = connections.admit(address(2));
    first.connection().authenticate("acme").unwrap();
    let third = connections.admit(address(1));
    assert!(!closed(&first) && !closed(&second) && !closed(&other));
    let fourth = connections.admit(address(1));
    assert!(closed(&second), "the oldest of this address that is not authenticated");
    assert!(!closed(&first) && !closed(&third) && !closed(&fourth) && !closed(&other));
}

#[test]
fn of_all_addresses_the_one_with_the_most_connections_gives_way() {
    let connections = Connections::new(MAX_UNAUTHENTICATED);
    let single = connections.admit(address(1));
    let many: Vec<_> = (0..MAX_UNAUTHENTICATED - 1).map(|_| connections.admit(address(2))).collect();
    assert!(!many.iter().any(closed));
    let newcomer = connections.admit(address(3));
    assert!(closed(&many[0]) && !closed(&single) && !closed(&newcomer));
    assert_eq!(many.iter().filter(|lease| closed(lease)).count(), 1);
    drop(many);
    let state = connections.lock();
    assert_eq!((state.unauthenticated.len(), state.addresses.len()), (2, 2), "ended ones are forgotten");
}

#[test]
fn strangers_take_no_place_of_authenticated_connections_and_one_tenant_not_all() {
    let connections = Connections::new(64);
    let authenticated = |_| {
        let lease = connections.admit(address(1));
        lease.connection().authenticate("greedy").unwrap();
        lease
    };
    let mut greedy: Vec<_> = (0..MAX_OF_ONE).map(authenticated).collect();
    let one_more = connections.admit(address(1));
    assert!(one_more.connection().authenticate("greedy").is_err());
    assert!(!one_more.connection().is_authenticated());
    let other = connections.admit(address(1));
    other.connection().authenticate("other").unwrap();
    let strangers: Vec<_> = (0..1000).map(|_| connections.admit(address(9))).collect();
    assert!(!greedy.iter().chain([&other]).any(closed));
    assert_eq!(strangers.iter().filter(|lease| !closed(lease)).count(), 64);
    greedy.pop();
    one_more.connection().authenticate("greedy").unwrap();
}

#[test]
fn a_network_of_ipv6_is_one_address() {
    let connections = Connections::new(1);
    let first = connections.admit("2001:db8:0:1::1".parse().unwrap());
    let elsewhere = connections.admit("2001:db8:0:2::1".parse().unwrap());
    let second = connections.admit("2001:db8:0:1:ffff::2".parse().unwrap());
    assert!(closed(&first) && !closed(&elsewhere) && !closed(&second));
    let mapped = connections.admit("::ffff:192.0.2.1".parse().unwrap());
    let _plain = connections.admit(address(1));
    assert!(closed(&mapped));
}

#[test]
fn the_connection_that_holds_the_most_gives_way_to_other_bodies() {
    let connections = Connections::new(64);
    let (large, small) = (connections.admit(address(1)), connections.admit(address(2)));
    large.connection().hold(MAX_HELD / 2 + 1);
    small.connection().hold(MAX_HELD / 4);
    assert!(!closed(&large) && !closed(&small));
    small.connection().hold(MAX_HELD / 4);
    assert!(closed(&large) && !closed(&small));
    small.connection().release();
    assert_eq!(connections.lock().held, 0);
}

#[test]
fn a_stranger_has_few_requests_in_flight() {
    let connections = Connections::new(64);
    let (stranger, known) = (connections.admit(address(1)), connections.admit(address(1)));
    known.connection().authenticate("acme").unwrap();
    let requests: Vec<_> = (0..MAX_STREAMS).map_while(|_| stranger.connection().request()).collect();
    assert_eq!(requests.len(), MAX_STREAMS);
    assert!(!closed(&stranger));
    assert!(stranger.connection().request().is_none() && closed(&stranger));
    let many: Vec<_> = (0..1024).map_while(|_| known.connection().request()).collect();
    assert_eq!(many.len(), 1024);
    drop((requests, many));
    assert!(stranger.connection().is_idle() && known.connection().is_idle());
}
