//! What a recording is asked for: `[tool.rdbg]` of pyproject.toml, and over it what was said.
//!
//! The command and the Python API both come here, so that one key means one thing.

use std::path::Path;

use serde_json::{Map, Value as Json};
use toml::de::{DeTable, DeValue};

/// One setting, as a file, the command line or a caller of the API says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Yes or no.
    Flag(bool),
    /// A count.
    Number(u64),
    /// Words, a path, a size.
    Text(String),
    /// Several of them.
    List(Vec<String>),
    /// Of a type that no setting has; its name.
    Other(String),
}

/// Settings by the names that the recorder knows.
pub(crate) type Settings = Map<String, Json>;

/// The keys, those first that only a caller may say.
const KEYS: [&str; 18] = [
    "force",
    "all",
    "env",
    "exclude",
    "include",
    "keep_on",
    "level",
    "locals",
    "max_depth",
    "max_items",
    "max_size",
    "max_string",
    "only",
    "output",
    "quiet",
    "ring",
    "start_at",
    "stop_at",
];

/// The least that a trace can be limited to: a chunk may take half of it.
const LEAST: u64 = 1_000_000;

/// A size in bytes, as `500MB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => 0,
    };
    let bytes = digits
        .trim_end()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    match bytes.filter(|_| unit > 0) {
        Some(bytes) if bytes >= LEAST => Ok(bytes),
        Some(_) => Err("the least is 1MB".into()),
        None => Err("a size looks like 500MB or 2GB".into()),
    }
}

/// Adds a setting to others, or says what is wrong with it.
pub(crate) fn put(settings: &mut Settings, key: &str, setting: Setting) -> Result<(), String> {
    use Setting::{Flag, List, Number, Text};
    let value: Json = match (key, setting) {
        ("force" | "all" | "env" | "locals" | "quiet", Flag(flag)) => flag.into(),
        ("force" | "all" | "env" | "locals" | "quiet", _) => return Err("say true or false".into()),
        ("exclude" | "include" | "only", List(globs)) => globs.into(),
        ("exclude" | "include" | "only", Text(glob)) => vec![glob].into(),
        ("only", _) => return Err("say a list of functions, as [\"Bank.pay\"]".into()),
        ("start_at" | "stop_at", Text(place)) => place.into(),
        ("start_at" | "stop_at", _) => return Err("say FILE:LINE or a function".into()),
        ("exclude" | "include", _) => return Err("say a list of globs, as [\"pkg.*\"]".into()),
        ("max_depth", Number(number)) if number <= u64::from(u32::MAX) => number.into(),
        ("max_items" | "max_string", Number(number)) => number.into(),
        ("max_depth" | "max_items" | "max_string", _) => return Err("say a whole number".into()),
        ("max_size" | "ring", Text(text)) => size(&text)?.into(),
        ("max_size" | "ring", Number(number)) => size(&number.to_string())?.into(),
        ("max_size" | "ring", _) => return Err("a size looks like 500MB or 2GB".into()),
        ("output", Text(path)) if !path.is_empty() => path.into(),
        ("output", _) => return Err("say the path of a file".into()),
        ("keep_on", Text(end)) if ["failure", "crash", "signal"].contains(&&*end) => end.into(),
        ("keep_on", _) => return Err("say \"failure\", \"crash\" or \"signal\"".into()),
        ("level", Text(level)) if level == "lines" || level == "calls" => {
            settings.insert("lines".into(), (level == "lines").into());
            return Ok(());
        }
        ("level", _) => return Err("say \"lines\" or \"calls\"".into()),
        (_, _) => {
            return Err(format!(
                "there is no such key; there are {}",
                KEYS[1..].join(", ")
            ));
        }
    };
    let other = match key {
        "max_size" => "ring",
        "ring" => "max_size",
        _ => "",
    };
    if settings.contains_key(other) {
        return Err(format!("{other} is set too; only one of them can be"));
    }
    settings.insert(key.into(), value);
    Ok(())
}

/// What was said, and where nothing was said the defaults of the nearest pyproject.toml.
pub(crate) fn complete(said: Settings, folder: &Path) -> Result<Settings, String> {
    let mut all = of_project(folder)?;
    if all.contains_key("output") {
        // A default names the first of many traces.
        all.insert("numbered".into(), true.into());
    }
    for (key, over) in [
        ("max_size", "ring"),
        ("ring", "max_size"),
        ("output", "numbered"),
    ] {
        if said.contains_key(key) {
            all.remove(over);
        }
    }
    all.extend(said);
    Ok(all)
}

/// `[tool.rdbg]` of the nearest pyproject.toml from a folder upwards.
fn of_project(folder: &Path) -> Result<Settings, String> {
    for folder in folder.ancestors() {
        let path = folder.join("pyproject.toml");
        // Asked first: to open a FIFO would wait for its other end.
        if !path.is_file() {
            continue;
        }
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return Err(format!("{}: cannot be read: {error}", path.display())),
        };
        return read(&text).map_err(|(at, what)| {
            let line = 1 + text[..at.min(text.len())].matches('\n').count();
            format!("{}:{line}: {what}", path.display())
        });
    }
    Ok(Settings::new())
}

