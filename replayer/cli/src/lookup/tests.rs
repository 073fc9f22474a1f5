//! Commands and what they run.

use super::*;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

/// Looks a command line up among these files (name, mode, text), which are on PATH.
fn look(files: &[(&str, u32, &str)], line: &str) -> Result<Program, String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, mode, text) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(*mode)).expect("set");
    }
    let mut all = words(line);
    let rest = all.split_off(1);
    let places = Places {
        path: Some(folder.path().into()),
        beside: None,
    };
    let found = find(&all[0], rest, &places).map_err(|failure| failure.told().1);
    let prefix = format!("{}/", folder.path().display());
    let short = |text: &OsString| OsString::from(text.to_string_lossy().replace(&prefix, "BIN/"));
    found
        .map(|program| Program {
            what: short(&program.what),
            interpreter: program.interpreter.as_ref().map(short),
            ..program
        })
        .map_err(|why| why.replace(&prefix, "BIN/"))
}

fn program(interpreter: &str, flags: &str, mode: Mode, what: &str, arguments: &str) -> Program {
    Program {
        interpreter: (!interpreter.is_empty()).then(|| interpreter.into()),
        flags: words(flags),
        mode,
        what: what.into(),
        arguments: words(arguments),
    }
}

#[test]
fn a_name_is_looked_for_on_path() {
    use Mode::Script;
    let long = "#!/bin/sh\n'''exec' \"/a b/python3\" \"$0\" \"$@\"\n' '''\n";
    let files = [
        ("tool", 0o755, "#!/venv/bin/python3.13\nimport x\n"),
        ("safe", 0o755, "#! /usr/bin/python3 -Es\n"),
        ("env", 0o755, "#!/usr/bin/env python3\n"),
        ("split", 0o755, "#!/usr/bin/env -S python -u\n"),
        ("long", 0o755, long),
        ("data", 0o644, "#!/venv/bin/python3\n"),
    ];
    for (line, expected) in [
        (
            "tool -q x",
            program("/venv/bin/python3.13", "", Script, "BIN/tool", "-q x"),
        ),
        (
            "safe",
            program("/usr/bin/python3", "-Es", Script, "BIN/safe", ""),
        ),
        ("env", program("python3", "", Script, "BIN/env", "")),
        ("split", program("python", "-u", Script, "BIN/split", "")),
        (
            "long -m",
            program("/a b/python3", "", Script, "BIN/long", "-m"),
        ),
        // Not executable, or not there: Python says so.
        ("data", program("", "", Script, "data", "")),
        ("nowhere.py a", program("", "", Script, "nowhere.py", "a")),
        ("./tool", program("", "", Script, "./tool", "")),
    ] {
        assert_eq!(look(&files, line), Ok(expected), "{line}");
    }
}

#[test]
fn a_movable_script_names_the_interpreter_beside_it() {
    let line = "'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python3' \"$0\" \"$@\"";
    let text = format!("#!/bin/sh\n{line}\n' '''\n");
    let found = look(&[("tool", 0o755, &text)], "tool").expect("found");
    let interpreter = found.interpreter.expect("one is named");
    assert!(
        interpreter.to_string_lossy().ends_with("/python3"),
        "{interpreter:?}"
    );
}

#[test]
fn what_is_not_python_is_refused() {
    let files = [
        ("sh", 0o755, "#!/bin/sh\necho\n"),
        ("ls", 0o755, "\x7fELF\u{2}"),
        ("lineless", 0o755, "echo\n"),
    ];
    let why = look(&files, "lineless").expect_err("refused");
    assert!(why.contains("(its #! line names none)"), "{why}");
    let why = look(&files, "sh -c x").expect_err("refused");
    assert!(
        why.starts_with("BIN/sh is not a Python program (run by /bin/sh);"),
        "{why}"
    );
    let why = look(&files, "ls").expect_err("refused");
    assert!(
        why.starts_with("BIN/ls is not a Python program (a native program);"),
        "{why}"
    );
}

#[test]
fn the_words_of_python_are_read_as_python_reads_them() {
    use Mode::{Code, Module, Script};
    let files = [
        ("python", 0o755, "\x7fELF"),
        ("python3", 0o755, "#!/usr/bin/env bash\nexec pyenv\n"),
    ];
    for (line, expected) in [
        (
            "python app.py -c",
            program("python", "", Script, "app.py", "-c"),
        ),
        (
            "python3 -m pkg a -m",
            program("python3", "", Module, "pkg", "a -m"),
        ),
        ("python -mpkg a", program("python", "", Module, "pkg", "a")),
        ("python -c x=1 -q", program("python", "", Code, "x=1", "-q")),
        (
            "python -Icx=1 -q",
            program("python", "-I", Code, "x=1", "-q"),
        ),
        (
            "python -u -X dev -Wdefault -OO app.py x",
            program("python", "-u -X dev -Wdefault -OO", Script, "app.py", "x"),
        ),
        (
            "python -uX dev -m a",
            program("python", "-uX dev", Module, "a", ""),
        ),
        (
            "python --check-hash-based-pycs never a.py",
            program(
                "python",
                "--check-hash-based-pycs never",
                Script,
                "a.py",
                "",
            ),
        ),
        (
            "python -- -odd.py",
            program("python", "", Script, "-odd.py", ""),
        ),
        ("python - a", program("python", "", Script, "-", "a")),
    ] {
        assert_eq!(look(&files, line), Ok(expected), "{line}");
    }
    for line in [
        "python",
        "python -V",
        "python --version",
        "python -I --help",
        "python --",
    ] {
        let why = look(&files, line).expect_err(line);
        assert!(why.starts_with("this runs no program"), "{line}: {why}");
    }
    for (line, word) in [
        ("python -i app.py", "-i"),
        ("python -ux app.py", "-x"),
        ("python -c", "-c"),
        ("python -Im", "-m"),
    ] {
        let why = look(&files, line).expect_err(line);
        assert!(why.starts_with(&format!("python {word} ")), "{line}: {why}");
    }
}

#[test]
fn names_of_interpreters() {
    for name in [
        "python",
        "python3",
        "/usr/bin/python3.13",
        "python3.14t",
        "python3.13d",
    ] {
        assert!(is_interpreter(name.as_ref()), "{name}");
    }
    for name in [
        "pythonic",
        "python-config",
        "python3-config",
        "pytest",
        "ipython",
        "",
    ] {
        assert!(!is_interpreter(name.as_ref()), "{name}");
    }
}
