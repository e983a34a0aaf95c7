//! Every seed and a fixed number of mutations of them, target by target. In one test: the memory that is measured is the
//! whole process's.
#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use sigbox_fuzz::bounds::{BOUNDED_INPUT, bounded};
use sigbox_fuzz::mutate::Chance;
use sigbox_fuzz::seeds;
use sigbox_fuzz::targets::{self, Target};

#[test]
fn seeds_and_their_mutations_hold() {
    too_much_memory_is_seen();
    seeds_are_small();
    for target in targets::ALL {
        let seeds = seeds::of(target.name);
        assert!(seeds.len() >= 3, "{}: {} seeds", target.name, seeds.len());
        (target.run)(&[]);
        for (path, seed) in &seeds {
            run(target, seed, &path.display().to_string());
        }
        let mut chance = Chance::new(0x5367_b0c5);
        for turn in 0..target.tries {
            let [from, other] = [(); 2].map(|()| &seeds[chance.below(seeds.len())].1);
            let input = chance.mutate(from, other);
            run(target, &input, &format!("mutation {turn}"));
        }
    }
}

fn run(target: Target, input: &[u8], what: &str) {
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(
        result.is_ok(),
        "target {} fails on {what}: {:?}",
        target.name,
        String::from_utf8_lossy(input)
    );
}

/// Among the other checks of memory, because it has to have the process to itself.
fn too_much_memory_is_seen() {
    let take = |bytes: usize| bounded(1_000, || vec![1_u8; bytes].len());
    assert_eq!(take(80_000), 80_000);
    let result = catch_unwind(|| take(82_000));
    let message = result.unwrap_err();
    let message = message.downcast_ref::<String>().map(String::as_str);
    let expected = "82000 bytes were taken for an input of 1000, allowed are 81536";
    assert_eq!(message, Some(expected));
}

fn seeds_are_small() {
    let sizes = targets::ALL.map(|target| {
        let sizes = seeds::of(target.name)
            .into_iter()
            .map(|(_, seed)| seed.len());
        sizes
            .inspect(|size| assert!(*size <= BOUNDED_INPUT))
            .sum::<usize>()
    });
    let total: usize = sizes.iter().sum();
    assert!(total < 512 * 1024, "{total} bytes of seeds");
}
