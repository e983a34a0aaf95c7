//! Each rule of the lint against a precertificate that breaks it alone.

use der::asn1::OctetString;
use jiff::SignedDuration;
use x509_cert::ext::Extension;

use crate::{
    CertificateError, KeyAlgorithm, ObjectIdentifier, PublicKey, SigningKey, WeakKeyError,
    hierarchy::{Hierarchy, leaf_request},
    oid,
    profile::{
        LeafRequest, LeafSubject, LintError, MAX_LEAF_VALIDITY, ProfileError, Unlinted, extensions,
        subject,
    },
};

/// Lints what is built, and compares the verdict.
struct Bench {
    hierarchy: Hierarchy,
    key: SigningKey,
}

impl Bench {
    fn new() -> Self {
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        Self {
            hierarchy: Hierarchy::new(),
            key,
        }
    }

    fn build(&self, request: LeafRequest) -> Unlinted {
        Unlinted::build(&self.hierarchy.ca, request, [0x65; 20]).unwrap()
    }

    /// Expects that a good precertificate, tampered with after it was built, is refused.
    fn tampered(&self, expected: LintError, tamper: impl FnOnce(&mut Unlinted)) {
        let mut unlinted = self.build(leaf_request(&self.key));
        tamper(&mut unlinted);
        same(unlinted, Some(expected));
    }

    /// As [`Self::tampered`], for one extension.
    fn extension(
        &self,
        expected: LintError,
        oid: ObjectIdentifier,
        tamper: impl FnOnce(&mut Extension),
    ) {
        self.tampered(expected, |unlinted| {
            let mut extensions = unlinted.template.extensions.iter_mut();
            tamper(extensions.find(|e| e.extn_id == oid).unwrap());
        });
    }

    /// Expects that a request is passed (`None`) or refused.
    fn asked(&self, expected: Option<LintError>, ask: impl FnOnce(&mut LeafRequest)) {
        let mut request = leaf_request(&self.key);
        ask(&mut request);
        same(self.build(request), expected);
    }
}

/// The errors hold sources that cannot be compared: variant and fields are, by their `Debug` text.
#[track_caller]
fn same(unlinted: Unlinted, expected: Option<LintError>) {
    assert_eq!(
        format!("{:?}", unlinted.lint().err()),
        format!("{expected:?}")
    );
}

fn set(bytes: &[u8]) -> impl FnOnce(&mut Extension) {
    let value = OctetString::new(bytes).unwrap();
    |extension| extension.extn_value = value
}

#[test]
fn passes_what_was_built() {
    Bench::new().asked(None, |_| {});
}

#[test]
fn fields() {
    let bench = Bench::new();
    let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let name = bench.hierarchy.root.subject_der().to_vec();
    bench.tampered(LintError::SubjectNotEmpty, |u| {
        u.template.subject.clone_from(&name);
    });
    bench.tampered(LintError::IssuerName, |u| {
        u.template.issuer = subject::EMPTY.to_vec();
    });
    let key = other.public_key().spki_der();
    bench.tampered(LintError::KeyMismatch, |u| u.template.spki = key.to_vec());
    bench.tampered(LintError::Serial { octets: 7 }, |u| {
        u.template.serial = [0; 20];
        u.template.serial[13..].copy_from_slice(&[1; 7]);
    });
    bench.tampered(LintError::Serial { octets: 21 }, |u| {
        u.template.serial = [0xff; 20];
    });
}

#[test]
fn validity() {
    let bench = Bench::new();
    let (limit, second) = (MAX_LEAF_VALIDITY, SignedDuration::from_secs(1));
    bench.asked(None, |r| r.not_after = r.not_before + limit);
    let too_long = LintError::TooLong {
        found: limit + second,
        limit,
    };
    bench.asked(Some(too_long), |r| {
        r.not_after = r.not_before + limit + second;
    });
    bench.asked(Some(LintError::Validity), |r| r.not_after = r.not_before);
    // Before and after the issuer.
    bench.asked(Some(LintError::Validity), |r| r.not_before -= second);
    let end = bench.hierarchy.ca.not_after();
    for (expected, past) in [
        (None, SignedDuration::ZERO),
        (Some(LintError::Validity), second),
    ] {
        bench.asked(expected, |r| {
            r.not_before = end - SignedDuration::from_mins(5);
            r.not_after = end + past;
        });
    }
    // Not as requested.
    bench.tampered(LintError::Validity, |u| u.template.not_after += second);
}

