//! The contents of a bundle as an indented list, in the words of the real client.

use std::fmt::{self, Display};

use super::{
    CertificateTimestamp, CheckpointText, Content, Entry, Inspection, Leaf, Read, Signer, Stamp,
};
use crate::ui::Escaped;

/// Writes lines at a depth; every text is escaped.
struct List<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl List<'_, '_> {
    fn item(&mut self, depth: usize, label: &str, value: impl Display) -> fmt::Result {
        let value = value.to_string();
        writeln!(
            self.0,
            "{:depth$}- {label}: {}",
            "",
            Escaped(&value),
            depth = 2 * depth
        )
    }

    fn head(&mut self, depth: usize, label: &str) -> fmt::Result {
        writeln!(self.0, "{:depth$}- {label}:", "", depth = 2 * depth)
    }

    fn signer(&mut self, signer: &Signer) -> fmt::Result {
        let certificates = match signer {
            Signer::PublicKeyHint(hint) => {
                self.item(1, "Content", "Public Key Identifier")?;
                return self.item(2, "Hint", hint);
            }
            Signer::Certificates(certificates) => certificates,
        };
        for certificate in certificates {
            self.item(1, "Content", "X.509 Certificate")?;
            match certificate {
                Read::Good(leaf) => self.leaf(leaf)?,
                Read::Unreadable(why) => self.item(2, "Unreadable", why)?,
            }
        }
        Ok(())
    }

    fn leaf(&mut self, leaf: &Leaf) -> fmt::Result {
        self.item(2, "Issuer", &leaf.issuer)?;
        self.head(2, "Validity")?;
        self.item(3, "Not Before", leaf.not_before)?;
        self.item(3, "Not After", leaf.not_after)?;
        self.item(2, "Public Key", &leaf.public_key)?;
        for identity in &leaf.identities {
            self.item(2, "Identity (Subject Alternative Name)", identity)?;
        }
        if let Some(issuer) = &leaf.oidc_issuer {
            self.item(2, "OIDC Issuer", issuer)?;
        }
        for (name, value) in &leaf.claims {
            self.item(2, name, value)?;
        }
        match &leaf.certificate_timestamps {
            Read::Good(all) => self.certificate_timestamps(all),
            Read::Unreadable(why) => self.item(2, "Signed Certificate Timestamps", why),
        }
    }

    fn certificate_timestamps(&mut self, all: &[CertificateTimestamp]) -> fmt::Result {
        self.item(2, "Signed Certificate Timestamps", all.len())?;
        for (number, one) in all.iter().enumerate() {
            self.head(3, &format!("Signed Certificate Timestamp [{number}]"))?;
            self.item(4, "Log ID", &one.log_id)?;
            if let Some(time) = one.time {
                self.item(4, "Timestamp", time)?;
            }
        }
        Ok(())
    }

    fn entries(&mut self, entries: &[Entry]) -> fmt::Result {
        self.item(1, "Transparency Log Entries", entries.len())?;
        for (number, entry) in entries.iter().enumerate() {
            self.head(2, &format!("Entry [{number}]"))?;
            self.entry(entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> fmt::Result {
        self.item(3, "Log Index", entry.log_index)?;
        self.item(3, "Log ID", &entry.log_id)?;
        self.item(3, "Kind", &entry.kind)?;
        self.item(3, "Version", &entry.version)?;
        match &entry.integrated_time {
            Some(time) => self.item(3, "Integrated Time", time)?,
            None => self.item(3, "Integrated Time", "0 (Not set)")?,
        }
        if entry.inclusion_promise {
            self.item(3, "Inclusion Promise", "Present")?;
        }
        if let Some(proof) = &entry.inclusion_proof {
            self.head(3, "Inclusion Proof")?;
            self.item(4, "Log Index", proof.log_index)?;
            self.item(4, "Tree Size", proof.tree_size)?;
            self.item(4, "Hashes", proof.hashes)?;
            self.checkpoint(&proof.checkpoint)?;
        }
        let body = format!("Present ({} bytes)", entry.canonicalized_body_bytes);
        self.item(3, "Canonicalized Body", body)
    }

    fn checkpoint(&mut self, checkpoint: &Read<CheckpointText>) -> fmt::Result {
        match checkpoint {
            Read::Unreadable(why) => self.item(4, "Checkpoint", why),
            Read::Good(checkpoint) => {
                self.head(4, "Checkpoint")?;
                self.item(5, "Origin", &checkpoint.origin)?;
                self.item(5, "Tree Size", checkpoint.tree_size)?;
                self.item(5, "Signed By", checkpoint.signed_by.join(", "))
            }
        }
    }

    fn timestamps(&mut self, stamps: &[Read<Stamp>]) -> fmt::Result {
        self.head(1, "Timestamp Verification Data")?;
        self.item(2, "RFC3161 Timestamps", stamps.len())?;
        for (number, stamp) in stamps.iter().enumerate() {
            self.head(2, &format!("Timestamp [{number}]"))?;
            match stamp {
                Read::Unreadable(why) => self.item(3, "Unreadable", why)?,
                Read::Good(stamp) => {
                    self.item(3, "Time", stamp.time)?;
                    self.item(3, "Hash Algorithm", stamp.hash_algorithm)?;
                    self.item(3, "Serial Number", &stamp.serial_number)?;
                    self.item(3, "Policy", &stamp.policy)?;
                }
            }
        }
        Ok(())
    }

    fn content(&mut self, content: &Content) -> fmt::Result {
        self.head(0, "Content")?;
        match content {
            Content::MessageSignature { digest } => {
                self.item(1, "Type", "Message Signature")?;
                if let Some(digest) = digest {
                    self.head(1, "Message Digest")?;
                    self.item(2, "Algorithm", digest.algorithm)?;
                    self.item(2, "Digest", &digest.value)?;
                }
                Ok(())
            }
            Content::DsseEnvelope {
                payload_type,
                payload_bytes,
                signatures,
                statement,
            } => {
                self.item(1, "Type", "DSSE Envelope")?;
                self.item(1, "Payload Type", payload_type)?;
                self.item(1, "Payload", format!("Present ({payload_bytes} bytes)"))?;
                if let Some(statement) = statement {
                    self.head(1, "Payload Content (in-toto)")?;
                    self.item(2, "Predicate Type", &statement.predicate_type)?;
                    self.item(2, "Subjects", statement.subjects.len())?;
                    for subject in &statement.subjects {
                        self.item(3, "Name", &subject.name)?;
                        for (algorithm, digest) in &subject.digest {
                            self.item(4, "Digest", format!("{algorithm}:{digest}"))?;
                        }
                    }
                }
                self.item(1, "Signatures", signatures)
            }
        }
    }
}

impl Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = List(f);
        list.item(0, "Bundle Media Type", &self.media_type)?;
        list.head(0, "Verification Material")?;
        list.signer(&self.signer)?;
        if !self.log_entries.is_empty() {
            list.entries(&self.log_entries)?;
        }
        if !self.timestamps.is_empty() {
            list.timestamps(&self.timestamps)?;
        }
        list.content(&self.content)
    }
}
