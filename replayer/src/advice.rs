//! What to do next where an expression could not be evaluated: the name that was probably meant,
//! the frame that has it, the calls that answer instead.

use schema::{Frame, TypeKind, Value};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::names::is_builtin;
use crate::nearest::nearest;
use crate::scope::Scope;

impl Debugger {
    /// The same error, with what to do next where that can be told.
    pub(crate) fn advised(&self, text: &str, error: Error) -> Error {
        let Error::Expression(why) = error else {
            return error;
        };
        match self.advice(text, &why) {
            Ok(Some(advice)) => Error::Expression(format!("{why}; {advice}")),
            // An advice that cannot be given is no reason to hide the error.
            _ => Error::Expression(why),
        }
    }

    fn advice(&self, text: &str, why: &str) -> Result<Option<String>> {
        // The evaluation itself may know.
        if why.contains("id you mean") || why.contains("`calls ") {
            return Ok(None);
        }
        let expr = Expr::parse(text)?;
        let scope = self.scope()?;
        let is_meant = |name: &str| why.contains(&format!("'{name}'"));
        for name in expr.names() {
            if is_meant(&name) && !is_builtin(&name) && scope.lookup(&name)?.is_none() {
                return self.about_name(&name, &scope);
            }
        }
        for (datum, name) in expr.attributes(&scope) {
            if is_meant(&name) {
                return self.about_attribute(&datum, &name, &scope);
            }
        }
        Ok(None)
    }

    fn about_name(&self, name: &str, scope: &Scope<'_>) -> Result<Option<String>> {
        let trace = self.timeline.trace();
        let code = trace.code(scope.frame.info.code)?;
        if code.variables.iter().any(|variable| variable.name == name) {
            let function = &code.qualname;
            let space = scope.frame.info.globals;
            let of_module = match scope.find(space, name) {
                Some(_) => format!("; `globals()['{name}']` is another"),
                None => String::new(),
            };
            return Ok(Some(format!(
                "it is a variable of {function} that has no value here{of_module}"
            )));
        }
        let others = self.others()?;
        if let Some((_, place)) = others.iter().find(|(other, _)| other == name) {
            return Ok(Some(format!("`{name}` is a variable of {place}")));
        }
        let mut near: Vec<String> = Vec::new();
        near.extend(scope.locals()?.into_iter().map(|(name, _)| name));
        near.extend(code.variables.iter().map(|variable| variable.name.clone()));
        near.extend(scope.globals().into_iter().map(|(name, _)| name));
        if let Some(near) = nearest(name, near.iter().map(String::as_str)) {
            return Ok(Some(format!("did you mean `{near}`?")));
        }
        if let Some(near) = nearest(name, others.iter().map(|(name, _)| name.as_str())) {
            let place = others.iter().find(|(other, _)| other == near);
            let place = place.map_or("", |(_, place)| place);
            return Ok(Some(format!(
                "did you mean `{near}`, a variable of {place}?"
            )));
        }
        let mut codes = trace.reader().codes();
        let elsewhere = codes.find(|code| {
            let mut all = code.variables.iter();
            code.has_slots() && all.any(|variable| variable.name == name)
        });
        Ok(elsewhere.map(|code| {
            let function = code.qualname.replace(".<locals>", "");
            format!(
                "`{name}` is a variable of {function}, which does not run here: `break {function}`"
            )
        }))
    }

    /// The variables of other frames, nearest first, and how one gets there.
    fn others(&self) -> Result<Vec<(String, String)>> {
        let trace = self.timeline.trace();
        let cursor = &self.cursor;
        let mut found = Vec::new();
        let mut add = |frame: &Frame, way: &str| -> Result<()> {
            let function = &trace.code(frame.info.code)?.qualname;
            for (name, _) in Scope::new(trace, &cursor.state, frame).locals()? {
                found.push((name, format!("{function}, {way}")));
            }
            Ok(())
        };
        let stack = cursor.stack();
        let way = |count: usize, word: &str| match count {
            1 => format!("1 frame {word}: `{word}`"),
            count => format!("{count} frames {word}: `{word} {count}`"),
        };
        let (below, from_here) = stack.split_at(cursor.level.min(stack.len()));
        for (count, frame) in (1..).zip(below.iter().rev()) {
            add(frame, &way(count, "up"))?;
        }
        for (count, frame) in (1..).zip(from_here.iter().skip(1)) {
            add(frame, &way(count, "down"))?;
        }
        for (thread, stack) in cursor.state.stacks.iter() {
            let is_other = thread != cursor.thread;
            for frame in stack.iter().rev().filter(|_| is_other) {
                add(frame, &format!("in thread {thread}: `thread {thread}`"))?;
            }
        }
        Ok(found)
    }

    fn about_attribute(
        &self,
        datum: &Datum,
        name: &str,
        scope: &Scope<'_>,
    ) -> Result<Option<String>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let Some(object) = scope.peek(*id) else {
            return Ok(None);
        };
        let trace = self.timeline.trace();
        let class = scope.class(object)?;
        for base in &class.mro {
            let class = base.rsplit('.').next().unwrap_or(base);
            if let Some(function) = self.recorded(&format!("{class}.{name}"))? {
                return Ok(Some(format!("`calls {function}` lists its recorded calls")));
            }
        }
        let mut names: Vec<String> = Vec::new();
        for (field, _) in object.fields.iter().flatten() {
            names.push(trace.name(*field)?.to_owned());
        }
        if class.kind == TypeKind::Tuple {
            names.extend(class.tuple_fields.iter().cloned());
        }
        let bodies = class.body.iter().flat_map(|body| &body.line);
        for base in bodies {
            if let Ok(base) = trace.class(*base) {
                let bound = base.body.iter().flat_map(|body| &body.names);
                names.extend(bound.map(|(name, _)| name.clone()));
            }
        }
        names.retain(|known| !known.starts_with("__") && !name.starts_with("__"));
        let near = nearest(name, names.iter().map(String::as_str));
        Ok(near.map(|near| format!("did you mean `{near}`?")))
    }

    /// A function of this qualified name that has run, as one says it.
    fn recorded(&self, name: &str) -> Result<Option<String>> {
        let trace = self.timeline.trace();
        for code in trace.reader().codes() {
            let plain = code.qualname.replace(".<locals>", "");
            let is_it = plain == name || plain.ends_with(&format!(".{name}"));
            if !is_it {
                continue;
            }
            for line in &code.lines {
                if !trace.reader().chunks_with_line(code.id, *line)?.is_empty() {
                    return Ok(Some(plain));
                }
            }
        }
        Ok(None)
    }
}
