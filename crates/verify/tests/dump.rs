#![allow(warnings, clippy::all, clippy::pedantic)]
mod cases;
use sigbox_verify::*;
#[test]
fn dump() {
    let folder = cases::folder().unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder.join("bundle-verify")).unwrap().map(|e| e.unwrap()).filter(|e| e.path().is_dir()).map(|e| e.file_name().into_string().unwrap()).collect();
    names.sort();
    for name in names {
        let case = cases::Case::load(&folder, &name);
        let trust = case.trust();
        if !trust.skipped().is_empty() { println!("   skipped {:?}", trust.skipped()); }
        let policy = match &case.policy { Ok(p)=>p, Err(e)=>{println!("{name}: KEY {e}"); continue} }; let bundle = match sigbox_wire::Bundle::parse(&case.bundle) { Ok(b) => b, Err(e) => { println!("{name}: PARSE {e}"); continue } };
        let now = "2026-11-24T00:00:00Z".parse().unwrap();
        let verdict = verify(&bundle, Artifact::Bytes(&case.artifact), policy, &trust, now);
        match verdict.result() {
            Ok(v) => println!("{name}: OK {:?} {:?}", v.identity(), v.times),
            Err(e) => println!("{name}: {e} // {:?}", e),
        }
    }
}
