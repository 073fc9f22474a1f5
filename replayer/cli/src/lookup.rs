//! What a command stands for: `rdbg record pytest -q` records what `pytest -q` would run.
//!
//! A file or a folder that Python can run comes first, as in `python app.py`; a name that is none is
//! looked for on PATH, as a shell does, then beside rdbg's own interpreter. A script with a `#!` line of
//! Python's is run as its path and by the interpreter it names; `python` and its options are read as
//! the interpreter reads them. What is no Python program is refused.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::{Failure, NOT_RUN, USAGE};

mod interpreter;

use interpreter::is_interpreter;

/// How the interpreter is told what to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    Script,
    Module,
    Code,
}

/// A program as an interpreter runs it.
#[derive(Debug, PartialEq)]
pub(crate) struct Program {
    /// The interpreter as the command names it, if it names one.
    pub(crate) interpreter: Option<OsString>,
    /// The interpreter's own options.
    pub(crate) flags: Vec<OsString>,
    pub(crate) mode: Mode,
    /// The script's path, the module's name or the code.
    pub(crate) what: OsString,
    pub(crate) arguments: Vec<OsString>,
}

impl Program {
    pub(crate) fn new(mode: Mode, what: OsString, arguments: Vec<OsString>) -> Program {
        Program {
            interpreter: None,
            flags: Vec::new(),
            mode,
            what,
            arguments,
        }
    }
}

/// Where commands are looked for: PATH, and the folder of rdbg's own interpreter.
pub(crate) struct Places {
    pub(crate) path: Option<OsString>,
    pub(crate) beside: Option<PathBuf>,
}

/// What a file is, by its beginning.
enum Kind {
    /// Its `#!` line names Python: the interpreter, its one option, and whether PATH is asked for it.
    Python(OsString, Option<OsString>, bool),
    /// Its `#!` line names another program.
    Other(OsString),
    Native,
    /// Text, an archive, or what cannot be read.
    Plain,
}

/// What a command runs: its first word and the words behind it.
pub(crate) fn find(
    word: &OsStr,
    arguments: Vec<OsString>,
    places: &Places,
) -> Result<Program, Failure> {
    let path = Path::new(word);
    // A folder counts only if Python can run it: projects have folders called `pytest`.
    let is_here = path.is_file() || path.join("__main__.py").is_file();
    if word.is_empty() || word == "-" || is_here {
        return here(word, arguments);
    }
    let found = match word.as_bytes().contains(&b'/') {
        true => None,
        false => on_path(word, places),
    };
    let Some(found) = found else {
        // Python says what is wrong with it.
        return Ok(Program::new(Mode::Script, word.into(), arguments));
    };
    match kind(&found) {
        Kind::Python(interpreter, flag, _) => script(interpreter, flag, found.into(), arguments),
        _ if is_interpreter(word) => interpreter::read(word.into(), arguments),
        Kind::Other(other) => Err(not_python(&found, &run_by(&other))),
        Kind::Native => Err(not_python(&found, NATIVE)),
        Kind::Plain => Err(not_python(&found, "its #! line names none")),
    }
}

/// A file or a folder that is named by its path.
fn here(word: &OsStr, arguments: Vec<OsString>) -> Result<Program, Failure> {
    let path = Path::new(word);
    let is_source = path.extension().is_some_and(|end| {
        let known = ["py", "pyw", "pyc", "pyz"];
        known.iter().any(|known| end.eq_ignore_ascii_case(known))
    });
    if !is_source && is_executable(path) {
        match kind(path) {
            // Which Python `env` would find is nobody's choice: rdbg's own will do.
            Kind::Python(interpreter, flag, false) => {
                return script(interpreter, flag, word.into(), arguments);
            }
            Kind::Other(_) | Kind::Native if is_interpreter(word) => {
                return interpreter::read(word.into(), arguments);
            }
            Kind::Other(other) => return Err(not_python(path, &run_by(&other))),
            Kind::Native => return Err(not_python(path, NATIVE)),
            Kind::Python(..) | Kind::Plain => {}
        }
    }
    Ok(Program::new(Mode::Script, word.into(), arguments))
}

/// A script whose first line names Python.
fn script(
    interpreter: OsString,
    flag: Option<OsString>,
    script: OsString,
    arguments: Vec<OsString>,
) -> Result<Program, Failure> {
    let mut words: Vec<OsString> = flag.into_iter().collect();
    words.push(script);
    words.extend(arguments);
    interpreter::read(interpreter, words)
}

