//! HTTP/1.1 written and read by hand: an attacker sends what no client library would, and from any of the
//! addresses 127.0.0.0/8.

use anyhow::{bail, Context, Result};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// An answer is not waited for any longer.
const PATIENCE: Duration = Duration::from_secs(40);
/// A larger answer is a fault.
const ANSWER_BYTES: usize = 4 << 20;

/// A request, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Envelope {
    /// As it goes over the wire, with its length.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(&format!("Content-Length: {}\r\n", self.body.len()));
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Everything before the body; `framing` tells how long that is.
    pub(crate) fn head(&self, framing: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: miner\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(framing);
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// A connection that is used again and again.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// From one address of this machine to the server.
    pub(crate) async fn open(from: Ipv4Addr, to: SocketAddr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into()).with_context(|| format!("binding {from}"))?;
        let stream = timeout(PATIENCE, socket.connect(to)).await??;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.0.get_mut().write_all(bytes).await?)
    }

    /// The next answer; `None` where the server closed the connection instead.
    pub(crate) async fn read(&mut self) -> Result<Option<Reply>> {
        timeout(PATIENCE, self.read_reply()).await.context("no answer and no end")?
    }

    async fn read_reply(&mut self) -> Result<Option<Reply>> {
        let mut line = String::new();
        // A reset is an end too.
        if self.0.read_line(&mut line).await.unwrap_or(0) == 0 {
            return Ok(None);
        }
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.with_context(|| format!("no status in {line:?}"))?;
        let mut length = 0usize;
        loop {
            line.clear();
            if self.0.read_line(&mut line).await? == 0 {
                return Ok(Some(Reply { status, body: Vec::new() }));
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().with_context(|| format!("length {value:?}"))?;
            }
        }
        if length > ANSWER_BYTES {
            bail!("an answer of {length} bytes");
        }
        let mut body = vec![0; length];
        if self.0.read_exact(&mut body).await.is_err() {
            body.clear();
        }
        Ok(Some(Reply { status, body }))
    }

    /// One request and its answer.
    pub(crate) async fn ask(&mut self, bytes: &[u8]) -> Result<Option<Reply>> {
        if self.write(bytes).await.is_err() {
            return Ok(None);
        }
        self.read().await
    }
}

/// One of very many addresses of this machine: no two attackers share one, and none is 127.0.0.1.
pub(crate) fn address(number: usize) -> Ipv4Addr {
    let [.., b, c] = (number / 250).to_be_bytes();
    let last = u8::try_from(number % 250).unwrap_or(0) + 1;
    Ipv4Addr::new(127, b.wrapping_add(1), c, last)
}
