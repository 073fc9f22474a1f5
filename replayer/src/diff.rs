//! What changed between two states: names, and the parts of the objects they hold.

use std::collections::HashSet;
use std::sync::Arc;

use schema::{Facts, Object, ObjectId, State, Value};

use crate::error::Result;
use crate::show::{self, Budget};
use crate::view::Change;

/// How deep objects are looked through.
const LEVELS: usize = 4;
/// How many parts are compared in all, so that a stop with huge containers stays quick.
const MOST_PARTS: usize = 100_000;
/// How many changes are listed; more would not be read.
const MOST_CHANGES: usize = 200;

/// A comparison of two states.
pub(crate) struct Diff<'a> {
    facts: &'a Facts,
    old: &'a State,
    new: &'a State,
    seen: HashSet<ObjectId>,
    compared: usize,
    changes: Vec<Change>,
}

impl<'a> Diff<'a> {
    pub(crate) fn new(facts: &'a Facts, old: &'a State, new: &'a State) -> Diff<'a> {
        Diff {
            facts,
            old,
            new,
            seen: HashSet::new(),
            compared: 0,
            changes: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> Vec<Change> {
        self.changes
    }

    /// Compares what a name, or a path from one, held and holds.
    pub(crate) fn value(
        &mut self,
        path: &str,
        old: Option<&Value>,
        new: Option<&Value>,
        level: usize,
    ) -> Result<()> {
        self.compared += 1;
        if self.changes.len() >= MOST_CHANGES || self.compared > MOST_PARTS {
            return Ok(());
        }
        if let (Some(Value::Object(id)), Some(Value::Object(other))) = (old, new)
            && id == other
        {
            return self.object(path, *id, level);
        }
        if old != new {
            let text = |state: &State, value: Option<&Value>| {
                let show = |value| show::value(self.facts, state, value, Budget::SHORT);
                value.map(show).transpose()
            };
            self.changes.push(Change {
                name: path.to_owned(),
                old: text(self.old, old)?,
                new: text(self.new, new)?,
            });
        }
        Ok(())
    }

    fn object(&mut self, path: &str, id: ObjectId, level: usize) -> Result<()> {
        let (old, new) = (self.old.objects.get(&id), self.new.objects.get(&id));
        let (Some(old), Some(new)) = (old, new) else {
            return Ok(());
        };
        // Opaque things (modules, classes, functions) have text and nothing else.
        if level > LEVELS || !self.seen.insert(id) {
            return Ok(());
        }
        let is_same = Arc::ptr_eq(old, new);
        let next = level + 1;
        self.items(path, old, new, next)?;
        self.pairs(path, old, new, next)?;
        self.fields(path, old, new, next)?;
        if !is_same && old.base != new.base {
            self.value(path, old.base.as_ref(), new.base.as_ref(), next)?;
        }
        Ok(())
    }

    fn items(&mut self, path: &str, old: &Object, new: &Object, level: usize) -> Result<()> {
        let (Some(was), Some(is)) = (&old.items, &new.items) else {
            return Ok(());
        };
        // What is the same at both ends did not move; what lies between was replaced.
        let front = was.iter().zip(is).take_while(|(a, b)| a == b).count();
        let (was_rest, is_rest) = (was.get(front..), is.get(front..));
        let (was_rest, is_rest) = (was_rest.unwrap_or(&[]), is_rest.unwrap_or(&[]));
        let back = was_rest.iter().rev().zip(is_rest.iter().rev());
        let back = back.take_while(|(a, b)| a == b).count();
        let gone = was_rest.get(..was_rest.len() - back).unwrap_or(&[]);
        let come = is_rest.get(..is_rest.len() - back).unwrap_or(&[]);
        for at in 0..gone.len().max(come.len()) {
            let path = format!("{path}[{}]", front + at);
            self.value(&path, gone.get(at), come.get(at), level)?;
        }
        let kept = is.iter().enumerate();
        let kept = kept.filter(|(at, _)| *at < front || *at >= is.len() - back);
        for (at, value) in kept {
            if let Value::Object(_) = value {
                self.value(&format!("{path}[{at}]"), Some(value), Some(value), level)?;
            }
        }
        Ok(())
    }

    fn pairs(&mut self, path: &str, old: &Object, new: &Object, level: usize) -> Result<()> {
        let (Some(was), Some(is)) = (&old.pairs, &new.pairs) else {
            return Ok(());
        };
        let name = |state: &State, key: &Value| {
            show::value(self.facts, state, key, Budget::BRIEF).map(|key| format!("{path}[{key}]"))
        };
        let mut found = Vec::new();
        // Pairs keep their places unless some before them went.
        let gone = was.len().saturating_sub(is.len());
        let find = |pairs: &[(Value, Value)], places: [usize; 2], key: &Value| {
            let is_it = |pair: &&(Value, Value)| pair.0 == *key;
            let near = places.iter().filter_map(|at| pairs.get(*at)).find(is_it);
            near.or_else(|| pairs.iter().find(is_it))
                .map(|pair| pair.1.clone())
        };
        for (at, (key, value)) in is.iter().enumerate() {
            let before = find(was, [at, at + gone], key);
            if before.as_ref() != Some(value) || matches!(value, Value::Object(_)) {
                found.push((name(self.new, key)?, before, Some(value.clone())));
            }
        }
        for (at, (key, value)) in was.iter().enumerate() {
            if find(is, [at, at.saturating_sub(gone)], key).is_none() {
                found.push((name(self.old, key)?, Some(value.clone()), None));
            }
        }
        for (path, before, after) in found {
            self.value(&path, before.as_ref(), after.as_ref(), level)?;
        }
        Ok(())
    }

    fn fields(&mut self, path: &str, old: &Object, new: &Object, level: usize) -> Result<()> {
        let (was, is) = (
            old.fields.as_deref().unwrap_or(&[]),
            new.fields.as_deref().unwrap_or(&[]),
        );
        for (name, value) in is {
            let before = was.iter().find(|field| field.0 == *name);
            let path = format!("{path}.{}", self.facts.name(*name)?);
            self.value(&path, before.map(|field| &field.1), Some(value), level)?;
        }
        for (name, value) in was {
            if !is.iter().any(|field| field.0 == *name) {
                let path = format!("{path}.{}", self.facts.name(*name)?);
                self.value(&path, Some(value), None, level)?;
            }
        }
        Ok(())
    }
}
