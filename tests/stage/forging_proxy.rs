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
pub(crate) struct Honest {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// The forged answer: the bytes of a whole answer, or of none. The connection is
/// closed after the bytes.
pub(crate) type Forge = Arc<dyn Fn(Honest) -> Vec<u8> + Send + Sync>;

/// The calls with a forged answer: those with both texts in path and body.
struct Rule {
    path: String,
    about: String,
    forge: Forge,
}

/// A Stripe with forged answers.
#[derive(Clone)]
pub(crate) struct Forger {
    pub(crate) address: SocketAddr,
    sandbox: String,
    rules: Arc<Mutex<Vec<Rule>>>,
    paths: Arc<Mutex<Vec<String>>>,
    client: reqwest::Client,
    renames: Arc<Vec<Rename>>,
}

/// An object's id for the relay, and the id of the same object in the sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    pub(crate) relay: String,
    pub(crate) sandbox: String,
}

impl Rename {
    /// A text of the relay with the sandbox's ids.
    pub(crate) fn to_sandbox(renames: &[Rename], text: &str) -> String {
        renames.iter().fold(text.to_owned(), |text, rename| text.replace(&rename.relay, &rename.sandbox))
    }

    /// A text of the sandbox with the relay's ids.
    pub(crate) fn to_relay(renames: &[Rename], text: &str) -> String {
        renames.iter().fold(text.to_owned(), |text, rename| text.replace(&rename.sandbox, &rename.relay))
    }
}

/// A call of the relay to Stripe.
struct Call {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Forger {
    pub(crate) async fn before(sandbox: String) -> Forger {
        Forger::renaming(sandbox, vec![]).await
    }

    /// A proxy that also replaces ids: calls get the sandbox's ids, and answers the relay's.
    pub(crate) async fn renaming(sandbox: String, renames: Vec<Rename>) -> Forger {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let forger = Forger {
            address: listener.local_addr().unwrap(),
            sandbox,
            rules: Arc::default(),
            paths: Arc::default(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            renames: Arc::new(renames),
        };
        let served = forger.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move { served.serve(connection).await });
            }
        });
        forger
    }

    /// From now on, calls with this path and this text get a forged answer.
    pub(crate) fn forge(&self, path: &str, about: &str, forge: Forge) {
        let rule = Rule { path: path.to_owned(), about: about.to_owned(), forge };
        self.rules.lock().unwrap().push(rule);
    }

    /// From now on, calls with this text get the sandbox's own answer.
    pub(crate) fn heal(&self, about: &str) {
        self.rules.lock().unwrap().retain(|rule| rule.about != about);
    }

    /// Whether a call's path contains this text.
    pub(crate) fn was_asked(&self, part: &str) -> bool {
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
            let honest = self.pass_on(call).await;
            let Some(forge) = forge else {
                let reported = answer(honest.status, "", honest.body.to_string().as_bytes());
                if connection.write_all(&reported).await.is_err() {
                    return;
                }
                continue;
            };
            drop(connection.write_all(&forge(honest)).await);
            drop(connection.shutdown().await);
            return;
        }
    }

    async fn pass_on(&self, call: Call) -> Honest {
        let method = reqwest::Method::from_bytes(call.method.as_bytes()).unwrap();
        let path = Rename::to_sandbox(&self.renames, &call.path);
        let mut request = self.client.request(method, format!("{}{path}", self.sandbox));
        for (name, value) in call.headers {
            if !["host", "content-length", "connection"].contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        let body = Rename::to_sandbox(&self.renames, &String::from_utf8_lossy(&call.body));
        let answer = request.body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = Rename::to_relay(&self.renames, &answer.text().await.unwrap());
        let body = serde_json::from_str(&body).unwrap_or(Value::Null);
        Honest { status, body }
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
