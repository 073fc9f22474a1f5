//! Every recorded call, made again by the interpreter: what it gives must be what was recorded.
//!
//! It works on a copy, so what a function changes does no harm; what it cannot know, it refuses. That it
//! never gives anything else is what these tests are for.

use std::collections::{BTreeMap, HashMap};

use replayer::{Again, Debugger};
use schema::{EventKind, FrameId, Pos, TraceReader};
use tests::recordings;

/// So many calls of one function are made again; the others are much the same.
const MOST_OF_ONE: usize = 12;

#[derive(Default)]
struct Count {
    agree: usize,
    refused: usize,
    differ: Vec<String>,
    reasons: BTreeMap<String, usize>,
}

/// The calls of a trace: the first line of each and its end.
fn calls(reader: &TraceReader) -> Vec<(Pos, Pos, String)> {
    let mut begun: HashMap<FrameId, Option<Pos>> = HashMap::new();
    let mut last = None;
    let mut of_code: HashMap<u32, usize> = HashMap::new();
    let mut found = Vec::new();
    for info in reader.chunks() {
        let chunk = reader.chunk(info.id).expect("a chunk");
        for (pos, event) in (info.first.0..).map(Pos).zip(&chunk.events) {
            let code = reader.code(event.code).expect("a code");
            match event.kind {
                EventKind::Start if code.has_slots() && !code.is_generator() => {
                    begun.insert(event.frame, None);
                }
                EventKind::Line if last == Some((EventKind::Start, event.frame)) => {
                    if let Some(line) = begun.get_mut(&event.frame) {
                        *line = Some(pos);
                    }
                }
                EventKind::Return | EventKind::Unwind => {
                    let count = of_code.entry(event.code.0).or_default();
                    if let Some(Some(line)) = begun.remove(&event.frame)
                        && *count < MOST_OF_ONE
                    {
                        *count += 1;
                        found.push((line, pos, code.qualname.clone()));
                    }
                }
                _ => {}
            }
            last = Some((event.kind, event.frame));
        }
    }
    found
}

#[test]
fn calls_that_are_made_again_give_the_same() {
    let mut all = Count::default();
    for (name, trace) in recordings() {
        let reader = TraceReader::open(trace).expect("a trace");
        if reader.threads().len() > 1 {
            continue;
        }
        let debugger = Debugger::open(trace).expect("a trace");
        for (line, end, function) in calls(&reader) {
            debugger.renew();
            match debugger.again(line, end).expect("an answer") {
                Again::Agrees => all.agree += 1,
                Again::Refused(why) => {
                    all.refused += 1;
                    *all.reasons.entry(why).or_default() += 1;
                }
                Again::Differs(how) => all.differ.push(format!("{name} @{line} {function}: {how}")),
            }
        }
    }
    let mut reasons: Vec<_> = all.reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let reasons = reasons
        .iter()
        .take(60)
        .map(|(why, count)| format!("{count:>5} {why}"));
    println!(
        "{} agree, {} refused, {} differ\n{}",
        all.agree,
        all.refused,
        all.differ.len(),
        reasons.collect::<Vec<_>>().join("\n")
    );
    assert!(all.differ.is_empty(), "{}", all.differ.join("\n"));
    assert!(all.agree > 200, "only {} agree", all.agree);
}
