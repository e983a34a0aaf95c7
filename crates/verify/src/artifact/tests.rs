use sigbox_crypto::{KeyAlgorithm, SigningKey};

use super::*;

#[test]
fn a_stream_is_hashed_once_for_all_wanted_hashes() {
    let mut stream = io::Cursor::new(vec![7; CHUNK_BYTES * 2 + 1]);
    let wanted = [
        HashAlgorithm::Sha2_384,
        HashAlgorithm::Sha2_256,
        HashAlgorithm::Sha2_384,
    ];
    let digests = Digests::load(Artifact::Reader(&mut stream), &wanted, None).unwrap();
    for algorithm in wanted {
        let whole = sigbox_crypto::digest(algorithm, stream.get_ref());
        assert_eq!(digests.get(algorithm).unwrap(), whole);
    }
}

#[test]
fn an_empty_digest_is_no_digest_but_an_empty_file_has_one() {
    let algorithm = HashAlgorithm::Sha2_256;
    let refused = Digests::load(
        Artifact::Digest {
            algorithm,
            digest: &[],
        },
        &[algorithm],
        None,
    );
    assert!(matches!(
        refused,
        Err(ArtifactError::DigestLength {
            expected: 32,
            found: 0,
            ..
        })
    ));
    let empty = Digests::load(Artifact::Bytes(&[]), &[algorithm], None).unwrap();
    assert_eq!(empty.get(algorithm).unwrap(), sigbox_crypto::sha256(&[]));
}

#[test]
fn another_hash_than_the_given_one_cannot_be_had() {
    let digests = Digests::load(Artifact::Sha256Digest([0; 32]), &[], None).unwrap();
    let refused = digests.get(HashAlgorithm::Sha2_384);
    assert!(matches!(
        refused,
        Err(ArtifactError::DigestAlgorithm {
            needed: HashAlgorithm::Sha2_384,
            given: HashAlgorithm::Sha2_256
        })
    ));
}

#[test]
fn a_broken_stream_is_its_own_error() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let refused = Digests::load(
        Artifact::Reader(&mut Broken),
        &[HashAlgorithm::Sha2_256],
        None,
    );
    assert!(
        matches!(refused, Err(ArtifactError::Read(error)) if error.kind() == io::ErrorKind::ConnectionReset)
    );
}

#[test]
fn a_stream_is_kept_up_to_the_limit_and_hashed_beyond_it() {
    let key = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let artifact = vec![7; CHUNK_BYTES + 1];
    let signature = key.sign(&artifact).unwrap();
    let over = OverWhole {
        key: key.public_key(),
        signature: &signature,
    };
    let wanted = [HashAlgorithm::Sha2_512];
    let read = |limit| {
        let mut stream = artifact.as_slice();
        Digests::read_whole(&mut stream, &wanted, over, limit).unwrap()
    };
    assert!(matches!(
        read(artifact.len()).whole(),
        Whole::Judged(Ok(()))
    ));
    let beyond = read(artifact.len() - 1);
    assert!(matches!(beyond.whole(), Whole::TooLarge));
    let expected = sigbox_crypto::digest(HashAlgorithm::Sha2_512, &artifact);
    assert_eq!(beyond.get(HashAlgorithm::Sha2_512).unwrap(), expected);
}
