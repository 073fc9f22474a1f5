//! `continue` to conditions that rarely hold, over a trace of many chunks.
//!
//! Where it must stop is found anew by going to every candidate and asking for the condition there.
//! The debugger itself looks at most candidates beside the search, several at a time, in states
//! that may lack objects: whatever it skips wrongly is missing here.

use std::fs;
use std::path::{Path, PathBuf};

use replayer::{Budget, Debugger, Direction, Reason, Wanted};
use schema::{EventInfo, EventKind, Pos, TraceReader};
use tests::{folder, record};

/// Every place that is asked for is one line of its own; `probe` has the candidates.
const PROGRAM: &str = "\
import threading

class Account:
    def __init__(self):
        self.balance = 0
        self.seen = {}

refused = 0

def rare(n):
    return n

def refuse(account, n):
    if n % 3:
        raise KeyError(n)
    raise ValueError(n)

def probe(account, n, v):
    global refused
    if v % 50 == 7:
        account.balance += 1
        account.seen[n] = rare(n)
    if v % 50 == 9:
        try:
            refuse(account, n)
        except (KeyError, ValueError):
            refused += 1
    return v

def work(account, rounds, step):
    for n in range(rounds):
        v = n * step % 997
        w = v + 1
        w = w * 2
        w = w - v
        if n % 200 == 0:
            probe(account, n, v)

