//! Looking: what is here. Nothing in this file moves.

use schema::{EventKind, Facts, FileId, Frame, State, ThreadId, Value};

use crate::debugger::Debugger;
use crate::diff::Diff;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::locate;
use crate::scope::Scope;
use crate::show::{self, Budget};
use crate::view::{Change, FrameView, Reason, SourceLine, StopView, ThreadView, Variable};

/// Completion offers no more names than this.
const MOST_WORDS: usize = 2000;

impl Debugger {
    pub(crate) fn scope(&self) -> Result<Scope<'_>> {
        Ok(self.scope_of(&self.cursor.state, self.cursor.frame()?))
    }

    fn scope_of<'a>(&'a self, state: &'a State, frame: &'a Frame) -> Scope<'a> {
        Scope::new(self.timeline.trace(), state, frame)
    }

    /// Where the debugger rests, and what changed since it rested before.
    pub fn stop(&self, reason: Reason) -> Result<StopView> {
        let trace = self.timeline.trace();
        let cursor = &self.cursor;
        let code = trace.code(cursor.event.code)?;
        let value = match &cursor.state.event {
            Some((kind, Some(value))) if *kind != EventKind::Line => {
                Some(show::value(trace, &cursor.state, value, Budget::SHORT)?)
            }
            _ => None,
        };
        Ok(StopView {
            pos: cursor.pos.0,
            percent: 100.0 * (cursor.pos.0 - self.first_position().0) as f64
                / self.events().max(1) as f64,
            thread: self.thread_name(cursor.event.thread),
            file: trace.file(code.file)?.to_owned(),
            line: cursor.event.line,
            function: code.qualname.clone(),
            source: self.line_of(code, cursor.event.line)?,
            event: cursor.event.kind.name(),
            value,
            changes: self.changes()?,
            reason,
            watched: Vec::new(),
            doubt: None,
        })
    }

    /// The name of a thread.
    pub(crate) fn thread_name(&self, id: ThreadId) -> String {
        let threads = self.timeline.trace().threads();
        let thread = threads.iter().find(|thread| thread.id == id);
        thread.map_or_else(|| "?".into(), |thread| thread.name.clone())
    }

    /// Names of the running frame that changed since the last stop, if that frame was there.
    fn changes(&self) -> Result<Vec<Change>> {
        let (Some(before), Ok(frame)) = (&self.before, self.cursor.frame()) else {
            return Ok(Vec::new());
        };
        let Some(old) = before.state.frame(frame.info.frame) else {
            return Ok(Vec::new());
        };
        let old = self.scope_of(&before.state, old).locals()?;
        let new = self.scope_of(&self.cursor.state, frame).locals()?;
        let find = |values: &[(String, Value)], name: &str| {
            let found = values.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.clone())
        };
        let trace = self.timeline.trace();
        let mut diff = Diff::new(trace, &before.state, &self.cursor.state);
        for (name, value) in &new {
            diff.value(name, find(&old, name).as_ref(), Some(value), 0)?;
        }
        for (name, value) in &old {
            if find(&new, name).is_none() {
                diff.value(name, Some(value), None, 0)?;
            }
        }
        Ok(diff.finish())
    }

    /// The selected frame's variables.
    pub fn locals(&self, budget: Budget) -> Result<Vec<Variable>> {
        self.variables(self.scope()?.locals()?, budget)
    }

    /// The selected frame's arguments, as they are now.
    pub fn arguments(&self, budget: Budget) -> Result<Vec<Variable>> {
        self.variables(self.scope()?.arguments()?, budget)
    }

    fn variables(&self, values: Vec<(String, Value)>, budget: Budget) -> Result<Vec<Variable>> {
        let trace = self.timeline.trace();
        let show = |(name, value): (String, Value)| {
            let value = show::value(trace, &self.cursor.state, &value, budget)?;
            Ok(Variable { name, value })
        };
        values.into_iter().map(show).collect()
    }

    /// The value of an expression in the selected frame.
    pub fn evaluate(&self, text: &str, budget: Budget) -> Result<String> {
        let datum = self.datum(text)?;
        show::datum(self.timeline.trace(), &self.cursor.state, &datum, budget)
    }

    /// The same, with no advice where it cannot be evaluated.
    pub fn glance(&self, text: &str, budget: Budget) -> Result<String> {
        let datum = Expr::parse(text)?.evaluate(&self.scope()?)?;
        show::datum(self.timeline.trace(), &self.cursor.state, &datum, budget)
    }

    pub(crate) fn datum(&self, text: &str) -> Result<Datum> {
        let found = Expr::parse(text)?.evaluate(&self.scope()?);
        found.map_err(|error| self.advised(text, error))
    }

    /// The type of an expression's value.
    pub fn type_of(&self, text: &str) -> Result<String> {
        type_name(
            self.timeline.trace(),
            &self.cursor.state,
            &self.datum(text)?,
        )
    }

    /// How many frames the stack of the selected thread has.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.cursor.stack().len()
    }

    /// The stack of the selected thread, outermost frame first.
    pub fn stack(&self) -> Result<Vec<FrameView>> {
        self.frames(0, usize::MAX)
    }

    /// Frames of that stack from a level on, so many.
    pub fn frames(&self, level: usize, count: usize) -> Result<Vec<FrameView>> {
        let trace = self.timeline.trace();
        let frames = self.cursor.stack().iter().enumerate();
        frames
            .skip(level)
            .take(count)
            .map(|(level, frame)| {
                let code = trace.code(frame.info.code)?;
                let scope = self.scope_of(&self.cursor.state, frame);
                Ok(FrameView {
                    level,
                    is_selected: level == self.cursor.level,
                    file: trace.file(code.file)?.to_owned(),
                    line: frame.info.line,
                    function: code.qualname.clone(),
                    source: self.line_of(code, frame.info.line)?,
                    arguments: self.variables(scope.arguments()?, Budget::BRIEF)?,
                })
            })
            .collect()
    }

    /// What the event here carries: what is returned, yielded or raised.
    pub fn event_value(&self, budget: Budget) -> Result<Option<(&'static str, String)>> {
        match &self.cursor.state.event {
            Some((kind, Some(value))) => {
                let trace = self.timeline.trace();
                let text = show::value(trace, &self.cursor.state, value, budget)?;
                Ok(Some((kind.name(), text)))
            }
            _ => Ok(None),
        }
    }

    /// The threads and what each does at this position.
    pub fn threads(&self) -> Result<Vec<ThreadView>> {
        let trace = self.timeline.trace();
        let threads = trace.threads().iter();
        threads
            .map(|thread| {
                let (place, source) = match self.cursor.state.stacks.of(thread.id).last() {
                    None => (None, None),
                    Some(frame) => {
                        let code = trace.code(frame.info.code)?;
                        let file = trace.file(code.file)?.to_owned();
                        let source = self.line_of(code, frame.info.line)?;
                        let place = (file, frame.info.line, code.qualname.clone());
                        (Some(place), source)
                    }
                };
                Ok(ThreadView {
                    number: thread.id.0,
                    name: thread.name.clone(),
                    is_selected: thread.id == self.cursor.thread,
                    place,
                    source,
                })
            })
            .collect()
    }

    /// The file of the selected frame.
    #[must_use]
    pub fn file(&self) -> Option<String> {
        let trace = self.timeline.trace();
        let code = trace.code(self.cursor.frame().ok()?.info.code).ok()?;
        trace.file(code.file).ok().map(str::to_owned)
    }

    /// The line the selected frame is on.
    pub fn line(&self) -> Result<u32> {
        Ok(self.cursor.frame()?.info.line)
    }

    /// Lines of the selected frame's file, as recorded, from `first` to `last` where they exist.
    pub fn listing(&self, first: u32, last: u32) -> Result<Vec<SourceLine>> {
        let trace = self.timeline.trace();
        let code = trace.code(self.cursor.frame()?.info.code)?;
        if trace.generated()?.contains(&code.id) {
            let why = "this code was made while the program ran: it has no source in the trace; \
                       `up` leads to its caller";
            return Err(Error::NoSuch(why.into()));
        }
        self.lines_of_file(code.file, first, last)
    }

    /// The same of a file.
    pub(crate) fn lines_of_file(
        &self,
        file: FileId,
        first: u32,
        last: u32,
    ) -> Result<Vec<SourceLine>> {
        let trace = self.timeline.trace();
        let frame = self.cursor.frame().ok();
        let here = frame.map(|frame| (trace.code(frame.info.code), frame.info.line));
        let generated = trace.generated()?;
        let here = here.and_then(|(code, line)| Some((code.ok()?, line)));
        let here = here.filter(|(code, _)| !generated.contains(&code.id));
        let here = here.map(|(code, line)| (code.file, line));
        let missing = || Error::NoSuch("the source of this code is not in the trace".into());
        let source = trace.source(file)?.ok_or_else(missing)?;
        let inks = trace.inks(file)?;
        // A text that ends with a newline has no line behind it.
        let has_end = source.last().is_some_and(String::is_empty);
        let count = source.len() - usize::from(has_end);
        if first as usize > count {
            return Err(Error::NoSuch(format!("the file ends at line {count}")));
        }
        let lines = (1u32..).zip(source.iter().zip(inks.iter())).take(count);
        let wanted = lines.filter(|(number, _)| (first..=last).contains(number));
        Ok(wanted
            .map(|(number, (text, inks))| SourceLine {
                number,
                text: text.clone(),
                inks: inks.clone(),
                is_current: here == Some((file, number)),
            })
            .collect())
    }

    /// Names that completion may offer: of the frame, of functions, of files.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let trace = self.timeline.trace();
        let mut words: Vec<String> = Vec::new();
        if let Ok(scope) = self.scope() {
            for (name, value) in scope.locals().unwrap_or_default() {
                self.attributes(&name, &value, 2, &mut words);
                words.push(name);
            }
        }
        words.extend(trace.reader().codes().map(|code| code.qualname.clone()));
        words.extend(
            trace
                .reader()
                .files()
                .map(|(_, path)| locate::short(path).to_owned()),
        );
        words.sort_unstable();
        words.dedup();
        words
    }

    /// `name.attribute` for what is recorded of an object, some levels deep.
    fn attributes(&self, path: &str, value: &Value, levels: usize, words: &mut Vec<String>) {
        let Value::Object(id) = value else { return };
        let Some(object) = self.cursor.state.objects.get(id) else {
            return;
        };
        for (name, value) in object.fields.iter().flatten() {
            if let Ok(name) = self.timeline.trace().name(*name)
                && words.len() < MOST_WORDS
            {
                let path = format!("{path}.{name}");
                if levels > 1 {
                    self.attributes(&path, value, levels - 1, words);
                }
                words.push(path);
            }
        }
    }

    pub(crate) fn line_of(&self, code: &schema::Code, line: u32) -> Result<Option<String>> {
        let source = self.timeline.trace().text_of(code)?;
        let at = (line as usize).checked_sub(1);
        Ok(source
            .zip(at)
            .and_then(|(lines, at)| lines.get(at).cloned()))
    }
}

/// The name of the class of what an expression gave.
pub(crate) fn type_name(facts: &Facts, state: &State, datum: &Datum) -> Result<String> {
    Ok(match datum {
        Datum::Tuple(_) => "tuple".into(),
        Datum::List(_) => "list".into(),
        Datum::Dict(_) => "dict".into(),
        Datum::Set(_) => "set".into(),
        Datum::FrozenSet(_) => "frozenset".into(),
        Datum::Class(_) => "type".into(),
        Datum::Instance(class, _) => class.name.clone(),
        Datum::Value(Value::Object(id)) => {
            let object = state.objects.get(id);
            let object = object.ok_or_else(|| Error::NoSuch(format!("#{id} is not here")))?;
            facts.class(object.class)?.name.clone()
        }
        Datum::Value(value) => value.type_name().unwrap_or("unknown").into(),
    })
}
