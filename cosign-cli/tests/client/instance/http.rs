//! As much HTTP as the client needs: one request a connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

pub(super) struct Request {
    /// Method and path.
    pub(super) line: String,
    head: String,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

pub(super) struct Response {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Response {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: String::new(),
            body: body.into(),
        }
    }

    pub(super) fn with_header(mut self, line: &str) -> Self {
        self.headers = format!("{}{line}\r\n", self.headers);
        self
    }
}

/// Reads a request, answers it and closes the connection.
pub(super) fn serve(mut stream: TcpStream, answer: impl FnOnce(&Request) -> Response) {
    let Some(request) = read(&mut stream) else {
        return;
    };
    let Response {
        status,
        headers,
        body,
    } = answer(&request);
    let head = format!(
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(&[head.as_bytes(), &body].concat())
        .unwrap();
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut buffer).unwrap() {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut words = head.split(' ');
    let line = format!("{} {}", words.next().unwrap(), words.next().unwrap());
    let mut request = Request {
        line,
        body: bytes.split_off(end),
        head,
    };
    let length: usize = request
        .header("content-length")
        .map_or(0, |text| text.parse().unwrap());
    while request.body.len() < length {
        let count = stream.read(&mut buffer).unwrap();
        request.body.extend_from_slice(&buffer[..count]);
    }
    Some(request)
}
