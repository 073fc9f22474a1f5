//! An expression followed through the run: when its value changed, either way.
//!
//! It is not evaluated at each step. What one evaluation looked at tells which changes can give
//! another value; the next of those is found without values, and only there it is evaluated again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use schema::{
    ChunkInfo, EventKind, Facts, Frame, FrameId, NewFrame, Object, ObjectId, Pos, Spot, Spots,
    State, Value,
};

use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::reads::Reads;
use crate::scope::Scope;
use crate::timeline::{Direction, Filter, Timeline};

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
}

/// An event that found a subject changed, and the frame that ran when it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) pos: Pos,
    pub(crate) frame: FrameId,
}

/// Takes a change on the way; `false` ends the search.
pub(crate) type Visit<'v> = dyn FnMut(Changed, &State, &Seen) -> Result<bool> + 'v;

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
                is_binding: false,
            });
        }
        Ok(Subject {
            text: text.trim().to_owned(),
            expr,
            home,
            fixed: None,
            is_binding: false,
        })
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

    /// The object that it is a part of.
    pub(crate) fn object(&self) -> Option<ObjectId> {
        let digits = self.fixed.as_ref()?.strip_prefix('#')?;
        let number = digits.split(['.', '[']).next()?;
        number.parse().ok().map(ObjectId)
    }

    /// The value in a state, and what was looked at for it.
    pub(crate) fn see(&self, facts: &Facts, state: &State) -> Result<(Seen, Vec<Spot>)> {
        let gone = Frame {
            info: self.home,
            slots: Vec::new(),
        };
        let frame = state.frame(self.home.frame);
        let is_home = frame.is_some();
        let reads = Reads::default();
        let scope = Scope::new(facts, state, frame.unwrap_or(&gone)).noting(&reads);
        let datum = match self.expr.evaluate(&scope) {
            Ok(datum) => Ok(datum),
            Err(Error::Expression(why)) => Err(why),
            Err(error) => return Err(error),
        };
        let mut contents = None;
        if let Ok(Datum::Value(Value::Object(id))) = &datum
            && !self.is_binding
        {
            reads.note(Spot::Object(*id));
            let object = state.objects.get(id);
            contents = object.filter(|object| parts(object) <= COMPARED).cloned();
        }
        let seen = Seen {
            datum,
            is_binding: self.is_binding,
            contents,
            is_home,
        };
        Ok((seen, reads.take()))
    }
}

fn parts(object: &Object) -> usize {
    let items = object.items.as_ref().map_or(0, Vec::len);
    let pairs = object.pairs.as_ref().map_or(0, Vec::len);
    items + pairs + object.fields.as_ref().map_or(0, Vec::len)
}

