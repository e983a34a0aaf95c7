//! What one call may take.

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Inputs up to this size, in bytes, are held to the bounds.
pub const BOUNDED_INPUT: usize = 64 * 1024;
/// Bytes of memory for each byte of input.
const BYTES_PER_BYTE: usize = 16;
/// What a call may take however small its input is: parsed keys, a verdict's texts.
const FIXED_BYTES: usize = 64 * 1024;

/// Runs `work` on an input of `input` bytes and demands that it took no more memory than the bound, at any moment.
///
/// Memory that C code takes is not seen. Other threads must be idle: what they take is counted too.
pub fn bounded<T>(input: usize, work: impl FnOnce() -> T) -> T {
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let result = work();
    let taken = HEAP.peak_usage().saturating_sub(before);
    let allowed = FIXED_BYTES + BYTES_PER_BYTE * input;
    assert!(
        input > BOUNDED_INPUT || taken <= allowed,
        "{taken} bytes were taken for an input of {input}, allowed are {allowed}"
    );
    result
}

/// Runs `read` twice within the bound and demands the same result, errors by their text.
pub(crate) fn twice<T, E>(input: usize, read: impl Fn() -> Result<T, E>) -> Option<T>
where
    T: PartialEq + std::fmt::Debug,
    E: std::error::Error,
{
    let first = bounded(input, &read).map_err(|error| text(&error));
    let second = read().map_err(|error| text(&error));
    assert_eq!(first, second, "two readings differ");
    first.ok()
}

/// An error with its causes.
pub(crate) fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
