//! Trust from files of one's own, through the program: which ones are needed for what, and which ones are refused.

mod refusals;
mod site;

use std::fs;

use cosign_cli::{SignError, Supply, TrustSource, TrustSourceError};
use sigbox_verify::TrustList;
use trust_root::PemRoots;

use site::{BY_KEY, BY_KEY_V1, KEYLESS, KEYLESS_V1, Kind, Site, attested};

const ROOT: &str = "SIGSTORE_ROOT_FILE";
const CT: &str = "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE";
const REKOR: &str = "SIGSTORE_REKOR_PUBLIC_KEY";
const TSA: &str = "SIGSTORE_TSA_CERTIFICATE_FILE";
/// The variables in the order of the checks, each with its file, the list that it fills, and what is said of it.
const FILES: [(&str, &str, &str, &str); 4] = [
    (
        REKOR,
        "rekor.pub",
        "tlogs",
        "transparency-log (the transparency log's proof)",
    ),
    (
        TSA,
        "tsa_chain.pem",
        "timestampAuthorities",
        "signed-time (the timestamp on the signature)",
    ),
    (
        ROOT,
        "fulcio_chain.pem",
        "certificateAuthorities",
        "certificate-chain (the certificate's chain)",
    ),
    (
        CT,
        "ctfe.pub",
        "ctlogs",
        "certificate-transparency (the certificate's SCT)",
    ),
];
const VERIFIED: &str = "exit 0\n--- stdout\n--- stderr\nVerified OK\n";
const CONFIGURE: &str =
    "hint: run `eval \"$(sigbox env)\"` where the instance is, or give --trusted-root FILE";

/// What is said when these are missing.
fn incomplete(missing: &[&(&str, &str, &str, &str)]) -> String {
    let names: Vec<_> = missing.iter().map(|one| one.0).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let causes: Vec<_> = missing
        .iter()
        .map(|one| format!("  cause: check {} needs {}\n", one.3, one.0))
        .collect();
    let causes = causes.concat();
    format!(
        "exit 1\n--- stdout\n--- stderr\nError: incomplete trust material: {} {verb} not set\n{causes}{CONFIGURE} instead of the variables\n",
        names.join(", ")
    )
}

/// Every subset of the variables, or with flags each one missing in turn: verified exactly if it holds what is needed, else every missing one is named.
fn needs(site: &Site, how: Kind, more: &[&str], needed: &[&str]) {
    let subsets = if more.is_empty() {
        (0..16).collect()
    } else {
        vec![0b1111, 0b1110, 0b1101, 0b1011, 0b0111_u8]
    };
    for given in subsets {
        let is_given = |at: usize| given & (1 << at) != 0;
        let files: Vec<_> = (0..4)
            .filter(|at| is_given(*at))
            .map(|at| (FILES[at].0, FILES[at].1))
            .collect();
        let missing: Vec<_> = (0..4)
            .filter(|at| !is_given(*at) && needed.contains(&FILES[*at].0))
            .map(|at| &FILES[at])
            .collect();
        let expected = if missing.is_empty() {
            VERIFIED.to_owned()
        } else if given == 0 {
            format!(
                "exit 1\n--- stdout\n--- stderr\nError: trusted root is required when using new bundle format\n  \
                 cause: neither --trusted-root nor COSIGN_TRUSTED_ROOT nor a SIGSTORE_… file is given, and no root is \
                 built in\n{CONFIGURE}\n"
            )
        } else {
            incomplete(&missing)
        };
        let found = site.verify_with(how, more, &files);
        let found = found.replace(&warning(how), "");
        assert_eq!(found, expected, "{how:?} {more:?} {files:?}");
    }
    // The same with a document that lacks one list; the variables beside it are not read.
    for (variable, _, list, said) in FILES {
        site.write_root_without(&[list]);
        let arguments = [more, &["--trusted-root", "less.json"]].concat();
        let all = FILES.map(|one| (one.0, "none.pem"));
        let found = site.verify_with(how, &arguments, &all);
        let expected = if needed.contains(&variable) {
            format!(
                "exit 1\n--- stdout\n--- stderr\nError: incomplete trust material: less.json holds no {list}\n  \
                 cause: check {said} needs {list} in less.json\nhint: get the trusted root anew from where the instance \
                 publishes it\n"
            )
        } else {
            VERIFIED.to_owned()
        };
        let found = found.replace(&warning(how), "");
        assert_eq!(found, expected, "{how:?} {more:?} without {list}");
    }
}

/// What `--insecure-ignore-tlog` says first.
fn warning(how: Kind) -> String {
    let of = if how.statement {
        "blob attestation"
    } else {
        "blob"
    };
    format!(
        "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
         verification for the {of}.\n"
    )
}

