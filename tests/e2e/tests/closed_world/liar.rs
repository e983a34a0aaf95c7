//! A host that sends whoever asks to another host.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::Result;

/// Starts it; its threads end with the process.
///
/// As a registry it answers `/v2/`, has tokens for `realm` issued elsewhere, and everything else is elsewhere.
pub(crate) fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let head = if path == "/v2/" {
        "200 OK\r\n".to_owned()
    } else if path.starts_with("/v2/realm/") {
        let realm = "Bearer realm=\"http://elsewhere.test/token\",service=\"s\"";
        format!("401 Unauthorized\r\nWWW-Authenticate: {realm}\r\n")
    } else {
        format!("307 Temporary Redirect\r\nLocation: http://elsewhere.test{path}\r\n")
    };
    write!(
        stream,
        "HTTP/1.1 {head}Content-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    // Closing before the request's body was read would take the answer back.
    stream.shutdown(Shutdown::Write)?;
    std::io::copy(&mut reader, &mut std::io::sink())?;
    Ok(())
}
