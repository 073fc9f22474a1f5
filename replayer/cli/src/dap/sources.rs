//! Source files: those beside the trace where they are what was recorded, else those in it.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use super::client::Refusal;
use super::session::{Outcome, Session, arguments};

/// Larger files are not compared, and come from the trace.
const LARGEST: u64 = 16 << 20;

/// What is known of the files of the open trace.
#[derive(Default)]
pub(super) struct Sources {
    /// The number of each recorded file, from 1.
    numbers: HashMap<String, i64>,
    paths: Vec<String>,
    /// Why the text in the trace is shown instead of the file's.
    origins: HashMap<String, Option<&'static str>>,
}

impl Sources {
    pub(super) fn new<'p>(paths: impl Iterator<Item = &'p str>) -> Sources {
        let paths: Vec<String> = paths.map(str::to_owned).collect();
        Sources {
            numbers: paths.iter().cloned().zip(1..).collect(),
            paths,
            origins: HashMap::new(),
        }
    }

    /// The recorded file that a path here means: the same, what a link leads to, or, where the
    /// program was recorded elsewhere, the one whose path ends most alike.
    pub(super) fn recorded(&self, path: &str) -> Option<&str> {
        let known = |path: &str| self.paths.iter().find(|other| *other == path);
        let linked = || std::fs::canonicalize(path).ok();
        let found = known(path).or_else(|| known(linked()?.to_str()?));
        if let Some(found) = found {
            return Some(found);
        }
        let alike = |other: &String| {
            let pairs = other.rsplit('/').zip(path.rsplit('/'));
            pairs.take_while(|(a, b)| a == b).count()
        };
        let most = self
            .paths
            .iter()
            .map(alike)
            .max()
            .filter(|most| *most > 0)?;
        let mut best = self.paths.iter().filter(|other| alike(other) == most);
        // Two that fit equally well are none.
        let found = best.next()?;
        best.next().is_none().then_some(found)
    }

    fn path_of(&self, number: i64) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.paths.get(at).map(String::as_str)
    }
}

/// A source as clients name it.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Named {
    path: Option<String>,
    name: Option<String>,
    source_reference: i64,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    source: Option<Named>,
    source_reference: Option<i64>,
}

impl Session {
    /// A file as the protocol describes it.
    pub(super) fn source(&mut self, path: &str) -> Value {
        let name = path.rsplit('/').next().unwrap_or(path);
        let origin = match self.sources.origins.get(path) {
            Some(known) => *known,
            None => {
                let origin = self.origin(path);
                self.sources.origins.insert(path.to_owned(), origin);
                origin
            }
        };
        let name = schema::escape_control(name);
        match origin {
            None => json!({ "name": name, "path": path }),
            Some(origin) => json!({
                "name": name,
                "path": path,
                "sourceReference": self.sources.numbers.get(path).copied().unwrap_or(0),
                "origin": origin,
            }),
        }
    }

    /// Why the text of the trace is needed, if it is.
    fn origin(&self, path: &str) -> Option<&'static str> {
        let recorded = self.core.as_ref()?.debugger.source_text(path).ok()??;
        let file = Path::new(path);
        // A device would never end.
        let found = file.metadata().ok().filter(std::fs::Metadata::is_file);
        let Some(found) = found else {
            return Some("from the trace: the file is not here");
        };
        let is_same = found.len() <= LARGEST
            && std::fs::read(file).is_ok_and(|now| {
                let now = now.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&now);
                now == recorded.as_bytes()
            });
        (!is_same).then_some("from the trace: the file here is another")
    }

    /// The path of the recorded file that a client means.
    pub(super) fn path_of(&self, named: &Named) -> Result<String, Refusal> {
        if named.source_reference > 0 {
            let path = self.sources.path_of(named.source_reference);
            return path
                .map(str::to_owned)
                .ok_or_else(|| format!("there is no source {}", named.source_reference).into());
        }
        let path = named.path.as_ref().or(named.name.as_ref());
        let path = path.ok_or("the source has neither path nor number")?;
        // Before there is a trace, and for files it does not have, the path stays as it is.
        Ok(self.sources.recorded(path).unwrap_or(path).to_owned())
    }

    pub(super) fn on_source(&mut self, request: &Value) -> Outcome {
        let wanted: Wanted = arguments(request)?;
        let mut named = wanted.source.unwrap_or_default();
        if let Some(number) = wanted.source_reference.filter(|number| *number > 0) {
            named.source_reference = number;
        }
        let path = self.path_of(&named)?;
        let text = self.debugger()?.source_text(&path)?;
        let missing = || Refusal::from(format!("the text of {path} is not in the trace"));
        Ok(json!({ "content": text.ok_or_else(missing)?, "mimeType": "text/x-python" }).into())
    }

    pub(super) fn on_loaded_sources(&mut self, _: &Value) -> Outcome {
        let paths = self.sources.paths.clone();
        let all: Vec<Value> = paths.iter().map(|path| self.source(path)).collect();
        Ok(json!({ "sources": all }).into())
    }

    pub(super) fn on_modules(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        struct Page {
            start_module: usize,
            module_count: usize,
        }
        let page: Page = arguments(request)?;
        let count = match page.module_count {
            0 => usize::MAX,
            count => count,
        };
        let paths = self
            .sources
            .paths
            .iter()
            .skip(page.start_module)
            .take(count);
        let all: Vec<Value> = paths
            .map(|path| {
                let file = path.rsplit('/').next().unwrap_or(path);
                let name = file.strip_suffix(".py").unwrap_or(file);
                json!({ "id": path, "name": name, "path": path, "isUserCode": true })
            })
            .collect();
        Ok(json!({ "modules": all, "totalModules": self.sources.paths.len() }).into())
    }
}
