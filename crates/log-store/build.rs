//! A new migration must cause a build: the macro that embeds them only sees the files it found last time.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/sqlite");
}
