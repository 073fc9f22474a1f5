//! The house rules that no compiler keeps: sizes of files, walls between crates, nothing left over.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::root;

/// Longer files hold more than one thing.
const LINES: usize = 400;

/// The files of the project, new ones that are not ignored among them: path and text.
fn files() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root())
        .output()
        .expect("git runs");
    assert!(
        listed.status.success(),
        "the tests are run in a git checkout"
    );
    let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let read = |path: &str| Some((path.to_owned(), fs::read_to_string(root().join(path)).ok()?));
    let files: Vec<_> = paths
        .split('\0')
        .filter(|path| !path.is_empty())
        .filter_map(read)
        .collect();
    assert!(files.len() > 50, "{} files", files.len());
    files
}

fn has_suffix(path: &str, suffix: &str) -> bool {
    Path::new(path).extension() == Some(suffix.as_ref())
}

/// Whether a Rust file is part of what is shipped.
fn is_shipped(path: &str) -> bool {
    let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
    let is_proof = path.starts_with("tests/") || path.starts_with("fuzz/");
    has_suffix(path, "rs") && !is_proof && !is_test
}

/// What of a Rust file is compiled without its unit tests; they stand last.
fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// Asserts that nothing was found, else shows all of it.
fn none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

/// `path:line: text` of the lines that hold one of the words.
fn lines_with(
    files: &[(String, String)],
    words: &[&str],
    is_looked_at: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| is_looked_at(path)) {
        for (number, line) in (1..).zip(text.lines()) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{path}:{number}: {}", line.trim()));
            }
        }
    }
    found
}

#[test]
fn files_are_short() {
    let mut found = Vec::new();
    for (path, text) in files() {
        let is_code = ["rs", "py", "ts", "css"]
            .iter()
            .any(|suffix| has_suffix(&path, suffix));
        let count = text.lines().count();
        if is_code && !path.starts_with("tests/programs/") && count > LINES {
            found.push(format!("{path}: {count} lines"));
        }
    }
    none(found, "a file holds one thing, in at most 400 lines");
}

#[test]
fn rust_files_say_what_they_are() {
    let mut found = files();
    found.retain(|(path, text)| has_suffix(path, "rs") && !text.starts_with("//! "));
    none(
        found.into_iter().map(|(path, _)| path).collect(),
        "each begins with //!",
    );
}

/// Names of the dependencies of a manifest, those of its build and tests apart.
fn dependencies(manifest: &str, section: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(manifest)).expect(manifest);
    let lines = text
        .lines()
        .skip_while(|line| *line != format!("[{section}]"))
        .skip(1);
    let names = lines.take_while(|line| !line.starts_with('['));
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap_or("").to_owned();
    names
        .map(name)
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

#[test]
fn crates_depend_on_what_they_may() {
    let own = ["schema", "recorder", "replayer", "cli", "wheel", "tests"];
    for (manifest, allowed) in [
        ("schema/Cargo.toml", &[][..]),
        ("recorder/Cargo.toml", &["schema"]),
        ("replayer/Cargo.toml", &["schema"]),
        ("replayer/cli/Cargo.toml", &["schema", "replayer"]),
        (
            "recorder/wheel/Cargo.toml",
            &["recorder", "cli", "replayer", "schema"],
        ),
    ] {
        for name in dependencies(manifest, "dependencies") {
            let name = name.as_str();
            assert!(
                !own.contains(&name) || allowed.contains(&name),
                "{manifest}: {name}"
            );
        }
    }
    for (name, homes) in [
        ("rusqlite", &["schema"][..]),
        ("zstd", &["schema"]),
        ("bincode", &["schema"]),
        ("pyo3", &["recorder", "recorder/wheel"]),
        ("clap", &["replayer/cli"]),
        ("rustyline", &["replayer/cli"]),
        ("serde_json", &["replayer/cli", "recorder"]),
    ] {
        for package in [
            "schema",
            "recorder",
            "recorder/wheel",
            "replayer",
            "replayer/cli",
        ] {
            let has = dependencies(&format!("{package}/Cargo.toml"), "dependencies")
                .contains(&name.to_owned());
            assert!(
                !has || homes.contains(&package),
                "{package} depends on {name}"
            );
        }
    }
}

