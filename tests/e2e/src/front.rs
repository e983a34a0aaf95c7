//! An instance whose identity provider says what a test wants: a server in front of it that answers some requests itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::client::Client;
use crate::stack::Stack;

/// Where the provider describes itself.
const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and target, `POST /oidc/token`.
    pub line: String,
    /// The headers as they came, in lower case.
    pub headers: String,
    /// The body.
    pub body: String,
}

/// What is answered instead of the instance: a status, and JSON.
type Rule = Box<dyn Fn(&Asked) -> Option<(u16, Value)> + Send>;

/// A running instance that clients know by the address of the server in front of it.
pub struct Front {
    /// The instance.
    pub stack: Stack,
    rule: Arc<Mutex<Rule>>,
}

impl Front {
    /// Starts both; nothing is answered instead of the instance yet.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://localhost:{}", listener.local_addr()?.port());
        let stack = Stack::start_with(&["--base-url", &url])?;
        let target = stack.address()?;
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(Box::new(|_| None)));
        let shared = Arc::clone(&rule);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let rule = Arc::clone(&shared);
                thread::spawn(move || serve(stream, target, &rule));
            }
        });
        Ok(Self { stack, rule })
    }

    /// Answers what `rule` has an answer to, from now on.
    pub fn answer(&self, rule: impl Fn(&Asked) -> Option<(u16, Value)> + Send + 'static) {
        *self.rule.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(rule);
    }

    /// Answers with the provider's own description without one member, from now on.
    pub async fn hide(&self, member: &str) -> Result<()> {
        let client = Client::new(&self.stack.own_url())?;
        let (_, _, body) = client.send("GET", DISCOVERY, None, Vec::new()).await?;
        let mut document: Value = serde_json::from_slice(&body)?;
        let members = document.as_object_mut().context("an object")?;
        members.remove(member).context("it has such a member")?;
        self.answer(move |asked| {
            asked
                .line
                .ends_with(DISCOVERY)
                .then(|| (200, document.clone()))
        });
        Ok(())
    }
}

/// One connection: one request.
fn serve(client: TcpStream, target: SocketAddr, rule: &Mutex<Rule>) -> Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header == "\r\n" {
            break;
        }
        let (name, value) = header.split_once(':').unwrap_or_default();
        match name.to_lowercase().as_str() {
            "connection" => continue,
            "content-length" => length = value.trim().parse()?,
            _ => {}
        }
        headers.push_str(&header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let asked = Asked {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        headers: headers.to_lowercase(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = rule.lock().unwrap_or_else(PoisonError::into_inner)(&asked);
    let mut client = client;
    if let Some((status, json)) = answer {
        let json = json.to_string();
        write!(
            client,
            "HTTP/1.1 {status} As Told\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{json}",
            json.len()
        )?;
        return Ok(());
    }
    let mut server = TcpStream::connect(target)?;
    write!(server, "{line}Connection: close\r\n{headers}\r\n")?;
    server.write_all(&body)?;
    std::io::copy(&mut server, &mut client)?;
    Ok(())
}
