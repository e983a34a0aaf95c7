//! The shapes of predicates that have a name: a member that is there must be what its type says.
//!
//! Members that a type does not have are no fault: what is signed is what was given. Missing ones are a fault only
//! where the real client asks for them.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::AttestationError;

/// What a link must have, in the order in which the real client asks.
const LINK_MEMBERS: [&str; 7] = [
    "_type",
    "name",
    "materials",
    "products",
    "byproducts",
    "command",
    "environment",
];

/// A text that is never looked at.
type Text = Option<String>;
/// Digests in hexadecimal by algorithm.
type Digests = Option<HashMap<String, String>>;
type Object<T> = Option<Message<T>>;
type Objects<T> = Option<Vec<Message<T>>>;

/// A message that is an object: a derived reader also takes an array of the members in order of declaration.
struct Message<T>(PhantomData<T>);

/// An object of any members.
struct AnyObject;

/// A moment as RFC 3339 writes it.
struct Moment;

/// SLSA provenance v0.2.
///
/// Source: in-toto `predicates/provenance/v0.2/provenance.proto`.
pub(super) fn slsa_02(json: &str) -> Result<(), AttestationError> {
    fits::<Message<Slsa02>>(json, "unmarshal Provenance predicate")
}

/// SLSA provenance v1.
///
/// Source: in-toto `predicates/provenance/v1/provenance.proto`.
pub(super) fn slsa_1(json: &str) -> Result<(), AttestationError> {
    fits::<Message<Slsa1>>(json, "unmarshal Provenance predicate")
}

/// An in-toto link, all of whose members must be there.
///
/// Source: in-toto specification v0.9 §4.4; cosign `checkRequiredJSONFields`.
pub(super) fn link(json: &str) -> Result<(), AttestationError> {
    let what = "unmarshal Link statement";
    let given: HashMap<String, &RawValue> = read(json, what)?;
    let missing = LINK_MEMBERS.iter().find(|name| !given.contains_key(**name));
    if let Some(member) = missing {
        return Err(AttestationError::MissingMember {
            what: "link statement",
            member,
        });
    }
    fits::<Message<Link>>(json, what)
}

/// The result of a scan for vulnerabilities.
///
/// Source: cosign `specs/COSIGN_VULN_ATTESTATION_SPEC.md`.
pub(super) fn vuln(json: &str) -> Result<(), AttestationError> {
    fits::<Message<Vuln>>(json, "unmarshal vulnerability scan predicate")
}

fn fits<'de, T: Deserialize<'de>>(
    json: &'de str,
    what: &'static str,
) -> Result<(), AttestationError> {
    read::<T>(json, what).map(drop)
}

fn read<'de, T: Deserialize<'de>>(
    json: &'de str,
    what: &'static str,
) -> Result<T, AttestationError> {
    serde_json::from_str(json).map_err(|source| AttestationError::Schema { what, source })
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Message<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Message<T> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(self)
    }
}

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for AnyObject {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let spelled = text.as_bytes().get(10) == Some(&b'T');
        if spelled && text.parse::<Timestamp>().is_ok() {
            Ok(Self)
        } else {
            Err(D::Error::custom(format_args!(
                "invalid time \"{text}\", expected one like 2026-01-31T12:00:00Z"
            )))
        }
    }
}

/// Declares the members of messages; each may be missing or `null`, and others may be there.
macro_rules! messages {
    ($($message:ident { $($json:literal $member:ident: $type:ty,)* })*) => {$(
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only whether it can be read matters")]
        struct $message {
            $(#[serde(rename = $json, default)] $member: $type,)*
        }
    )*};
}

messages! {
    Slsa02 {
        "builder" builder: Object<Builder02>,
        "buildType" build_type: Text,
        "invocation" invocation: Object<Invocation02>,
        "buildConfig" build_config: Option<AnyObject>,
        "metadata" metadata: Object<Metadata02>,
        "materials" materials: Objects<Material>,
    }
    Builder02 {
        "id" id: Text,
    }
    Invocation02 {
        "configSource" config_source: Object<ConfigSource>,
        "parameters" parameters: Option<AnyObject>,
        "environment" environment: Option<AnyObject>,
    }
    ConfigSource {
        "uri" uri: Text,
        "digest" digest: Digests,
        "entryPoint" entry_point: Text,
    }
    Metadata02 {
        "buildInvocationId" build_invocation_id: Text,
        "buildStartedOn" build_started_on: Option<Moment>,
        "buildFinishedOn" build_finished_on: Option<Moment>,
        "completeness" completeness: Object<Completeness>,
        "reproducible" reproducible: Option<bool>,
    }
    Completeness {
        "parameters" parameters: Option<bool>,
        "environment" environment: Option<bool>,
        "materials" materials: Option<bool>,
    }
    Material {
        "uri" uri: Text,
        "digest" digest: Digests,
    }

    Slsa1 {
        "buildDefinition" build_definition: Object<BuildDefinition>,
        "runDetails" run_details: Object<RunDetails>,
    }
    BuildDefinition {
        "buildType" build_type: Text,
        "externalParameters" external_parameters: Option<AnyObject>,
        "internalParameters" internal_parameters: Option<AnyObject>,
        "resolvedDependencies" resolved_dependencies: Objects<ResourceDescriptor>,
    }
    RunDetails {
        "builder" builder: Object<Builder1>,
        "metadata" metadata: Object<BuildMetadata>,
        "byproducts" byproducts: Objects<ResourceDescriptor>,
    }
    Builder1 {
        "id" id: Text,
        "version" version: Digests,
        "builderDependencies" builder_dependencies: Objects<ResourceDescriptor>,
    }
    BuildMetadata {
        "invocationId" invocation_id: Text,
        "startedOn" started_on: Option<Moment>,
        "finishedOn" finished_on: Option<Moment>,
    }
    ResourceDescriptor {
        "name" name: Text,
        "uri" uri: Text,
        "digest" digest: Digests,
        "content" content: Text,
        "downloadLocation" download_location: Text,
        "mediaType" media_type: Text,
        "annotations" annotations: Option<AnyObject>,
    }

    Link {
        "_type" kind: Text,
        "name" name: Text,
        "materials" materials: Option<HashMap<String, Digests>>,
        "products" products: Option<HashMap<String, Digests>>,
        "byproducts" byproducts: Option<AnyObject>,
        "command" command: Option<Vec<String>>,
        "environment" environment: Option<AnyObject>,
    }

    Vuln {
        "invocation" invocation: Object<VulnInvocation>,
        "scanner" scanner: Object<Scanner>,
        "metadata" metadata: Object<ScanMetadata>,
    }
    VulnInvocation {
        "parameters" parameters: Option<IgnoredAny>,
        "uri" uri: Text,
        "event_id" event_id: Text,
        "builder.id" builder_id: Text,
    }
    Scanner {
        "uri" uri: Text,
        "version" version: Text,
        "db" db: Object<Database>,
        "result" result: Option<IgnoredAny>,
    }
    Database {
        "uri" uri: Text,
        "version" version: Text,
    }
    ScanMetadata {
        "scanStartedOn" scan_started_on: Option<Moment>,
        "scanFinishedOn" scan_finished_on: Option<Moment>,
    }
}
