//! What can happen to a bundle between two programs: every member flipped, swapped, removed, doubled, re-encoded, cut.
//!
//! All of it is done to the JSON text, so that both readers are tested too, and none of it by chance.

use serde_json::{Value, json};
use sigbox_wire::proto_json::{decode_base64, encode_base64};

/// A damaged bundle.
pub(crate) struct Damaged {
    /// JSON pointer of the member.
    pub(crate) path: String,
    pub(crate) what: &'static str,
    pub(crate) text: String,
}

/// Places at which a value of many bytes is flipped.
const FLIPS: usize = 20;

/// Stand in for text that no JSON value can be.
const PLACE: &str = "@@place@@";

/// Every damage of `good`; `others` lend values for swaps.
pub(crate) fn all(good: &Value, others: &[&Value]) -> Vec<Damaged> {
    let mut out = Vec::new();
    let mut paths = Vec::new();
    collect(good, String::new(), &mut paths);
    for path in &paths {
        let value = good.pointer(path).unwrap();
        let mut put = |what, with: Value| {
            if with != *value {
                out.push(replaced(good, path, what, with));
            }
        };
        put("null", Value::Null);
        for other in others {
            if let Some(lent) = other.pointer(path) {
                put("swapped", lent.clone());
            }
        }
        match value {
            Value::String(text) => string(text, &mut put),
            Value::Number(number) => {
                put("re-encoded", json!(number.to_string()));
                put("flipped", json!(number.as_i64().unwrap() + 1));
            }
            Value::Bool(flag) => put("flipped", json!(!flag)),
            Value::Array(items) => array(items, &mut put),
            Value::Object(_) => {
                put("emptied", json!({}));
                put("re-encoded", json!([value]));
            }
            Value::Null => {}
        }
        raw(good, path, value, &mut out);
    }
    whole(good, &mut out);
    out
}

/// Pointers of all members and elements.
fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, member)| collect(member, format!("{path}/{name}"), paths)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(place, item)| collect(item, format!("{path}/{place}"), paths)),
        _ => {}
    }
    if !path.is_empty() {
        paths.push(path);
    }
}

fn replaced(good: &Value, path: &str, what: &'static str, with: Value) -> Damaged {
    let mut bundle = good.clone();
    *bundle.pointer_mut(path).unwrap() = with;
    Damaged {
        path: path.to_owned(),
        what,
        text: bundle.to_string(),
    }
}

