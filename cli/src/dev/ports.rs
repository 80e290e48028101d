//! Where the three listen: where it was said, where they usually do, or anywhere.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use crate::{arguments::Dev, problem::Problem};

/// Where the three listen.
pub(super) struct Ports {
    pub(super) adapter: SocketAddr,
    pub(super) relay: SocketAddr,
    pub(super) sandbox: SocketAddr,
    /// Where the relay listens for events. The sandbox has to know it beforehand, so it is
    /// never "any".
    pub(super) webhooks: SocketAddr,
    /// What was taken, a sentence each.
    pub(super) notes: Vec<String>,
}

impl Ports {
    /// What was said is tried as it is; a usual port that is taken is replaced.
    pub(super) fn choose(dev: &Dev) -> Result<Ports, Problem> {
        let mut notes = vec![];
        let mut choose = |said: Option<SocketAddr>, usual: u16, who: &str| match said {
            Some(said) => Ok(said),
            None => usual_or_free(usual, who, &mut notes),
        };
        let adapter = choose(dev.adapter_listen, 50051, "adapter")?;
        let relay = choose(dev.relay_listen, 50052, "relay")?;
        let sandbox = choose(dev.sandbox_listen, 12111, "sandbox")?;
        let webhooks = free()?;
        Ok(Ports { adapter, relay, sandbox, webhooks, notes })
    }
}

/// A port that is free now. Nobody else is given it for a while.
fn free() -> Result<SocketAddr, Problem> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

fn usual_or_free(usual: u16, who: &str, notes: &mut Vec<String>) -> Result<SocketAddr, Problem> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(local(usual)) {
        // Let go again at once: who listens later does so by itself.
        Ok(_) => Ok(local(usual)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            notes.push(format!("port {usual} is taken, so the {who} listens on a free one"));
            Ok(local(0))
        }
        Err(error) => Err(Problem::Own(format!("cannot listen on {}: {error}", local(usual)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_and_that_is_said() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let mut notes = vec![];
        assert_eq!(usual_or_free(port, "relay", &mut notes).unwrap().port(), 0);
        assert_eq!(notes, [format!("port {port} is taken, so the relay listens on a free one")]);
    }
}
