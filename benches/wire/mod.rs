//! Connections of the benches below gRPC: TCP from a chosen source address, TLS, and signed webhooks
//! over HTTP/1.1.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::TLS13,
};
use sha2::Sha256;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpSocket,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// The maximum time for TCP and TLS together.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection, with or without TLS.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<IO: AsyncRead + AsyncWrite + Unpin + Send> Wire for IO {}

/// Opens connections to one address.
#[derive(Clone)]
pub(crate) struct Connector {
    address: SocketAddr,
    /// None: without TLS.
    pub(crate) tls: Option<TlsConnector>,
}

impl Connector {
    /// With TLS if there is a file with a CA; `protocol` is the one that ALPN offers.
    pub(crate) fn new(address: SocketAddr, ca: Option<&Path>, protocol: &str) -> Connector {
        let tls = ca.map(|ca| {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
            let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(&[&TLS13])
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
            TlsConnector::from(Arc::new(config))
        });
        Connector { address, tls }
    }

    /// A connection without TLS, whether the server expects TLS or not.
    pub(crate) async fn tcp(&self, from: IpAddr) -> io::Result<tokio::net::TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from, 0))?;
        let connection = timeout(CONNECT, socket.connect(self.address)).await??;
        connection.set_nodelay(true)?;
        Ok(connection)
    }

    /// A connection that is ready for requests.
    pub(crate) async fn connect(&self, from: IpAddr) -> io::Result<Box<dyn Wire>> {
        let connection = self.tcp(from).await?;
        Ok(match &self.tls {
            None => Box::new(connection),
            Some(tls) => {
                let name = ServerName::from(self.address.ip());
                Box::new(timeout(CONNECT, tls.connect(name, connection)).await??)
            }
        })
    }
}

/// A POST of an event as Stripe sends it, with the signature of the body at a moment.
pub(crate) fn event(endpoint: &str, secret: &str, id: &str, moment: i64) -> Vec<u8> {
    let body = format!(
        r#"{{"id":"{id}","object":"event","api_version":"2026-03-25.dahlia","created":{moment},"livemode":false,"type":"payment_intent.created","data":{{"object":{{"id":"pi_{id}","object":"payment_intent"}}}}}}"#
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{moment}.{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    format!(
        "POST /webhooks/{endpoint} HTTP/1.1\r\nhost: relay\r\ncontent-type: application/json\r\nstripe-signature: t={moment},v1={signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends a request, and returns the status of the answer. The answer is read as a whole.
pub(crate) async fn ask(connection: &mut Box<dyn Wire>, request: &[u8]) -> io::Result<u16> {
    connection.write_all(request).await?;
    let mut answer = vec![];
    loop {
        if connection.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(status) = whole(&String::from_utf8_lossy(&answer)) {
            return Ok(status);
        }
    }
}

/// The status of an answer that is complete.
fn whole(answer: &str) -> Option<u16> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let head = head.to_ascii_lowercase();
    let length =
        head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let complete = body.len() >= length.unwrap_or(0_usize);
    head.split(' ').nth(1)?.parse().ok().filter(|_| complete)
}
