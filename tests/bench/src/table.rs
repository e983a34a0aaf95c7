//! The rows of docs/benchmarks.md.

use crate::measure::{Medians, Subject};

/// A table: what was done, and by whom.
#[expect(clippy::print_stdout, reason = "the figures are the program's output")]
pub(crate) fn print(title: &str, subjects: &[Subject], medians: &[Medians]) {
    println!("\n{title}\n");
    println!(
        "| program | wall | processor time | peak memory | wall, ours to it | memory, ours to it |"
    );
    println!("|---|---|---|---|---|---|");
    let Some(ours) = medians.first() else {
        return;
    };
    for (subject, its) in subjects.iter().zip(medians) {
        println!(
            "| {} | {} | {} | {:.1} MiB | {:.2} | {:.2} |",
            subject.name,
            milliseconds(its.wall_ms),
            milliseconds(its.processor_ms),
            its.peak_mib,
            ours.wall_ms / its.wall_ms,
            ours.peak_mib / its.peak_mib,
        );
    }
}

fn milliseconds(time: f64) -> String {
    match time {
        time if time >= 1000.0 => format!("{:.2} s", time / 1000.0),
        time if time >= 20.0 => format!("{time:.0} ms"),
        time => format!("{time:.1} ms"),
    }
}