/// The first executable file of this name.
fn on_path(name: &OsStr, places: &Places) -> Option<PathBuf> {
    let folders = places.path.as_ref().map(std::env::split_paths);
    let mut all = folders.into_iter().flatten().map(|folder| {
        // An empty entry is the working folder.
        match folder.as_os_str().is_empty() {
            true => Path::new(".").join(name),
            false => folder.join(name),
        }
    });
    all.find(|path| is_executable(path)).or_else(|| {
        let path = places.beside.as_ref()?.join(name);
        is_executable(&path).then_some(path)
    })
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn kind(path: &Path) -> Kind {
    let mut start = Vec::new();
    // Asked first: to open a FIFO would wait for its other end.
    let file = path.is_file().then(|| File::open(path).ok()).flatten();
    let read = file.map(|file| file.take(4096).read_to_end(&mut start));
    if !matches!(read, Some(Ok(_))) {
        return Kind::Plain;
    }
    const MACH_O: [[u8; 4]; 3] = [
        [0xcf, 0xfa, 0xed, 0xfe],
        [0xce, 0xfa, 0xed, 0xfe],
        [0xca, 0xfe, 0xba, 0xbe],
    ];
    if start.starts_with(b"\x7fELF") || MACH_O.iter().any(|magic| start.starts_with(magic)) {
        return Kind::Native;
    }
    let Some(line) = start.strip_prefix(b"#!") else {
        return Kind::Plain;
    };
    let (line, rest) = split(line, b'\n');
    let (interpreter, option) = split(line.trim_ascii(), b' ');
    let option = Some(option.trim_ascii()).filter(|option| !option.is_empty());
    let name = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let file_name = Path::new(OsStr::from_bytes(interpreter)).file_name();
    if is_interpreter(OsStr::from_bytes(interpreter)) {
        return Kind::Python(name(interpreter), option.map(name), false);
    }
    if file_name.is_some_and(|name| name == "env")
        && let Some(words) = option
    {
        let words = words.strip_prefix(b"-S").unwrap_or(words).trim_ascii();
        let (first, more) = split(words, b' ');
        let more = Some(more.trim_ascii()).filter(|more| !more.is_empty());
        if is_interpreter(OsStr::from_bytes(first)) {
            return Kind::Python(name(first), more.map(name), true);
        }
    }
    match behind_shell(rest, path) {
        Some(interpreter) => Kind::Python(interpreter, None, false),
        None => Kind::Other(name(interpreter)),
    }
}

/// Installers write `'''exec' PYTHON "$0" "$@"` for a shell where the interpreter's path is too long
/// for a `#!` line, or where the folder may be moved.
fn behind_shell(rest: &[u8], script: &Path) -> Option<OsString> {
    let (line, _) = split(rest, b'\n');
    let command = line.strip_prefix(b"'''exec' ")?;
    let beside = b"\"$(dirname -- \"$(realpath -- \"$0\")\")\"/";
    let (command, folder) = match command.strip_prefix(beside) {
        Some(command) => (command, script.canonicalize().ok()?.parent()?.to_owned()),
        None => (command, PathBuf::new()),
    };
    let (path, tail) = match command.first()? {
        quote @ (b'"' | b'\'') => split(&command[1..], *quote),
        _ => split(command, b' '),
    };
    let is_whole = tail.trim_ascii() == b"\"$0\" \"$@\"";
    let path = OsStr::from_bytes(path);
    (is_whole && is_interpreter(path)).then(|| folder.join(path).into())
}

/// What stands before the first such byte, and what behind it.
fn split(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == at) {
        Some(found) => (&bytes[..found], &bytes[found + 1..]),
        None => (bytes, &[]),
    }
}

const NATIVE: &str = "a native program";

fn run_by(interpreter: &OsStr) -> String {
    format!("run by {}", interpreter.display())
}

fn not_python(path: &Path, why: &str) -> Failure {
    let path = path.display();
    let next = "name the script, -m MODULE or -c CODE that it runs";
    Failure::Other(
        NOT_RUN,
        format!("{path} is not a Python program ({why}); {next}"),
    )
}

fn usage(text: &str) -> Failure {
    Failure::Other(USAGE, text.into())
}

#[cfg(test)]
mod tests;
