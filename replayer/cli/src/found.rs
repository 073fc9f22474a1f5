//! Traces that nobody named: those in a folder, and those that rdbg itself keeps in `.rdbg` there.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where traces are kept that nobody gave a name: of tests, and of what an editor launched.
const KEPT: &str = ".rdbg";
/// Of these, what editors launched.
const LAUNCHED: &str = "launch";
/// So many of them are kept.
const MOST_LAUNCHED: usize = 10;

/// The newest trace in a folder, and how many others there are; where there is none, those of its
/// `.rdbg`.
pub(crate) fn newest(folder: &Path) -> Option<(PathBuf, usize)> {
    let kept = folder.join(KEPT);
    let of = |folders: &[&Path]| {
        let mut all: Vec<_> = folders.iter().flat_map(|folder| traces(folder)).collect();
        all.sort();
        let (_, path) = all.pop()?;
        Some((path, all.len()))
    };
    of(&[folder]).or_else(|| of(&[&kept, &kept.join(LAUNCHED)]))
}

/// The traces in a folder, each with the time when it was last written.
fn traces(folder: &Path) -> Vec<(SystemTime, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "db"))
        .filter(|path| schema::TraceReader::recognise(path).is_ok())
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect()
}

/// A free name for the trace of a program that an editor launches. Makes room for it: of those
/// before, only the newest stay.
pub(crate) fn for_launch(folder: &Path, program: &str) -> io::Result<PathBuf> {
    let kept = folder.join(KEPT);
    let launched = kept.join(LAUNCHED);
    // The folder itself is the program's, and not made.
    for made in [&kept, &launched] {
        match std::fs::create_dir(made) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    let ignored = kept.join(".gitignore");
    if !ignored.exists() {
        std::fs::write(ignored, "*\n")?;
    }
    let mut old = traces(&launched);
    old.sort();
    let surplus = (old.len() + 1).saturating_sub(MOST_LAUNCHED);
    for (_, path) in old.into_iter().take(surplus) {
        for end in ["", "-wal", "-shm", "-journal", ".marks"] {
            let mut file = path.clone().into_os_string();
            file.push(end);
            let _ = std::fs::remove_file(file);
        }
    }
    let stem = Path::new(program).file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let stem = match stem.is_empty() || stem.len() > 100 {
        true => "trace".into(),
        false => stem,
    };
    let mut names = (1u64..).map(|number| match number {
        1 => launched.join(format!("{stem}.db")),
        number => launched.join(format!("{stem}-{number}.db")),
    });
    let free = names.find(|path| path.symlink_metadata().is_err());
    Ok(free.unwrap_or_else(|| launched.join("trace.db")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(path: &Path) {
        let header = schema::Header::default();
        let ending = schema::Ending {
            how: "exit 0".into(),
            seconds: 0.0,
        };
        let writer = schema::TraceWriter::create(path, &header, false).expect("a new file");
        let _ = writer.finish(&ending);
    }

    #[test]
    fn what_lies_in_the_folder_comes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(newest(folder.path()), None);
        let launched = for_launch(folder.path(), "dir/app.py").expect("a name");
        assert_eq!(launched, folder.path().join(".rdbg/launch/app.db"));
        trace(&launched);
        assert_eq!(newest(folder.path()), Some((launched, 0)));
        let test = folder.path().join(".rdbg/test_app.py.test.db");
        std::thread::sleep(std::time::Duration::from_millis(20));
        trace(&test);
        assert_eq!(newest(folder.path()), Some((test, 1)));
        let own = folder.path().join("trace.db");
        std::fs::write(folder.path().join("other.db"), "no trace").expect("written");
        trace(&own);
        assert_eq!(newest(folder.path()), Some((own, 0)));
    }

    #[test]
    fn of_what_was_launched_the_newest_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut all = Vec::new();
        for number in 0..13 {
            let path = for_launch(folder.path(), &format!("app{number}.py")).expect("a name");
            trace(&path);
            all.push(path);
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let there: Vec<bool> = all.iter().map(|path| path.exists()).collect();
        assert_eq!(there, [vec![false; 3], vec![true; 10]].concat());
        let again = for_launch(folder.path(), "app12.py").expect("a name");
        assert_eq!(again, folder.path().join(".rdbg/launch/app12-2.db"));
    }
}