#[test]
fn a_keyless_bundle_of_version_two_needs_all_four() {
    let site = Site::new();
    for how in [KEYLESS, attested(KEYLESS)] {
        site.sign(how, None).unwrap();
        needs(&site, how, &[], &[ROOT, CT, REKOR, TSA]);
    }
    let how = attested(KEYLESS);
    needs(&site, how, &["--insecure-ignore-sct"], &[ROOT, REKOR, TSA]);
    needs(&site, how, &["--insecure-ignore-tlog"], &[ROOT, CT, TSA]);
}

#[test]
fn a_keyless_bundle_of_version_one_needs_no_timestamp_authority() {
    let site = Site::new();
    site.sign(KEYLESS_V1, None).unwrap();
    needs(&site, KEYLESS_V1, &[], &[ROOT, CT, REKOR]);
    needs(
        &site,
        KEYLESS_V1,
        &["--insecure-ignore-sct"],
        &[ROOT, REKOR],
    );
    needs(&site, KEYLESS_V1, &["--insecure-ignore-tlog"], &[ROOT, CT]);
}

#[test]
fn a_keys_bundle_needs_the_logs_key_only_and_without_the_log_nothing() {
    let site = Site::new();
    for how in [BY_KEY, attested(BY_KEY), BY_KEY_V1] {
        site.sign(how, None).unwrap();
        needs(&site, how, &[], &[REKOR]);
        needs(&site, how, &["--insecure-ignore-tlog"], &[]);
    }
    site.sign(BY_KEY, None).unwrap();
    needs(&site, BY_KEY, &["--use-signed-timestamps"], &[REKOR, TSA]);
}

#[test]
fn a_trusted_root_that_is_named_is_read_also_where_a_key_alone_would_do() {
    let site = Site::new();
    site.sign(BY_KEY, None).unwrap();
    let shown = site
        .verify(
            BY_KEY,
            &["--insecure-ignore-tlog", "--trusted-root", "none.json"],
        )
        .run();
    assert_eq!(
        shown,
        format!(
            "exit 1\n--- stdout\n--- stderr\n{}Error: setting trusted material: loading trusted root: open none.json: no \
             such file or directory\n",
            warning(BY_KEY)
        )
    );
}

#[test]
fn several_blocks_in_each_file_are_all_believed() {
    let (site, other) = (Site::new(), Site::new());
    for (variable, file, ..) in FILES {
        let (ours, theirs) = (site.read(file), other.read(file));
        site.write(&format!("both.{variable}"), theirs + "\n" + &ours);
    }
    let both: Vec<_> = FILES
        .iter()
        .map(|one| (one.0, format!("both.{}", one.0)))
        .collect();
    let both: Vec<_> = both
        .iter()
        .map(|(name, file)| (*name, file.as_str()))
        .collect();
    for signer in [&site, &other] {
        for how in [KEYLESS, KEYLESS_V1, attested(KEYLESS)] {
            signer.sign(how, None).unwrap();
            if !std::ptr::eq(signer, &raw const site) {
                fs::copy(other.path().join("b.json"), site.path().join("b.json")).unwrap();
            }
            assert_eq!(site.verify_with(how, &[], &both), VERIFIED, "{how:?}");
        }
    }
}

#[test]
fn signing_is_checked_by_the_files_and_a_gap_costs_nothing() {
    let site = Site::new();
    let pem = |change: fn(&mut PemRoots)| {
        let file = |name: &str| Some(site.path().join(name));
        let mut roots = PemRoots {
            root: file("fulcio_chain.pem"),
            ct_log_key: file("ctfe.pub"),
            rekor_key: file("rekor.pub"),
            tsa_chain: file("tsa_chain.pem"),
        };
        change(&mut roots);
        Some(TrustSource::Pem(roots))
    };
    let missing = |outcome| match outcome {
        Err(SignError::Trust(TrustSourceError::Incomplete {
            supply: Supply::Variables,
            missing,
            ..
        })) => missing,
        other => panic!("{other:?}"),
    };
    let two = missing(site.sign(
        KEYLESS,
        pem(|roots| {
            roots.ct_log_key = None;
            roots.tsa_chain = None;
        }),
    ));
    assert_eq!(two, [TrustList::TimestampAuthorities, TrustList::Ctlogs]);
    let log = missing(site.sign(BY_KEY_V1, pem(|roots| roots.rekor_key = None)));
    assert_eq!(log, [TrustList::Tlogs]);
    // Nobody was asked for anything.
    assert_eq!(site.instance.requests(), Vec::<String>::new());
    assert!(!site.path().join("b.json").exists());
    for how in [KEYLESS, attested(KEYLESS)] {
        site.sign(how, pem(|_| {})).unwrap();
    }
    site.sign(KEYLESS_V1, pem(|roots| roots.tsa_chain = None))
        .unwrap();
    for how in [BY_KEY, BY_KEY_V1, attested(BY_KEY)] {
        let only_log = |roots: &mut PemRoots| {
            *roots = PemRoots {
                rekor_key: roots.rekor_key.take(),
                ..PemRoots::default()
            };
        };
        site.sign(how, pem(only_log)).unwrap();
    }
}
