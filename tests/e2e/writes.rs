//! `last`, asked again and again, goes to every store into a place, whether or not it changed anything.
//!
//! What it must find is told from the lines that ran, by a program each line of which stores into one
//! place at most, and always if it is done: every event of a line is looked at, one after another.

use std::fs;

use replayer::{Debugger, Direction};
use schema::{EventKind, Pos, TraceReader};
use tests::{folder, record};

/// A store of an equal value can be missed where another thread's turn comes right behind it: each thread
/// of the program begins beside the one that starts it. What is found must be right in any case.
const MOST_MISSED: usize = 4;

/// What is behind `#` in a line is the place that it stores into; a line that ends by an exception stores
/// nothing.
const PROGRAM: &str = "\
import threading

class Box:
    def __init__(self):
        self.held = 0  # box.held
        self.rows = {'k': 0}  # box.rows['k']
        self.list = [0, 0]  # box.list[1]

box = Box()
total = 0  # total
lock = threading.Lock()

def store(box, rounds):
    global total
    for n in range(rounds):
        box.held = n // 3  # box.held
        box.rows['k'] = n // 7  # box.rows['k']
        box.list[1] = n % 2 // 2  # box.list[1]
        box.list[0] = n
        with lock:
            total = total + n % 2  # total
        try:
            total = 1 // (n % 5 - 4)  # total
        except ZeroDivisionError:
            pass
        box.held = (
            n // 3  # a part of the next
        )

def outer(rounds):
    shared = 0  # shared

    def inner(n):
        nonlocal shared
        shared = n // 4  # shared
        return shared

    def in_thread():
        nonlocal shared
        for n in range(rounds):
            shared = n // 4  # shared

    for n in range(rounds):
        inner(n)
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    shared = shared  # shared
    return shared

threads = [threading.Thread(target=store, args=(box, 400)) for _ in range(2)]
for thread in threads:
    thread.start()
    thread.join()
total = total  # total
outer(150)
box.held = box.held  # box.held
print('done')
";

/// Where lines that store into a place ran to their end. (`box.held` has a line of more than one, the
/// first of which is told twice.)
fn expected(reader: &TraceReader, place: &str) -> Vec<Pos> {
    let lines: Vec<&str> = PROGRAM.lines().collect();
    let mut events = Vec::new();
    for info in reader.chunks() {
        let chunk = reader.chunk(info.id).expect("a chunk");
        events.extend((info.first.0..).map(Pos).zip(chunk.events.clone()));
    }
    let mut found = Vec::new();
    for (at, (pos, event)) in events.iter().enumerate() {
        let text = lines.get(event.line as usize - 1).unwrap_or(&"");
        let marked = text
            .rsplit_once("# ")
            .is_some_and(|(_, mark)| mark == place);
        let spans = place == "box.held" && text.trim() == "box.held = (";
        if event.kind != EventKind::Line || !marked && !spans {
            continue;
        }
        // The next event of the frame says how the line went.
        let mut behind = events[at + 1..].iter();
        let next = behind.find(|(_, other)| other.frame == event.frame);
        let is_done = next.is_some_and(|(_, next)| {
            let text = lines.get(next.line as usize - 1).unwrap_or(&"");
            next.kind != EventKind::Raise && !(spans && text.contains("a part of the next"))
        });
        if is_done {
            found.push(*pos);
        }
    }
    found
}

#[test]
fn every_store_into_a_place_is_found() {
    let folder = folder();
    let program = folder.path().join("app.py");
    fs::write(&program, PROGRAM).expect("written");
    let trace = record(folder.path(), &program);
    let reader = TraceReader::open(&trace).expect("opens");
    let mut debugger = Debugger::open(&trace).expect("opens");
    for (place, asked, from) in [
        ("total", "total", "print('done')"),
        ("box.held", "box.held", "print('done')"),
        ("box.rows['k']", "box.rows['k']", "print('done')"),
        ("box.list[1]", "box.list[1]", "print('done')"),
        ("shared", "shared", "return shared"),
    ] {
        debugger.clear_all();
        debugger.seek_end(Direction::Forward).expect("an end");
        let line = PROGRAM.lines().enumerate();
        let line = line.filter(|(_, text)| text.trim() == from).last();
        let place_of = format!("app.py:{}", line.expect("a line").0 + 1);
        debugger.break_at(&place_of, None, false).expect("a place");
        debugger.run(Direction::Backward).expect("a stop");
        let mut found = Vec::new();
        while let Ok(stop) = debugger.last(asked) {
            found.push(Pos(stop.watched[0].by.pos));
        }
        found.reverse();
        let expected = expected(&reader, place);
        assert!(expected.len() > 150, "{place}: {}", expected.len());
        let only = |these: &[Pos], others: &[Pos]| -> Vec<Pos> {
            let all = these.iter().filter(|pos| !others.contains(pos));
            all.copied().collect()
        };
        let (more, missing) = (only(&found, &expected), only(&expected, &found));
        assert!(
            more.is_empty() && missing.len() <= MOST_MISSED && found.is_sorted(),
            "{place}: {more:?} found in vain, {missing:?} not found; {}",
            trace.display()
        );
    }
}