#[test]
fn alternative_names() {
    let bench = Bench::new();
    let san = oid::SUBJECT_ALT_NAME;
    let two = b"\x30\x0e\x81\x05a@b.c\x81\x05d@e.f";
    bench.extension(LintError::SubjectAltNameCount { found: 2 }, san, set(two));
    let other = b"\x30\x07\x81\x05a@b.c";
    bench.extension(LintError::SubjectAltNameMismatch, san, set(other));
    let uri = LeafSubject::Uri("alice@example.com".into());
    let as_uri = extensions::subject_alt_name(&uri).unwrap();
    bench.extension(LintError::SubjectAltNameMismatch, san, |e| *e = as_uri);
    bench.extension(LintError::SubjectAltNameNotCritical, san, |e| {
        e.critical = false;
    });
}

#[test]
fn identities() {
    let bench = Bench::new();
    let email = |expected, text: &str| {
        bench.asked(expected, |r| r.subject = LeafSubject::Email(text.into()));
    };
    email(None, "a+b@x");
    email(Some(LintError::EmailNotAscii), "ä@example.com");
    let long = format!("{}@b", "a".repeat(253));
    for text in [
        "",
        "alice",
        "@x",
        "a@",
        "a@b@c",
        "a b@c",
        "a@b\n",
        "\"a b\"@c",
        &long,
    ] {
        email(Some(LintError::EmailSyntax), text);
    }
    let uri = |expected, text: &str| {
        bench.asked(expected, |r| r.subject = LeafSubject::Uri(text.into()));
    };
    for text in [
        "spiffe://td/ns/x",
        "https://host:8080/oidc/workload/ci#frag",
        "urn:x:%20y",
    ] {
        uri(None, text);
    }
    for text in [
        "",
        "//host/path",
        ":x",
        "1a:b",
        "a b:c",
        "https:",
        "https://ü/",
        "h:|",
        "h:\0",
    ] {
        uri(Some(LintError::UriSyntax), text);
    }
}

#[test]
fn issuer_and_token_subject() {
    let bench = Bench::new();
    let (one, eight) = (oid::FULCIO_ISSUER, oid::FULCIO_ISSUER_V2);
    let sub = oid::FULCIO_TOKEN_SUBJECT;
    bench.extension(LintError::IssuerExtensionsDiffer, one, set(b"http://other"));
    bench.tampered(LintError::IssuerMismatch, |u| {
        for (oid, value) in [(one, b"x".as_slice()), (eight, b"\x0c\x01x")] {
            let extension = u.template.extensions.iter_mut().find(|e| e.extn_id == oid);
            set(value)(extension.unwrap());
        }
    });
    bench.extension(LintError::TokenSubjectMismatch, sub, set(b"\x0c\x01x"));
    bench.tampered(LintError::TokenSubjectMismatch, |u| {
        u.template.extensions.retain(|e| e.extn_id != sub);
    });
    let text = |oid| Some(LintError::Text { oid });
    bench.asked(text(eight), |r| r.issuer = String::new());
    bench.asked(text(eight), |r| r.issuer.push('\n'));
    bench.asked(text(sub), |r| r.token_subject.push('\0'));
    for oid in [one, eight, sub] {
        bench.extension(LintError::Extension { oid }, oid, |e| e.critical = true);
    }
}

