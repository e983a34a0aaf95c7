use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::TcpListener;

use super::*;

const LONG: Duration = Duration::from_hours(1);
const SHORT: Duration = Duration::from_millis(1);

#[tokio::test]
async fn an_idle_stream_fails() {
    let (near, _far) = duplex(16);
    let mut stream = GuardedStream::new(near, SHORT, LONG, None);
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_write_that_nobody_takes_fails() {
    let (near, _far) = duplex(1);
    let mut stream = GuardedStream::new(near, LONG, SHORT, None);
    let error = stream.write_all(b"ab").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn traffic_passes_unchanged() {
    let (near, mut far) = duplex(16);
    let mut stream = GuardedStream::new(near, LONG, LONG, None);
    stream.write_all(b"out").await.unwrap();
    let mut bytes = [0; 3];
    far.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"out");
    far.write_all(b"in").await.unwrap();
    drop(far);
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, b"in");
}

#[tokio::test]
async fn sends_without_delay() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let acceptor = ConnectionAcceptor::new(&ConnectionLimits::default());
    let guarded = acceptor.guard(stream).unwrap();
    assert!(guarded.get_ref().nodelay().unwrap());
}

#[test]
fn an_address_holds_no_more_than_its_limit() {
    let held = Held::default();
    let limit = NonZeroU32::new(2).unwrap();
    let near: IpAddr = "192.0.2.1".parse().unwrap();
    let other: IpAddr = "192.0.2.2".parse().unwrap();

    let first = Place::take(&held, near, limit).unwrap();
    let _second = Place::take(&held, near, limit).unwrap();
    let error = Place::take(&held, near, limit).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
    let _other = Place::take(&held, other, limit).unwrap();

    drop(first);
    let _third = Place::take(&held, near, limit).unwrap();
}

#[test]
fn places_are_forgotten_when_given_back() {
    let held = Held::default();
    let place = Place::take(&held, "192.0.2.1".parse().unwrap(), NonZeroU32::MIN).unwrap();
    assert_eq!(held.lock().unwrap().len(), 1);
    drop(place);
    assert_eq!(held.lock().unwrap().len(), 0);
}

#[test]
fn loopback_is_not_counted() {
    let held = Held::default();
    for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        let address = address.parse().unwrap();
        for _ in 0..3 {
            assert!(
                Place::take(&held, address, NonZeroU32::MIN)
                    .unwrap()
                    .is_none()
            );
        }
    }
}
