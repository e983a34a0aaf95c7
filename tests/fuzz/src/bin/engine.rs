//! The coverage-guided engine: one target, chosen by `SIGBOX_FUZZ_TARGET`, in libFuzzer. Started by `tests/fuzz/run`.
#![no_main]
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::expect_used,
    reason = "the wiring of a program; a panic is a finding"
)]

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sigbox_fuzz::bounds::BOUNDED_INPUT;
use sigbox_fuzz::targets::{self, Target};

/// What one input may take; all that a target does with it is counted, not only the call it is about.
const LONGEST: Duration = Duration::from_millis(50);
/// How often an input must take too long before that is a finding.
const RUNS: usize = 5;

static TARGET: OnceLock<Target> = OnceLock::new();

fn target() -> Target {
    *TARGET.get_or_init(|| {
        let name = std::env::var("SIGBOX_FUZZ_TARGET").expect("SIGBOX_FUZZ_TARGET names a target");
        targets::named(&name).unwrap_or_else(|| panic!("no target `{name}`"))
    })
}

/// Time that this thread has had a processor, where the kernel says so: the machine has other work too.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Whether the input takes too long every time.
fn is_slow(run: fn(&[u8]), data: &[u8]) -> bool {
    (0..RUNS).all(|_| {
        let (start, before) = (Instant::now(), processor_time());
        run(data);
        let wall = start.elapsed();
        let taken = before
            .zip(processor_time())
            .and_then(|(before, after)| after.checked_sub(before));
        taken.unwrap_or(wall) > LONGEST
    })
}

libfuzzer_sys::fuzz_target!(init: for choice in 0..8 {
    // What is made once (keys, good bundles) is made before the clock runs.
    (target().run)(&[choice; 9]);
}, |data: &[u8]| {
    let run = target().run;
    let start = Instant::now();
    run(data);
    if start.elapsed() > LONGEST && data.len() <= BOUNDED_INPUT {
        assert!(!is_slow(run, data), "takes longer than {LONGEST:?}");
    }
});
