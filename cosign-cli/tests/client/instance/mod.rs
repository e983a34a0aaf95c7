//! A certificate authority, a timestamp authority and a log behind one listener of our own, for signing against.

mod http;
mod keys;
mod v1;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{LeafRequest, LeafSubject, Unlinted};
use sigbox_crypto::tsp::TimeStampRequest;
use sigbox_crypto::{
    HashAlgorithm, KeyAlgorithm, PublicKey, Sct, SctEntry, SigningKey, random_bytes,
};
use sigbox_tlog::{Checkpoint, Origin, TreeSize, UnixMillis, leaf_hash, sign_note};
use sigbox_wire::{
    CreateEntryRequest, HashedRekordV002, InclusionProof, KindVersion, SigningCertKey,
    SigningCertRequest, SigningCertResponse, TransparencyLogEntry,
};

use http::{Request, Response};
use keys::{Keys, LOG_HOST};

/// Who every token is taken to be of.
pub(crate) const SUBJECT: &str = "alice@example.test";
/// Who every token is taken to be issued by.
pub(crate) const ISSUER: &str = "https://oidc.example.test";

/// The place in which the instance misbehaves; all else is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// The CA's certificate holds somebody else's key.
    OtherKey,
    /// The SCT is of a CT log that the trusted root does not know.
    UnknownCtLog,
    /// The timestamp is over something else.
    OtherStamp,
    /// The log answers with another entry.
    OtherEntry,
    /// The log's proof leads nowhere.
    WrongRoot,
    /// The checkpoint is signed by another key under the log's name.
    OtherLogKey,
    /// The CA refuses, with text that wants to steer the terminal.
    Refusal,
    /// The CA points elsewhere.
    Redirect,
    /// The version 1 log answers with the right entry under the ID of another.
    OtherId,
    /// The version 1 log promises nothing.
    NoPromise,
    /// The version 1 log's promise is of another key.
    OtherPromise,
    /// The log has the entry already.
    Duplicate,
    /// Every service is overloaded when it is asked first.
    BusyFirst,
}

