use super::*;

#[test]
fn escapes_what_forges_lines_or_moves_the_cursor() {
    for (input, expected) in [
        ("plain text, ünïcödé 漢字 🙂", "plain text, ünïcödé 漢字 🙂"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("nul\0bell\u{7}del\u{7f}", r"nul\u{0}bell\u{7}del\u{7f}"),
        ("\u{1b}[31mred", r"\u{1b}[31mred"),
        ("\u{9b}31m", r"\u{9b}31m"),
        (
            "line\u{2028}paragraph\u{2029}",
            r"line\u{2028}paragraph\u{2029}",
        ),
        ("\u{202e}gpj.exe", r"\u{202e}gpj.exe"),
        ("\u{2066}x\u{2069}", r"\u{2066}x\u{2069}"),
        ("zero\u{200b}width\u{feff}", r"zero\u{200b}width\u{feff}"),
        ("tag\u{e0041}", r"tag\u{e0041}"),
        (r"\n is not a line", r"\\n is not a line"),
    ] {
        assert_eq!(Untrusted(input).to_string(), expected);
        assert_eq!(UntrustedBytes(input.as_bytes()).to_string(), expected);
    }
}

#[test]
fn cuts_at_one_kibibyte_between_characters() {
    let exact = "x".repeat(1024);
    assert_eq!(Untrusted(&exact).to_string(), exact);
    assert_eq!(UntrustedBytes(exact.as_bytes()).to_string(), exact);

    let longer = "x".repeat(1025);
    let cut = format!("{exact}…");
    assert_eq!(Untrusted(&longer).to_string(), cut);
    assert_eq!(UntrustedBytes(longer.as_bytes()).to_string(), cut);

    let straddling = format!("{}ü", "x".repeat(1023));
    let cut = format!("{}…", "x".repeat(1023));
    assert_eq!(Untrusted(&straddling).to_string(), cut);
    assert_eq!(UntrustedBytes(straddling.as_bytes()).to_string(), cut);
}

#[test]
fn shows_bytes_that_are_no_text() {
    assert_eq!(UntrustedBytes(b"a\xff\xfeb").to_string(), r"a\xff\xfeb");
}

#[test]
fn debug_is_quoted_and_escaped() {
    assert_eq!(format!("{:?}", Untrusted("a\nb")), r#""a\nb""#);
}
