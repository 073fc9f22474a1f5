//! Places in a program, by which recording begins, ends, or is kept to: `FILE:LINE`, or a function.

use std::path::Path;

use crate::codes;
use crate::layout::Object;

/// Where a place is.
#[derive(Clone, Debug, PartialEq)]
enum At {
    /// The end of a file's path, and a line of it.
    Line(String, u32),
    /// A qualified name, with or without the module's before it.
    Function(String),
}

/// A place, and the expression that has to hold there, if any.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// As it was said.
    pub(crate) text: String,
    at: At,
    pub(crate) condition: Option<String>,
}

/// What is known of code that is compared with places.
pub(crate) struct Code<'a> {
    pub(crate) object: Object,
    pub(crate) file: &'a str,
    pub(crate) module: &'a str,
}

/// The line that is meant of a code object, or its beginning.
pub(crate) type Line = Option<u32>;

impl Place {
    /// `FILE:LINE` or `FUNCTION`, then `if EXPR`.
    pub(crate) fn new(text: &str) -> Place {
        let (place, condition) = match text.split_once(" if ") {
            Some((place, condition)) => (place.trim(), Some(condition.trim().to_owned())),
            None => (text.trim(), None),
        };
        let line = |(file, line): (&str, &str)| Some((file.to_owned(), line.trim().parse().ok()?));
        let at = match place.rsplit_once(':').and_then(line) {
            Some((file, line)) => At::Line(file.trim_start_matches("./").to_owned(), line),
            None => At::Function(place.to_owned()),
        };
        Place {
            text: place.to_owned(),
            at,
            condition,
        }
    }

    /// Whether the place is in this code, and at which line of it.
    ///
    /// # Safety
    /// A code object, and the GIL is held.
    pub(crate) unsafe fn is_in(&self, code: &Code<'_>) -> Option<Line> {
        match &self.at {
            At::Line(file, line) => {
                let is_file = Path::new(code.file).ends_with(file);
                // SAFETY: as promised by the caller.
                (is_file && unsafe { codes::has_line(code.object, *line) }).then_some(Some(*line))
            }
            // SAFETY: as promised by the caller.
            At::Function(name) => unsafe { is_named(name, code) }.then_some(None),
        }
    }

    /// Whether this is the line.
    pub(crate) fn is_line(&self, number: u32) -> bool {
        matches!(self.at, At::Line(_, line) if line == number)
    }

    /// Whether the code is that of the function, of what stands in it, or of a class of this name.
    ///
    /// # Safety
    /// A code object, and the GIL is held.
    pub(crate) unsafe fn encloses(&self, code: &Code<'_>) -> bool {
        // SAFETY: as promised by the caller.
        unsafe {
            match &self.at {
                At::Line(..) => self.is_in(code).is_some(),
                At::Function(name) => {
                    let whole = codes::text_of(code.object, c"co_qualname");
                    let ends = whole.match_indices('.').map(|(end, _)| end);
                    let mut all = ends.chain([whole.len()]).map(|end| &whole[..end]);
                    all.any(|outer| means(name, outer, code))
                }
            }
        }
    }
}

unsafe fn is_named(name: &str, code: &Code<'_>) -> bool {
    // SAFETY: as for `Place::is_in`.
    means(
        name,
        &unsafe { codes::text_of(code.object, c"co_qualname") },
        code,
    )
}

/// Whether a name means what is called so in the module of this code: `f`, `mod.f`, `pkg.mod.f`.
fn means(name: &str, qualified: &str, code: &Code<'_>) -> bool {
    let Some(before) = name.strip_suffix(qualified) else {
        return false;
    };
    let Some(module) = before.strip_suffix('.') else {
        return before.is_empty();
    };
    let ends = |whole: &str| {
        let rest = whole.strip_suffix(module);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let script = Path::new(code.file).file_stem();
    ends(code.module) || (code.module == "__main__" && script.is_some_and(|name| name == module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        for (text, place, at, condition) in [
            ("app.py:3", "app.py:3", At::Line("app.py".into(), 3), None),
            (
                "./a/b.py:12",
                "./a/b.py:12",
                At::Line("a/b.py".into(), 12),
                None,
            ),
            (
                "Bank.pay",
                "Bank.pay",
                At::Function("Bank.pay".into()),
                None,
            ),
            (
                "a.py:3 if x == {1: 2} if y else 0",
                "a.py:3",
                At::Line("a.py".into(), 3),
                Some("x == {1: 2} if y else 0"),
            ),
        ] {
            let expected = Place {
                text: place.into(),
                at,
                condition: condition.map(str::to_owned),
            };
            assert_eq!(Place::new(text), expected);
        }
    }

    #[test]
    fn names_of_functions() {
        let code = |module| Code {
            object: std::ptr::null_mut(),
            file: "/x/app.py",
            module,
        };
        for (name, module, is_meant) in [
            ("Bank.pay", "shop.bank", true),
            ("bank.Bank.pay", "shop.bank", true),
            ("shop.bank.Bank.pay", "shop.bank", true),
            ("op.bank.Bank.pay", "shop.bank", false),
            ("pay", "shop.bank", false),
            ("other.Bank.pay", "shop.bank", false),
            ("app.Bank.pay", "__main__", true),
            ("app.Bank.pay", "shop.bank", false),
            ("xBank.pay", "shop.bank", false),
        ] {
            assert_eq!(
                means(name, "Bank.pay", &code(module)),
                is_meant,
                "{name} {module}"
            );
        }
    }
}
