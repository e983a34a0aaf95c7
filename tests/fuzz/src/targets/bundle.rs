//! Bundles: what is read is written and read again as the same, however its JSON was laid out.

use serde_json::Value;
use sigbox_wire::{Bundle, TransparencyLogEntry};

use crate::bounds::twice;

pub(super) fn target(data: &[u8]) {
    if let Some(bundle) = twice(data.len(), || Bundle::parse(data)) {
        let json = bundle.to_json().unwrap();
        let again = Bundle::parse(json.as_bytes()).unwrap();
        assert_eq!(again, bundle, "written and read again");
        assert_eq!(again.to_json().unwrap(), json, "written twice");
        // The order of members and white space mean nothing, and no member stands twice.
        let value: Value = serde_json::from_slice(data).unwrap();
        let pretty = serde_json::to_vec_pretty(&value).unwrap();
        assert_eq!(Bundle::parse(&pretty).unwrap(), bundle, "laid out anew");
    }
    if let Some(entry) = twice(data.len(), || TransparencyLogEntry::parse_response(data)) {
        let json = entry.to_response_json().unwrap();
        let again = TransparencyLogEntry::parse_response(json.as_bytes()).unwrap();
        assert_eq!(again, entry, "written and read again");
    }
}
