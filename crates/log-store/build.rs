//! A new migration must cause a build: the macro that embeds them only sees the files it found last time.

#[expect(
    clippy::print_stdout,
    reason = "this is how a build script talks to cargo"
)]
fn main() {
    println!("cargo:rerun-if-changed=../../migrations/sqlite");
}
