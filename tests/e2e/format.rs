//! Traces of real programs, cut and damaged: a reader says so, and never panics. What a crafted
//! file can do is tried by the unit tests of `schema`.

use std::path::Path;

use schema::{FORMAT_VERSION, Pos, TraceReader};
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

/// What is asked of a frozen trace, and what its answer holds.
type Asked = (&'static str, &'static str);

/// What the three programs have in common.
const BOOKS: &[Asked] = &[
    (
        "p totals, accounts[0].balance, numbers, missing",
        "2, [0, 1, 4, 9], \"KeyError('eve')\")",
    ),
    ("last accounts[0].balance", " in pay"),
    ("p account.owner, amount", "('ann', 1)"),
    ("history totals", "{'ann': 3, 'bob': 5}"),
];

/// What only the later one has.
const MORE: &[Asked] = &[
    (
        "p sum_of_all, thrown, text, [*names] == sorted(names) or len(names)",
        "(5, \"ValueError('three')\", 'aaabbbccc', ",
    ),
    (
        "p odd[:6]",
        "[-1.5, 2j, b'\\xff\\x00', '\\ud800', range(1, 9, 2), Ellipsis]",
    ),
    (
        "p odd[-1] is odd, type(odd[6])",
        "(True, <class 'decimal.Decimal'>)",
    ),
    ("threads", "worker"),
];

/// `tests/traces` holds a trace of each version of the format, written by an rdbg of that time;
/// none is ever made anew. Who raises the version freezes one of the version before.
#[test]
fn traces_of_every_version_are_read() {
    for version in 1..=FORMAT_VERSION {
        let trace = root().join(format!("tests/traces/v{version}.db"));
        if version == FORMAT_VERSION && !trace.exists() {
            // The newest one is what every other test reads.
            continue;
        }
        let bytes = std::fs::read(&trace).unwrap_or_else(|_| panic!("no trace of {version}"));
        assert_eq!(bytes[60..64], (version as u32).to_be_bytes());
        let path = trace.to_str().expect("the path is text");
        let folder = folder();
        let verified = run(folder.path(), ["verify", path]);
        assert!(verified.status.success(), "{verified:?}");
        let asked = match version {
            2.. => [MORE, BOOKS].concat(),
            _ => BOOKS.to_vec(),
        };
        let mut walk = vec!["replay", path, "--at", "end"];
        walk.extend(asked.iter().flat_map(|(command, _)| ["-e", command]));
        let said = run(folder.path(), walk);
        let said = String::from_utf8(said.stdout).expect("text");
        for (command, answer) in asked {
            assert!(said.contains(answer), "{version}, {command}: {said}");
        }
        assert_eq!(std::fs::read(&trace).expect("is there"), bytes);
    }
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
