//! Where a person means: files, lines and functions by name or pattern.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use schema::{Code, CodeId, FileId, IdMap};

use crate::breakpoint::Location;
use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::trace::Trace;

/// A location from what a person wrote: `FILE:LINE`, `LINE` in a file, a function's name, or
/// `FILE:FUNCTION`; files and functions may be patterns with `*` and `?`. The text says what was
/// found, and whether it is not quite what was asked for.
pub(crate) fn locate(
    trace: &Trace,
    text: &str,
    current_file: Option<&str>,
) -> Result<(Location, String)> {
    let (file, place) = match text.rsplit_once(':') {
        Some((file, place)) => (Some(file.trim()), place.trim()),
        None => (None, text.trim()),
    };
    match place.parse::<u32>() {
        Err(_) => function(trace, file, place),
        Ok(line) => match file.or(current_file) {
            Some(file) => lines(trace, file, line),
            None => Err(Error::NoSuch(format!(
                "line {line} of which file? Say FILE:{line}"
            ))),
        },
    }
}

fn lines(trace: &Trace, file: &str, line: u32) -> Result<(Location, String)> {
    let files = find_files(trace, file)?;
    // In each file, the code objects that have code on the nearest line from this one on.
    let mut nearest: BTreeMap<&str, (u32, Vec<CodeId>)> = BTreeMap::new();
    for code in trace.reader().codes() {
        let Some(path) = files.get(&code.file) else {
            continue;
        };
        let Some(first) = code.lines.iter().copied().find(|has| *has >= line) else {
            continue;
        };
        let (near, codes) = nearest.entry(path).or_insert((first, Vec::new()));
        if first < *near {
            (*near, *codes) = (first, Vec::new());
        }
        if first == *near {
            codes.push(code.id);
        }
    }
    if nearest.is_empty() {
        let file = files.values().next().map_or(file, |path| short(path));
        return Err(Error::NoSuch(format!(
            "{file} has no recorded code at line {line} or behind it"
        )));
    }
    let mut says = Vec::new();
    let mut places = IdMap::default();
    for (path, (found, codes)) in nearest {
        let mut text = format!("{}:{found}", short(path));
        if found != line {
            text.push_str(&format!(" (line {line} has no code)"));
        }
        says.push(text);
        places.extend(codes.into_iter().map(|code| (code, found)));
    }
    Ok((Location::Lines(places), says.join(", ")))
}

/// The recorded files that a name means: its whole path or the end of it; a pattern may mean
/// several.
fn find_files<'t>(trace: &'t Trace, name: &str) -> Result<HashMap<FileId, &'t str>> {
    let wanted = name.trim_start_matches("./");
    let is_pattern = wanted.contains(['*', '?']);
    let is_it = |path: &str| {
        let mut ends = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        matches(path, wanted) || ends.any(|end| matches(end, wanted))
    };
    let files = trace.reader().files();
    let found: HashMap<FileId, &str> = files.filter(|(_, path)| is_it(path)).collect();
    let paths: BTreeSet<&str> = found.values().copied().collect();
    match paths.len() {
        0 => {
            let all: Vec<&str> = trace
                .reader()
                .files()
                .map(|(_, path)| short(path))
                .collect();
            let near = nearest(short(wanted), all);
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            let hint = if near.is_empty() {
                "; `info files` lists them"
            } else {
                &near
            };
            Err(Error::NoSuch(format!(
                "no recorded file is called {name}{hint}"
            )))
        }
        2.. if !is_pattern => Err(Error::NoSuch(format!(
            "{name} is ambiguous: {}",
            paths.into_iter().collect::<Vec<_>>().join(", ")
        ))),
        _ => Ok(found),
    }
}

/// Whether a text fits a pattern, in which `*` is anything and `?` any character.
fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut next) = (0, 0);
    // Where the last star was, and how much of the text it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some('*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(c) if *c == '?' || text.get(at) == Some(c) => {
                (at, next) = (at + 1, next + 1);
            }
            _ => match &mut star {
                Some((begin, taken)) => {
                    *taken += 1;
                    (at, next) = (*taken, *begin + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(next).all(|c| *c == '*')
}

fn function(trace: &Trace, file: Option<&str>, name: &str) -> Result<(Location, String)> {
    let files = file.map(|file| find_files(trace, file)).transpose()?;
    let is_there = |code: &&Arc<Code>| {
        let files = files.as_ref();
        files.is_none_or(|files| files.contains_key(&code.file))
    };
    let mut codes = IdMap::default();
    let mut names = BTreeSet::new();
    for code in trace.reader().codes().filter(is_there) {
        let plain = code.qualname.replace(".<locals>", "");
        let mut ends = plain.match_indices('.').map(|(at, _)| &plain[at + 1..]);
        // A pattern for everything is about functions, not about the module around them.
        let is_module = code.name == "<module>" && name != "<module>";
        let is_it = code.qualname == name || matches(&plain, name);
        if !is_module && (is_it || ends.any(|end| matches(end, name))) {
            codes.insert(code.id, ());
            names.insert(code.qualname.as_str());
        }
    }
    if codes.is_empty() {
        let is_near = |code: &&Arc<Code>| code.name.contains(name) || name.contains(&code.name);
        let near = trace.reader().codes().filter(is_there).filter(is_near);
        let near: BTreeSet<&str> = near.map(|code| code.qualname.as_str()).collect();
        let near: Vec<&str> = near.into_iter().take(5).collect();
        let hint = if near.is_empty() {
            let all: Vec<&Arc<Code>> = trace.reader().codes().filter(is_there).collect();
            let names = |code: &Arc<Code>| [code.qualname.clone(), code.name.clone()];
            let known: Vec<String> = all.iter().flat_map(|code| names(code)).collect();
            let near = nearest(name, known.iter().map(String::as_str));
            let is_it =
                |code: &&&Arc<Code>| near.is_some_and(|near| names(code).iter().any(|n| n == near));
            let meant = all.iter().find(is_it).map(|code| code.qualname.as_str());
            meant.map_or(String::new(), |meant| format!("; did you mean {meant}?"))
        } else {
            format!("; there is {}", near.join(", "))
        };
        return Err(Error::NoSuch(format!(
            "no recorded function is called {name}{hint}"
        )));
    }
    let count = names.len();
    let mut says: Vec<&str> = names.into_iter().take(8).collect();
    if count > says.len() {
        says.push("…");
    }
    Ok((Location::Function(codes), says.join(", ")))
}

/// The last part of a path.
pub(crate) fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (text, pattern) in [
            ("app.py", "app.py"),
            ("app.py", "*.py"),
            ("models/user.py", "models/*"),
            ("Bank.transfer", "*.trans???"),
            ("aab", "a*b"),
            ("", "*"),
        ] {
            assert!(matches(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [("app.py", "app"), ("ab", "a"), ("a", "?b"), ("abc", "a*d")] {
            assert!(!matches(text, pattern), "{text} {pattern}");
        }
    }
}