accounts = [Account(), Account()]
threads = [
    threading.Thread(target=work, args=(account, 120_000, step))
    for account, step in zip(accounts, (3, 5))
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
";

/// Where to stop, and under which condition.
struct Case {
    place: Place,
    condition: Option<&'static str>,
}

enum Place {
    /// A line with this text.
    Line(&'static str),
    Function(&'static str),
    Raise(Option<&'static str>),
}

const fn case(place: Place, condition: Option<&'static str>) -> Case {
    Case { place, condition }
}

const CASES: &[Case] = &[
    case(Place::Line("if v % 50 == 7:"), Some("v == 7")),
    case(Place::Line("if v % 50 == 7:"), Some("v == -1")),
    case(
        Place::Line("if v % 50 == 7:"),
        Some("v == 9 and no_such_name"),
    ),
    case(
        Place::Line("if v % 50 == 7:"),
        Some("v == 7 or v == 9 and account.no_such"),
    ),
    case(
        Place::Line("if v % 50 == 7:"),
        Some("refused == 4 and v < 30"),
    ),
    case(
        Place::Line("if v % 50 == 7:"),
        Some("account.balance == 2 and n % 1000 == 0"),
    ),
    case(Place::Line("if v % 50 == 7:"), Some("n in account.seen")),
    case(
        Place::Line("if v % 50 == 7:"),
        Some("v == 7 or accounts[1].balance > 3 and v > 990"),
    ),
    case(Place::Function("rare"), None),
    case(Place::Function("rare"), Some("n > 90_000")),
    case(Place::Function("Account.__init__"), Some("self is None")),
    case(Place::Raise(None), Some("n > 60_000")),
    case(Place::Raise(None), Some("exception.args[0] % 7 == 1")),
    case(Place::Raise(Some("KeyError")), None),
    case(Place::Raise(Some("ValueError")), Some("n % 2 == 0")),
    case(
        Place::Raise(Some("LookupError")),
        Some("account.balance > 2"),
    ),
];

fn recorded(folder: &Path) -> PathBuf {
    let program = folder.join("app.py");
    fs::write(&program, PROGRAM).expect("written");
    record(folder, &program)
}

/// The candidates of a case: every event that is there, whether the condition holds or not.
fn candidates(case: &Case, reader: &TraceReader) -> Vec<Pos> {
    let mut found = Vec::new();
    let mut before: Vec<Option<EventInfo>> = Vec::new();
    for info in reader.chunks() {
        let chunk = reader.chunk(info.id).expect("a chunk");
        for (pos, event) in (info.first.0..).map(Pos).zip(&chunk.events) {
            let thread = event.thread.0 as usize;
            before.resize(before.len().max(thread + 1), None);
            let last = before[thread].replace(*event);
            let code = reader.code(event.code).expect("a code");
            let is_own = reader.file(code.file).expect("a file").ends_with("app.py");
            let text = PROGRAM.lines().nth(event.line.max(1) as usize - 1);
            let is_there = match case.place {
                Place::Line(line) => {
                    event.kind == EventKind::Line && text.is_some_and(|text| text.trim() == line)
                }
                Place::Function(name) => {
                    event.kind == EventKind::Line
                        && code.qualname == name
                        && last.is_some_and(|last| last.kind == EventKind::Start)
                }
                // An exception is raised where it comes from, and then again in each caller.
                Place::Raise(_) => event.kind == EventKind::Raise && code.qualname == "refuse",
            };
            if is_own && is_there {
                found.push(pos);
            }
        }
    }
    found
}

/// The candidates at which the condition holds, by going to each.
fn expected(case: &Case, reader: &TraceReader, debugger: &mut Debugger) -> Vec<Pos> {
    let mut candidates = candidates(case, reader);
    candidates.retain(|pos| {
        // Each is a question of its own.
        debugger.renew();
        debugger.seek(*pos).expect("a candidate");
        let is_class = match case.place {
            Place::Raise(Some(class)) => {
                // `n % 3` says which class was raised.
                let n = debugger.evaluate("n % 3", Budget::BRIEF).expect("n");
                (n == "0") == (class == "ValueError")
            }
            _ => true,
        };
        is_class
            && case.condition.is_none_or(|condition| {
                let text = format!("bool({condition})");
                // What cannot be evaluated stops, too.
                let truth = debugger.evaluate(&text, Budget::BRIEF);
                truth.map_or(true, |truth| truth == "True")
            })
    });
    candidates
}

fn set(case: &Case, debugger: &mut Debugger) -> u32 {
    let set = match case.place {
        Place::Line(text) => {
            let line = PROGRAM.lines().position(|line| line.trim() == text);
            let place = format!("app.py:{}", line.expect("a line") + 1);
            debugger.break_at(&place, case.condition, false)
        }
        Place::Function(name) => debugger.break_at(name, case.condition, false),
        Place::Raise(name) => {
            let wanted = name.map_or(Wanted::Most, |name| Wanted::Class(name.to_owned()));
            debugger.catch(wanted, case.condition)
        }
    };
    set.expect("a place").number
}

/// Where `continue` stops on its way from one end to the other, in the order of positions.
fn stops(debugger: &mut Debugger, direction: Direction) -> Vec<Pos> {
    let from = match direction {
        Direction::Forward => Direction::Backward,
        Direction::Backward => Direction::Forward,
    };
    debugger.seek_end(from).expect("an end");
    let mut stops = Vec::new();
    while let Reason::Breakpoint(_) | Reason::Catchpoint(_) =
        debugger.run(direction).expect("a stop").reason
    {
        stops.push(debugger.position());
    }
    if direction == Direction::Backward {
        stops.reverse();
    }
    stops
}

#[test]
fn continue_stops_where_the_condition_holds_and_nowhere_else() {
    let folder = folder();
    let trace = recorded(folder.path());
    let reader = TraceReader::open(&trace).expect("a trace");
    assert!(reader.chunks().len() > 12, "{}", reader.chunks().len());
    let mut debugger = Debugger::open(&trace).expect("a trace");
    let mut total = 0;
    for case in CASES {
        debugger.clear_all();
        let wanted = expected(case, &reader, &mut debugger);
        let number = set(case, &mut debugger);
        for direction in [Direction::Forward, Direction::Backward] {
            let found = stops(&mut debugger, direction);
            assert_eq!(found, wanted, "{:?} {direction:?}", case.condition);
        }
        total += wanted.len();
        // A count of hits to pass over counts those that hold.
        let is_told = !case.condition.is_some_and(|text| text.contains("no_such"));
        if let ([_, _, third, ..], true) = (&wanted[..], is_told) {
            let breakpoint = debugger.breakpoint_mut(number).expect("a breakpoint");
            breakpoint.ignore = 2;
            debugger.seek_end(Direction::Backward).expect("a start");
            debugger.run(Direction::Forward).expect("a stop");
            assert_eq!(debugger.position(), *third, "{:?}", case.condition);
        }
    }
    // All at once, as they stop each other.
    debugger.clear_all();
    let mut wanted = Vec::new();
    for case in CASES {
        wanted.extend(expected(case, &reader, &mut debugger));
    }
    for case in CASES {
        set(case, &mut debugger);
    }
    wanted.sort_unstable();
    wanted.dedup();
    assert_eq!(stops(&mut debugger, Direction::Forward), wanted);
    assert_eq!(stops(&mut debugger, Direction::Backward), wanted);
    assert!(total > 100, "{total} stops are too few to say anything");
}
