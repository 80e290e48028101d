//! The addresses of the three programs: as given, the usual ports, or free ports.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use crate::{arguments::Dev, problem::Problem};

/// The addresses on which the three programs listen.
pub(super) struct Ports {
    pub(super) adapter: SocketAddr,
    pub(super) relay: SocketAddr,
    pub(super) sandbox: SocketAddr,
    /// The relay's address for events. The sandbox has to know the address before the relay starts,
    /// so the port is never 0.
    pub(super) webhooks: SocketAddr,
    /// A sentence for each usual port that was taken.
    pub(super) notes: Vec<String>,
}

impl Ports {
    /// A given address is tried as given; a usual port that is taken is replaced.
    pub(super) fn choose(dev: &Dev) -> Result<Ports, Problem> {
        let mut notes = vec![];
        let mut choose = |given: Option<SocketAddr>, default_port: u16, program: &str| match given {
            Some(given) => Ok(given),
            None => default_or_free(default_port, program, &mut notes),
        };
        let adapter = choose(dev.adapter_listen, 50051, "adapter")?;
        let relay = choose(dev.relay_listen, 50052, "relay")?;
        let sandbox = choose(dev.sandbox_listen, 12111, "sandbox")?;
        let webhooks = free()?;
        Ok(Ports { adapter, relay, sandbox, webhooks, notes })
    }
}

/// The ports for the webhook listener: below the range that the system gives to outgoing connections, so
/// that no connection takes the port before the relay listens.
const WEBHOOK_PORTS: (u16, u16) = (20_000, 32_000);

/// A free port for the webhook listener. Processes begin their search at different ports.
fn free() -> Result<SocketAddr, Problem> {
    let (first, end) = WEBHOOK_PORTS;
    let offset = std::process::id() % u32::from(end.saturating_sub(first));
    let start = first.saturating_add(u16::try_from(offset).unwrap_or_default());
    let mut ports = (start..end).chain(first..start);
    let free = ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    let port = free.ok_or_else(|| Problem::Own("no port is free for the webhook listener".to_owned()))?;
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

fn default_or_free(default_port: u16, program: &str, notes: &mut Vec<String>) -> Result<SocketAddr, Problem> {
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(loopback(default_port)) {
        // The probe's listener closes at once; the program binds the port later.
        Ok(_) => Ok(loopback(default_port)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            notes.push(format!("port {default_port} is taken, so the {program} listens on a free one"));
            Ok(loopback(0))
        }
        Err(error) => Err(Problem::Own(format!("cannot listen on {}: {error}", loopback(default_port)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_with_a_note() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let mut notes = vec![];
        assert_eq!(default_or_free(port, "relay", &mut notes).unwrap().port(), 0);
        assert_eq!(notes, [format!("port {port} is taken, so the relay listens on a free one")]);
    }
}
