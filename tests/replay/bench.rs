//! How long the debugger takes on traces of 10^5 to 10^8 events: `make bench-replay`.
//!
//! Prints a table, a column for each size. `cargo bench` is in no test; figures depend on the
//! machine.

mod adapter;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use replayer::{Budget, Debugger, Direction, Motion, Reason};
use schema::Pos;

/// The trace that this process measures; without it, it records traces and starts such processes.
const OWN: &str = "RDBG_BENCH_TRACE";

/// How many events the workload has for each time its loop runs.
const EVENTS_A_ROUND: f64 = 8.0;

/// A row of the table, and how its figures were found.
type Measure = fn(&Path) -> String;

const ROWS: &[(&str, Measure)] = &[
    ("events", |trace| open(trace).events().to_string()),
    ("file, MB", |trace| {
        let bytes = std::fs::metadata(trace).expect("the trace is there").len();
        format!("{:.1}", bytes as f64 / 1e6)
    }),
    ("open, ms", |trace| {
        let times = (0..9).map(|_| timed(|| open(trace)).0);
        milliseconds(Times::of(times).median())
    }),
    ("goto anywhere: median, p99, ms", goto),
    ("step, next, finish either way: median, p99, ms", step),
    (
        "a step in an editor, with all it shows then: median, p99, ms",
        adapter::step,
    ),
    ("reverse-continue to the start, ms", reverse_continue),
    (
        "last of a variable that changes: median, p99, ms",
        last_often,
    ),
    (
        "last of an attribute that changed at the start, ms",
        last_once,
    ),
    ("history, million changes a second", history),
    ("condition, million candidates a second", condition),
    ("memory at most, MB", |_| memory()),
];

fn main() {
    if let Some(trace) = std::env::var_os(OWN) {
        for (name, measure) in ROWS {
            let (time, figure) = timed(|| measure(Path::new(&trace)));
            eprintln!("{name}: {figure} (measured in {:.1} s)", time.as_secs_f64());
            println!("{figure}");
        }
        return;
    }
    let mut sizes: Vec<u64> = std::env::args()
        .filter_map(|size| size.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = (5..=8).map(|power| 10u64.pow(power)).collect();
    }
    let folder = tests::folder();
    let mut columns = Vec::new();
    for size in &sizes {
        let trace = record(folder.path(), *size);
        // Each size in a process of its own, so that memory is told for it alone.
        let own = std::env::current_exe().expect("this program has a path");
        let done = Command::new(own)
            .env(OWN, &trace)
            .stderr(Stdio::inherit())
            .output();
        let done = done.expect("this program runs");
        columns.push(String::from_utf8(done.stdout).expect("figures are text"));
    }
    let columns: Vec<Vec<&str>> = columns.iter().map(|text| text.lines().collect()).collect();
    for (at, (name, _)) in ROWS.iter().enumerate() {
        let cells = columns
            .iter()
            .map(|column| column.get(at).copied().unwrap_or("?"));
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
        if at == 0 {
            println!("|---|{}", "---|".repeat(columns.len()));
        }
    }
}

fn record(folder: &Path, events: u64) -> PathBuf {
    let trace = folder.join(format!("{events}.db"));
    let program = tests::root().join("tests/replay/workload.py");
    let mut words = ["record", "--quiet", "-o"].map(Into::into).to_vec();
    words.push(trace.clone().into_os_string());
    words.push(program.into_os_string());
    words.push(events.to_string().into());
    let done = tests::run(folder, words);
    assert!(trace.is_file(), "{}", String::from_utf8_lossy(&done.stderr));
    trace
}

fn open(trace: &Path) -> Debugger {
    Debugger::open(trace).expect("the trace opens")
}

fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let result = act();
    (begun.elapsed(), result)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// Times in order.
struct Times(Vec<Duration>);

impl Times {
    fn of(times: impl Iterator<Item = Duration>) -> Times {
        let mut times: Vec<Duration> = times.collect();
        times.sort();
        Times(times)
    }

    fn share(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }

    fn median(&self) -> Duration {
        self.share(50)
    }

    fn show(&self) -> String {
        format!(
            "{}, {}",
            milliseconds(self.median()),
            milliseconds(self.share(99))
        )
    }
}

