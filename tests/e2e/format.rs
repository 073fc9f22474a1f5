//! Traces of real programs, cut and damaged: a reader says so, and never panics. What a crafted
//! file can do is tried by the unit tests of `schema`.

use std::path::Path;

use schema::{Pos, TraceReader};
use tests::{folder, recordings, root, run};

/// Reads every event; says how many were read, unless something is known to be damaged.
fn read_all(path: &Path) -> Option<u64> {
    let reader = TraceReader::open(path).ok()?;
    let mut is_sound = reader.problems().is_empty();
    let mut events = 0;
    for info in reader.chunks() {
        let read = reader.chunk(info.id).and_then(|chunk| {
            let mut state = chunk.start()?;
            let last = info.events.checked_sub(1);
            last.map_or(Ok(()), |last| {
                chunk.advance(&mut state, Pos(info.first.0 + last))
            })
        });
        is_sound &= read.is_ok();
        events += info.events;
    }
    is_sound.then_some(events)
}

/// `tests/traces/v1.db` was written by the first version; it is never made anew.
#[test]
fn a_trace_of_the_first_version_is_read() {
    let trace = root().join("tests/traces/v1.db");
    let path = trace.to_str().expect("the path is text");
    let folder = folder();
    assert!(run(folder.path(), ["verify", path]).status.success());
    let walk = [
        "replay",
        path,
        "--at",
        "end",
        "-e",
        "p totals, accounts[0].balance, numbers, missing",
        "-e",
        "last accounts[0].balance",
        "-e",
        "p account.owner, amount",
        "-e",
        "history total",
    ];
    let said = run(folder.path(), walk);
    let said = String::from_utf8(said.stdout).expect("text");
    assert!(
        said.contains("({'ann': 3, 'bob': 5}, 2, [0, 1, 4, 9], \"KeyError('eve')\")"),
        "{said}"
    );
    assert!(said.contains("books.py:11 in pay"), "{said}");
    assert!(said.contains("('ann', 1)"), "{said}");
}

#[test]
fn damaged_recordings_are_noticed_or_whole() {
    let folder = folder();
    let path = folder.path().join("bad.db");
    for (number, (name, trace)) in recordings().iter().enumerate() {
        let good = std::fs::read(trace).expect(name);
        let whole = read_all(trace).expect(name);
        for at in (number..good.len()).step_by(1 + good.len() / 60) {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(&path, bad).expect("written");
            assert!(
                read_all(&path).is_none_or(|events| events == whole),
                "{name}: {at}"
            );
        }
        for eighths in 0..8 {
            std::fs::write(&path, &good[..good.len() * eighths / 8]).expect("written");
            assert_eq!(read_all(&path), None, "{name}: {eighths} eighths");
        }
    }
}