/// Reads the text of a pyproject.toml; an error tells where in the text it is.
pub(crate) fn read(text: &str) -> Result<Settings, (usize, String)> {
    let mut settings = Settings::new();
    // What is wrong in a file that does not speak of rdbg is for others to say.
    if !text.contains("rdbg") {
        return Ok(settings);
    }
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        (at, error.message().replace('\n', " "))
    })?;
    let tool = table.get_ref().get("tool").map(|tool| tool.get_ref());
    let Some(own) = tool
        .and_then(DeValue::as_table)
        .and_then(|tool| tool.get("rdbg"))
    else {
        return Ok(settings);
    };
    let Some(own_table) = own.get_ref().as_table() else {
        return Err((own.span().start, "tool.rdbg: say a table".into()));
    };
    // In the order of the file, so that the first mistake is the first that is told.
    let mut entries: Vec<_> = own_table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let name = key.get_ref().as_ref();
        let outcome = match name {
            "force" => Err("can be said for one recording only, as --force".into()),
            name => put(&mut settings, name, setting(value.get_ref())),
        };
        outcome.map_err(|what| (key.span().start, format!("tool.rdbg.{name}: {what}")))?;
    }
    Ok(settings)
}

fn setting(value: &DeValue<'_>) -> Setting {
    match value {
        DeValue::Boolean(flag) => Setting::Flag(*flag),
        DeValue::String(text) => Setting::Text(text.as_ref().to_owned()),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Setting::Other("int".into()), Setting::Number),
        DeValue::Array(items) => {
            let text =
                |item: &toml::Spanned<DeValue<'_>>| item.get_ref().as_str().map(str::to_owned);
            items
                .iter()
                .map(text)
                .collect::<Option<_>>()
                .map_or_else(|| Setting::Other("array".into()), Setting::List)
        }
        _ => Setting::Other("value".into()),
    }
}

/// The request for the recorder of a block of a program that runs in this folder.
///
/// # Errors
///
/// One line that names the option, or the file, line and key.
pub fn request(
    options: Vec<(String, Setting)>,
    program: &str,
    folder: &Path,
) -> Result<String, String> {
    let mut said = Settings::new();
    for (key, setting) in options {
        put(&mut said, &key, setting).map_err(|what| format!("{key}: {what}"))?;
    }
    if said.contains_key("start_at") || said.contains_key("stop_at") {
        return Err("start_at and stop_at are for programs; a block begins where it stands".into());
    }
    let is_kept_on = said.contains_key("keep_on");
    let mut all = complete(said, folder)?;
    // What a project says of its programs is not meant for a block: who records one reads it.
    for key in ["start_at", "stop_at"] {
        all.remove(key);
    }
    if !is_kept_on {
        all.remove("keep_on");
    }
    all.insert("mode".into(), "block".into());
    all.insert("program".into(), program.into());
    Ok(Json::Object(all).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_says_the_defaults() {
        let text = "[project]\nname = 'x'\n[tool.rdbg]\ninclude = ['a.*']\nmax_size = '5MB'\n\
                    level = 'calls'\nall = true\nmax_items = 7\n";
        let settings = read(text).expect("valid");
        let expected = serde_json::json!({
            "include": ["a.*"], "max_size": 5_000_000, "lines": false, "all": true, "max_items": 7
        });
        assert_eq!(Json::Object(settings), expected);
        assert_eq!(read("not toml = = at all"), Ok(Settings::new()));
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        for (text, place, what) in [
            (
                "[tool.rdbg]\nincldue = 1",
                12,
                "tool.rdbg.incldue: there is no such key",
            ),
            (
                "[tool.rdbg]\n\nall = 'yes'",
                13,
                "tool.rdbg.all: say true or false",
            ),
            (
                "[tool.rdbg]\nring = '5MB'\nmax_size = '6MB'",
                25,
                "tool.rdbg.max_size: ring is set too",
            ),
            (
                "[tool.rdbg]\nmax_items = -1",
                12,
                "tool.rdbg.max_items: say a whole number",
            ),
            (
                "[tool.rdbg]\nforce = true",
                12,
                "tool.rdbg.force: can be said for one",
            ),
            ("[tool]\nrdbg = 3", 14, "tool.rdbg: say a table"),
        ] {
            let (at, said) = read(text).expect_err(text);
            assert_eq!(at, place, "{text}");
            assert!(said.starts_with(what), "{said}");
        }
        assert!(read("[tool.rdbg]\nall = = 1").is_err());
    }

    #[test]
    fn what_is_said_wins() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[tool.rdbg]\nring = '5MB'\noutput = 'o.db'\nquiet = true\n";
        std::fs::write(folder.path().join("pyproject.toml"), text).expect("written");
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).expect("made");
        let usual = complete(Settings::new(), &inner).expect("valid");
        let expected = serde_json::json!({
            "ring": 5_000_000, "output": "o.db", "quiet": true, "numbered": true
        });
        assert_eq!(Json::Object(usual), expected);
        let mut said = Settings::new();
        put(&mut said, "max_size", Setting::Text("2MB".into())).expect("a size");
        put(&mut said, "output", Setting::Text("p.db".into())).expect("a path");
        let both = complete(said, &inner).expect("valid");
        let expected = serde_json::json!({
            "output": "p.db", "quiet": true, "max_size": 2_000_000
        });
        assert_eq!(Json::Object(both), expected);
    }
}
