use axum::response::IntoResponse;
use http::StatusCode;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

#[test]
fn draws_across_the_whole_range_and_not_beyond() {
    let mut random = StdRng::seed_from_u64(1);
    let mut drawn: Vec<u32> = (0..200)
        .map(|_| RetryAfter::around(3).draw(&mut random))
        .collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn, [3, 4, 5, 6]);
}

#[test]
fn an_inverted_range_is_its_lower_end() {
    let wait = RetryAfter {
        least_seconds: 5,
        most_seconds: 1,
    };
    assert_eq!(wait.draw(&mut StdRng::seed_from_u64(1)), 5);
}

#[test]
fn sets_the_header_in_whole_seconds() {
    let wait = RetryAfter {
        least_seconds: 7,
        most_seconds: 7,
    };
    let response = retry_after(StatusCode::SERVICE_UNAVAILABLE.into_response(), wait);
    assert_eq!(response.headers()[RETRY_AFTER], "7");
}
