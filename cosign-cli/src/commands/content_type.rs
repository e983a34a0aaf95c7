//! What a file's first bytes look like.

/// So many bytes are looked at.
const SNIFFED: usize = 512;

/// What begins with these bytes is of that type.
const MAGIC: [(&[u8], &str); 21] = [
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xfe\xff", "text/plain"),
    (b"\xff\xfe", "text/plain"),
    (b"\xef\xbb\xbf", "text/plain"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x00\x00\x02\x00", "image/x-icon"),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\x0d\x0a\x1a\x0a", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"OggS\x00", "application/ogg"),
    (b"MThd\x00\x00\x00\x06", "audio/midi"),
    (b"ID3", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1a\x07\x00", "application/x-rar-compressed"),
    (b"Rar!\x1a\x07\x01\x00", "application/x-rar-compressed"),
    (b"\x00asm", "application/wasm"),
];

/// Tags that begin a page, followed by a space or `>`.
const HTML: [&[u8]; 17] = [
    b"<!DOCTYPE HTML",
    b"<HTML",
    b"<HEAD",
    b"<SCRIPT",
    b"<IFRAME",
    b"<H1",
    b"<DIV",
    b"<FONT",
    b"<TABLE",
    b"<A",
    b"<STYLE",
    b"<TITLE",
    b"<B",
    b"<BODY",
    b"<BR",
    b"<P",
    b"<!--",
];

/// The media type that the first bytes look like, without parameters.
///
/// Source: Go `net/http`, `DetectContentType`, less sound, video and fonts; <https://mimesniff.spec.whatwg.org/>.
pub(super) fn sniff(content: &[u8]) -> &'static str {
    let start = content.get(..SNIFFED).unwrap_or(content);
    let text = start.trim_ascii_start();
    if HTML.iter().any(|tag| begins_page(text, tag)) {
        return "text/html";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml";
    }
    let known = MAGIC.iter().find(|(magic, _)| start.starts_with(magic));
    if let Some((_, media_type)) = known {
        return media_type;
    }
    if start.iter().any(|byte| is_binary(*byte)) {
        "application/octet-stream"
    } else {
        "text/plain"
    }
}

fn begins_page(text: &[u8], tag: &[u8]) -> bool {
    let Some((start, rest)) = text.split_at_checked(tag.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(tag) && matches!(rest.first(), Some(b' ' | b'>'))
}

fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f)
}

#[cfg(test)]
mod tests {
    use super::sniff;

    #[test]
    fn types_are_go_s() {
        for (content, expected) in [
            (&b"hello\n"[..], "text/plain"),
            (b"", "text/plain"),
            (b"{\"a\":1}", "text/plain"),
            (b"\x00asm\x01", "application/wasm"),
            (b"  <html>", "text/html"),
            (b"<htmlx>", "text/plain"),
            (b"<?xml version=", "text/xml"),
            (b"\x1f\x8b\x08\x00", "application/x-gzip"),
            (b"PK\x03\x04", "application/zip"),
            (b"\x7fELF\x02\x01\x01\x00", "application/octet-stream"),
        ] {
            assert_eq!(sniff(content), expected, "{content:?}");
        }
    }
}
