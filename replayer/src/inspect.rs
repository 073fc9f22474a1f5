//! Looking into values: what a variable holds, part by part, as trees of variables show it.

use schema::{Object, ObjectId, TypeKind, Value};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::look::type_name;
use crate::scope::Scope;
use crate::show::{self, Budget};

/// A value with a name, that can be looked into.
#[derive(Clone, Debug)]
pub struct Part {
    /// The variable, attribute, index or key.
    pub name: String,
    /// An expression for it, if there is one.
    pub path: Option<String>,
    /// The value as text.
    pub value: String,
    /// The name of its class.
    pub class: String,
    /// What can be looked into, if it has parts.
    pub inside: Option<Inside>,
}

/// Something with parts.
#[derive(Clone, Debug)]
pub struct Inside {
    held: Held,
    path: Option<String>,
    /// How many of the parts have names: attributes, and the length.
    pub named: usize,
    /// How many are items: of a sequence, a set, or pairs of a dict.
    pub indexed: usize,
}

#[derive(Clone, Debug)]
enum Held {
    Object(ObjectId),
    Computed(Vec<(String, Datum)>),
}

/// Variables of a frame that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Those of the frame itself.
    Locals,
    /// Those of the functions around it.
    Closure,
    /// Those of its module.
    Globals,
}

impl Debugger {
    /// Looks at a frame of a thread: 0 is the outermost.
    pub fn select(&mut self, thread: u32, level: usize) -> Result<()> {
        self.select_thread(thread)?;
        if level >= self.cursor.stack().len() {
            return Err(Error::NoSuch(format!(
                "thread {thread} has no frame {level} here"
            )));
        }
        self.cursor.level = level;
        Ok(())
    }

    /// The number of the selected thread.
    #[must_use]
    pub fn thread(&self) -> u32 {
        self.cursor.thread.0
    }

    /// Whether the event at the present position is one of this thread.
    #[must_use]
    pub fn is_of_event(&self, thread: u32) -> bool {
        self.cursor.event.thread.0 == thread
    }

    /// The level of the selected frame: 0 is the outermost.
    #[must_use]
    pub fn level(&self) -> usize {
        self.cursor.level
    }

    /// The selected frame's variables of a group.
    pub fn group(&self, group: Group, budget: Budget) -> Result<Vec<Part>> {
        let scope = self.scope()?;
        let values = match group {
            Group::Locals => scope.own_locals()?,
            Group::Closure => scope.closure()?,
            Group::Globals => scope.globals(),
        };
        let part = |(name, value): (String, Value)| {
            self.part(name.clone(), Some(name), &Datum::Value(value), budget)
        };
        values.into_iter().map(part).collect()
    }

