//! Free ports for programs whose address has to be known before they start, or that restart at the same
//! address.

use std::{
    net::{SocketAddr, TcpListener},
    sync::atomic::{AtomicUsize, Ordering},
};

/// A free address: below the range that the system gives to outgoing connections, and each port only
/// once in this process.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = usize::try_from(std::process::id()).unwrap() * 61;
    loop {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let port = u16::try_from(12_000 + (first + number) % 18_000).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