#[test]
fn sql_and_compression_are_in_the_schema_alone() {
    let words = [
        "SELECT ",
        "INSERT ",
        "CREATE TABLE",
        "PRAGMA ",
        "rusqlite::",
        "zstd::",
        "bincode::",
    ];
    let found = lines_with(&files(), &words, |path| {
        is_shipped(path) && !path.starts_with("schema/")
    });
    none(found, "only schema speaks SQL, zstd and bincode");
    let store = [
        "sql",
        "store",
        "load",
        "open",
        "open/fold_in",
        "open_chunk",
        "reader",
        "trace_file",
        "writer",
        "error",
        "block",
        // For tests and fuzzing alone.
        "forge",
    ];
    let is_other = |path: &str| {
        let name = path
            .strip_prefix("schema/src/")
            .and_then(|name| name.strip_suffix(".rs"));
        is_shipped(path) && name.is_some_and(|name| !store.contains(&name))
    };
    none(
        lines_with(&files(), &words, is_other),
        "in schema, these files do not",
    );
}

#[test]
fn python_is_in_the_recorder_alone() {
    let words = ["pyo3", "libpython", "Py_", "PyObject"];
    let found = lines_with(&files(), &words, |path| {
        is_shipped(path) && !path.starts_with("recorder/")
    });
    none(found, "only the recorder knows Python's runtime");
}

#[test]
fn libraries_are_silent_and_do_not_exit() {
    let is_library = |path: &str| {
        let libraries = ["schema/src/", "recorder/src/", "replayer/src/"];
        is_shipped(path) && libraries.iter().any(|library| path.starts_with(library))
    };
    let words = [
        "println!",
        "print!",
        "dbg!",
        "process::exit",
        "process::abort",
    ];
    none(
        lines_with(&files(), &words, is_library),
        "a library neither prints nor exits",
    );
    let is_replayer = |path: &str| is_shipped(path) && path.starts_with("replayer/src/");
    let words = [
        "std::env",
        "std::io::stdin",
        "std::io::stdout",
        "schema::TraceWriter",
        "unsafe ",
    ];
    none(
        lines_with(&files(), &words, is_replayer),
        "the replayer only looks",
    );
    let is_reader = |path: &str| {
        let homes = [
            "replayer/src/trace.rs",
            "replayer/cli/src/dump.rs",
            "replayer/cli/src/info.rs",
        ];
        let homes = [
            &homes[..],
            &["replayer/cli/src/verify.rs", "replayer/cli/src/json.rs"],
        ]
        .concat();
        is_shipped(path) && path.starts_with("replayer/") && !homes.contains(&path)
    };
    none(
        lines_with(&files(), &["TraceReader::open"], is_reader),
        "the file is read in few places",
    );
}

#[test]
fn nothing_shipped_unwraps() {
    let mut all = files();
    all.retain(|(path, _)| is_shipped(path));
    for (_, text) in &mut all {
        *text = shipped(text).to_owned();
    }
    none(
        lines_with(&all, &[".unwrap()"], |_| true),
        "an error is handled or passed on",
    );
}

#[test]
fn nothing_is_left_over() {
    // Put together here so that this file does not hold them.
    let left_over = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["/ro", "ot/"],
        ["/wo", "rk/"],
    ];
    let words: Vec<String> = left_over.iter().map(|halves| halves.concat()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = lines_with(&files(), &words, |path| !path.ends_with(".lock"));
    none(found, "no reminders, and no paths of one machine");
}

#[test]
fn paths_in_the_readme_exist() {
    let text = fs::read_to_string(root().join("README.md")).expect("README.md");
    let map = text
        .split("## Code map")
        .nth(1)
        .expect("the README has a code map");
    let mut count = 0;
    for line in map.split("\n## ").next().unwrap_or(map).lines() {
        if let Some(entry) = line.strip_prefix("    ") {
            let path = entry.split_whitespace().next().unwrap_or("");
            assert!(root().join(path).exists(), "the code map names {path}");
            count += 1;
        }
    }
    assert!(count > 5);
}
