use std::io::Write as _;

use super::*;
use crate::foreign::Foreign;

fn fresh() -> (tempfile::TempDir, Layout) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    (folder, layout)
}

#[test]
fn what_is_written_is_read_back() {
    let (folder, layout) = fresh();
    let blob = layout.write_blob("text/plain", b"hello").unwrap();
    layout.set_index(std::slice::from_ref(&blob)).unwrap();
    let again = Layout::open(folder.path()).unwrap();
    assert_eq!(again.index().unwrap(), vec![blob.clone()]);
    assert_eq!(again.blob(&blob, 5).unwrap(), b"hello");
    assert_eq!(again.digests().unwrap(), vec![blob.digest.clone()]);
    assert!(again.has(&blob.digest));
    let marker = fs::read_to_string(folder.path().join("oci-layout")).unwrap();
    assert_eq!(marker, "{\"imageLayoutVersion\":\"1.0.0\"}");
}

#[test]
fn adv_c52_a_blob_with_other_bytes_is_refused() {
    let (_folder, layout) = fresh();
    let blob = layout.write_blob("text/plain", b"hello").unwrap();
    fs::write(layout.blob_path(&blob.digest), b"HELLO").unwrap();
    match layout.blob(&blob, 100).unwrap_err() {
        LayoutError::DigestMismatch { expected, found } => {
            assert_eq!((expected, found), (blob.digest, Digest::sha256(b"HELLO")));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn adv_c53_a_longer_file_is_not_read_to_its_end() {
    let (_folder, layout) = fresh();
    let blob = layout.write_blob("text/plain", b"hello").unwrap();
    assert!(matches!(
        layout.blob(&blob, 4).unwrap_err(),
        LayoutError::TooLarge { limit: 4, .. }
    ));
    fs::write(layout.blob_path(&blob.digest), b"hello world").unwrap();
    match layout.blob(&blob, 100).unwrap_err() {
        LayoutError::SizeMismatch {
            expected: 5,
            found: 11,
            ..
        } => {}
        other => panic!("{other}"),
    }
}

#[test]
fn adv_c60_a_link_in_place_of_a_blob_is_not_followed() {
    let (folder, layout) = fresh();
    let secret = folder.path().join("secret");
    fs::write(&secret, b"hello").unwrap();
    let blob = Descriptor::of("text/plain", b"hello");
    std::os::unix::fs::symlink(&secret, layout.blob_path(&blob.digest)).unwrap();
    match layout.blob(&blob, 100).unwrap_err() {
        LayoutError::File { path, source } => {
            assert_eq!(path, layout.blob_path(&blob.digest));
            assert_eq!(source.to_string(), "not a regular file");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_blob_appears_when_it_is_whole() {
    let (folder, layout) = fresh();
    let blob = Descriptor::of("text/plain", b"hello");
    let mut writer = layout.blob_writer(&blob).unwrap();
    writer.write_all(b"hel").unwrap();
    assert!(!layout.has(&blob.digest));
    assert!(
        writer
            .write_all(b"lo and more")
            .is_err_and(|error| error.kind() == ErrorKind::InvalidData)
    );
    writer.write_all(b"lo").unwrap();
    writer.finish().unwrap();
    assert_eq!(layout.blob(&blob, 5).unwrap(), b"hello");

    let mut short = layout.blob_writer(&blob).unwrap();
    short.write_all(b"HELLO").unwrap();
    assert!(matches!(
        short.finish().unwrap_err(),
        LayoutError::DigestMismatch { .. }
    ));
    let left = fs::read_dir(folder.path().join("blobs/sha256"))
        .unwrap()
        .count();
    assert_eq!(left, 1);
}

#[test]
fn another_version_is_refused() {
    let (folder, _layout) = fresh();
    fs::write(
        folder.path().join("oci-layout"),
        r#"{"imageLayoutVersion":"2.0.0"}"#,
    )
    .unwrap();
    match Layout::open(folder.path()).unwrap_err() {
        LayoutError::Version {
            expected: "1.0.0",
            found,
        } => assert_eq!(found, Foreign::new("2.0.0")),
        other => panic!("{other}"),
    }
}