fn array(items: &[Value], put: &mut impl FnMut(&'static str, Value)) {
    put("emptied", json!([]));
    put("doubled", json!([items, items].concat()));
    let reversed: Vec<_> = items.iter().rev().collect();
    put("swapped", json!(reversed));
    for place in 0..items.len() {
        let mut fewer = items.to_vec();
        let removed = fewer.remove(place);
        put("removed", json!(fewer));
        fewer.insert(place, removed.clone());
        fewer.insert(place, removed);
        put("doubled", json!(fewer));
    }
    if let [only] = items {
        put("re-encoded", only.clone());
    }
}

fn string(text: &str, put: &mut impl FnMut(&'static str, Value)) {
    if let Ok(number) = text.parse::<i64>() {
        return digits(text, number, put);
    }
    match decode_base64(text) {
        Ok(bytes) if bytes.len() > 8 => bytes_(text, &bytes, put),
        _ => words(text, put),
    }
}

/// A 64-bit number, which ProtoJSON writes as a string and also reads as a number.
fn digits(text: &str, number: i64, put: &mut impl FnMut(&'static str, Value)) {
    for other in [number + 1, number - 1, -number, 0, i64::MAX] {
        put("flipped", json!(other.to_string()));
    }
    put("flipped", json!("18446744073709551615"));
    put("re-encoded as number", json!(number));
    put("re-encoded as float", json!(0.5));
    for other in [
        format!("0{text}"),
        format!("+{text}"),
        format!(" {text}"),
        format!("{text}.0"),
        format!("{number:#x}"),
    ] {
        put("re-encoded", json!(other));
    }
    put("re-encoded with exponent", json!(format!("{text}e0")));
    put("doubled", json!(format!("{text}{text}")));
    put("truncated", json!(&text[1..]));
    put("emptied", json!(""));
}

fn bytes_(text: &str, bytes: &[u8], put: &mut impl FnMut(&'static str, Value)) {
    let mut write = |what, bytes: &[u8]| put(what, json!(encode_base64(bytes)));
    for (turn, place) in spread(bytes.len()).enumerate() {
        let mut other = bytes.to_vec();
        other[place] ^= 1 << (turn % 8);
        write("flipped", &other);
    }
    write("truncated", &bytes[..bytes.len() - 1]);
    write("truncated", &bytes[1..]);
    write("truncated", &bytes[..bytes.len() / 2]);
    write("emptied", &[]);
    write("doubled", &[bytes, bytes].concat());
    write("doubled", &[bytes, &[0]].concat());
    let url_safe = text.replace('+', "-").replace('/', "_");
    put(
        "re-encoded without padding",
        json!(text.trim_end_matches('=')),
    );
    put("re-encoded for URLs", json!(url_safe));
    put(
        "re-encoded in lines",
        json!(format!("{}\n{}", &text[..4], &text[4..])),
    );
    put("re-encoded in hex", json!(hex::encode(bytes)));
    put("re-encoded with padding", json!(format!("{text}=")));
    put("re-encoded twice", json!(encode_base64(text.as_bytes())));
    // The unused bits of the last character.
    if let Some(start) = text.strip_suffix('=') {
        let (end, last) = match start.strip_suffix('=') {
            Some(start) => ("==", start),
            None => ("=", start),
        };
        let odd = char::from(last.as_bytes()[last.len() - 1] + 1);
        let slack = format!("{}{odd}{end}", &last[..last.len() - 1]);
        put("re-encoded with slack bits", json!(slack));
    }
    put("truncated", json!(&text[..text.len() - 1]));
}

/// Any other text, the checkpoint with its lines included.
fn words(text: &str, put: &mut impl FnMut(&'static str, Value)) {
    for place in spread(text.len()) {
        if text.as_bytes()[place].is_ascii_graphic() {
            let mut other = text.as_bytes().to_vec();
            other[place] = if other[place] == b'B' { b'C' } else { b'B' };
            if let Ok(other) = String::from_utf8(other) {
                put("flipped", json!(other));
            }
        }
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() > 1 {
        for place in 0..lines.len() {
            let mut other = lines.clone();
            let line = other.remove(place);
            put("removed line", json!(other.concat()));
            other.insert(place, line);
            other.insert(place, line);
            put("doubled line", json!(other.concat()));
        }
        put("re-encoded lines", json!(text.replace('\n', "\r\n")));
    }
    let half = (0..=text.len() / 2)
        .rev()
        .find(|place| text.is_char_boundary(*place));
    put("truncated", json!(&text[..half.unwrap_or(0)]));
    put(
        "truncated",
        json!(text.trim_end_matches(['\n', '=']).get(..text.len() - 1)),
    );
    put("emptied", json!(""));
    put("doubled", json!(format!("{text}{text}")));
    put("re-encoded in lower case", json!(text.to_ascii_lowercase()));
    put("re-encoded in upper case", json!(text.to_ascii_uppercase()));
    put("re-encoded with space", json!(format!("{text} ")));
    put("re-encoded as number", json!(1));
}

/// Up to [`FLIPS`] places, the first and the last among them.
fn spread(length: usize) -> impl Iterator<Item = usize> {
    let count = length.min(FLIPS);
    (0..count).map(move |turn| {
        if count == 1 {
            0
        } else {
            turn * (length - 1) / (count - 1)
        }
    })
}

/// What only the text of JSON can say: a member twice, under its other name, escaped, or not at all.
fn raw(good: &Value, path: &str, value: &Value, out: &mut Vec<Damaged>) {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let mut push = |what, bundle: &Value, place: &str, with: &str| {
        let text = bundle.to_string().replacen(place, with, 1);
        out.push(Damaged {
            path: path.to_owned(),
            what,
            text,
        });
    };
    if let Some(Value::Object(members)) = good.pointer(parent) {
        let change = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut bundle = good.clone();
            let mut members = members.clone();
            change(&mut members);
            *bundle.pointer_mut(parent).unwrap() = Value::Object(members);
            bundle
        };
        let removed = change(&|members| drop(members.remove(name)));
        push("removed", &removed, PLACE, "");
        let twice = change(&|members| drop(members.insert(PLACE.to_owned(), value.clone())));
        push("doubled", &twice, PLACE, name);
        let snake: String = name
            .chars()
            .flat_map(|c| {
                if c.is_ascii_uppercase() {
                    vec!['_', c.to_ascii_lowercase()]
                } else {
                    vec![c]
                }
            })
            .collect();
        let renamed = |to: &str| {
            change(&|members| {
                let value = members.remove(name).unwrap();
                members.insert(to.to_owned(), value);
            })
        };
        if snake != name {
            push("renamed to snake case", &renamed(&snake), PLACE, "");
        }
        push("renamed", &renamed(&format!("{name}X")), PLACE, "");
    }
    if let Value::String(text) = value
        && let Some(first) = text.chars().next()
    {
        let mut bundle = good.clone();
        *bundle.pointer_mut(path).unwrap() = json!(format!("{PLACE}{}", &text[first.len_utf8()..]));
        push(
            "escaped",
            &bundle,
            PLACE,
            &format!("\\u{:04x}", u32::from(first)),
        );
    }
}

/// Damage of the document as a whole.
fn whole(good: &Value, out: &mut Vec<Damaged>) {
    let text = good.to_string();
    let mut push = |what, text: String| {
        out.push(Damaged {
            path: String::new(),
            what,
            text,
        });
    };
    for place in spread(text.len()) {
        push("truncated", text[..place].to_owned());
    }
    push("doubled", format!("{text}{text}"));
    push("re-encoded with space", format!(" \n{text}\n"));
    push("re-encoded with text after", format!("{text}x"));
    push("re-encoded with byte order mark", format!("\u{feff}{text}"));
    push("re-encoded in an array", format!("[{text}]"));
    push(
        "re-encoded in lines",
        serde_json::to_string_pretty(good).unwrap(),
    );
    let mut more = good.clone();
    more["extra"] = json!(1);
    push("added member", more.to_string());
}
