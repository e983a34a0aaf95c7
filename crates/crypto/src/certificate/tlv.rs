//! Walking DER by its outer shape, so that exact bytes can be kept or cut out without re-encoding.

use der::{Decode as _, Encode as _, Header, Length, Reader as _, SliceReader, Tag};

/// One tag, length, value: the tag, the whole encoding and the value alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: Tag,
    pub(crate) raw: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// Reads the one element that `input` consists of; trailing bytes are an error.
pub(crate) fn single(input: &[u8]) -> der::Result<Tlv<'_>> {
    let mut reader = SliceReader::new(input)?;
    let tlv = next(&mut reader)?;
    reader.finish()?;
    Ok(tlv)
}

/// Reads the elements that stand one after the other in `input`, to its end.
pub(crate) fn children(input: &[u8]) -> der::Result<Vec<Tlv<'_>>> {
    let mut reader = SliceReader::new(input)?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(next(&mut reader)?);
    }
    Ok(found)
}

/// Encodes `value` under `tag` with the shortest length.
pub(crate) fn wrap(tag: Tag, value: &[u8]) -> der::Result<Vec<u8>> {
    let mut out = Header::new(tag, Length::try_from(value.len())?).to_der()?;
    out.extend_from_slice(value);
    Ok(out)
}

/// Fails unless `tlv` carries `expected`.
pub(crate) fn expect_tag(tlv: Tlv<'_>, expected: Tag) -> der::Result<Tlv<'_>> {
    tlv.tag.assert_eq(expected)?;
    Ok(tlv)
}

fn next<'a>(reader: &mut SliceReader<'a>) -> der::Result<Tlv<'a>> {
    let raw = reader.tlv_bytes()?;
    let mut inside = SliceReader::new(raw)?;
    let header = Header::decode(&mut inside)?;
    let value = inside.read_slice(header.length())?;
    inside.finish()?;
    Ok(Tlv {
        tag: header.tag(),
        raw,
        value,
    })
}
