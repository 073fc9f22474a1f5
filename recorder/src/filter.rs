//! Is this code recorded? Answered once for each code object.
//!
//! By default the program's own code is recorded: everything that lies neither in the standard
//! library, nor in site-packages, nor in rdbg itself.

use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::config::Config;
use crate::places::{self, Place};

/// Which rule left code out; the words stand in the trace's metadata.
pub(crate) type Rule = &'static str;

pub(crate) const OWN: Rule = "rdbg itself";
const FROZEN: Rule = "frozen into the interpreter";
const STANDARD_LIBRARY: Rule = "standard library";
const SITE_PACKAGES: Rule = "site-packages";
const EXCLUDED: Rule = "--exclude";
pub(crate) const ONLY: Rule = "--only";
const GENERATED: Rule = "code made at run time by code that is not recorded";

/// A glob may match a module's name or a path; `*` does not cross a `/` in a path, `**` does.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: false,
    require_literal_leading_dot: false,
};

/// Where Python keeps what is not the program's own.
#[derive(Default)]
pub(crate) struct Places {
    /// The standard library's folders.
    pub(crate) standard: Vec<PathBuf>,
    /// rdbg's own package, and those of who records by it.
    pub(crate) own: Vec<PathBuf>,
}

/// The rules of one recording.
pub(crate) struct Filter {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    all: bool,
    only: Vec<Place>,
    places: Places,
    cwd: PathBuf,
}

/// What is known of a code object when it is judged.
pub(crate) struct Candidate<'a> {
    pub(crate) file: &'a str,
    pub(crate) module: &'a str,
    /// The module is one whose code is recorded.
    pub(crate) is_in_own_module: bool,
    /// The frame below it is recorded.
    pub(crate) is_called_by_own: bool,
}

