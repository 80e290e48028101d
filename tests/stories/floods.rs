//! A flood of refused requests: the log says the first ones and the number of the others, and the disk
//! stays free.

use std::path::Path;

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stage::{
    eventually, order,
    processes::Process,
    settings,
    signed_requests::{Signer, http2},
};

/// Requests of a flood.
const MANY: usize = 1_000;

/// Requests of a stranger on one connection that are refused without delay.
const PROMPT: usize = 8;

fn log(folder: &Path, program: &str) -> String {
    std::fs::read_to_string(folder.join(format!("causeway-{program}.log"))).unwrap()
}

/// The lines with a text, and the sum of what the summaries for it left out.
fn counted(log: &str, text: &str) -> (usize, u64) {
    let of_it = log.lines().filter(|line| line.contains(text));
    let (summaries, lines): (Vec<_>, Vec<_>) = of_it.partition(|line| line.contains("left_out="));
    let number = |line: &&str| {
        let rest = line.split("left_out=").nth(1).unwrap();
        rest.split(' ').next().unwrap().parse::<u64>().unwrap()
    };
    (lines.len(), summaries.iter().map(number).sum())
}

async fn all_are_counted(folder: &Path, program: &str, text: &str) {
    eventually("each refused request is in a line or in a number", async || {
        let (lines, left_out) = counted(&log(folder, program), text);
        u64::try_from(lines).unwrap() + left_out == u64::try_from(MANY).unwrap()
    })
    .await;
    let log = log(folder, program);
    let (lines, _) = counted(&log, text);
    assert!((50..200).contains(&lines), "{lines} lines of {text}");
    assert!(log.len() < 100_000, "{} bytes", log.len());
}

/// E6: the link, the adapter and the webhook listener.
#[tokio::test]
async fn a_flood_of_refusals_is_counted_in_the_log() {
    let folder = TempDir::new().unwrap();
    let relay_settings = settings::relay(&folder.path().join("relay.db"), "http://127.0.0.1:9")
        .replace("[jobs]", "[webhooks]\nlisten = \"127.0.0.1:0\"\n[jobs]");
    let relay = Process::start("causeway-relay", folder.path(), &relay_settings).await;
    let said = log(folder.path(), "relay");
    let webhooks = said.split("are served at ").nth(1).unwrap().split([' ', '\n']).next().unwrap().to_owned();
    let adapter_settings = settings::adapter(&[relay.address], "acme-1", settings::ACME_SECRET);
    let adapter_settings = format!("log_format = \"text\"\n{adapter_settings}");
    let adapter = Process::start("causeway-adapter", folder.path(), &adapter_settings).await;
    let now = causeway_runtime::machine::environment().now();
    let stranger = Signer { secret: settings::GLOBEX_SECRET.to_owned(), ..Signer::for_acme(now, 1) };
    for program in [&relay, &adapter] {
        let request = stranger.sign(program.address, "Authorize", &order("1", "12.50 USD"));
        for _ in 0..MANY / PROMPT {
            let client = http2();
            for _ in 0..PROMPT {
                assert!(request.send(&client).await.starts_with("Unauthenticated"));
            }
        }
    }
    for _ in 0..MANY {
        let mut connection = TcpStream::connect(&webhooks).await.unwrap();
        let head =
            b"POST /webhooks/nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        connection.write_all(head).await.unwrap();
        let mut answer = vec![];
        drop(connection.read_to_end(&mut answer).await);
        assert!(answer.starts_with(b"HTTP/1.1 404"));
    }
    all_are_counted(folder.path(), "relay", "a request was refused before it was decoded").await;
    all_are_counted(folder.path(), "relay", "a webhook was refused").await;
    all_are_counted(folder.path(), "adapter", "a request was refused before it was decoded").await;
    for (program, needed) in
        [("relay", "the limit of open files is"), ("adapter", "the limit of open files is")]
    {
        assert!(log(folder.path(), program).contains(needed), "{program}");
    }
    adapter.kill();
    relay.kill();
}
