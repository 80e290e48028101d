//! TLS 1.3 of a listener: the certificate chain and the private key.

use std::{path::Path, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::TLS13,
};
use tokio_rustls::TlsAcceptor;

/// A server's certificate chain and private key.
#[derive(Clone)]
pub struct Tls(Arc<ServerConfig>);

/// Why a certificate or a private key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate chain cannot be read.
    #[error("the certificate file {path} cannot be read as PEM: {why}")]
    Certificate {
        /// Path of the certificate file.
        path: String,
        /// The error of the reader.
        why: String,
    },
    /// The private key cannot be read. The error of the reader is left out, as a precaution for the
    /// key.
    #[error("the key file {path} holds no private key in PEM")]
    Key {
        /// Path of the key file.
        path: String,
    },
    /// Certificate and private key do not match.
    #[error("certificate and key cannot be used together: {0}")]
    Together(String),
}

impl Tls {
    /// Reads a certificate chain and the private key, both PEM. TLS 1.3 only.
    pub fn read(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let wrong = |why: String| TlsError::Certificate { path: certificate.display().to_string(), why };
        let chain = CertificateDer::pem_file_iter(certificate)
            .map_err(|error| wrong(error.to_string()))?
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        if chain.is_empty() {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(key)
            .map_err(|_| TlsError::Key { path: key.display().to_string() })?;
        let together = |error: rustls::Error| TlsError::Together(error.to_string());
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .map_err(together)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(together)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Tls(Arc::new(config)))
    }

    /// The acceptor for HTTP/2, which gRPC needs.
    pub(super) fn http2(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }

    /// The acceptor for HTTP/1.1.
    pub(super) fn http1(&self) -> TlsAcceptor {
        let mut config = ServerConfig::clone(&self.0);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}
