//! `rdbg info`: what a trace is.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use schema::{TraceReader, escape_control, size};
use serde_json::json;

use crate::arguments::Info;
use crate::{FINE, FOUND, Failure, inert};

pub(crate) fn run(options: &Info) -> Result<i32, Failure> {
    let reader = TraceReader::open_with(&options.trace, options.cost.allowance())?;
    let header = reader.header();
    let lines: u64 = reader.chunks().iter().map(|chunk| chunk.lines).sum();
    let ending = reader.how_it_ended();
    let seconds = reader.ending().map(|ending| ending.seconds);
    let mut files: Vec<&str> = reader.files().map(|(_, path)| path).collect();
    files.sort_unstable();
    let left_out = reader.left_out();
    let mut out = std::io::stdout().lock();
    if options.json {
        let threads = reader.threads().iter();
        let left_out = left_out.iter();
        let all = json!({
            "program": header.program,
            "argv": header.argv,
            "cwd": header.cwd,
            "python": header.python,
            "platform": header.platform,
            "started": header.started,
            "seconds": seconds,
            "ending": ending,
            "events": reader.events(),
            "first_position": reader.first().0,
            "lines": lines,
            "threads": threads.map(|t| json!({"id": t.id.0, "name": t.name})).collect::<Vec<_>>(),
            "files": files,
            "bytes": reader.bytes(),
            "left_out": left_out
                .map(|(path, rule, codes)| json!({"path": path, "rule": rule, "codes": codes}))
                .collect::<Vec<_>>(),
        });
        writeln!(out, "{}", inert::json(&all))?;
        return outcome(&reader);
    }
    let threads: Vec<&str> = reader.threads().iter().map(|t| t.name.as_str()).collect();
    let mut events = format!("{} ({lines} lines)", reader.events());
    if reader.first().0 > 0 {
        events += &format!(", the last of {} (--ring)", reader.end());
    }
    if !header.limits.lines {
        events += ", the first line of each call alone (--level calls)";
    }
    let took = seconds.map_or("unknown".into(), |seconds| format!("{seconds:.3} s"));
    for (key, value) in [
        ("program", header.program.clone()),
        ("argv", header.argv.join(" ")),
        ("cwd", header.cwd.clone()),
        ("python", header.python.clone()),
        ("platform", header.platform.clone()),
        ("started", utc(header.started)),
        ("took", took),
        ("ending", ending.to_owned()),
        ("events", events),
        (
            "threads",
            format!("{} ({})", threads.len(), threads.join(", ")),
        ),
        ("size", size(reader.bytes())),
        ("files", files.len().to_string()),
    ] {
        writeln!(
            out,
            "{key:<9} {}",
            escape_control(&value).replace('\n', " ")
        )?;
    }
    for file in files.iter().take(SHOWN) {
        writeln!(out, "          {}", escape_control(file))?;
    }
    write_rest(&mut out, files.len(), &options.trace)?;
    writeln!(out, "left out  {} files", left_out.len())?;
    // Most are left out by one rule, and which ones these are is rarely asked.
    let mut rules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, rule, _) in left_out {
        rules.entry(rule).or_default().push(path);
    }
    for (rule, paths) in &rules {
        writeln!(out, "          {} {}", paths.len(), escape_control(rule))?;
        for path in paths.iter().take(OF_EACH_RULE) {
            writeln!(out, "            {}", escape_control(path))?;
        }
        if let Some(more @ 1..) = paths.len().checked_sub(OF_EACH_RULE) {
            let trace = escape_control(&options.trace.display().to_string());
            writeln!(out, "            … {more} more; `rdbg info {trace} --json`")?;
        }
    }
    outcome(&reader)
}

/// Says how many files are not shown, and how to see them.
fn write_rest(out: &mut impl Write, count: usize, trace: &Path) -> std::io::Result<()> {
    match count.checked_sub(SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => {
            let trace = escape_control(&trace.display().to_string());
            writeln!(out, "          … {more} more; `rdbg info {trace} --json`")
        }
    }
}

/// What was shown is all there is to know, or damage hides some of it.
fn outcome(reader: &TraceReader) -> Result<i32, Failure> {
    match reader.problems().first() {
        None => Ok(FINE),
        Some(what) => Err(Failure::Other(
            FOUND,
            format!("not all could be read: {what}"),
        )),
    }
}

/// How many files the text lists; `--json` has all.
const SHOWN: usize = 20;
/// How many of those that one rule left out.
const OF_EACH_RULE: usize = 3;

/// Seconds since 1970 as date and time, by the civil calendar.
fn utc(seconds: f64) -> String {
    let seconds = seconds.clamp(0.0, 4e11) as i64;
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's days_to_civil, with years that begin in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{date:02} {hours:02}:{minutes:02}:{seconds:02} UTC")
}
