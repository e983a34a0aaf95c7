//! Recorded Rekor servers, v1 and v2.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sigbox_tlog::{
    Checkpoint, LeafIndex, SignedNote, TreeSize, entry_bundle, key_id, leaf_hash, verify_inclusion,
};

const V1_BODY: &str = r#"{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}},"signature":{"content":"MEQCIGfPj5dmW8D7Bf4Fk5MPtjWxkkq+WJwpWdyzotMB1Cc6AiAskPCjwL7guExOe/cAWj4yulaXtoNLsZNAG2OyHgshhg==","publicKey":{"content":"LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFZTVCTGM4OTNOWGtzZDgyZU1mT1NvbFUrQkRnYQp0OUVmNFhQQ2taUy9GR1pXZjlFb3E2aGc4M2Z0S3VoMGIvZmMxeEdqakg4OStab3ZvV0d6ZTJpcEpBPT0KLS0tLS1FTkQgUFVCTElDIEtFWS0tLS0tCg=="}}}}"#;
const V1_NOTE: &str = "rekor.local - 6401520558168952664\n1\n1BjQ3u0Cge7sNKmuqsjQCddCoQgRAZ9yd7TkfR2iQZw=\n\n— rekor.local ayFS0TBGAiEAhRAajtPw6IUwXkeHAaxttS31DcdKBHtbpMjN0WgcIecCIQCCo1LunVYP+2/lPXrFL8o06oH+INSjxVQ0fGGXB0yXsA==\n";
const V1_SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ4CvEh38DsGw+lyOVSzpSAGkuX9y46iTmlGbkbO7irD9uEgt3RhkR6e3TE4KMOr+ewa5s9jzPj/PTCjNmeSSEg==";

const V2_BODY: &str = r#"{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="},"signature":{"content":"MEUCIQDjPwtmoLgwuFB4Ssrray2TOysa1+MZNho0EIjhMvhR2wIgcZqXlsV4lsA3PtXNYhCMt70mY8YdGszr9APUzx8lq1k=","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHljOvJsI1FA01CKijSZFuofl+Dt2Gwsjs9oxfwEX3EN69xQIY7IAhblRMnr3HTLibCOtSrM/UCrUbY07cBFRNA=="}}}}}}"#;
const V2_NOTE: &str = "rekor.local\n1\nu7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=\n\n— rekor.local Qqp+Mo7Ic2ZpM24T47nK7n6ghMz/UMEKaAeEO4lyfCQzB75VpGzlny3sOE3AMNOO8c+RLSEwEuRM1KPGJQkgmITwKwI=\n";
const V2_ECDSA_NOTE: &str = "rekor.local\n1\n1u3547zduIpincRcz7LHwK85GpMCnL3rMjrbKfQrEpo=\n\n— rekor.local 0cZQKjBEAiBMTUeb/RbOzXaN0TqDVz0QpV+1YC5NQPR5akZH65NgawIgJ1xbz3ZGXOU4cUf4+cKSOx2XAzFn1kZrYzCb0gR+feA=\n";
const V2_ECDSA_KEY_ID: &str = "0cZQKvcmDihBiobpsIaDMa28Bb4G0KMMF4+HgiLk2ms=";

/// The one leaf of a recorded tree is in it, and the note is written as it was read.
fn one_leaf_tree(note: &str, body: &str) -> SignedNote {
    let signed = SignedNote::parse(note).unwrap();
    assert_eq!(signed.to_string(), note);
    let checkpoint = Checkpoint::parse(signed.text()).unwrap();
    assert_eq!(checkpoint.to_text(), signed.text());
    assert_eq!(checkpoint.size, TreeSize(1));
    let leaf = leaf_hash(body.as_bytes());
    assert_eq!(
        verify_inclusion(leaf, LeafIndex(0), checkpoint.size, &[], checkpoint.root),
        Ok(())
    );
    signed
}

#[test]
fn version_one() {
    let note = one_leaf_tree(V1_NOTE, V1_BODY);
    let leaf = leaf_hash(V1_BODY.as_bytes());
    assert_eq!(
        leaf.to_string(),
        "d418d0deed0281eeec34a9aeaac8d009d742a10811019f7277b4e47d1da2419c"
    );
    let key = key_id::ecdsa(&STANDARD.decode(V1_SPKI).unwrap());
    assert_eq!(note.signatures()[0].hint, key_id::hint(&key));
    let log_id = sigbox_tlog::Hash::from_bytes(key).to_string();
    assert_eq!(
        log_id,
        "6b2152d10def58b36d9f1207ada9e7bf42ed4812c6c5a792a2e897692bae8aed"
    );
}

#[test]
fn version_two() {
    assert_eq!(V2_BODY.len(), 489);
    let note = one_leaf_tree(V2_NOTE, V2_BODY);
    assert_eq!(note.signatures()[0].hint.to_string(), "42aa7e32");
    let bundle = entry_bundle::encode(&[V2_BODY]).unwrap();
    assert_eq!(bundle[..2], [0x01, 0xe9]);
    assert_eq!(entry_bundle::decode(&bundle).unwrap(), [V2_BODY.as_bytes()]);
}

#[test]
fn version_two_with_an_ecdsa_key() {
    let note = SignedNote::parse(V2_ECDSA_NOTE).unwrap();
    let key_id: [u8; 32] = STANDARD
        .decode(V2_ECDSA_KEY_ID)
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(note.signatures()[0].hint, key_id::hint(&key_id));
    assert_eq!(note.to_string(), V2_ECDSA_NOTE);
}
