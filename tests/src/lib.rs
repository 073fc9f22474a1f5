//! What the end-to-end tests share: where things are, and how `rdbg` is run.
//!
//! The command under test is named by the environment variable `RDBG`; without it the tests fail
//! rather than pass without having tested anything.
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The top folder of the project.
#[must_use]
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// The `rdbg` command.
///
/// # Panics
/// If `RDBG` does not name a file.
#[must_use]
pub fn rdbg() -> PathBuf {
    let path = std::env::var_os("RDBG").map(PathBuf::from);
    let path = path.filter(|path| path.is_file());
    path.expect("set RDBG to the path of the rdbg command, as `make test` does")
}

/// A folder that goes with the test.
///
/// # Panics
/// If there is no room for one.
#[must_use]
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// Runs `rdbg` in a folder, without input, to its end.
///
/// # Panics
/// If it cannot be run.
pub fn run<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Output {
    let mut command = Command::new(rdbg());
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        // Two runs then print sets alike, and nothing is written beside the programs.
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("CLICOLOR_FORCE");
    command.output().expect("rdbg runs")
}

/// Records a program of `tests/programs` into a folder; returns the trace.
///
/// # Panics
/// If no trace was made.
#[must_use]
pub fn record(folder: &Path, program: &Path) -> PathBuf {
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let trace = folder.join(format!("{name}.db"));
    let words = ["record", "--quiet", "-o"].map(OsStr::new);
    let done = run(
        folder,
        words
            .into_iter()
            .chain([trace.as_os_str(), program.as_os_str()]),
    );
    assert!(
        trace.is_file(),
        "{name} left no trace: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    trace
}

/// The programs of `tests/programs`, in order of name.
///
/// # Panics
/// If there are none.
#[must_use]
pub fn programs() -> Vec<PathBuf> {
    let folder = root().join("tests/programs");
    let entries = std::fs::read_dir(&folder).expect("tests/programs");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut programs: Vec<_> = paths
        .filter(|path| path.extension() == Some("py".as_ref()))
        .collect();
    programs.sort();
    assert!(!programs.is_empty(), "no programs in {}", folder.display());
    programs
}

/// The programs of `tests/programs` are short; this one fills several chunks.
const LONG: &str = "\
def numbers(n):
    for i in range(n):
        yield i * i

def work(n):
    kept = []
    text = ''
    for i in numbers(n):
        kept.append(i)
        text = f'{text[-20:]}{i}'
        if i % 7 == 0:
            kept.pop()
    return len(kept), text

for turn in range(150):
    result = work(150)
print(result)
";

/// A recording of every program and of a long one, made once: the program's name and its trace.
pub fn recordings() -> &'static [(String, PathBuf)] {
    static ALL: OnceLock<(TempDir, Vec<(String, PathBuf)>)> = OnceLock::new();
    let (_, all) = ALL.get_or_init(|| {
        let folder = folder();
        let record_one = |program: PathBuf| {
            let name = program
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let trace = record(folder.path(), &program);
            (name, trace)
        };
        let long = folder.path().join("long.py");
        std::fs::write(&long, LONG).expect("room for a program");
        let all = programs()
            .into_iter()
            .chain([long])
            .map(record_one)
            .collect();
        (folder, all)
    });
    all
}
