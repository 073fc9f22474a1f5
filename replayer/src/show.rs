//! The one rendering of values that all interfaces share.
//!
//! As `repr` would say it where that is known: `Account(owner='ann', balance=5) #19`. The number is
//! the object's identity, so that two names for one object are seen to be one.

use schema::{Facts, Object, ObjectId, State, TypeKind, Value};

use crate::error::Result;
use crate::expr::Datum;
use crate::known;

/// How much of a value is shown.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Levels of containers.
    pub levels: usize,
    /// Items of each container.
    pub items: usize,
    /// Characters of a text.
    pub text: usize,
    /// Characters in all, about.
    pub total: usize,
}

impl Budget {
    /// For lists of variables.
    pub const SHORT: Budget = Budget {
        levels: 2,
        items: 8,
        text: 60,
        total: 120,
    };
    /// For arguments in a stack.
    pub const BRIEF: Budget = Budget {
        levels: 1,
        items: 3,
        text: 30,
        total: 50,
    };
    /// For one value.
    pub const USUAL: Budget = Budget {
        levels: 6,
        items: 100,
        text: 1000,
        total: 4000,
    };
    /// All there is. Levels stay limited, as rendering follows them one into another.
    pub const WHOLE: Budget = Budget {
        levels: 100,
        items: usize::MAX,
        text: usize::MAX,
        total: usize::MAX,
    };
}

/// Renders values of one state.
pub(crate) struct Show<'a> {
    facts: &'a Facts,
    state: &'a State,
    budget: Budget,
    open: Vec<ObjectId>,
    out: String,
}

/// Renders a value.
pub(crate) fn value(facts: &Facts, state: &State, value: &Value, budget: Budget) -> Result<String> {
    datum(facts, state, &Datum::Value(value.clone()), budget)
}

/// Renders what an expression gave.
pub(crate) fn datum(facts: &Facts, state: &State, datum: &Datum, budget: Budget) -> Result<String> {
    let mut show = Show {
        facts,
        state,
        budget,
        open: Vec::new(),
        out: String::new(),
    };
    show.datum(datum, true)?;
    Ok(schema::escape_control(&show.out))
}

