//! Code that the program made while it ran: which has no text in the trace to show.
//!
//! What `dataclass` and its like write is compiled under names as `<string>`, which is also that of the
//! program given to `-c`: a name alone does not say that a text is that of a code object.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};
use schema::{CodeId, FileId};

use crate::error::Result;
use crate::expr::with_room;
use crate::trace::Trace;

/// The code objects without text.
pub(crate) fn generated(trace: &Trace) -> Result<HashSet<CodeId>> {
    let mut generated = HashSet::new();
    let mut known: HashMap<FileId, Option<Definitions>> = HashMap::new();
    for code in trace.reader().codes() {
        let file = trace.file(code.file)?;
        if !file.starts_with('<') || !file.ends_with('>') {
            continue;
        }
        let known = match known.entry(code.file) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let text = trace.source(code.file)?.map(|lines| lines.join("\n"));
                new.insert(text.map(|text| definitions(&text)))
            }
        };
        let is_there = match known {
            Some(all) if code.name == "<module>" => {
                // Of several the first is the program; what is run by `exec` comes later.
                let mut others = trace.reader().codes();
                let is_other = |id: CodeId| id.0 < code.id.0;
                all.is_read
                    && !others.any(|other| {
                        other.file == code.file && other.name == code.name && is_other(other.id)
                    })
            }
            Some(all) => all
                .found
                .contains(&(code.qualname.clone(), code.first_line)),
            None => false,
        };
        if !is_there {
            generated.insert(code.id);
        }
    }
    Ok(generated)
}

/// What a text defines: qualified names, and the lines where they begin.
#[derive(Default)]
struct Definitions {
    is_read: bool,
    found: HashSet<(String, u32)>,
}

fn definitions(text: &str) -> Definitions {
    let found = with_room(|| {
        let module = ruff_python_parser::parse_module(text).ok()?;
        let mut finder = Finder {
            starts: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(at, _)| at + 1))
                .collect(),
            around: String::new(),
            found: HashSet::new(),
        };
        let body = &module.syntax().body;
        body.iter().for_each(|stmt| finder.visit_stmt(stmt));
        Some(finder.found)
    });
    let found = found.flatten();
    Definitions {
        is_read: found.is_some(),
        found: found.unwrap_or_default(),
    }
}

struct Finder {
    starts: Vec<usize>,
    /// What stands before the names of what is defined here.
    around: String,
    found: HashSet<(String, u32)>,
}

impl Finder {
    fn within(&mut self, name: &str, at: TextSize, is_class: bool, act: impl FnOnce(&mut Self)) {
        let line = self
            .starts
            .partition_point(|start| *start <= usize::from(at)) as u32;
        let name = format!("{}{name}", self.around);
        self.found.insert((name.clone(), line));
        let inner = match is_class {
            true => format!("{name}."),
            false => format!("{name}.<locals>."),
        };
        let outer = std::mem::replace(&mut self.around, inner);
        act(self);
        self.around = outer;
    }
}

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let (name, first, is_class) = match stmt {
            Stmt::FunctionDef(node) => (&node.name, node.decorator_list.first(), false),
            Stmt::ClassDef(node) => (&node.name, node.decorator_list.first(), true),
            _ => return visitor::walk_stmt(self, stmt),
        };
        let at = first.map_or(stmt.start(), Ranged::start);
        self.within(name, at, is_class, |all| visitor::walk_stmt(all, stmt));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let name = match expr {
            Expr::Lambda(_) => "<lambda>",
            Expr::Generator(_) => "<genexpr>",
            Expr::ListComp(_) => "<listcomp>",
            Expr::SetComp(_) => "<setcomp>",
            Expr::DictComp(_) => "<dictcomp>",
            _ => return visitor::walk_expr(self, expr),
        };
        self.within(name, expr.start(), false, |all| {
            visitor::walk_expr(all, expr)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::definitions;

    #[test]
    fn what_a_text_defines_is_found_by_name_and_line() {
        let text = "import x\n@x\ndef f(a):\n    return [lambda b: b for c in a]\nclass C:\n    def m(self): pass\n";
        let found = definitions(text).found;
        let is_there = |name: &str, line| found.contains(&(name.to_owned(), line));
        assert!(is_there("f", 2) && is_there("C", 5) && is_there("C.m", 6));
        assert!(is_there("f.<locals>.<listcomp>", 4));
        assert!(!is_there("f", 3) && !is_there("__create_fn__.<locals>.__init__", 2));
        assert!(definitions("no python here").found.is_empty());
        assert!(!definitions("no python here").is_read);
    }
}
