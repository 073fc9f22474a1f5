//! The command from outside: exit statuses, messages, and the examples of its help.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tests::{folder, rdbg, run};

const READERS: &[&[&str]] = &[&["info"], &["dump"], &["verify"], &["replay"]];

fn read(folder: &Path, reader: &[&str], trace: &str, more: &[&str]) -> Output {
    let tail: &[&str] = if reader == ["replay"] {
        &["-e", "where"]
    } else {
        &[]
    };
    run(
        folder,
        reader.iter().chain(&[trace]).chain(tail).chain(more),
    )
}

/// Asserts a status and one line on stderr that names rdbg; returns it.
fn refused(done: &Output, status: i32) -> String {
    let message = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(status), "{message}");
    assert!(done.stdout.is_empty());
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("rdbg: "), "{message}");
    message
}

/// A folder with `app.py` and its trace `t.db`.
fn recorded(source: &str) -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join("app.py"), source).expect("written");
    let done = run(folder.path(), ["record", "--quiet", "-o", "t.db", "app.py"]);
    assert!(folder.path().join("t.db").is_file(), "{done:?}");
    folder
}

#[test]
fn what_is_no_trace() {
    let folder = folder();
    let path = folder.path().join("bad.db");
    for reader in READERS {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"just text\n", "not an rdbg trace"),
            (b"\x1f\x8b\x08", "gunzip"),
            (b"SQLite format 3\0 and no more", "not an rdbg trace"),
        ] {
            fs::write(&path, bytes).expect("written");
            let message = refused(&read(folder.path(), reader, "bad.db", &[]), 65);
            assert!(message.contains(word), "{message}");
            assert_eq!(fs::read(&path).expect("reads"), bytes);
        }
        refused(&read(folder.path(), reader, "none.db", &[]), 66);
        refused(&read(folder.path(), reader, ".", &[]), 66);
        refused(&read(folder.path(), reader, "/dev/zero", &[]), 66);
        refused(&read(folder.path(), reader, "bad.db/inside", &[]), 66);
    }
}

#[test]
fn control_characters_of_a_name_do_not_reach_the_terminal() {
    let folder = folder();
    let message = refused(
        &read(folder.path(), &["info"], "a\x1b]0;b\n\x07.db", &[]),
        66,
    );
    assert!(!message.contains(['\x1b', '\x07']), "{message:?}");
}