/// Positions all over the run, the same ones in every bench.
fn positions(debugger: &Debugger, count: usize) -> Vec<Pos> {
    let mut seed = 12_345u64;
    let mut next = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        seed >> 16
    };
    let events = debugger.events();
    (0..count).map(|_| Pos(next() % events)).collect()
}

fn goto(trace: &Path) -> String {
    let mut debugger = open(trace);
    let places = positions(&debugger, 300);
    let times = places
        .into_iter()
        .map(|pos| timed(|| debugger.seek(pos).expect("a stop")).0);
    Times::of(times).show()
}

fn step(trace: &Path) -> String {
    let mut debugger = open(trace);
    let mut times = Vec::new();
    for pos in positions(&debugger, 40) {
        debugger.seek(pos).expect("a stop");
        for direction in [Direction::Forward, Direction::Backward] {
            for _ in 0..10 {
                for motion in [Motion::Into, Motion::Over, Motion::Into, Motion::Out] {
                    // The end of the run's longest function would be a jump, and no step.
                    let is_deep = debugger.stack().expect("a stack").len() > 1;
                    if motion != Motion::Out || is_deep {
                        times.push(timed(|| debugger.go(motion, direction).expect("a stop")).0);
                    }
                }
            }
        }
    }
    Times::of(times.into_iter()).show()
}

/// The end of the run, with a breakpoint that was hit last when the threads began.
fn reverse_continue(trace: &Path) -> String {
    let times = (0..5).map(|_| {
        let mut debugger = open(trace);
        debugger.seek_end(Direction::Forward).expect("an end");
        debugger
            .break_at("workload.py:24", None, false)
            .expect("a line");
        let (time, stop) = timed(|| debugger.run(Direction::Backward).expect("a stop"));
        assert!(matches!(stop.reason, Reason::Breakpoint(_)), "{stop:?}");
        time
    });
    milliseconds(Times::of(times).median())
}

/// The next place from a position on where a thread adds to its total.
fn adding(debugger: &mut Debugger, pos: Pos) -> bool {
    debugger.seek(pos).expect("a stop");
    let stop = debugger.run(Direction::Forward).expect("a stop");
    matches!(stop.reason, Reason::Breakpoint(_))
}

fn last_often(trace: &Path) -> String {
    let mut debugger = open(trace);
    debugger
        .break_at("workload.py:28", None, false)
        .expect("a line");
    let mut times = Vec::new();
    for pos in positions(&debugger, 200) {
        if adding(&mut debugger, pos) {
            times.push(timed(|| debugger.last("total").expect("a change")).0);
        }
    }
    Times::of(times.into_iter()).show()
}

fn last_once(trace: &Path) -> String {
    let times = positions(&open(trace), 9).into_iter().map(|pos| {
        let mut debugger = open(trace);
        debugger
            .break_at("workload.py:28", None, false)
            .expect("a line");
        if !adding(&mut debugger, pos) {
            return Duration::ZERO;
        }
        timed(|| debugger.last("account.opened").expect("a change")).0
    });
    milliseconds(Times::of(times.filter(|time| !time.is_zero())).median())
}

fn history(trace: &Path) -> String {
    let mut debugger = open(trace);
    debugger
        .break_at("workload.py:28", None, false)
        .expect("a line");
    let middle = Pos(debugger.events() / 2);
    assert!(
        adding(&mut debugger, middle),
        "the threads run in the middle"
    );
    let mut count = 0u64;
    let take = &mut |_| {
        count += 1;
        count < 2_000_000
    };
    let (time, outcome) = timed(|| debugger.history("total", None, Budget::SHORT, take));
    outcome.expect("a history");
    format!("{:.2}", count as f64 / time.as_secs_f64() / 1e6)
}

/// A condition that never holds, from one end of the run to the other.
fn condition(trace: &Path) -> String {
    let mut debugger = open(trace);
    debugger
        .break_at("workload.py:28", Some("v == -1"), false)
        .expect("a line");
    debugger.seek_end(Direction::Backward).expect("a start");
    let (time, stop) = timed(|| debugger.run(Direction::Forward).expect("an end"));
    assert_eq!(stop.reason, Reason::End);
    let hits = debugger.events() as f64 / EVENTS_A_ROUND;
    format!("{:.2}", hits / time.as_secs_f64() / 1e6)
}

/// The most memory that this process had.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kilobytes.map_or_else(|| "?".into(), |kilobytes| format!("{:.0}", kilobytes / 1e3))
}
