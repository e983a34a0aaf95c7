//! Who may see which credentials.

mod challenge;
mod realm;
mod token;

pub(crate) use challenge::{Challenge, challenge};
pub(crate) use realm::{Trust, host_port, is_loopback, judge_realm};
pub(crate) use token::{basic, bearer, form_request, parse_token};