impl Show<'_> {
    fn is_full(&self) -> bool {
        self.out.len() >= self.budget.total
    }

    fn datum(&mut self, datum: &Datum, is_top: bool) -> Result<()> {
        match datum {
            Datum::Value(value) => self.value(value, is_top),
            Datum::Tuple(items) => {
                let end = if items.len() == 1 { ",)" } else { ")" };
                self.computed("(", end, items)
            }
            Datum::List(items) => self.computed("[", "]", items),
            Datum::Set(items) if items.is_empty() => {
                self.out.push_str("set()");
                Ok(())
            }
            Datum::Set(items) => self.computed("{", "}", items),
            Datum::FrozenSet(items) if items.is_empty() => {
                self.out.push_str("frozenset()");
                Ok(())
            }
            Datum::FrozenSet(items) => self.computed("frozenset({", "})", items),
            Datum::Class(class) => {
                self.out.push_str(&format!("<class '{}'>", class.name));
                Ok(())
            }
            Datum::Dict(pairs) => {
                self.out.push('{');
                for (at, (key, value)) in pairs.iter().enumerate() {
                    self.comma(at);
                    self.datum(key, false)?;
                    self.out.push_str(": ");
                    self.datum(value, false)?;
                }
                self.out.push('}');
                Ok(())
            }
            Datum::Instance(class, fields) => {
                self.out.push_str(&format!("{}(", class.name));
                for (at, (name, value)) in fields.iter().enumerate() {
                    self.comma(at);
                    self.out.push_str(&format!("{name}="));
                    self.datum(value, false)?;
                }
                self.out.push(')');
                Ok(())
            }
        }
    }

    fn computed(&mut self, begin: &str, end: &str, items: &[Datum]) -> Result<()> {
        self.out.push_str(begin);
        for (at, item) in items.iter().enumerate() {
            self.comma(at);
            self.datum(item, false)?;
        }
        self.out.push_str(end);
        Ok(())
    }

    fn comma(&mut self, at: usize) {
        if at > 0 {
            self.out.push_str(", ");
        }
    }

    fn value(&mut self, value: &Value, is_top: bool) -> Result<()> {
        match value {
            Value::Object(id) => match self.state.objects.get(id) {
                Some(object) => return self.object(*id, object, is_top),
                None => self.out.push_str(&format!("<#{id}: not in the trace>")),
            },
            Value::Unknown(reason) => self.out.push_str(&format!("<unknown: {}>", reason.text())),
            Value::Redacted => self.out.push_str("<redacted>"),
            Value::StrCut(cut) | Value::BytesCut(cut) => {
                let text = value.repr().unwrap_or_default();
                self.text(&text);
                self.out.push_str(&format!(" <cut, {} in all>", cut.1));
            }
            atom => {
                let text = atom.repr().unwrap_or_default();
                self.text(&text);
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let length = text.chars().count();
        if length <= self.budget.text {
            self.out.push_str(text);
            return;
        }
        let shown: String = text.chars().take(self.budget.text).collect();
        self.out.push_str(&shown);
        self.out.push_str(&format!("… <{length} characters>"));
    }

    fn object(&mut self, id: ObjectId, object: &Object, is_top: bool) -> Result<()> {
        let class = self.facts.class(object.class)?;
        if class.kind == TypeKind::Opaque {
            let text = object.text.as_deref().unwrap_or("<?>");
            self.out.push_str(text);
            return Ok(());
        }
        if let Some(reason) = object.unknown {
            let name = &class.name;
            self.out
                .push_str(&format!("<{name}: {}> #{id}", reason.text()));
            return Ok(());
        }
        if self.open.contains(&id) {
            self.out.push_str(&format!("<{} #{id} again>", class.name));
            return Ok(());
        }
        if self.open.len() >= self.budget.levels || self.is_full() {
            self.out.push_str(&self.summary(id, object, &class.name));
            return Ok(());
        }
        if let Some(text) = known::repr(self.facts, object, class) {
            self.text(&text);
            self.out.push_str(&format!(" #{id}"));
            return Ok(());
        }
        self.open.push(id);
        let outcome = self.contents(class.kind, &class.name, object);
        self.open.pop();
        outcome?;
        if is_top || matches!(class.kind, TypeKind::Instance | TypeKind::Exception) {
            self.out.push_str(&format!(" #{id}"));
        }
        Ok(())
    }

    fn summary(&self, id: ObjectId, object: &Object, name: &str) -> String {
        match object.length {
            Some(length) => format!("<{name} of {length}> #{id}"),
            None => format!("{name}(…) #{id}"),
        }
    }

    fn contents(&mut self, kind: TypeKind, name: &str, object: &Object) -> Result<()> {
        let (plain, begin, end) = match kind {
            TypeKind::List => ("list", "[", "]"),
            TypeKind::Tuple => ("tuple", "(", ")"),
            TypeKind::Set => ("set", "{", "}"),
            TypeKind::Dict => ("dict", "{", "}"),
            TypeKind::FrozenSet => ("", "{", "}"),
            TypeKind::Deque => ("", "[", "]"),
            TypeKind::Atom | TypeKind::ByteArray => return self.based(name, object),
            TypeKind::Exception => return self.exception(name, object),
            TypeKind::Instance | TypeKind::Opaque => {
                self.out.push_str(name);
                self.out.push('(');
                self.fields(object, 0)?;
                self.out.push(')');
                return Ok(());
            }
        };
        let is_plain = plain == name;
        let length = object.length.unwrap_or(0);
        if length == 0 && kind == TypeKind::Set && is_plain {
            self.out.push_str("set()");
            return Ok(());
        }
        if !is_plain {
            self.out.push_str(name);
            self.out.push('(');
        }
        if is_plain || length > 0 {
            self.out.push_str(begin);
            let shown = match &object.pairs {
                Some(pairs) => self.pairs(pairs)?,
                None => self.items(object.items.as_deref().unwrap_or(&[]))?,
            };
            if (shown as u64) < length {
                let comma = if shown > 0 { ", " } else { "" };
                self.out.push_str(&format!("{comma}… <{length} in all>"));
            } else if kind == TypeKind::Tuple && length == 1 {
                self.out.push(',');
            }
            self.out.push_str(end);
        }
        if !is_plain {
            let before = usize::from(length > 0);
            self.fields(object, before)?;
            self.out.push(')');
        }
        Ok(())
    }

    fn items(&mut self, items: &[Value]) -> Result<usize> {
        for (at, item) in items.iter().enumerate() {
            if at >= self.budget.items || self.is_full() {
                return Ok(at);
            }
            self.comma(at);
            self.value(item, false)?;
        }
        Ok(items.len())
    }

    fn pairs(&mut self, pairs: &[(Value, Value)]) -> Result<usize> {
        for (at, (key, value)) in pairs.iter().enumerate() {
            if at >= self.budget.items || self.is_full() {
                return Ok(at);
            }
            self.comma(at);
            self.value(key, false)?;
            self.out.push_str(": ");
            self.value(value, false)?;
        }
        Ok(pairs.len())
    }

    /// `name=value` for each attribute, after so many other parts.
    fn fields(&mut self, object: &Object, before: usize) -> Result<()> {
        for (at, (name, value)) in object.fields.iter().flatten().enumerate() {
            self.comma(before + at);
            if self.is_full() {
                self.out.push('…');
                break;
            }
            let name = self.facts.name(*name)?.to_owned();
            self.out.push_str(&name);
            self.out.push('=');
            self.value(value, false)?;
        }
        Ok(())
    }

    /// An instance of a subclass of an atom, or a `bytearray`: `Celsius(21.5)`.
    fn based(&mut self, name: &str, object: &Object) -> Result<()> {
        self.out.push_str(name);
        self.out.push('(');
        let has_base = object.base.is_some();
        if let Some(base) = &object.base {
            self.value(base, false)?;
        }
        self.fields(object, usize::from(has_base))?;
        self.out.push(')');
        Ok(())
    }

    /// `ValueError('bad', 3)`, with attributes of its own behind the arguments.
    fn exception(&mut self, name: &str, object: &Object) -> Result<()> {
        self.out.push_str(name);
        self.out.push('(');
        let mut count = 0;
        for (field, value) in object.fields.iter().flatten() {
            let field = self.facts.name(*field)?.to_owned();
            match field.as_str() {
                "args" => {
                    if let Value::Object(id) = value
                        && let Some(arguments) = self.state.objects.get(id)
                    {
                        count += self.items(arguments.items.as_deref().unwrap_or(&[]))?;
                    }
                }
                "__cause__" | "__context__" => {}
                // The arguments tell it already.
                name if self.facts.is_built_in(object.class, name) => {}
                _ => {
                    self.comma(count);
                    count += 1;
                    self.out.push_str(&field);
                    self.out.push('=');
                    self.value(value, false)?;
                }
            }
        }
        self.out.push(')');
        Ok(())
    }
}
