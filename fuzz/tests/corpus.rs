//! What the fuzzer found once, and what leads it into every corner, is tried in every test run.

use std::fs;
use std::path::Path;

use fuzz::TARGETS;

#[test]
fn nothing_of_the_corpus_does_harm() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in TARGETS {
        let folder = corpus.join(name);
        let entries = fs::read_dir(&folder).expect(name);
        let mut paths: Vec<_> = entries.map(|entry| entry.expect(name).path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{name} has no corpus");
        for path in paths {
            println!("{}", path.display());
            target(&fs::read(&path).expect(name));
        }
    }
}
