//! Changes inside a value: bytes, text, and JSON that stands as bytes in JSON.

use serde_json::Value;
use sigbox_wire::proto_json::{decode_base64, encode_base64};

use super::change::{Arguments, collect};

/// Bytes after one change. A log entry's body is JSON, so that most changes of it go to one of its members.
pub(super) fn bytes(mut value: Vec<u8>, operator: u8, arguments: Arguments) -> Vec<u8> {
    if operator.is_multiple_of(2)
        && let Ok(json @ Value::Object(_)) = serde_json::from_slice(&value)
    {
        return body(json, operator, arguments);
    }
    let place = arguments.pick(value.len());
    match operator / 12 % 6 {
        0 => value[place] ^= 1 << (operator % 8),
        1 => value[place] = operator,
        2 => value.truncate(place),
        3 => value.push(arguments.second),
        4 => value.insert(place, arguments.first),
        _ => drop(value.remove(place)),
    }
    value
}

fn body(mut value: Value, operator: u8, arguments: Arguments) -> Vec<u8> {
    let mut paths = Vec::new();
    collect(&value, String::new(), &mut paths);
    let path = paths[usize::from(arguments.first) % paths.len()].clone();
    let member = value.pointer_mut(&path).unwrap();
    match member {
        Value::String(inside) => {
            let arguments = Arguments {
                first: 0,
                ..arguments
            };
            *inside = match decode_base64(inside) {
                Ok(decoded) if decoded.len() > 8 => {
                    encode_base64(&bytes(decoded, operator | 1, arguments))
                }
                _ => text(inside, operator, arguments),
            };
        }
        Value::Object(members) => {
            members.insert("more".to_owned(), Value::from(1));
        }
        other => *other = Value::from(arguments.second),
    }
    serde_json::to_vec(&value).unwrap()
}

/// Text after one change, of a character or, where there are several, of a line.
pub(super) fn text(text: &str, operator: u8, arguments: Arguments) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.len() > 1 && operator.is_multiple_of(3) {
        let place = arguments.pick(lines.len());
        match operator / 12 % 4 {
            0 => drop(lines.remove(place)),
            1 => lines.insert(place, lines[place].clone()),
            2 => lines.rotate_left(1),
            _ => lines.push("\u{2014} witness.example.test AAAAAAAA\n".to_owned()),
        }
        return lines.concat();
    }
    let mut characters: Vec<char> = text.chars().collect();
    let place = arguments.pick(characters.len());
    match operator / 12 % 5 {
        0 if place < characters.len() => characters[place] = char::from(operator),
        1 => characters.truncate(place),
        2 if place < characters.len() => drop(characters.remove(place)),
        3 => characters.insert(place, ' '),
        _ => characters.push(char::from(arguments.second)),
    }
    characters.into_iter().collect()
}
