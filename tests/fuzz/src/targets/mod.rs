//! The targets.

mod bundle;
mod canonical;
mod der;
mod dsse;
mod key_file;
mod merkle;
mod note;
mod trust;

/// One target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of its folder of seeds.
    pub name: &'static str,
    /// Panics if something does not hold for the input.
    pub run: fn(&[u8]),
    /// How many mutations the test tries on it.
    pub tries: usize,
}

/// All targets.
pub const ALL: [Target; 9] = [
    target("bundle", bundle::target, 1_500),
    target("verify", crate::verdict::target, 250),
    target("dsse", dsse::target, 4_000),
    target("canonical", canonical::target, 4_000),
    target("note", note::target, 2_000),
    target("merkle", merkle::target, 300),
    target("der", der::target, 2_000),
    target("trust", trust::target, 500),
    target("key_file", key_file::target, 2_000),
];

const fn target(name: &'static str, run: fn(&[u8]), tries: usize) -> Target {
    Target { name, run, tries }
}

/// The target of a name.
pub fn named(name: &str) -> Option<Target> {
    ALL.into_iter().find(|target| target.name == name)
}

/// The first byte says which of `count` readers gets the rest.
fn choose(data: &[u8], count: u8) -> Option<(u8, &[u8])> {
    let (choice, rest) = data.split_first()?;
    Some((choice % count, rest))
}
