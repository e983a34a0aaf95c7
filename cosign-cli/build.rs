//! Links the released program at a fixed address.
//!
//! In a position-independent program every table of functions is a page that is written to before `main`; that takes longer than to
//! verify a signature. See docs/adr.

#[expect(
    clippy::disallowed_methods,
    reason = "what cargo tells a build script stands in the environment"
)]
fn main() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    println!("cargo::rerun-if-changed=build.rs");
    if is("CARGO_CFG_TARGET_OS", "linux") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bin=cosign=-no-pie");
        // Cargo forgets the profile's `strip` for a package that has settings of its own.
        println!("cargo::rustc-link-arg-bin=cosign=-Wl,--strip-all");
    }
}
