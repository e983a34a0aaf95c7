//! Where the objects and members of a compact JSON text stand, so that tests can damage one and leave the rest.

use std::ops::Range;

/// One object: its own range, braces included, and its members.
pub(crate) struct Object {
    pub(crate) range: Range<usize>,
    pub(crate) members: Vec<Member>,
}

/// One member: the name without quotes, and the ranges of `"name":value` and of the value.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// All objects of `json`, inner ones first; the text must be compact and free of escapes.
pub(crate) fn objects(json: &str) -> Vec<Object> {
    let mut found = Vec::new();
    let end = value(json, 0, &mut found);
    assert_eq!(end, json.len(), "{json}");
    found
}

fn value(json: &str, start: usize, found: &mut Vec<Object>) -> usize {
    match json.as_bytes()[start] {
        b'{' => object(json, start, found),
        b'[' => {
            let mut at = start + 1;
            while json.as_bytes()[at] != b']' {
                at = after_comma(json, value(json, at, found));
            }
            at + 1
        }
        b'"' => string_end(json, start),
        _ => start + json[start..].find([',', '}', ']']).unwrap(),
    }
}

fn object(json: &str, start: usize, found: &mut Vec<Object>) -> usize {
    let (mut at, mut members) = (start + 1, Vec::new());
    while json.as_bytes()[at] != b'}' {
        let colon = string_end(json, at);
        let end = value(json, colon + 1, found);
        members.push(Member {
            name: json[at + 1..colon - 1].to_owned(),
            range: at..end,
            value: colon + 1..end,
        });
        at = after_comma(json, end);
    }
    let range = start..at + 1;
    found.push(Object { range, members });
    at + 1
}

fn string_end(json: &str, start: usize) -> usize {
    start + 2 + json[start + 1..].find('"').unwrap()
}

fn after_comma(json: &str, at: usize) -> usize {
    at + usize::from(json.as_bytes()[at] == b',')
}
