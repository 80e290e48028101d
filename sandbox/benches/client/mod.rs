//! A caller of the sandbox with one connection, for the benchmarks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection that is kept open.
pub(crate) struct Caller {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
    answer: Vec<u8>,
}

impl Caller {
    /// Connects to the sandbox.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let writer = stream.try_clone().unwrap();
        Self { writer, reader: BufReader::new(stream), answer: Vec::new() }
    }

    /// Makes a call that has to succeed, and returns the body of the answer. `headers` are whole lines.
    pub(crate) fn call(&mut self, call: &str, headers: &str, body: &str) -> &str {
        let length = body.len();
        let head = format!(
            "{call} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer sk_test_bench\r\n\
             content-type: application/x-www-form-urlencoded\r\n{headers}content-length: {length}\r\n\r\n{body}"
        );
        self.writer.write_all(head.as_bytes()).unwrap();
        let status = self.read_answer();
        let text = std::str::from_utf8(&self.answer).unwrap();
        assert_eq!(status, 200, "{text}");
        text
    }

    /// Reads one HTTP response into the buffer, and returns the status code.
    fn read_answer(&mut self) -> u16 {
        let (mut line, mut status, mut length) = (String::new(), 0, 0);
        loop {
            line.clear();
            self.reader.read_line(&mut line).unwrap();
            let text = line.trim_end().to_ascii_lowercase();
            if text.is_empty() {
                break;
            } else if let Some(rest) = text.strip_prefix("http/1.1 ") {
                status = rest.split(' ').next().unwrap().parse().unwrap();
            } else if let Some(rest) = text.strip_prefix("content-length:") {
                length = rest.trim().parse().unwrap();
            }
        }
        self.answer.resize(length, 0);
        self.reader.read_exact(&mut self.answer).unwrap();
        status
    }
}