/// A running instance; its thread ends with the test process.
pub(crate) struct Instance {
    address: SocketAddr,
    keys: Arc<Keys>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Instance {
    /// Starts one that believes it is `now`.
    pub(crate) fn start(now: Timestamp, lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (keys, requests) = (Arc::new(Keys::new(now)), Arc::new(Mutex::new(Vec::new())));
        let (answering, seen) = (Arc::clone(&keys), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                http::serve(stream, |request| {
                    let mut seen = seen.lock().unwrap();
                    let first = !seen.contains(&request.line);
                    seen.push(request.line.clone());
                    if lie == Lie::BusyFirst && first {
                        return Response::new(503, "").with_header("Retry-After: 0");
                    }
                    answering.answer(request, lie)
                });
            }
        });
        Self {
            address,
            keys,
            requests,
        }
    }

    /// Where it serves.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it tells its clients.
    pub(crate) fn trust(&self) -> trust_root::Instance {
        self.keys.trust(self.base_url())
    }

    /// Writes what it tells its clients into a directory.
    pub(crate) fn write_trust(&self, directory: &Path) {
        self.trust().write_all(directory).unwrap();
    }

    /// Request lines in the order in which they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Keys {
    fn answer(&self, request: &Request, lie: Lie) -> Response {
        match request.line.as_str() {
            "POST /api/v2/signingCert" => self.sign_certificate(request, lie),
            "POST /api/v1/timestamp" => self.stamp(request, lie),
            "POST /api/v2/log/entries" => self.log_entry(request, lie),
            "POST /api/v1/log/entries" => self.log_entry_v1(request, lie),
            _ => Response::new(404, "no such path"),
        }
    }

    fn sign_certificate(&self, request: &Request, lie: Lie) -> Response {
        assert!(
            request
                .header("authorization")
                .unwrap()
                .starts_with("Bearer ")
        );
        match lie {
            Lie::Refusal => {
                let body = r#"{"code":3,"message":"no \u001b[2J\nVerified OK","details":[]}"#;
                return Response::new(400, body);
            }
            Lie::Redirect => {
                return Response::new(307, "").with_header("Location: http://elsewhere.test/");
            }
            _ => {}
        }
        let SigningCertKey::PublicKey {
            content,
            proof_of_possession,
        } = SigningCertRequest::parse(&request.body).unwrap().key
        else {
            panic!("a public key was expected");
        };
        let key = PublicKey::from_pem(&content).unwrap();
        key.verify(
            key.algorithm().default_hash(),
            SUBJECT.as_bytes(),
            &proof_of_possession,
        )
        .unwrap();
        let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let key = if lie == Lie::OtherKey {
            other.public_key().clone()
        } else {
            key
        };
        let ct_key = if lie == Lie::UnknownCtLog {
            &other
        } else {
            &self.ct
        };
        let mut certificates = vec![self.issue(key, ct_key).to_pem()];
        certificates.extend(self.ca_chain.iter().map(sigbox_crypto::Certificate::to_pem));
        Response::new(200, SigningCertResponse { certificates }.to_json().unwrap())
    }

    fn issue(&self, key: PublicKey, ct_key: &SigningKey) -> sigbox_crypto::Certificate {
        let request = LeafRequest {
            key,
            subject: LeafSubject::Email(SUBJECT.to_owned()),
            issuer: ISSUER.to_owned(),
            token_subject: SUBJECT.to_owned(),
            not_before: self.now,
            not_after: self.now + SignedDuration::from_mins(10),
        };
        let unlinted =
            Unlinted::build(&self.ca_chain[0], request, random_bytes().unwrap()).unwrap();
        let precertificate = unlinted.lint().unwrap().sign_precert(&self.ca).unwrap();
        let entry = SctEntry::Precert {
            issuer_key_hash: precertificate.issuer_key_hash(),
            tbs: precertificate.tbs(),
        };
        let at = UnixMillis(u64::try_from(self.now.as_millisecond()).unwrap());
        let sct = Sct::sign(ct_key, at, entry, Vec::new()).unwrap();
        precertificate
            .issue(&[sct], ct_key.public_key(), &self.ca)
            .unwrap()
    }

    fn stamp(&self, request: &Request, lie: Lie) -> Response {
        let mut query = TimeStampRequest::parse(&request.body).unwrap();
        if lie == Lie::OtherStamp {
            query = TimeStampRequest::new(HashAlgorithm::Sha2_256, vec![7; 32]).unwrap();
        }
        let token = self
            .tsa
            .issue(&query, random_bytes().unwrap(), self.now)
            .unwrap();
        Response::new(201, token)
    }

    /// The log holds this one entry, whose leaf hash is then the root.
    fn log_entry(&self, request: &Request, lie: Lie) -> Response {
        if lie == Lie::Duplicate {
            return Response::new(409, "{}").with_header("x-log-index: 42");
        }
        let CreateEntryRequest::HashedRekord(entry) =
            CreateEntryRequest::parse(&request.body).unwrap()
        else {
            panic!("a hashedrekord was expected");
        };
        let digest = if lie == Lie::OtherEntry {
            vec![7; 32]
        } else {
            entry.digest
        };
        let record = HashedRekordV002 {
            algorithm: entry.verifier.key_details.hash().unwrap(),
            digest,
            signature: entry.signature,
            verifier: entry.verifier,
        };
        let body = record.canonical_body().unwrap();
        let root = leaf_hash(if lie == Lie::WrongRoot {
            b"nothing"
        } else {
            &body
        });
        let checkpoint = Checkpoint {
            origin: Origin::parse(LOG_HOST).unwrap(),
            size: TreeSize(1),
            root,
            extensions: Vec::new(),
        };
        let signer = if lie == Lie::OtherLogKey {
            &self.strange_log
        } else {
            &self.log
        };
        let note = sign_note(checkpoint.to_text(), signer, UnixMillis(0)).unwrap();
        let created = TransparencyLogEntry {
            log_index: 0,
            log_id: self.log.key_id().to_vec(),
            kind_version: KindVersion {
                kind: "hashedrekord".to_owned(),
                version: "0.0.2".to_owned(),
            },
            integrated_time: 0,
            inclusion_promise: None,
            inclusion_proof: Some(InclusionProof {
                log_index: 0,
                root_hash: root.as_bytes().to_vec(),
                tree_size: 1,
                hashes: Vec::new(),
                checkpoint: note.to_string(),
            }),
            canonicalized_body: body,
        };
        Response::new(201, created.to_response_json().unwrap())
    }
}
