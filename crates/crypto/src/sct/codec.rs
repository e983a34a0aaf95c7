//! The TLS presentation of SCTs and of what they sign.

use sigbox_tlog::UnixMillis;

use super::{Sct, SctEntry, SctError};

/// `sct_version v1`; also `certificate_timestamp` and, in a leaf, `timestamped_entry`.
const V1: u8 = 0;
const X509_ENTRY: u16 = 0;
const PRECERT_ENTRY: u16 = 1;

impl Sct {
    /// The SCT alone, without a length before it.
    ///
    /// # Errors
    /// [`SctError::TooLong`] if extensions or signature pass 65535 bytes.
    ///
    /// Source: RFC 6962 §3.2 `SignedCertificateTimestamp`.
    pub fn encode(&self) -> Result<Vec<u8>, SctError> {
        let mut out = vec![V1];
        out.extend(self.log_id);
        out.extend(self.timestamp.0.to_be_bytes());
        put_u16_vec(&mut out, "extensions", &self.extensions)?;
        out.extend([self.hash_alg, self.sig_alg]);
        put_u16_vec(&mut out, "signature", &self.signature)?;
        Ok(out)
    }

    /// Reads one SCT that fills `bytes`.
    ///
    /// # Errors
    /// [`SctError::Version`], [`SctError::Truncated`], [`SctError::TrailingBytes`].
    pub fn decode(bytes: &[u8]) -> Result<Self, SctError> {
        let mut rest = bytes;
        let [version] = take_array(&mut rest, "version")?;
        if version != V1 {
            return Err(SctError::Version { found: version });
        }
        let log_id = take_array(&mut rest, "log id")?;
        let timestamp = UnixMillis(u64::from_be_bytes(take_array(&mut rest, "timestamp")?));
        let extensions = take_u16_vec(&mut rest, "extensions")?.to_vec();
        let [hash_alg, sig_alg] = take_array(&mut rest, "algorithm")?;
        let signature = take_u16_vec(&mut rest, "signature")?.to_vec();
        at_end(rest, "SCT")?;
        Ok(Self {
            log_id,
            timestamp,
            extensions,
            hash_alg,
            sig_alg,
            signature,
        })
    }

    /// The list of SCTs that an extension holds, lengths included, without the OCTET STRING around it.
    ///
    /// # Errors
    /// [`SctError::EmptyList`], [`SctError::TooLong`].
    ///
    /// Source: RFC 6962 §3.3.
    pub fn encode_list(scts: &[Self]) -> Result<Vec<u8>, SctError> {
        if scts.is_empty() {
            return Err(SctError::EmptyList);
        }
        let mut body = Vec::new();
        for sct in scts {
            put_u16_vec(&mut body, "SCT", &sct.encode()?)?;
        }
        let mut out = Vec::with_capacity(body.len().saturating_add(2));
        put_u16_vec(&mut out, "SCT list", &body)?;
        Ok(out)
    }

    /// Reads a list that fills `bytes`: one length, then SCTs of a length each, at least one.
    ///
    /// # Errors
    /// [`SctError`] as [`Self::decode`], and [`SctError::EmptyList`].
    pub fn decode_list(bytes: &[u8]) -> Result<Vec<Self>, SctError> {
        let mut rest = bytes;
        let mut body = take_u16_vec(&mut rest, "SCT list")?;
        at_end(rest, "SCT list")?;
        if body.is_empty() {
            return Err(SctError::EmptyList);
        }
        let mut scts = Vec::new();
        while !body.is_empty() {
            scts.push(Self::decode(take_u16_vec(&mut body, "SCT")?)?);
        }
        Ok(scts)
    }
}

/// What the signature of an SCT covers, which is also the leaf of the log.
pub(super) fn signed_data(
    timestamp: UnixMillis,
    entry: SctEntry<'_>,
    extensions: &[u8],
) -> Result<Vec<u8>, SctError> {
    let mut out = vec![V1, 0];
    out.extend(timestamp.0.to_be_bytes());
    match entry {
        SctEntry::X509(certificate) => {
            out.extend(X509_ENTRY.to_be_bytes());
            put_u24_vec(&mut out, "certificate", certificate)?;
        }
        SctEntry::Precert {
            issuer_key_hash,
            tbs,
        } => {
            out.extend(PRECERT_ENTRY.to_be_bytes());
            out.extend(issuer_key_hash);
            put_u24_vec(&mut out, "TBSCertificate", tbs)?;
        }
    }
    put_u16_vec(&mut out, "extensions", extensions)?;
    Ok(out)
}

fn put_u16_vec(out: &mut Vec<u8>, field: &'static str, bytes: &[u8]) -> Result<(), SctError> {
    let length = u16::try_from(bytes.len()).map_err(|_| SctError::TooLong {
        field,
        length: bytes.len(),
    })?;
    out.extend(length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

fn put_u24_vec(out: &mut Vec<u8>, field: &'static str, bytes: &[u8]) -> Result<(), SctError> {
    let too_long = SctError::TooLong {
        field,
        length: bytes.len(),
    };
    match u32::try_from(bytes.len()).map(u32::to_be_bytes) {
        Ok([0, length @ ..]) => out.extend(length),
        _ => return Err(too_long),
    }
    out.extend_from_slice(bytes);
    Ok(())
}

fn take_array<const N: usize>(rest: &mut &[u8], field: &'static str) -> Result<[u8; N], SctError> {
    let (found, after) = rest
        .split_first_chunk::<N>()
        .ok_or(SctError::Truncated { field })?;
    *rest = after;
    Ok(*found)
}

fn take_u16_vec<'a>(rest: &mut &'a [u8], field: &'static str) -> Result<&'a [u8], SctError> {
    let length = usize::from(u16::from_be_bytes(take_array(rest, field)?));
    let (found, after) = rest
        .split_at_checked(length)
        .ok_or(SctError::Truncated { field })?;
    *rest = after;
    Ok(found)
}

fn at_end(rest: &[u8], what: &'static str) -> Result<(), SctError> {
    if rest.is_empty() {
        Ok(())
    } else {
        Err(SctError::TrailingBytes {
            what,
            count: rest.len(),
        })
    }
}
