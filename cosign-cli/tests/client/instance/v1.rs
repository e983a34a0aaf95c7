//! The instance's log of version 1: one entry, which it promises.

use sigbox_crypto::PublicKey;
use sigbox_tlog::{UnixMillis, leaf_hash, sign_note};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::rekor_v1::{HashedRekordEntry, LogEntry, Proposal};

use super::Lie;
use super::http::{Request, Response};
use super::keys::{Keys, LOG_HOST};

const TREE: u64 = 0x1234;
/// The index over all shards, which is not the one in the tree.
const INDEX: u64 = 41;

impl Keys {
    /// Answers a proposal; its leaf is alone in the tree, so its hash is the root.
    pub(super) fn log_entry_v1(&self, request: &Request, lie: Lie) -> Response {
        let Proposal::HashedRekord(entry) = Proposal::parse(&request.body).unwrap() else {
            panic!("a hashedrekord was expected");
        };
        let sent = LogEntry::HashedRekord(entry.clone());
        let id = format!("{TREE:016x}{}", leaf_hash(&sent.canonical_body().unwrap()));
        if lie == Lie::Duplicate {
            let location = format!("Location: /api/v1/log/entries/{id}");
            return Response::new(409, r#"{"code":409,"message":"is there"}"#)
                .with_header(&location);
        }
        let logged = LogEntry::HashedRekord(HashedRekordEntry {
            digest: if lie == Lie::OtherEntry {
                vec![7; 32]
            } else {
                entry.digest.clone()
            },
            ..entry
        });
        let body = logged.canonical_body().unwrap();
        let id = if lie == Lie::OtherId {
            format!("{TREE:016x}{}", leaf_hash(b"other"))
        } else {
            id
        };
        let time = self.now.as_second();
        let log_id = hex(self.log_v1.public_key());
        let payload = format!(
            r#"{{"body":"{}","integratedTime":{time},"logID":"{log_id}","logIndex":{INDEX}}}"#,
            encode_base64(&body)
        );
        let promise = if lie == Lie::OtherPromise {
            self.ct.sign(payload.as_bytes())
        } else {
            self.log_v1.sign(payload.as_bytes())
        };
        let promise = match lie {
            Lie::NoPromise => String::new(),
            _ => encode_base64(&promise.unwrap()),
        };
        let root = leaf_hash(if lie == Lie::WrongRoot {
            b"nothing"
        } else {
            &body
        });
        let text = format!("{LOG_HOST} - {TREE}\n1\n{}\n", root.to_base64());
        let signer = if lie == Lie::OtherLogKey {
            &self.strange_log
        } else {
            &self.log_v1_notes
        };
        let note = sign_note(text, signer, UnixMillis(0)).unwrap().to_string();
        let answer = serde_json::json!({ id: {
            "body": encode_base64(&body), "integratedTime": time, "logID": log_id, "logIndex": INDEX,
            "verification": {
                "inclusionProof": {
                    "checkpoint": note, "hashes": [], "logIndex": 0, "rootHash": root.to_string(), "treeSize": 1,
                },
                "signedEntryTimestamp": promise,
            },
        }});
        Response::new(201, answer.to_string())
    }
}

fn hex(key: &PublicKey) -> String {
    sigbox_tlog::Hash::from_bytes(key.key_id()).to_string()
}
