//! A registry as if it stood farther away: all that passes is held back for a while, in both directions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

const BUFFER_BYTES: usize = 64 * 1024;

/// Listens until the program ends, and passes on what comes to `host`; the address to use in its place.
pub(crate) fn farther_away(host: &str, each_way: Duration) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let host = host.to_owned();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A connection that cannot be passed on is closed.
            if let Ok(server) = TcpStream::connect(&host) {
                drop(pass_on(client, server, each_way));
            }
        }
    });
    Ok(address)
}

fn pass_on(client: TcpStream, server: TcpStream, delay: Duration) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    hold_back(from_client, server, delay);
    hold_back(from_server, client, delay);
    Ok(())
}

/// One direction; its end is passed on, too.
fn hold_back(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; BUFFER_BYTES];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = buffer.get(..count).unwrap_or_default().to_vec();
            if sender.send((Instant::now() + delay, bytes)).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            wait_until(due);
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        drop(to.shutdown(Shutdown::Write));
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time that passes is what is made here"
)]
fn wait_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now()));
}