    /// What the event here carries: what is returned, yielded or raised.
    pub fn carried(&self, budget: Budget) -> Result<Option<Part>> {
        match &self.cursor.state.event {
            Some((kind, Some(value))) => {
                let path = match value {
                    Value::Object(id) => Some(format!("#{id}")),
                    _ => None,
                };
                let name = kind.name().to_owned();
                self.part(name, path, &Datum::Value(value.clone()), budget)
                    .map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The value of an expression in the selected frame.
    pub fn inspect(&self, text: &str, budget: Budget) -> Result<Part> {
        let datum = Expr::parse(text)?.evaluate(&self.scope()?)?;
        let text = text.trim().to_owned();
        self.part(text.clone(), Some(text), &datum, budget)
    }

    /// The value of an expression as `print` would show it: a text without quotes.
    pub fn printed(&self, text: &str, budget: Budget) -> Result<String> {
        let datum = Expr::parse(text)?.evaluate(&self.scope()?)?;
        match &datum {
            Datum::Value(Value::Str(text)) => {
                Ok(schema::escape_control(&String::from_utf8_lossy(text)))
            }
            _ => show::datum(self.timeline.trace(), &self.cursor.state, &datum, budget),
        }
    }

    /// Parts with names, in the order of the object.
    pub fn named_parts(&self, inside: &Inside, budget: Budget) -> Result<Vec<Part>> {
        let Held::Object(id) = inside.held else {
            return Ok(Vec::new());
        };
        let object = self.object(id)?;
        let mut parts = Vec::new();
        for (name, value) in object.fields.iter().flatten() {
            let name = self.timeline.trace().name(*name)?.to_owned();
            let path = inside.path.as_ref().map(|path| format!("{path}.{name}"));
            parts.push(self.part(name, path, &Datum::Value(value.clone()), budget)?);
        }
        if let Some(base) = &object.base {
            parts.push(self.part("(value)".into(), None, &Datum::Value(base.clone()), budget)?);
        }
        if let Some(length) = object.length {
            let length = Datum::Value(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)));
            let path = inside.path.as_ref().map(|path| format!("len({path})"));
            parts.push(self.part("len()".into(), path, &length, budget)?);
        }
        Ok(parts)
    }

    /// Items from one of them on, so many.
    pub fn indexed_parts(
        &self,
        inside: &Inside,
        skip: usize,
        take: usize,
        budget: Budget,
    ) -> Result<Vec<Part>> {
        let id = match &inside.held {
            Held::Object(id) => *id,
            Held::Computed(items) => {
                let items = items.iter().skip(skip).take(take);
                return items
                    .map(|(name, datum)| self.part(name.clone(), None, datum, budget))
                    .collect();
            }
        };
        let object = self.object(id)?;
        let kind = self.timeline.trace().class(object.class)?.kind;
        let has_places = !matches!(kind, TypeKind::Set | TypeKind::FrozenSet);
        if let Some(pairs) = &object.pairs {
            let pairs = pairs.iter().skip(skip).take(take);
            return pairs
                .map(|(key, value)| {
                    let is_atom = !matches!(key, Value::Object(_));
                    let key = self.shown(key, Budget::SHORT)?;
                    let path = inside.path.as_ref().filter(|_| is_atom);
                    let path = path.map(|path| format!("{path}[{key}]"));
                    self.part(key, path, &Datum::Value(value.clone()), budget)
                })
                .collect();
        }
        let items = object.items.iter().flatten().enumerate();
        items
            .skip(skip)
            .take(take)
            .map(|(at, value)| {
                let path = inside.path.as_ref().filter(|_| has_places);
                let path = path.map(|path| format!("{path}[{at}]"));
                self.part(
                    format!("[{at}]"),
                    path,
                    &Datum::Value(value.clone()),
                    budget,
                )
            })
            .collect()
    }

    fn object(&self, id: ObjectId) -> Result<&Object> {
        let object = self.cursor.state.objects.get(&id);
        object
            .map(|object| &**object)
            .ok_or_else(|| Error::NoSuch(format!("#{id} is not here")))
    }

    fn shown(&self, value: &Value, budget: Budget) -> Result<String> {
        show::value(self.timeline.trace(), &self.cursor.state, value, budget)
    }

    fn part(
        &self,
        name: String,
        path: Option<String>,
        datum: &Datum,
        budget: Budget,
    ) -> Result<Part> {
        let trace = self.timeline.trace();
        Ok(Part {
            name: schema::escape_control(&name),
            value: show::datum(trace, &self.cursor.state, datum, budget)?,
            class: type_name(trace, &self.cursor.state, datum)?,
            inside: self.inside(datum, path.as_deref())?,
            path,
        })
    }

    fn inside(&self, datum: &Datum, path: Option<&str>) -> Result<Option<Inside>> {
        let items = |all: &[Datum]| {
            let named = (0..)
                .zip(all)
                .map(|(at, item): (usize, _)| (format!("[{at}]"), item.clone()));
            Held::Computed(named.collect())
        };
        let (held, named, indexed) = match datum {
            Datum::Value(Value::Object(id)) => {
                let Some(object) = self.cursor.state.objects.get(id) else {
                    return Ok(None);
                };
                let indexed = match (&object.pairs, &object.items) {
                    (Some(pairs), _) => pairs.len(),
                    (None, Some(items)) => items.len(),
                    (None, None) => 0,
                };
                let named = object.fields.as_ref().map_or(0, Vec::len)
                    + usize::from(object.base.is_some())
                    + usize::from(object.length.is_some());
                (Held::Object(*id), named, indexed)
            }
            Datum::Tuple(all) | Datum::List(all) | Datum::Set(all) | Datum::FrozenSet(all) => {
                (items(all), 0, all.len())
            }
            Datum::Dict(pairs) => {
                let mut named = Vec::new();
                for (key, value) in pairs {
                    let trace = self.timeline.trace();
                    let key = show::datum(trace, &self.cursor.state, key, Budget::SHORT)?;
                    named.push((key, value.clone()));
                }
                (Held::Computed(named), 0, pairs.len())
            }
            Datum::Instance(_, fields) => (Held::Computed(fields.clone()), fields.len(), 0),
            Datum::Value(_) | Datum::Class(_) => return Ok(None),
        };
        Ok((named + indexed > 0).then(|| Inside {
            // What no expression leads to, its number does.
            path: match (&held, path) {
                (Held::Object(id), None) => Some(format!("#{id}")),
                (_, path) => path.map(str::to_owned),
            },
            held,
            named,
            indexed,
        }))
    }
}

impl Scope<'_> {
    /// The frame's variables but those of the functions around it.
    fn own_locals(&self) -> Result<Vec<(String, Value)>> {
        let closure = self.closure()?;
        let mut locals = self.locals()?;
        locals.retain(|(name, _)| !closure.iter().any(|(other, _)| other == name));
        Ok(locals)
    }
}
