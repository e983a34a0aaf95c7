#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn tile(level: u8, index: u64, width: u16) -> TilePath {
    TilePath::Tile(TileRef {
        level,
        index,
        width,
    })
}

#[test]
fn reads_and_writes_the_same_spelling() {
    let table = [
        ("0/000", tile(0, 0, 256)),
        ("0/x001/234.p/7", tile(0, 1234, 7)),
        ("1/x001/x234/067", tile(1, 1_234_067, 256)),
        ("63/999.p/255", tile(63, 999, 255)),
        ("0/x001/000", tile(0, 1000, 256)),
        (
            "0/x018/x446/x744/x073/x709/x551/615",
            tile(0, u64::MAX, 256),
        ),
        (
            "entries/000",
            TilePath::Entries {
                index: 0,
                width: 256,
            },
        ),
        (
            "entries/x001/234.p/1",
            TilePath::Entries {
                index: 1234,
                width: 1,
            },
        ),
    ];
    for (text, path) in table {
        assert_eq!(text.parse::<TilePath>(), Ok(path), "{text}");
        assert_eq!(path.to_string(), text);
    }
}

#[test]
fn refuses_every_other_spelling() {
    use TilePathError as E;
    let table = [
        ("", E::Level),
        ("/000", E::Level),
        ("..", E::Level),
        ("../etc/passwd", E::Level),
        ("entry/000", E::Level),
        ("00/000", E::Level),
        ("-1/000", E::Level),
        ("+1/000", E::Level),
        ("64/000", E::Level),
        ("256/000", E::Level),
        ("0", E::MissingIndex),
        ("0/", E::MissingIndex),
        ("entries/", E::MissingIndex),
        ("0/0", E::IndexGroup),
        ("0/0000", E::IndexGroup),
        ("0/x000/001", E::IndexGroup),
        ("0/x001", E::IndexGroup),
        ("0/001/234", E::IndexGroup),
        ("0/x001/x234", E::IndexGroup),
        ("0/x001/", E::IndexGroup),
        ("0/../001", E::IndexGroup),
        ("0/x../001", E::IndexGroup),
        ("0/000/", E::IndexGroup),
        ("0/ 00", E::IndexGroup),
        ("0/0\u{660}0", E::IndexGroup),
        ("0/.p/1", E::IndexGroup),
        ("0/x018/x446/x744/x073/x709/x551/616", E::IndexTooLarge),
        ("0/000.p", E::MissingWidth),
        ("0/000.p/", E::MissingWidth),
        ("0/000.px/1", E::MissingWidth),
        ("0/000.p/0", E::Width),
        ("0/000.p/07", E::Width),
        ("0/000.p/256", E::Width),
        ("0/000.p/-1", E::Width),
        ("0/000.p/1/", E::Width),
        ("0/000.p/1.p/1", E::Width),
    ];
    for (text, error) in table {
        assert_eq!(text.parse::<TilePath>(), Err(error), "{text}");
    }
}
