//! The PROXY protocol, version 2: the address of a client, sent by a trusted proxy before the first
//! byte of the client (haproxy.org/download/1.8/doc/proxy-protocol.txt, section 2.2).

use std::{io, net::IpAddr};

use ppp::v2::{Addresses, Command, Header};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Length of the fixed part of a header, in bytes.
const FIXED: usize = 16;

/// The maximum length of the rest: addresses, and additional fields that are not used here.
const MAX_REST: usize = 2048;

/// Reads a header. `None`: the proxy opened the connection for itself, as for its health check.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let mut header = vec![0; FIXED];
    stream.read_exact(&mut header).await?;
    let rest = match header.get(14..FIXED) {
        Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
        _ => 0,
    };
    // The length is believed only after the prefix of the protocol.
    if !header.starts_with(ppp::v2::PROTOCOL_PREFIX) || rest > MAX_REST {
        return Err(invalid("a trusted proxy sent no header of the PROXY protocol, version 2"));
    }
    header.resize(FIXED.saturating_add(rest), 0);
    stream.read_exact(header.get_mut(FIXED..).unwrap_or_default()).await?;
    address(&header)
}

/// The address of the client in a header.
pub fn address(header: &[u8]) -> io::Result<Option<IpAddr>> {
    let header =
        Header::try_from(header).map_err(|_| invalid("a header of the PROXY protocol is malformed"))?;
    match (header.command, header.addresses) {
        (Command::Local, _) => Ok(None),
        (Command::Proxy, Addresses::IPv4(addresses)) => Ok(Some(addresses.source_address.into())),
        (Command::Proxy, Addresses::IPv6(addresses)) => Ok(Some(addresses.source_address.into())),
        (Command::Proxy, Addresses::Unspecified | Addresses::Unix(_)) => {
            Err(invalid("a header of the PROXY protocol names no internet address"))
        }
    }
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    async fn check(after_prefix: &[u8], expected: Result<Option<&str>, io::ErrorKind>) {
        let bytes = [PREFIX, after_prefix, b"GET / HTTP/1.1"].concat();
        let mut stream = bytes.as_slice();
        let read = read(&mut stream).await.map_err(|error| error.kind());
        assert_eq!(read, expected.map(|address| address.map(|text| text.parse().unwrap())));
        if read.is_ok() {
            assert_eq!(stream, b"GET / HTTP/1.1", "the client's bytes follow");
        }
    }

    #[tokio::test]
    async fn the_header_names_the_client() {
        let v4 = [0x21, 0x11, 0, 12, 192, 0, 2, 7, 10, 0, 0, 1, 0x1f, 0x90, 0x01, 0xbb];
        check(&v4, Ok(Some("192.0.2.7"))).await;
        let mut v6 = vec![0x21, 0x21, 0, 36];
        v6.extend("2001:db8::7".parse::<std::net::Ipv6Addr>().unwrap().octets());
        v6.extend([0; 20]);
        check(&v6, Ok(Some("2001:db8::7"))).await;
        check(&[0x20, 0, 0, 0], Ok(None)).await;
        check(&[0x21, 0x11, 0, 4, 1, 2, 3, 4], Err(io::ErrorKind::InvalidData)).await;
        check(&[0x11, 0x11, 0, 12], Err(io::ErrorKind::InvalidData)).await;
        check(&[0x21, 0x11, 0xff, 0xff], Err(io::ErrorKind::InvalidData)).await;
        let mut http = b"GET / HTTP/1.1\r\nhost: x\r\n".as_slice();
        assert_eq!(read(&mut http).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
