//! Another verifier, written by others, is asked about the same bundles: the verdicts agree, or a clause settles it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

#[path = "../cases/mod.rs"]
mod cases;
mod damage;
mod differences;
mod judges;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use differences::{Class, Observed, Verdicts};
use judges::{Signer, Subject, deployment};
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_testkit::virtual_sigstore::{IN_TOTO, Identity, Lie};

const ARTIFACT: &[u8] = b"artifact";

/// How many damaged bundles there are at least.
const CORPUS: usize = 5_000;

/// Of damage that resembles another one, every so many-th is judged.
const STRIDE: usize = 5;

/// The difference on a text, if there is one.
fn difference<'a>(
    subject: &Subject,
    path: &'a str,
    what: &'a str,
    text: &str,
) -> Option<Observed<'a>> {
    let verdicts = match (subject.ours(text), subject.oracle(text)) {
        (Ok(()), Ok(())) | (Err(_), Err(_)) => return None,
        (Err(refusal), Ok(())) => Verdicts::OnlyOursRefuses(refusal),
        (Ok(()), Err(reason)) => Verdicts::OnlyTheOracleRefuses(reason),
    };
    Some(Observed {
        path,
        what,
        by_key: subject.by_key,
        verdicts,
    })
}

fn stored(folder: &Path) -> Vec<Subject> {
    let mut names: Vec<String> = std::fs::read_dir(folder.join("bundle-verify"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
        .iter()
        .map(|name| Subject::stored(folder, name))
        .collect()
}

/// Honest bundles and every lie, as artifact, envelope and by key.
fn made() -> Vec<(Lie, Subject)> {
    let mut sigstore = deployment();
    let identity = Identity::default();
    let signer = Signer::of(&identity);
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let by_key = Signer::Key(key.public_key().clone());
    let honest = sigstore.attest(ARTIFACT, &json!({}), &identity);
    let sigbox_wire::BundleContent::DsseEnvelope(envelope) = &honest.bundle.content else {
        panic!("no envelope")
    };
    let statement = envelope.payload.clone();
    let mut out = Vec::new();
    for lie in [Lie::None].into_iter().chain(Lie::ALL) {
        let signed = sigstore.sign_with(ARTIFACT, &identity, lie);
        let name = format!("artifact, {lie:?}");
        out.push((lie, Subject::made(&name, &signed, ARTIFACT, &signer)));
        let signed = sigstore.attest_with(IN_TOTO, &statement, &identity, lie);
        let name = format!("envelope, {lie:?}");
        out.push((lie, Subject::made(&name, &signed, ARTIFACT, &signer)));
        let signed = sigstore.sign_with_key(ARTIFACT, &key, lie);
        let name = format!("key, {lie:?}");
        out.push((lie, Subject::made(&name, &signed, ARTIFACT, &by_key)));
    }
    out
}

/// Adds up the differences by class and reports what belongs to none.
#[derive(Default)]
struct Tally {
    judged: usize,
    classes: BTreeMap<Class, usize>,
    findings: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, seen: Option<&Observed<'_>>) {
        self.judged += 1;
        let Some(seen) = seen else { return };
        match Class::of(seen) {
            Some(class) => *self.classes.entry(class).or_default() += 1,
            None => self.findings.push(format!(
                "{name}: {} {}: {:?}",
                seen.what, seen.path, seen.verdicts
            )),
        }
    }

    fn join(mut self, other: Self) -> Self {
        self.judged += other.judged;
        for (class, count) in other.classes {
            *self.classes.entry(class).or_default() += count;
        }
        self.findings.extend(other.findings);
        self
    }

    /// Demands that each difference belongs to a class, and that these classes are met: one that is not met any more
    /// goes from the list and from the document.
    fn settled(&self, met: &[Class]) {
        eprintln!("{} bundles, differences: {:?}", self.judged, self.classes);
        assert!(self.findings.is_empty(), "{}", self.findings.join("\n"));
        let missed: Vec<_> = met
            .iter()
            .filter(|class| !self.classes.contains_key(class))
            .collect();
        assert!(missed.is_empty(), "never met: {missed:?}");
    }
}

#[test]
fn the_stored_cases_have_the_same_verdict() {
    let Some(folder) = cases::folder() else {
        return;
    };
    for subject in stored(&folder) {
        let seen = difference(&subject, "", "", &subject.text);
        assert!(
            seen.is_none(),
            "{}: {:?}",
            subject.name,
            seen.map(|seen| seen.verdicts)
        );
    }
}

#[test]
fn the_lies_of_a_deployment_have_the_same_verdict() {
    let mut tally = Tally::default();
    for (lie, subject) in made() {
        let seen = difference(&subject, "", "a lie", &subject.text);
        if lie == Lie::None {
            assert!(seen.is_none() && subject.ours(&subject.text).is_ok());
        }
        tally.add(&subject.name, seen.as_ref());
    }
    tally.settled(&Class::BY_LIE);
}

#[test]
fn damaged_bundles_have_the_same_verdict() {
    let Some(folder) = cases::folder() else {
        return;
    };
    let mut good = stored(&folder);
    good.extend(
        made()
            .into_iter()
            .filter(|(lie, _)| *lie == Lie::None)
            .map(|(_, subject)| subject),
    );
    good.retain(|subject| subject.ours(&subject.text).is_ok());
    assert_eq!(good.len(), 13, "good cases");
    let values: Vec<Value> = good
        .iter()
        .map(|subject| serde_json::from_str(&subject.text).unwrap())
        .collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some(subject) = good.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
        {
            let own: Value = serde_json::from_str(&subject.text).unwrap();
            let others: Vec<&Value> = values.iter().filter(|other| **other != own).collect();
            judge(subject, &own, &others, &mut tally);
        }
        tally
    };
    let tally = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .fold(Tally::default(), Tally::join)
    });
    tally.settled(&Class::BY_DAMAGE);
    assert!(tally.judged >= CORPUS, "{} damaged bundles", tally.judged);
}

/// Judges each kind of damage to each member at least once.
fn judge(subject: &Subject, own: &Value, others: &[&Value], tally: &mut Tally) {
    let mut kinds = BTreeSet::new();
    for (turn, damaged) in damage::all(own, others).into_iter().enumerate() {
        // The elements of an array are one member in this.
        let member = damaged.path.replace(|c: char| c.is_ascii_digit(), "");
        if kinds.insert((member, damaged.what)) || turn % STRIDE == 0 {
            let seen = difference(subject, &damaged.path, damaged.what, &damaged.text);
            tally.add(&subject.name, seen.as_ref());
        }
    }
}
