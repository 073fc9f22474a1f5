//! Transcripts: a program, commands, and what the debugger answers, side by side.
//!
//! A transcript names its program in the first line; a line that begins with the prompt is a
//! command, and what follows up to the next one is its answer. `BLESS=1` writes the answers anew.
//!
//! Positions (`@812`) and object numbers (`#17`) are numbered in order of appearance, and shares of
//! the run are masked: they differ from one version of Python to the next, what they tell does not.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tests::{folder, record, root, run};

const PROMPT: &str = "(rdbg) ";

/// A command and its answer.
struct Exchange {
    command: String,
    answer: String,
}

struct Transcript {
    path: PathBuf,
    program: PathBuf,
    head: String,
    exchanges: Vec<Exchange>,
}

fn read(path: &Path) -> Transcript {
    let text = fs::read_to_string(path).expect("a transcript can be read");
    let (head, body) = text.split_once('\n').expect("a transcript has lines");
    let program = head
        .strip_prefix("# program: ")
        .expect("the first line names the program");
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in body.lines() {
        if let Some(command) = line.strip_prefix(PROMPT) {
            exchanges.push(Exchange {
                command: command.to_owned(),
                answer: String::new(),
            });
        } else if let Some(last) = exchanges.last_mut() {
            last.answer.push_str(line);
            last.answer.push('\n');
        }
    }
    assert!(!exchanges.is_empty(), "{}: no commands", path.display());
    Transcript {
        path: path.to_owned(),
        program: root().join(program),
        head: head.to_owned(),
        exchanges,
    }
}

/// What the debugger answers to each command, in one session that opens at the start.
fn answers(transcript: &Transcript) -> Vec<String> {
    let folder = folder();
    let trace = record(folder.path(), &transcript.program);
    let mark = |number: usize| format!("'-- {number} --'");
    let mut words: Vec<OsString> = ["replay", "--at", "start"].map(OsString::from).to_vec();
    words.push(trace.into());
    for (number, exchange) in transcript.exchanges.iter().enumerate() {
        words.push("-e".into());
        words.push(format!("p {}", mark(number)).into());
        words.push("-e".into());
        words.push(exchange.command.clone().into());
    }
    let done = run(folder.path(), words);
    let text = String::from_utf8(done.stdout).expect("output is UTF-8");
    let mut rest = text.as_str();
    let mut answers = Vec::new();
    for number in 0..=transcript.exchanges.len() {
        let end = format!("{}\n", mark(number));
        let (answer, behind) = rest.split_once(&end).unwrap_or((rest, ""));
        answers.push(answer.to_owned());
        rest = behind;
    }
    // Before the first mark stands the greeting.
    answers.remove(0);
    let mut seen = Vec::new();
    answers
        .iter()
        .map(|answer| renumbered(answer, &mut seen))
        .collect()
}

/// The same text with numbers in order of appearance.
fn renumbered(text: &str, seen: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['@', '#', '(']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (sign, behind) = from.split_at(1);
        let length = behind
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(behind.len());
        let (number, behind) = behind.split_at(length);
        out.push_str(sign);
        if sign == "(" {
            let is_share = !number.is_empty() && behind.starts_with("%)");
            out.push_str(if is_share { "N" } else { number });
        } else if !number.is_empty() {
            let digits = number.trim_end_matches('.');
            let dots = &number[digits.len()..];
            let number = format!("{sign}{digits}");
            let kin = || seen.iter().filter(|other| other.starts_with(sign));
            let known = kin().position(|other| *other == number);
            let order = known.unwrap_or(kin().count());
            if known.is_none() {
                seen.push(number);
            }
            out.push_str(&(order + 1).to_string());
            out.push_str(dots);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[test]
fn answers_are_those_of_the_transcripts() {
    let bless = std::env::var_os("BLESS").is_some();
    let entries = fs::read_dir(root().join("tests/transcripts")).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    assert!(paths.len() >= 8, "transcripts are missing");
    let mut differences = Vec::new();
    for path in paths {
        let transcript = read(&path);
        let answers = answers(&transcript);
        if bless {
            let mut text = format!("{}\n", transcript.head);
            for (exchange, answer) in transcript.exchanges.iter().zip(&answers) {
                text.push_str(&format!("{PROMPT}{}\n{answer}", exchange.command));
            }
            fs::write(&transcript.path, text).expect("the transcript can be written");
            continue;
        }
        for (exchange, answer) in transcript.exchanges.iter().zip(&answers) {
            if exchange.answer != *answer {
                let name = transcript.path.display();
                differences.push(format!(
                    "{name}: {}\nexpected:\n{}answered:\n{answer}",
                    exchange.command, exchange.answer
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
