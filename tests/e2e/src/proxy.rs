//! An HTTP proxy that writes down every host it is asked for, and knows the made-up hosts of a test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

/// A running proxy; its threads end with the process.
pub struct RecordingProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl RecordingProxy {
    /// Starts a proxy that takes `host` to `target` and refuses every other.
    pub fn start(host: &str, target: SocketAddr) -> Result<Self> {
        Self::start_with(&[(host, target)])
    }

    /// Starts a proxy that takes each of these hosts to its address and refuses every other.
    pub fn start_with(hosts: &[(&str, SocketAddr)]) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let known: BTreeMap<String, SocketAddr> = hosts
            .iter()
            .map(|(host, target)| ((*host).to_owned(), *target))
            .collect();
        let (known, record) = (Arc::new(known), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (known, record) = (Arc::clone(&known), Arc::clone(&record));
                thread::spawn(move || serve(stream, &known, &record));
            }
        });
        Ok(Self { address, asked })
    }

    /// The value for `HTTP_PROXY` and `HTTPS_PROXY`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hosts asked for so far, sorted, each once.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = self
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

/// One connection: one request, closed by whoever ends first.
fn serve(
    client: TcpStream,
    known: &BTreeMap<String, SocketAddr>,
    record: &Mutex<Vec<String>>,
) -> Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut headers = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        if !matches!(name.as_str(), "connection" | "proxy-connection") {
            headers.push_str(&line);
        }
    }
    let mut words = request.split_whitespace();
    let method = words.next().context("no method")?;
    let uri = words.next().context("no target")?;
    let absolute = uri.strip_prefix("http://");
    let authority = absolute
        .unwrap_or(uri)
        .split('/')
        .next()
        .unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(h, _)| h);
    record
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(host.to_owned());
    let mut client = client;
    let Some(target) = known.get(host) else {
        client.write_all(
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        )?;
        return Ok(());
    };
    let mut server = TcpStream::connect(target)?;
    if method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        let path = absolute
            .and_then(|rest| rest.find('/').and_then(|at| rest.get(at..)))
            .unwrap_or("/");
        write!(
            server,
            "{method} {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"
        )?;
    }
    pump(reader, client, server)
}

/// Copies both ways until both ends are done.
fn pump(mut from_client: BufReader<TcpStream>, client: TcpStream, server: TcpStream) -> Result<()> {
    let mut to_server = server.try_clone()?;
    let upward = thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut server, mut client) = (server, client);
    let mut buffer = [0; 8192];
    // A server that breaks off ends the client's connection too: it would wait for an answer that nobody sends.
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        if client
            .write_all(buffer.get(..count).unwrap_or_default())
            .is_err()
        {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = upward.join();
    Ok(())
}
