//! Repeated members, bytes after the end, nesting, bytes that are not UTF-8.

use crate::documents::{self, Names, Refusal};
use crate::outline::objects;

/// The name as a `.proto` file spells it.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn assert_duplicate(read: &Result<(), Refusal>, json: &str) {
    let Err(Refusal::Json(text)) = read else {
        panic!("{read:?} for {json}")
    };
    let known = ["duplicate field `", "duplicate digest algorithm"];
    assert!(
        known.iter().any(|known| text.contains(known)),
        "{text} for {json}"
    );
}

#[test]
fn no_member_may_stand_twice() {
    for document in documents::all() {
        for member in objects(&document.json).iter().flat_map(|o| &o.members) {
            let text = &document.json[member.range.clone()];
            let mut json = document.json.clone();
            json.replace_range(member.range.clone(), &format!("{text},{text}"));
            assert_duplicate(&(document.read)(json.as_bytes()), &json);
        }
    }
}

#[test]
fn two_spellings_of_one_name_are_one_member() {
    let mut seen = 0;
    for document in documents::all() {
        if document.names == Names::One {
            continue;
        }
        for member in objects(&document.json).iter().flat_map(|o| &o.members) {
            let snake = snake_case(&member.name);
            if snake == member.name {
                continue;
            }
            let camel = &document.json[member.range.clone()];
            let value = &document.json[member.value.clone()];
            let snake = format!("\"{snake}\":{value}");
            for twice in [format!("{snake},{camel}"), format!("{camel},{snake}")] {
                let mut json = document.json.clone();
                json.replace_range(member.range.clone(), &twice);
                assert_duplicate(&(document.read)(json.as_bytes()), &json);
            }
            let mut json = document.json.clone();
            json.replace_range(member.range.clone(), &snake);
            assert_eq!((document.read)(json.as_bytes()), Ok(()), "{json}");
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} names have two spellings");
}

#[test]
fn nothing_may_follow_the_document() {
    for document in documents::all() {
        let json = &document.json;
        for rest in ["x", "}", "null", json, "\0", "\u{feff}"] {
            let followed = format!("{json}{rest}");
            // The request for a timestamp has a limit of its own, which two of them stay within.
            let read = (document.read)(followed.as_bytes());
            assert!(
                matches!(&read, Err(Refusal::Json(text)) if text.starts_with("trailing characters")),
                "{}: {read:?} before {rest:?}",
                document.name
            );
        }
    }
}

#[test]
fn nesting_is_bounded_even_where_members_are_ignored() {
    for document in documents::all() {
        let limit = if document.name == "statement" {
            127
        } else {
            32
        };
        let with = |levels: usize| {
            let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            let mut json = document.json.clone();
            json.insert_str(1, &format!("\"colour\":{nested},"));
            (document.read)(json.as_bytes())
        };
        let name = document.name;
        assert_eq!(with(limit), Err(Refusal::TooDeep { limit }), "{name}");
        let allowed = with(limit - 1);
        let ignored = matches!(allowed, Ok(()));
        let unknown =
            matches!(&allowed, Err(Refusal::Json(text)) if text.contains("unknown field `colour`"));
        assert!(ignored || unknown, "{name}: {allowed:?}");
    }
}

/// Found by fuzzing: the reader looks only into strings that it hands over, and so took any bytes in a predicate.
#[test]
fn text_is_utf8_even_where_members_are_ignored() {
    for document in documents::all() {
        let name = document.name;
        for (member, place) in [("\"colour\":\"\"", 10), ("\"\":1", 1)] {
            let mut json = document.json.clone().into_bytes();
            let member = [member, ","].concat();
            json.splice(1..1, member.bytes());
            json.insert(1 + place, 0xe4);
            let read = (document.read)(&json);
            let text = format!("invalid utf-8 sequence of 1 bytes from index {}", 1 + place);
            assert_eq!(read, Err(Refusal::Json(text)), "{name}");
        }
    }
}