impl Seen {
    /// Whether the value is another than it was. That a frame is gone changes none of its names.
    fn differs(&self, old: &Seen) -> bool {
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

/// The spots of a search, rebuilt only when they are others.
#[derive(Default)]
struct Followed {
    list: Vec<Spot>,
    filter: Filter,
}

impl Followed {
    /// Takes the spots; says whether they are others than before.
    fn set(&mut self, list: Vec<Spot>) -> bool {
        if list == self.list {
            return false;
        }
        self.filter = Filter::Spots(list.iter().copied().collect());
        self.list = list;
        true
    }

    fn spots(&self) -> &Spots {
        match &self.filter {
            Filter::Spots(spots) => spots,
            _ => Spots::NONE,
        }
    }
}

/// Follows a subject from just after `from` (or from the beginning) to before `until`.
pub(crate) fn forward(
    timeline: &Timeline,
    subject: &Subject,
    from: Option<Pos>,
    until: Pos,
    interrupt: &AtomicBool,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let trace = timeline.trace();
    let mut followed = Followed::default();
    let begin = match from {
        Some(from) => timeline.state_at(from)?,
        None => timeline.state_before(trace.reader().first())?,
    };
    let (mut old, list) = subject.see(trace, &begin)?;
    followed.set(list);
    let low = from.map_or(0, |from| from.0 + 1);
    let mut ahead = timeline.between(low, until.0);
    let mut is_first = true;
    while let Some(info) = ahead.next() {
        if interrupt.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        if !followed.filter.lets(trace, info)? {
            continue;
        }
        timeline.progress(info);
        let chunk = trace.chunk(info.id)?;
        if !is_first {
            timeline.prefetch(ahead.clone(), &followed.filter)?;
        }
        is_first = false;
        let mut state = if begin.next > info.first && from.is_some() {
            State::clone(&begin)
        } else {
            chunk.start()?
        };
        let mut walk = chunk.walk()?;
        while let Some((pos, frame)) = walk.next(followed.spots())? {
            if pos.0 < low {
                continue;
            }
            if pos >= until {
                return Ok(());
            }
            if interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            chunk.advance(&mut state, pos)?;
            let (new, list) = subject.see(trace, &state)?;
            followed.set(list);
            let is_other = new.differs(&old);
            old = new;
            if is_other && !visit(Changed { pos, frame }, &state, &old)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The last change of a subject at or before `from` and after `low`.
pub(crate) fn backward(
    timeline: &Timeline,
    subject: &Subject,
    from: Pos,
    low: Option<Pos>,
    interrupt: &AtomicBool,
) -> Result<Option<Changed>> {
    let trace = timeline.trace();
    let low = low.map_or(0, |low| low.0 + 1);
    let mut followed = Followed::default();
    followed.set(subject.see(trace, &*timeline.state_at(from)?)?.1);
    let mut until = from.0 + 1;
    let infos: Vec<ChunkInfo> = timeline.between(low, until).copied().collect();
    for info in infos.iter().rev() {
        let mut candidates: Option<Vec<(Pos, FrameId)>> = None;
        loop {
            if interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            if candidates.is_none() {
                if !followed.filter.lets(trace, info)? {
                    break;
                }
                timeline.progress(info);
                let mut all = trace.chunk(info.id)?.changes(followed.spots())?;
                all.retain(|(pos, _)| pos.0 >= low && pos.0 < until);
                candidates = Some(all);
            }
            let Some((pos, frame)) = candidates.as_mut().and_then(Vec::pop) else {
                break;
            };
            let (new, _) = subject.see(trace, &*timeline.state_at(pos)?)?;
            let (old, list) = subject.see(trace, &*timeline.state_before(pos)?)?;
            if new.differs(&old) {
                return Ok(Some(Changed { pos, frame }));
            }
            until = pos.0;
            if followed.set(list) {
                candidates = None;
            }
        }
    }
    Ok(None)
}

/// The step that made a change: the last line that the frame which ran then had begun, or the call
/// if it had begun none; the event itself if that, or every line, was not recorded.
pub(crate) fn doer(timeline: &Timeline, changed: Changed, interrupt: &AtomicBool) -> Result<Pos> {
    if !timeline.trace().has_lines() {
        return Ok(changed.pos);
    }
    let last_line = |frame: FrameId, kinds: &dyn Fn(EventKind) -> bool| {
        timeline.find(
            Some(changed.pos),
            Direction::Backward,
            &Filter::Frames(vec![frame]),
            interrupt,
            &mut |_, event| event.frame == frame && kinds(event.kind),
            None,
        )
    };
    if let Some(found) = last_line(changed.frame, &|kind| kind == EventKind::Line)? {
        return Ok(found);
    }
    let state = timeline.state_at(changed.pos)?;
    let caller = state.stacks.iter().find_map(|(_, stack)| {
        let at = stack
            .iter()
            .position(|frame| frame.info.frame == changed.frame)?;
        stack.get(at.checked_sub(1)?)
    });
    if let Some(caller) = caller
        && let Some(found) = last_line(caller.info.frame, &|kind| kind == EventKind::Line)?
    {
        return Ok(found);
    }
    Ok(changed.pos)
}

#[cfg(test)]
mod tests;
