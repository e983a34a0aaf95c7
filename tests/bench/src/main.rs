//! Whole-process figures of our client and of its peers: each in turn, at least 15 times, medians.
//!
//! Starts its own instance and registry, makes its own keys, bundles and images, and prints the tables of
//! docs/benchmarks.md. It judges nothing.

mod blob;
mod distance;
mod images;
mod large;
mod measure;
mod scene;
mod table;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::scene::Scene;

/// Whole-process figures of the client and of its peers
#[derive(Parser)]
#[command(after_help = "Example:
  bash tests/bench/run            # builds everything, all tables
  bash tests/bench/run verify sign --runs 51")]
struct Args {
    /// Which tables; all if none is named
    tables: Vec<Table>,
    /// Counted runs of each program
    #[arg(long, default_value_t = 15)]
    runs: usize,
}

/// A table, or several.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Table {
    /// verify-blob of a small bundle
    Verify,
    /// Keyless sign-blob of a small file
    Sign,
    /// 1 GiB, signed and verified
    Large,
    /// 100 images in one call
    Images,
    /// Sizes of the programs
    Size,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let wanted = |table| args.tables.is_empty() || args.tables.contains(&table);
    let scene = Scene::new()?;
    if wanted(Table::Size) {
        sizes(&scene)?;
    }
    if wanted(Table::Verify) {
        blob::verify(&scene, args.runs)?;
    }
    if wanted(Table::Sign) {
        blob::sign(&scene, args.runs)?;
    }
    if wanted(Table::Images) {
        images::verify(&scene, args.runs)?;
    }
    if wanted(Table::Large) {
        large::run(&scene, args.runs)?;
    }
    Ok(())
}

/// How large the programs are.
#[expect(clippy::print_stdout, reason = "the figures are the program's output")]
fn sizes(scene: &Scene) -> Result<()> {
    println!("\nprograms\n\n| program | size |\n|---|---|");
    for (name, program) in [("ours", &scene.ours), ("cosign v3.1.3", &scene.real)] {
        #[expect(clippy::cast_precision_loss, reason = "sizes of programs")]
        let size = std::fs::metadata(program)?.len() as f64 / 1e6;
        println!("| {name} | {size:.1} MB |");
    }
    Ok(())
}
