//! What is followed, and what is seen of it in a state.

use std::sync::Arc;

use schema::{Facts, Frame, NewFrame, Object, ObjectId, Pos, Spot, State, Value};

use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::reads::Reads;
use crate::scope::Scope;

/// Contents of more parts than this are not compared: an operation on them counts as a change.
const COMPARED: usize = 256;

/// An expression and the frame its names are of.
#[derive(Clone)]
pub(crate) struct Subject {
    /// As a person would say it.
    pub(crate) text: String,
    expr: Expr,
    home: NewFrame,
    /// `#17.name` or `#17[key]`, if it is about a part of an object.
    fixed: Option<String>,
    /// It is a name, an attribute or an item: what can be stored into.
    is_place: bool,
    /// The cell that the variable lives in, whichever frame asks: it is that of all who share it.
    cell: Option<ObjectId>,
    /// It is about what is bound there, not about the contents of an object that is.
    pub(crate) is_binding: bool,
}

/// What was seen of a subject at some position.
#[derive(Clone)]
pub(crate) struct Seen {
    /// Its value, or why it has none.
    pub(crate) datum: std::result::Result<Datum, String>,
    /// Whether contents count.
    is_binding: bool,
    /// The contents of the object that it is, unless they are large.
    contents: Option<Arc<Object>>,
    /// Whether the frame of its names is there.
    is_home: bool,
    /// Where its value is kept, if it is about a place that can be stored into.
    pub(super) place: Option<Spot>,
    /// Since when any of what was looked at can have changed, if the event found a change late.
    pub(super) late: Option<Pos>,
}

impl Subject {
    /// The subject that a text means in a scope. `a.b[i].c` is about the object that `a.b[i]` is
    /// there, whatever becomes of the names; other expressions are about the frame's names.
    pub(crate) fn new(text: &str, scope: &Scope<'_>) -> Result<Subject> {
        let expr = Expr::parse(text)?;
        let home = scope.frame.info;
        if let Some(fixed) = expr.fixed(scope)? {
            let shown = if fixed == text.trim() {
                fixed.clone()
            } else {
                format!("{} ({fixed})", text.trim())
            };
            return Ok(Subject {
                text: shown,
                expr: Expr::parse(&fixed)?,
                home,
                fixed: Some(fixed),
                is_place: true,
                cell: None,
                is_binding: false,
            });
        }
        Ok(Subject {
            text: text.trim().to_owned(),
            is_place: expr.is_name(),
            cell: match expr.is_name() {
                true => scope.cell_of(text.trim())?,
                false => None,
            },
            expr,
            home,
            fixed: None,
            is_binding: false,
        })
    }

    /// Whether a condition on it is true in a state: in the frame of its names, or, where that is gone,
    /// in the one that runs.
    pub(crate) fn holds(&self, condition: &Expr, facts: &Facts, state: &State) -> Result<bool> {
        let frame = state.frame(self.home.frame).or(state.top());
        let missing = || Error::Expression("no frame runs there".into());
        let scope = Scope::new(facts, state, frame.ok_or_else(missing)?);
        condition.holds(&scope)
    }

    /// The attribute that it is about.
    pub(crate) fn attribute(&self) -> Option<&str> {
        let (_, attribute) = self.fixed.as_ref()?.split_once('.')?;
        (!self.is_item()).then_some(attribute)
    }

    /// Whether it is an item of a container.
    pub(crate) fn is_item(&self) -> bool {
        let fixed = self.fixed.as_ref();
        fixed.is_some_and(|text| text.ends_with(']'))
    }

    /// The key of the item that it is, as Python writes it.
    pub(crate) fn key(&self) -> Option<&str> {
        let (_, key) = self.fixed.as_ref()?.split_once('[')?;
        key.strip_suffix(']').filter(|_| self.is_item())
    }

    /// The object that it is a part of.
    pub(crate) fn object(&self) -> Option<ObjectId> {
        let digits = self.fixed.as_ref()?.strip_prefix('#')?;
        let number = digits.split(['.', '[']).next()?;
        number.parse().ok().map(ObjectId)
    }

    /// The value in a state, and what was looked at for it.
    pub(crate) fn see(&self, facts: &Facts, state: &State) -> Result<(Seen, Vec<Spot>)> {
        let gone = Frame::new(self.home);
        let frame = state.frame(self.home.frame);
        let is_home = frame.is_some();
        let reads = Reads::default();
        let scope = Scope::new(facts, state, frame.unwrap_or(&gone)).noting(&reads);
        let datum = match (self.cell, self.expr.evaluate(&scope)) {
            (Some(cell), _) => {
                reads.narrow(0, Some(Spot::Item(cell, 0)));
                let held = state
                    .objects
                    .get(&cell)
                    .and_then(|cell| cell.items.as_ref()?.first());
                held.map(|value| value.clone().into())
                    .ok_or_else(|| format!("{} is not bound", self.text))
            }
            (None, Ok(datum)) => Ok(datum),
            (None, Err(Error::Expression(why))) => Err(why),
            (None, Err(error)) => return Err(error),
        };
        // What was looked at last is what gave the value.
        let place = (self.is_place && datum.is_ok())
            .then(|| reads.last())
            .flatten();
        let mut contents = None;
        if let Ok(Datum::Value(Value::Object(id))) = &datum
            && !self.is_binding
        {
            reads.note(Spot::Object(*id));
            let object = state.objects.get(id);
            contents = object.filter(|object| parts(object) <= COMPARED).cloned();
        }
        let spots = reads.take();
        let objects = spots.iter().filter_map(|spot| spot.object());
        let late = objects.filter_map(|id| state.late(id)).min();
        let seen = Seen {
            datum,
            is_binding: self.is_binding,
            contents,
            is_home,
            place,
            late,
        };
        Ok((seen, spots))
    }
}

fn parts(object: &Object) -> usize {
    let items = object.items.as_ref().map_or(0, Vec::len);
    let pairs = object.pairs.as_ref().map_or(0, Vec::len);
    items + pairs + object.fields.as_ref().map_or(0, Vec::len)
}

impl Seen {
    /// Whether the value is another than it was. That a frame is gone changes none of its names.
    pub(super) fn differs(&self, old: &Seen) -> bool {
        match (&old.datum, &self.datum) {
            (Err(_), Err(_)) => false,
            (Ok(_), Err(_)) => self.is_home,
            (Err(_), Ok(_)) => true,
            (Ok(old_datum), Ok(datum)) if old_datum != datum => true,
            (Ok(_), Ok(Datum::Value(Value::Object(_)))) if !self.is_binding => {
                match (&old.contents, &self.contents) {
                    (Some(old), Some(new)) => !Arc::ptr_eq(old, new) && old != new,
                    _ => true,
                }
            }
            _ => false,
        }
    }
}
