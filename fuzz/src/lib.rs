//! What the fuzzer tries: everything that reads bytes of a stranger. Nothing here may panic, hang or
//! fill the memory, whatever the bytes are. `make fuzz` runs it under libFuzzer; what it has found,
//! and what leads into every corner, stands in `fuzz/corpus` and is read in every test run.
#![forbid(unsafe_code)]

mod trace;

use std::path::Path;

use replayer::{Budget, Debugger, Direction, Motion};
use schema::decode::Decoder;
use schema::{Extent, Pos, State, TraceReader, forge};

/// A thing to try.
pub type Target = fn(&[u8]);

/// All of them, by the names of their folders.
pub const TARGETS: &[(&str, Target)] = &[
    ("block", block),
    ("file", file),
    ("expression", expression),
    ("dap", dap),
    ("config", config),
];

/// A block, and the operations that it or the bytes themselves may be.
pub fn block(bytes: &[u8]) {
    let raw = forge::opened(bytes);
    for bytes in [bytes, raw.as_deref().unwrap_or_default()] {
        let _ = forge::touched(bytes);
        let mut decoder = Decoder::new(bytes, 0);
        let mut state = State::new(Pos(0));
        while let Ok(Some(op)) = decoder.next_op() {
            if state.apply(op).is_err() {
                break;
            }
        }
        if let Ok(state) = State::from_keyframe(Pos(0), bytes, Extent::Whole) {
            let again = State::from_keyframe(Pos(0), &state.keyframe(), Extent::Whole);
            assert!(again.is_ok_and(|again| again.same(&state)));
        }
    }
}

/// A whole file: one whose chunk is these bytes, with all sums right, or a sound one in which some
/// bytes are others.
pub fn file(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    if first & 1 == 0 {
        trace::with_chunk(rest, read);
    } else {
        trace::with_patches(rest, read);
    }
}

/// Everything that a reader may ask of a file.
fn read(path: &Path) {
    if let Ok(reader) = TraceReader::open(path) {
        let _ = reader.line_table();
        for (id, _) in reader.files() {
            let _ = reader.source(id);
        }
        for info in reader.chunks() {
            let _ = reader.touches(info.id);
            let whole = reader.chunk(info.id).map(|chunk| {
                let mut state = chunk.start();
                if let Ok(state) = &mut state {
                    let _ = chunk.advance(state, Pos((info.first.0 + info.events).max(1) - 1));
                }
                chunk.events.len()
            });
            let folded = reader.packed(info.id).and_then(|packed| {
                let mut fold = packed.fold(Extent::Whole)?;
                let mut events = 0;
                while fold.step()? {
                    events += 1;
                }
                fold.ends().map(|()| events)
            });
            // Two ways to read it say the same.
            if let (Ok(whole), Ok(folded)) = (whole, folded) {
                assert_eq!(whole, folded);
            }
        }
    }
    let Ok(mut debugger) = Debugger::open(path) else {
        return;
    };
    let _ = debugger.seek_crash();
    for direction in [Direction::Forward, Direction::Backward] {
        for motion in [Motion::Into, Motion::Over, Motion::Out] {
            let _ = debugger.go(motion, direction);
        }
        let _ = debugger.run(direction);
        let _ = debugger.evaluate("[a, b]", Budget::SHORT);
        let _ = debugger.threads();
    }
    let _ = debugger.last("a");
    let _ = debugger.history("b", None, Budget::SHORT, &mut |_| true);
    let _ = debugger.marks();
}

/// An expression over recorded values.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    trace::with_debugger(|debugger| {
        let _ = debugger.evaluate(text, Budget::SHORT);
    });
}

/// What an editor sends.
pub fn dap(bytes: &[u8]) {
    trace::with_path(|path| cli::fuzzing::dap(bytes, path));
}

/// A pyproject.toml.
pub fn config(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        cli::fuzzing::config(text);
    }
}