#[test]
fn a_damaged_trace_is_verified_as_such_and_shown_as_far_as_it_goes() {
    let folder = recorded("total = 0\nfor i in range(60000):\n    total += i\nprint(total)\n");
    let sound = run(folder.path(), ["verify", "t.db"]);
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    let whole = run(folder.path(), ["dump", "t.db", "--depth", "0"]).stdout;
    let known: HashSet<_> = whole.split(|byte| *byte == b'\n').collect();
    let path = folder.path().join("t.db");
    let bytes = fs::read(&path).expect("reads");
    let mut noticed = 0;
    // Behind the first page, whose damage makes a file no trace. What a page does not use may hold
    // anything: there the trace is sound, and whole.
    for part in 4..16 {
        let place = bytes.len() * part / 16;
        let mut bytes = bytes.clone();
        bytes[place..place + 64].fill(0x55);
        fs::write(&path, bytes).expect("written");
        let verified = run(folder.path(), ["verify", "t.db"]);
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        let shown = run(folder.path(), ["dump", "t.db", "--depth", "0"]);
        if verified.status.code() == Some(0) {
            assert!(shown.stdout == whole, "{said}");
            continue;
        }
        assert_eq!(verified.status.code(), Some(1), "{said}");
        for line in shown.stdout.split(|byte| *byte == b'\n') {
            assert!(known.contains(line), "{}", String::from_utf8_lossy(line));
        }
        let json = run(folder.path(), ["verify", "t.db", "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("is JSON");
        assert_eq!(json["sound"], false);
        if json["readable"].as_u64() < json["events"].as_u64() {
            assert!(said.contains("readable"), "{said}");
            assert_eq!(shown.status.code(), Some(1));
            noticed += 1;
        }
    }
    assert!(noticed > 0, "no chunk was damaged");
}

#[test]
fn a_dump_shows_what_was_asked_for() {
    let folder = recorded("def f(x):\n    return [x, [x]]\nf(1)\nf(2)\n");
    let dump = |more: &[&str]| -> Vec<serde_json::Value> {
        let done = read(folder.path(), &["dump"], "t.db", more);
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        let lines = done
            .stdout
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice(line).expect("is JSON"))
            .collect()
    };
    let all = dump(&[]);
    let positions = |events: &[serde_json::Value]| -> Vec<_> {
        events
            .iter()
            .filter_map(|event| event["pos"].as_u64())
            .collect()
    };
    assert_eq!(positions(&all), (0..all.len() as u64).collect::<Vec<_>>());
    assert_eq!(positions(&dump(&["--from", "@2", "--to", "@4"])), [2, 3, 4]);
    assert_eq!(dump(&["--thread", "1"]), all);
    assert_eq!(dump(&["--thread", "MainThread"]), all);
    assert!(dump(&["--from", "@999"]).is_empty());
    let value = |events: &[serde_json::Value]| {
        let found = events
            .iter()
            .find(|event| event["func"] == "f" && event["event"] == "return");
        found
            .map(|event| event["value"].clone())
            .expect("f returns")
    };
    let one = serde_json::json!({"type": "int", "repr": "1"});
    let deep = value(&all);
    assert_eq!(
        (&deep["type"], &deep["len"], &deep["items"][0]),
        (&"list".into(), &2.into(), &one)
    );
    assert_eq!(deep["items"][1]["items"][0], one);
    assert!(value(&dump(&["--depth", "0"])).get("items").is_none());
    let shallow = value(&dump(&["--depth", "1"]));
    assert!(shallow["items"][1].get("items").is_none());
    refused(
        &read(folder.path(), &["dump"], "t.db", &["--thread", "nobody"]),
        2,
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = recorded("for i in range(3000):\n    pass\n");
    for words in [
        &["dump", "t.db"][..],
        &["info", "t.db"],
        &["verify", "t.db"],
    ] {
        let mut child = Command::new(rdbg())
            .args(words)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("rdbg runs");
        drop(child.stdout.take());
        let done = child.wait_with_output().expect("ends");
        assert_eq!(done.status.code(), Some(0), "{words:?}");
        assert_eq!(String::from_utf8_lossy(&done.stderr), "", "{words:?}");
    }
}

#[test]
fn wrong_usage_is_2() {
    let folder = folder();
    for words in [
        &["no-such-command"][..],
        &["record"],
        &["record", "--no-such-option", "app.py"],
        &["record", "-m"],
        &["record", "-m", "a", "-c", "b", "--max-items"],
        &["dump"],
        &["dump", "t.db", "--depth", "x"],
        &["dump", "t.db", "--depth", "-1"],
        &["dump", "t.db", "--from", "@x"],
        &["info", "--no-such-option", "t.db"],
        &["verify"],
    ] {
        // What follows -m MOD is the program's, whatever it looks like.
        let is_usage = words != ["record", "-m", "a", "-c", "b", "--max-items"];
        let done = run(folder.path(), words);
        let is_two = done.status.code() == Some(2);
        assert_eq!(is_two, is_usage, "{words:?}: {done:?}");
        assert!(!String::from_utf8_lossy(&done.stderr).contains("panicked"));
    }
}

/// The examples of every help text, as they stand there.
fn examples(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for command in [
        None,
        Some("record"),
        Some("replay"),
        Some("info"),
        Some("dump"),
        Some("verify"),
    ] {
        let done = run(folder, command.into_iter().chain(["--help"]));
        assert_eq!(done.status.code(), Some(0));
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let shown = text
            .split_once("Example")
            .map(|(_, shown)| shown.to_owned());
        let shown = shown.unwrap_or_else(|| panic!("no examples in the help of {command:?}"));
        let lines = shown
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("rdbg "));
        all.extend(lines.map(str::to_owned));
    }
    assert!(all.len() >= 10, "{all:?}");
    all
}

#[test]
fn the_examples_of_the_help_are_understood() {
    let folder = recorded("def main():\n    total = 0\n    return total\nmain()\n");
    let path = folder.path();
    fs::copy(path.join("t.db"), path.join("trace.db")).expect("copied");
    fs::write(path.join("walk.rdbg"), "where\n").expect("written");
    fs::create_dir(path.join("package")).expect("made");
    fs::write(path.join("package/module.py"), "pass\n").expect("written");
    fs::write(path.join("server.py"), "pass\n").expect("written");
    let bin = path.join("bin");
    fs::create_dir(&bin).expect("made");
    std::os::unix::fs::symlink(rdbg(), bin.join("rdbg")).expect("linked");
    let search = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    for example in examples(path) {
        // The first command of a pipeline or a list; two spaces begin a remark.
        let alone = example.split(" | ").next().unwrap_or(&example);
        let alone = alone.split(" && ").next().unwrap_or(alone);
        let alone = alone.split("   ").next().unwrap_or(alone);
        let done = Command::new("sh")
            .args(["-c", alone])
            .current_dir(path)
            .env("PATH", &search)
            .stdin(Stdio::null())
            .output()
            .expect("sh runs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_ne!(done.status.code(), Some(2), "{alone}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("Usage:"),
            "{alone}: {said}"
        );
    }
}

#[test]
fn every_command_of_the_help_is_in_the_readme_and_answers() {
    let folder = recorded("def main():\n    total = 0\n    return total\nmain()\n");
    let help = read(folder.path(), &["replay", "-e", "help"], "t.db", &[]);
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let readme = fs::read_to_string(tests::root().join("README.md")).expect("a README");
    let commands: Vec<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    assert!(commands.len() > 50, "{commands:?}");
    for name in commands {
        let is_told = [format!("`{name}`"), format!("`{name} ")]
            .iter()
            .any(|told| readme.contains(told));
        assert!(is_told, "README.md does not tell of {name}");
        let about = format!("help {name}");
        let words = ["replay", "-e", &about, "-e", name];
        let done = read(folder.path(), &words, "t.db", &[]);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(said.contains("\nExample: "), "{said}");
        let status = done.status.code();
        assert!(status == Some(0) || status == Some(1), "{name}: {said}");
        let is_unknown = said.contains("there is no command") || said.contains("NameError");
        assert!(!is_unknown, "{name}: {said}");
    }
}

#[test]
fn the_frames_of_a_sound_trace_add_up() {
    let folder = folder();
    for (name, trace) in tests::recordings() {
        let path = trace.to_string_lossy();
        let done = run(folder.path(), ["verify", &path, "--json"]);
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let count = |key: &str| {
            let (_, behind) = text.split_once(&format!("\"{key}\":")).expect("a key");
            let digits = behind.split([',', '}']).next().unwrap_or_default();
            digits.trim().parse::<u64>().expect("a number")
        };
        let came = count("frames_begun") + count("frames_found");
        let went = count("frames_ended") + count("frames_freed") + count("frames_open");
        assert_eq!(came, went, "{name}: {text}");
    }
}

#[test]
fn what_was_left_out_is_listed_by_rule() {
    let folder = recorded("import argparse, asyncio, http.server, json, unittest\n");
    let done = read(folder.path(), &["info"], "t.db", &[]);
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(text.lines().count() < 40, "{text}");
    assert!(text.contains(" more; `rdbg info t.db --json`"), "{text}");
    assert!(text.contains(" standard library\n"), "{text}");
}

#[test]
fn the_newest_trace_is_named_when_none_is() {
    let folder = recorded("x = 1\n");
    let again = ["record", "--quiet", "-o", "u.db", "app.py"];
    run(folder.path(), again);
    let done = run(folder.path(), ["replay", "-e", "when"]);
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        text.starts_with("u.db, the newest of 2 traces here: app.py ("),
        "{text}"
    );
    let done = run(folder.path(), ["replay", "t.db", "-e", "when"]);
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(text.starts_with("t.db: app.py ("), "{text}");
}
