//! A proxy before the sandbox that passes calls on and forges some answers, down to the bytes. The
//! sandbox carries the calls out, so the sandbox's ledger is still the judge.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The sandbox's real answer.
#[derive(Clone)]
pub(crate) struct RealAnswer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// The forged answer: the bytes of a whole answer, or of none. The connection is
/// closed after the bytes.
pub(crate) type ForgedAnswer = Arc<dyn Fn(RealAnswer) -> Vec<u8> + Send + Sync>;

/// The calls with a forged answer: those with both texts in path and body.
struct Rule {
    path: String,
    about: String,
    forge: ForgedAnswer,
}

/// A Stripe with forged answers.
#[derive(Clone)]
pub(crate) struct ForgingProxy {
    pub(crate) address: SocketAddr,
    sandbox: String,
    rules: Arc<Mutex<Vec<Rule>>>,
    paths: Arc<Mutex<Vec<String>>>,
    client: reqwest::Client,
    id_mappings: Arc<Vec<IdMapping>>,
}

/// An object's id for the relay, and the id of the same object in the sandbox.
#[derive(Clone, Debug)]
pub(crate) struct IdMapping {
    pub(crate) relay: String,
    pub(crate) sandbox: String,
}

impl IdMapping {
    /// A text of the relay with the sandbox's ids.
    pub(crate) fn to_sandbox(id_mappings: &[IdMapping], text: &str) -> String {
        id_mappings
            .iter()
            .fold(text.to_owned(), |text, mapping| text.replace(&mapping.relay, &mapping.sandbox))
    }

    /// A text of the sandbox with the relay's ids.
    pub(crate) fn to_relay(id_mappings: &[IdMapping], text: &str) -> String {
        id_mappings
            .iter()
            .fold(text.to_owned(), |text, mapping| text.replace(&mapping.sandbox, &mapping.relay))
    }
}

/// A call of the relay to Stripe.
struct Call {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl ForgingProxy {
    pub(crate) async fn before(sandbox: String) -> ForgingProxy {
        ForgingProxy::with_id_mappings(sandbox, vec![]).await
    }

    /// A proxy that also replaces ids: calls get the sandbox's ids, and answers the relay's.
    pub(crate) async fn with_id_mappings(sandbox: String, id_mappings: Vec<IdMapping>) -> ForgingProxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let forging_proxy = ForgingProxy {
            address: listener.local_addr().unwrap(),
            sandbox,
            rules: Arc::default(),
            paths: Arc::default(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            id_mappings: Arc::new(id_mappings),
        };
        let served = forging_proxy.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move { served.serve(connection).await });
            }
        });
        forging_proxy
    }

    /// From now on, calls with this path and this text get a forged answer.
    pub(crate) fn forge(&self, path: &str, about: &str, forge: ForgedAnswer) {
        let rule = Rule { path: path.to_owned(), about: about.to_owned(), forge };
        self.rules.lock().unwrap().push(rule);
    }

    /// From now on, calls with this text get the sandbox's own answer.
    pub(crate) fn stop_forging(&self, about: &str) {
        self.rules.lock().unwrap().retain(|rule| rule.about != about);
    }

    /// Whether a call's path contains this text.
    pub(crate) fn was_called(&self, part: &str) -> bool {
        self.paths.lock().unwrap().iter().any(|path| path.contains(part))
    }

    async fn serve(&self, mut connection: TcpStream) {
        let mut before = vec![];
        while let Some(call) = read(&mut connection, &mut before).await {
            self.paths.lock().unwrap().push(call.path.clone());
            let text = String::from_utf8_lossy(&call.body).into_owned();
            let wanted = |rule: &&Rule| {
                call.path.contains(&rule.path)
                    && (text.contains(&rule.about) || call.path.contains(&rule.about))
            };
            let forge = self.rules.lock().unwrap().iter().find(wanted).map(|rule| Arc::clone(&rule.forge));
            let real_answer = self.pass_on(call).await;
            let Some(forge) = forge else {
                let bytes = answer(real_answer.status, "", real_answer.body.to_string().as_bytes());
                if connection.write_all(&bytes).await.is_err() {
                    return;
                }
                continue;
            };
            drop(connection.write_all(&forge(real_answer)).await);
            drop(connection.shutdown().await);
            return;
        }
    }

    async fn pass_on(&self, call: Call) -> RealAnswer {
        let method = reqwest::Method::from_bytes(call.method.as_bytes()).unwrap();
        let path = IdMapping::to_sandbox(&self.id_mappings, &call.path);
        let mut request = self.client.request(method, format!("{}{path}", self.sandbox));
        for (name, value) in call.headers {
            if !["host", "content-length", "connection"].contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        let body = IdMapping::to_sandbox(&self.id_mappings, &String::from_utf8_lossy(&call.body));
        let answer = request.body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = IdMapping::to_relay(&self.id_mappings, &answer.text().await.unwrap());
        let body = serde_json::from_str(&body).unwrap_or(Value::Null);
        RealAnswer { status, body }
    }
}

/// A whole answer over HTTP, as Stripe sends, with extra headers ("Name: value\r
/// ").
pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nRequest-Id: req_forged\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The next call on a connection; `None` at the end. Bytes after the call stay in `bytes`.
async fn read(connection: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Call> {
    let mut buffer = [0; 16384];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        let count = connection.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap().split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let header = |line: &str| {
        line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<_> = lines.filter_map(header).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
    while bytes.len() < end + length {
        let count = connection.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    }
    let body = bytes[end..end + length].to_vec();
    bytes.drain(..end + length);
    Some(Call { method, path, headers, body })
}
