//! Sessions with the debugger that need more than one command and its answer.

use std::fs;
use std::path::Path;

use tests::{folder, run};

const PROGRAM: &str = "\
total = 0
for n in range(4):
    total += n
print(total)
";

/// A folder with `app.py` and its trace `t.db`.
fn recorded() -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join("app.py"), PROGRAM).expect("written");
    let done = run(folder.path(), ["record", "--quiet", "-o", "t.db", "app.py"]);
    assert!(folder.path().join("t.db").is_file(), "{done:?}");
    folder
}

/// What a script of commands answers, without the greeting.
fn answers(folder: &Path, script: &str) -> Vec<String> {
    fs::write(folder.join("script"), script).expect("written");
    let done = run(folder, ["replay", "t.db", "--at", "start", "-x", "script"]);
    let text = String::from_utf8(done.stdout).expect("output is UTF-8");
    text.lines().skip(3).map(str::to_owned).collect()
}

#[test]
fn commands_of_a_breakpoint_may_be_several_lines() {
    let folder = recorded();
    let script = "break 3\ncommands 1\np total * 10\np n\nend\nc\nc 2\n";
    let lines = answers(folder.path(), script);
    let shown: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(shown.first(), Some(&"Breakpoint 1 at app.py:3"));
    assert_eq!(shown.get(1), Some(&"Breakpoint 1"), "{lines:?}");
    let values = shown.iter().filter(|line| line.parse::<u32>().is_ok());
    assert_eq!(
        values.collect::<Vec<_>>(),
        [&"0", &"0", &"10", &"2"],
        "{lines:?}"
    );
}

#[test]
fn marks_are_kept_beside_the_trace_and_not_in_it() {
    let folder = recorded();
    let trace = folder.path().join("t.db");
    let before = fs::read(&trace).expect("the trace is there");
    answers(folder.path(), "break 4\nc\nmark the-end\n");
    let lines = answers(folder.path(), "marks\ngoto the-end\n");
    assert!(lines[0].starts_with("the-end @"), "{lines:?}");
    assert!(lines[1].contains("app.py:4 in <module>"), "{lines:?}");
    answers(folder.path(), "unmark the-end\n");
    assert_eq!(
        answers(folder.path(), "marks\n"),
        ["no mark is set; `mark NAME` sets one here"]
    );
    assert_eq!(fs::read(&trace).expect("the trace is there"), before);
}
