//! What a launch records and how much of it: options of `rdbg record`, by name.

use serde::Deserialize;

/// The options, named as in `[tool.rdbg]` but for the capitals.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Options {
    include: Vec<String>,
    exclude: Vec<String>,
    all: bool,
    locals: Option<bool>,
    level: Option<String>,
    max_size: Option<String>,
    ring: Option<String>,
}

impl Options {
    /// The words of the command line that say the same.
    pub(super) fn words(&self) -> Vec<String> {
        let named = |name: &str, value: &String| format!("--{name}={value}");
        let include = self.include.iter().map(|glob| named("include", glob));
        let exclude = self.exclude.iter().map(|glob| named("exclude", glob));
        let level = self.level.iter().map(|level| named("level", level));
        let size = self.max_size.iter().map(|size| named("max-size", size));
        let ring = self.ring.iter().map(|size| named("ring", size));
        let all = self.all.then(|| "--all".to_owned());
        let locals = (self.locals == Some(false)).then(|| "--no-locals".to_owned());
        let words = include.chain(exclude).chain(level).chain(size).chain(ring);
        words.chain(all).chain(locals).collect()
    }
}
