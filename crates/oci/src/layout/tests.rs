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

#[test]
fn every_blob_is_hashed_and_nothing_else_may_stand_there() {
    let (folder, layout) = fresh();
    let blob = layout.write_blob(media_type::OCI_CONFIG, b"{}").unwrap();
    let blobs = folder.path().join("blobs/sha256");
    fs::write(blobs.join(".partial-1-1"), "left by an interrupted run").unwrap();
    assert_eq!(layout.check_all().unwrap(), 1);
    layout.check(&blob).unwrap();

    let file = blobs.join(blob.digest.hex());
    fs::write(&file, "[]").unwrap();
    for damaged in [layout.check_all().map(drop), layout.check(&blob)] {
        assert!(matches!(
            damaged.unwrap_err(),
            LayoutError::DigestMismatch { expected, .. } if expected == blob.digest
        ));
    }
    fs::remove_file(&file).unwrap();

    let names = ["x.json", "..%2fx", &"A".repeat(64)];
    for name in names {
        let path = blobs.join(name);
        fs::write(&path, "{}").unwrap();
        assert!(matches!(
            layout.check_all().unwrap_err(),
            LayoutError::ForeignPath { path: found } if found == path
        ));
        fs::remove_file(&path).unwrap();
    }
    // A link with a blob's name, to a file with that content.
    let outside = folder.path().join("outside");
    fs::write(&outside, "{}").unwrap();
    std::os::unix::fs::symlink(&outside, &file).unwrap();
    for linked in [layout.check_all().map(drop), layout.check(&blob)] {
        assert!(matches!(
            linked.unwrap_err(),
            LayoutError::ForeignPath { path } if path == file
        ));
    }
    fs::remove_file(&file).unwrap();
    let other = folder.path().join("blobs/md5");
    fs::create_dir(&other).unwrap();
    assert!(matches!(
        layout.check_all().unwrap_err(),
        LayoutError::ForeignPath { path } if path == other
    ));
}

#[test]
fn what_refers_to_something_is_found_unlisted() {
    let (folder, layout) = fresh();
    let config = layout.write_blob(media_type::OCI_EMPTY, b"{}").unwrap();
    let image = Descriptor::of(media_type::OCI_MANIFEST, b"an image");
    let manifest = |subject: Option<&Descriptor>| {
        let text = serde_json::json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": config, "layers": [], "subject": subject,
        });
        RawManifest::new(media_type::OCI_MANIFEST, text.to_string())
    };
    let (alone, referrer) = (manifest(None), manifest(Some(&image)));
    layout.write_manifest(&alone).unwrap();
    layout.write_manifest(&referrer).unwrap();
    layout
        .write_blob(media_type::OCI_CONFIG, b"{\"subject\":1}")
        .unwrap();
    assert_eq!(layout.referring().unwrap(), std::slice::from_ref(&referrer));
    let path = folder
        .path()
        .join("blobs/sha256")
        .join(referrer.digest.hex());
    let damaged = String::from_utf8(referrer.bytes.to_vec()).unwrap() + " ";
    fs::write(path, damaged).unwrap();
    assert_eq!(layout.referring().unwrap(), []);
}
