//! Changes of one member of a bundle's JSON.

use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, SigningKey, sha256};
use sigbox_wire::pae;
use sigbox_wire::proto_json::{decode_base64, encode_base64};
use std::sync::LazyLock;

use super::good::Good;
use super::inner;

/// What an operator makes use of.
#[derive(Clone, Copy)]
pub(super) struct Arguments {
    pub(super) first: u8,
    pub(super) second: u8,
}

impl Arguments {
    pub(super) fn pick(self, count: usize) -> usize {
        (usize::from(self.first) << 8 | usize::from(self.second)) % count.max(1)
    }
}

static ATTACKER: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());

/// Does what `operator` says to the member number `member`.
pub(super) fn apply(
    value: &mut Value,
    member: u8,
    operator: u8,
    arguments: Arguments,
    good: &Good,
    all: &[Good],
) {
    let mut paths = Vec::new();
    collect(value, String::new(), &mut paths);
    let path = paths[usize::from(member) % paths.len()].clone();
    match operator % 12 {
        0 => remove(value, &path),
        1 => swap_within(value, &path, &paths[arguments.pick(paths.len())]),
        2 => {
            // Of another good bundle: the same member.
            let donor = &all[arguments.pick(all.len())];
            if let Some(lent) = donor.value.pointer(&path) {
                put(value, &path, lent.clone());
            }
        }
        3 => sign_again(value, good),
        4 => put(value, &path, wrong(arguments)),
        _ => {
            let changed = change(value.pointer(&path).unwrap(), operator, arguments);
            put(value, &path, changed);
        }
    }
}

/// Pointers of all members and elements.
pub(super) fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    paths.push(path.clone());
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
}

fn put(value: &mut Value, path: &str, with: Value) {
    // The whole bundle of someone else is a good bundle again: nothing is learnt from it.
    if !path.is_empty() {
        *value.pointer_mut(path).unwrap() = with;
    }
}

fn remove(value: &mut Value, path: &str) {
    let Some((parent, name)) = path.rsplit_once('/') else {
        return;
    };
    match value.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.remove(name)),
        Value::Array(items) => drop(items.remove(name.parse().unwrap())),
        _ => {}
    }
}

fn swap_within(value: &mut Value, path: &str, other: &str) {
    let (here, there) = (value.pointer(path).cloned(), value.pointer(other).cloned());
    if let (Some(here), Some(there)) = (here, there)
        && !path.starts_with(other)
        && !other.starts_with(path)
    {
        put(value, path, there);
        put(value, other, here);
    }
}

/// Signs what the bundle says it signs with an attacker's key, and names that key where a certificate stands.
fn sign_again(value: &mut Value, good: &Good) {
    if let Some(envelope) = value.pointer("/dsseEnvelope") {
        let text = |member: &str| envelope.get(member).and_then(Value::as_str);
        let (payload, kind) = (text("payload"), text("payloadType").unwrap_or_default());
        let payload = decode_base64(payload.unwrap_or_default()).unwrap_or_default();
        let signature = ATTACKER.sign(&pae(kind, &payload)).unwrap();
        value["dsseEnvelope"] = json!({
            "payload": encode_base64(&payload),
            "payloadType": kind,
            "signatures": [{ "sig": encode_base64(&signature) }],
        });
    }
    if value.pointer("/messageSignature").is_some() {
        let signature = ATTACKER.sign(&good.artifact).unwrap();
        value["messageSignature"] = json!({
            "messageDigest": { "algorithm": "SHA2_256", "digest": encode_base64(&sha256(&good.artifact)) },
            "signature": encode_base64(&signature),
        });
    }
}

fn wrong(arguments: Arguments) -> Value {
    let values = [
        json!(null),
        json!(0),
        json!(-1),
        json!(""),
        json!(" "),
        json!("AAAA"),
        json!([]),
        json!({}),
        json!([null]),
        json!(true),
        json!("9223372036854775807"),
        json!("1"),
        json!("dsse"),
        json!("0.0.1"),
        json!("intoto"),
        json!("hashedrekord"),
        json!("0.0.2"),
        json!(1.5),
        json!("application/vnd.dev.sigstore.bundle+json;version=0.1"),
        json!("application/vnd.dev.sigstore.bundle+json;version=0.2"),
        json!("application/vnd.dev.sigstore.bundle.v0.3+json"),
    ];
    values[arguments.pick(values.len())].clone()
}

fn change(value: &Value, operator: u8, arguments: Arguments) -> Value {
    match value {
        Value::Array(items) => array(items, operator, arguments),
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or(0);
            json!(number.wrapping_add(i64::from(arguments.first) - 128))
        }
        Value::String(text) => match (text.parse::<i64>(), decode_base64(text)) {
            (Ok(number), _) => {
                let step = i64::from(arguments.first) - 128;
                json!(
                    number
                        .wrapping_add(step << (arguments.second % 32))
                        .to_string()
                )
            }
            (_, Ok(bytes)) if bytes.len() > 8 => {
                json!(encode_base64(&inner::bytes(bytes, operator, arguments)))
            }
            _ => json!(inner::text(text, operator, arguments)),
        },
        Value::Bool(flag) => json!(!flag),
        Value::Object(_) => json!([value]),
        Value::Null => json!({}),
    }
}

fn array(items: &[Value], operator: u8, arguments: Arguments) -> Value {
    let mut items = items.to_vec();
    let place = arguments.pick(items.len());
    match operator % 4 {
        0 => items.reverse(),
        1 if place < items.len() => items.push(items[place].clone()),
        2 => items.truncate(place),
        _ => items.push(json!({})),
    }
    Value::Array(items)
}
