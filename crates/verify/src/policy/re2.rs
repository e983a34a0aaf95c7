//! Patterns as RE2 reads them, where our engine would read more into them.

use std::convert::Infallible;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSetItem, Span, Visitor,
};

/// The pattern with `\d`, `\s`, `\w` and `\b` of ASCII alone.
///
/// Our engine takes them for those of Unicode: `^\w+@example\.com$` would let letters of every script pass, and each `\w`
/// takes a hundred times the memory. A pattern that cannot be parsed comes back as it is; compiling it tells what is wrong.
///
/// Source: <https://github.com/google/re2/wiki/Syntax>, "Perl character classes" and "Empty strings".
pub(super) fn ascii_classes(pattern: &str) -> String {
    let Ok(parsed) = Parser::new().parse(pattern) else {
        return pattern.to_owned();
    };
    let Ok(found) = ast::visit(&parsed, Classes::default());
    let (mut read, mut rest) = (String::new(), 0);
    for (span, text) in found {
        read.push_str(pattern.get(rest..span.start.offset).unwrap_or_default());
        read.push_str(text);
        rest = span.end.offset;
    }
    read + pattern.get(rest..).unwrap_or_default()
}

/// Where such a class stands, in order, and what it is written as.
#[derive(Default)]
struct Classes(Vec<(Span, &'static str)>);

impl Classes {
    fn note(&mut self, class: &ClassPerl) {
        // Each holds inside of brackets as well.
        let text = match (&class.kind, class.negated) {
            (ClassPerlKind::Digit, false) => "[0-9]",
            (ClassPerlKind::Digit, true) => "[^0-9]",
            (ClassPerlKind::Space, false) => r"[\t\n\f\r\x20]",
            (ClassPerlKind::Space, true) => r"[^\t\n\f\r\x20]",
            (ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
        };
        self.0.push((class.span, text));
    }
}

impl Visitor for Classes {
    type Output = Vec<(Span, &'static str)>;
    type Err = Infallible;

    fn finish(self) -> Result<Self::Output, Infallible> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Infallible> {
        match ast {
            Ast::ClassPerl(class) => self.note(class),
            Ast::Assertion(assertion) if assertion.kind == AssertionKind::WordBoundary => {
                self.0.push((assertion.span, r"(?-u:\b)"));
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Infallible> {
        if let ClassSetItem::Perl(class) = item {
            self.note(class);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ascii_classes;

    #[test]
    fn classes_are_those_of_ascii() {
        for (pattern, read) in [
            (r"^\w+@x\.y$", r"^[0-9A-Za-z_]+@x\.y$"),
            (r"[\w.-]\W", r"[[0-9A-Za-z_].-][^0-9A-Za-z_]"),
            (
                r"[^\d\s]\D\S",
                r"[^[0-9][\t\n\f\r\x20]][^0-9][^\t\n\f\r\x20]",
            ),
            (r"\bä\\w", r"(?-u:\b)ä\\w"),
            (r"(a\d", r"(a\d"),
            ("plain", "plain"),
        ] {
            assert_eq!(ascii_classes(pattern), read);
        }
    }
}