#[test]
fn fixed_extensions() {
    let bench = Bench::new();
    let wrong: [(ObjectIdentifier, &[u8]); 3] = [
        (oid::KEY_USAGE, b"\x03\x02\x06\xc0"), // nonRepudiation too
        (oid::EXTENDED_KEY_USAGE, b"\x30\x06\x06\x04\x55\x1d\x25\x00"), // any
        (oid::SUBJECT_KEY_IDENTIFIER, b"\x04\x01\x00"),
    ];
    for (oid, bytes) in wrong {
        bench.extension(LintError::Extension { oid }, oid, set(bytes));
    }
    let aki = oid::AUTHORITY_KEY_IDENTIFIER;
    bench.extension(LintError::AuthorityKeyId, aki, set(b"\x30\x00"));
    // The right key identifier with a serial number beside it.
    let id = bench.hierarchy.ca.subject_key_id().unwrap();
    let more = [b"\x30\x19\x80\x14", id, b"\x82\x01\x01"].concat();
    bench.extension(LintError::Extension { oid: aki }, aki, set(&more));
    for (oid, ..) in wrong
        .into_iter()
        .chain([(aki, [].as_slice()), (oid::CT_POISON, &[])])
    {
        bench.extension(LintError::Extension { oid }, oid, |e| e.critical ^= true);
    }
}

#[test]
fn list_of_extensions() {
    let bench = Bench::new();
    for oid in [
        "1.2.3.4",
        "1.3.6.1.4.1.11129.2.4.2",
        "1.3.6.1.4.1.57264.1.9",
        "2.5.29.31",
    ] {
        let extn_id = ObjectIdentifier::new_unwrap(oid);
        let extn_value = OctetString::new(b"\x0c\x01x".as_slice()).unwrap();
        let foreign = Extension {
            extn_id,
            critical: false,
            extn_value,
        };
        bench.tampered(LintError::UnexpectedExtension { oid: extn_id }, |u| {
            u.template.extensions.push(foreign);
        });
    }
    bench.tampered(
        LintError::UnexpectedExtension {
            oid: oid::BASIC_CONSTRAINTS,
        },
        |u| {
            u.template
                .extensions
                .push(extensions::authority(0).unwrap());
        },
    );
    bench.tampered(
        LintError::ExtensionOrder {
            oid: oid::KEY_USAGE,
        },
        |u| {
            u.template.extensions.swap(0, 1);
        },
    );
    let all = bench.build(leaf_request(&bench.key)).template.extensions;
    for oid in all
        .iter()
        .map(|e| e.extn_id)
        .filter(|oid| *oid != oid::FULCIO_TOKEN_SUBJECT)
    {
        bench.tampered(LintError::MissingExtension { oid }, |u| {
            u.template.extensions.retain(|e| e.extn_id != oid);
        });
    }
}

#[test]
fn too_many_bytes() {
    let bench = Bench::new();
    let mut request = leaf_request(&bench.key);
    request.token_subject = "x".repeat(16 * 1024);
    match bench.build(request).lint() {
        Err(LintError::ExtensionsTooLarge { size, limit }) => assert!(size > limit),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_read_back() {
    let bench = Bench::new();
    let unreadable = |tamper: fn(&mut Vec<Extension>)| {
        let mut unlinted = bench.build(leaf_request(&bench.key));
        tamper(&mut unlinted.template.extensions);
        match unlinted.lint() {
            Err(LintError::Unreadable { source }) => match *source {
                ProfileError::Unreadable { source } => source,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    let repeated = unreadable(|list| list.push(extensions::poison().unwrap()));
    assert!(
        matches!(repeated, CertificateError::DuplicateExtension { oid } if oid == oid::CT_POISON)
    );
    // PrintableString in the place of UTF8String.
    let printable = unreadable(|list| {
        let issuer = list.iter_mut().find(|e| e.extn_id == oid::FULCIO_ISSUER_V2);
        set(b"\x13\x01x")(issuer.unwrap());
    });
    assert!(
        matches!(printable, CertificateError::MalformedExtension { oid, .. } if oid == oid::FULCIO_ISSUER_V2)
    );
}

#[test]
fn weak_keys() {
    let bench = Bench::new();
    let small_order = [
        hex::decode("302a300506032b6570032100").unwrap(),
        vec![0; 32],
    ]
    .concat();
    let key = PublicKey::from_spki_der(&small_order).unwrap();
    let expected = LintError::WeakKey {
        source: WeakKeyError::SmallOrder,
    };
    bench.asked(Some(expected), |r| r.key = key);
    let zero = Unlinted::build(&bench.hierarchy.ca, leaf_request(&bench.key), [0; 20]);
    assert!(matches!(zero, Err(ProfileError::ZeroSerial)), "{zero:?}");
}
