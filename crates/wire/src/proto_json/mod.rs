//! The reading and writing rules of protobuf JSON that serde does not know.
//!
//! Messages are plain serde structs whose members are all `Option`, so that a missing member and a
//! `null` are the same thing, as protobuf has it. All of them are read by `read`.
//!
//! Source: protobuf, "ProtoJSON format".

mod depth;
mod objects_only;
mod read;
mod scalar;

pub(crate) use read::{ReadFault, read, read_within};
pub(crate) use scalar::uint32;
pub use scalar::{Base64Bytes, Base64Error, EnumValue, Int64, decode_base64, encode_base64};

/// `None` for an empty value, which protobuf JSON leaves out.
pub(crate) fn non_empty(bytes: &[u8]) -> Option<Base64Bytes> {
    (!bytes.is_empty()).then(|| Base64Bytes(bytes.to_vec()))
}

/// `None` for an empty text, which protobuf JSON leaves out.
pub(crate) fn non_empty_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `None` for zero, which protobuf JSON leaves out.
pub(crate) fn non_zero(number: i64) -> Option<Int64> {
    (number != 0).then_some(Int64(number))
}

pub(crate) fn bytes_or_empty(value: Option<Base64Bytes>) -> Vec<u8> {
    value.map(|bytes| bytes.0).unwrap_or_default()
}

pub(crate) fn number_or_zero(value: Option<Int64>) -> i64 {
    value.map_or(0, |number| number.0)
}