impl Filter {
    pub(crate) fn new(config: &Config, places: Places) -> Result<Filter, String> {
        let compile = |globs: &[String]| {
            globs
                .iter()
                .map(|text| {
                    Pattern::new(text).map_err(|error| format!("{text}: not a glob: {}", error.msg))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Filter {
            include: compile(&config.include)?,
            exclude: compile(&config.exclude)?,
            all: config.all,
            only: config.only.iter().map(|text| Place::new(text)).collect(),
            places,
            cwd: std::env::current_dir().unwrap_or_default(),
        })
    }

    /// `None` if the code is recorded, else the rule that leaves it out.
    pub(crate) fn leaves_out(&self, code: &Candidate<'_>) -> Option<Rule> {
        let path = Path::new(code.file);
        if self.places.own.iter().any(|own| path.starts_with(own)) {
            return Some(OWN);
        }
        if self.matches(&self.exclude, code) {
            return Some(EXCLUDED);
        }
        if self.matches(&self.include, code) || self.all {
            return None;
        }
        if code.file.starts_with("<frozen ") {
            return Some(FROZEN);
        }
        if code.module == "__main__" {
            return None;
        }
        if code.file.starts_with('<') {
            // `exec`, `eval`, methods of dataclasses: as recorded as the module whose globals they
            // have; where those are of no module, as the code that runs them.
            let is_own = if code.module.is_empty() {
                code.is_called_by_own
            } else {
                code.is_in_own_module
            };
            return (!is_own).then_some(GENERATED);
        }
        let has_part = |name: &str| path.components().any(|part| part.as_os_str() == name);
        if has_part("site-packages") || has_part("dist-packages") {
            return Some(SITE_PACKAGES);
        }
        if self
            .places
            .standard
            .iter()
            .any(|place| path.starts_with(place))
        {
            return Some(STANDARD_LIBRARY);
        }
        None
    }

    /// Whether code is of the functions that recording is kept to.
    ///
    /// # Safety
    /// A code object, and the GIL is held.
    pub(crate) unsafe fn is_wanted(&self, code: &places::Code<'_>) -> bool {
        // SAFETY: as promised by the caller.
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|place| unsafe { place.encloses(code) })
    }

    /// Whether the code of a module, which was loaded before recording, is recorded.
    pub(crate) fn records_module(&self, module: &str, file: &str) -> bool {
        let code = Candidate {
            file,
            module,
            is_in_own_module: false,
            is_called_by_own: false,
        };
        self.leaves_out(&code).is_none()
    }

    fn matches(&self, globs: &[Pattern], code: &Candidate<'_>) -> bool {
        if globs.is_empty() {
            return false;
        }
        let path = Path::new(code.file);
        let relative = path.strip_prefix(&self.cwd).unwrap_or(path);
        let module = |glob: &Pattern| {
            let mut names = packages(code.module);
            names.any(|name| glob.matches_with(name, OPTIONS))
        };
        let file = |glob: &Pattern| {
            let mut paths = path.ancestors().chain(relative.ancestors());
            paths.any(|path| glob.matches_path_with(path, OPTIONS))
        };
        globs.iter().any(|glob| module(glob) || file(glob))
    }
}

/// A module's name and those of the packages it is in: who names one of these means all below it.
fn packages(module: &str) -> impl Iterator<Item = &str> {
    let ends = module.match_indices('.').map(|(at, _)| at);
    ends.chain([module.len()])
        .filter_map(|end| module.get(..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str], all: bool) -> Filter {
        let own = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        let config = Config {
            include: own(include),
            exclude: own(exclude),
            all,
            ..Config::default()
        };
        let places = Places {
            standard: vec!["/usr/lib/python3.12".into()],
            own: vec!["/usr/lib/python3.12/site-packages/rdbg".into()],
        };
        Filter::new(&config, places).expect("globs are valid")
    }

    fn rule(filter: &Filter, file: &str, module: &str) -> Option<Rule> {
        filter.leaves_out(&Candidate {
            file,
            module,
            is_in_own_module: false,
            is_called_by_own: false,
        })
    }

    #[test]
    fn by_default_the_programs_own_code_is_recorded() {
        let filter = filter(&[], &[], false);
        assert_eq!(rule(&filter, "/home/me/app.py", "app"), None);
        assert_eq!(
            rule(
                &filter,
                "/usr/lib/python3.12/json/decoder.py",
                "json.decoder"
            ),
            Some(STANDARD_LIBRARY)
        );
        assert_eq!(
            rule(
                &filter,
                "/usr/lib/python3.12/site-packages/attr/_make.py",
                "attr._make"
            ),
            Some(SITE_PACKAGES)
        );
        assert_eq!(
            rule(
                &filter,
                "/usr/lib/python3.12/site-packages/rdbg/_run.py",
                "x"
            ),
            Some(OWN)
        );
        assert_eq!(rule(&filter, "<frozen os>", "os"), Some(FROZEN));
        assert_eq!(rule(&filter, "<string>", "collections"), Some(GENERATED));
        assert_eq!(
            rule(&filter, "/usr/lib/python3.12/timeit.py", "__main__"),
            None
        );
    }

    #[test]
    fn a_package_or_a_folder_means_all_below_it() {
        let filter = filter(
            &["parso", "json.decoder", "/usr/lib/python3.12/email"],
            &["app.secret"],
            false,
        );
        let site = "/usr/lib/python3.12/site-packages";
        let of = |file: &str, module: &str| rule(&filter, file, module);
        assert_eq!(of(&format!("{site}/parso/__init__.py"), "parso"), None);
        assert_eq!(
            of(&format!("{site}/parso/python/tree.py"), "parso.python.tree"),
            None
        );
        assert_eq!(
            of(&format!("{site}/parsons.py"), "parsons"),
            Some(SITE_PACKAGES)
        );
        assert_eq!(
            of("/usr/lib/python3.12/json/scanner.py", "json.scanner"),
            Some(STANDARD_LIBRARY)
        );
        assert_eq!(
            of("/usr/lib/python3.12/email/mime/text.py", "email.mime.text"),
            None
        );
        assert_eq!(
            of("/usr/lib/python3.12/emails.py", "emails"),
            Some(STANDARD_LIBRARY)
        );
        assert_eq!(
            of("/home/me/app/secret/keys.py", "app.secret.keys"),
            Some(EXCLUDED)
        );
        assert_eq!(of("/home/me/app/secretary.py", "app.secretary"), None);
    }

    #[test]
    fn globs_name_modules_and_paths() {
        let filter = filter(&["json.*", "attr"], &["*/tests/*", "app.secret"], false);
        assert_eq!(
            rule(
                &filter,
                "/usr/lib/python3.12/json/decoder.py",
                "json.decoder"
            ),
            None
        );
        assert_eq!(
            rule(&filter, "/usr/lib/python3.12/json/__init__.py", "json"),
            Some(STANDARD_LIBRARY)
        );
        assert_eq!(rule(&filter, "/home/me/tests/t.py", "t"), Some(EXCLUDED));
        assert_eq!(
            rule(&filter, "/home/me/app/secret.py", "app.secret"),
            Some(EXCLUDED)
        );
    }
}
