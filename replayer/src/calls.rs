//! Every call of a function: with which arguments, and how it ended.

use std::collections::{HashMap, HashSet, VecDeque};

use schema::{Chunk, ChunkInfo, CodeId, EventKind, FrameId, IdMap, Pos, State};

use crate::breakpoint::{self, Breakpoint, Location};
use crate::condition::{Condition, Doubts, Truth};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::show::{self, Budget};
use crate::survey::Take;
use crate::timeline::Filter;
use crate::view::CallView;

/// A condition on calls.
struct Rule {
    condition: Condition,
    /// It is about how a call ends, by one of these words.
    ends: Option<&'static str>,
}

impl Rule {
    fn parse(text: &str, codes: &[&schema::Code]) -> Result<Rule> {
        let condition = Condition::parse(text)?;
        let names = condition.names();
        let is_variable = |word: &str| {
            let mut all = codes.iter().flat_map(|code| &code.variables);
            all.any(|variable| variable.name == word)
        };
        let mut words = ["retval", "exception"].into_iter();
        let ends = words.find(|word| {
            let is_asked = names.iter().any(|name| name == word) && !is_variable(word);
            is_asked || text.contains(&format!("${word}"))
        });
        Ok(Rule { condition, ends })
    }
}

impl Debugger {
    /// Every call of a function, in order, with its arguments and how it ended. A condition is about
    /// the arguments as a call begins, or, if it names `retval` or `exception`, about its end. Says
    /// of how many calls it could not be told.
    pub fn calls(
        &self,
        function: &str,
        condition: Option<&str>,
        take: &mut Take<'_, CallView>,
    ) -> Result<Doubts> {
        let breakpoint = self.breakpoint_at(function, None)?;
        let Location::Function(codes) = &breakpoint.location else {
            return Err(Error::NoSuch(format!("{function} is no function")));
        };
        let known = self.timeline.trace().reader().codes();
        let known = known.filter(|code| codes.contains_key(&code.id));
        let known: Vec<&schema::Code> = known.map(|code| &**code).collect();
        let rule = condition.map(|text| Rule::parse(text, &known));
        let rule = rule.transpose()?;
        let mut calls = Calls::default();
        let filter = self.around_calls(&breakpoint)?;
        self.each_chunk(&filter, None, &mut |info, chunk| {
            self.calls_in(info, chunk, codes, rule.as_ref(), &mut calls)?;
            while let Some(call) = calls.finished() {
                if call.is_wanted && !take(call.view) {
                    calls.queue.clear();
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        for call in calls.queue {
            if call.is_wanted && !take(call.view) {
                break;
            }
        }
        Ok(calls.doubts)
    }

    /// The chunks with lines of a function, and those before and after: a frame may begin before
    /// its first line and end after its last.
    fn around_calls(&self, breakpoint: &Breakpoint) -> Result<Filter> {
        let trace = self.timeline.trace();
        let mut filter = breakpoint::filter(trace, &[breakpoint])?;
        if let Filter::Only { chunks, .. } = &mut filter {
            let near = chunks
                .iter()
                .flat_map(|id| [id.0.saturating_sub(1), id.0 + 1]);
            let near: Vec<u64> = near.collect();
            chunks.extend(near.into_iter().map(schema::ChunkId));
        }
        Ok(filter)
    }

    fn calls_in(
        &self,
        info: &ChunkInfo,
        chunk: &Chunk,
        codes: &IdMap<CodeId, ()>,
        rule: Option<&Rule>,
        calls: &mut Calls,
    ) -> Result<()> {
        let trace = self.timeline.trace();
        let mut state: Option<State> = None;
        for (pos, event) in (info.first.0..).map(Pos).zip(&chunk.events) {
            if !codes.contains_key(&event.code) {
                continue;
            }
            if event.kind == EventKind::Start {
                let view = CallView {
                    pos: pos.0,
                    thread: self.thread_name(event.thread),
                    depth: event.depth,
                    call: String::new(),
                    end: None,
                };
                calls.begin(event.frame, view, rule.is_none());
                continue;
            }
            let is_end = matches!(event.kind, EventKind::Return | EventKind::Unwind);
            let needs_arguments = calls.new.contains(&event.frame);
            if !is_end && !needs_arguments {
                continue;
            }
            let state = match &mut state {
                Some(state) => state,
                none => none.insert(chunk.start()?),
            };
            chunk.advance(state, pos)?;
            let asked = rule.filter(|rule| match rule.ends {
                None => needs_arguments,
                // What a call that ended otherwise did not give is not asked for.
                Some("retval") => event.kind == EventKind::Return,
                Some(_) => event.kind == EventKind::Unwind,
            });
            if let Some(rule) = asked
                && calls.get(event.frame).is_some()
            {
                let truth = rule.condition.at(trace, state, None)?;
                calls.decide(event.frame, truth);
            }
            if needs_arguments && let Some(frame) = state.top() {
                let mut shown = Vec::new();
                for (name, value) in Scope::new(trace, state, frame).arguments()? {
                    let value = show::value(trace, state, &value, Budget::BRIEF)?;
                    shown.push(format!("{name}={value}"));
                }
                let function = trace.code(event.code)?.qualname.clone();
                calls.arguments(event.frame, format!("{function}({})", shown.join(", ")));
            }
            if is_end {
                let value = match &state.event {
                    Some((_, Some(value))) => show::value(trace, state, value, Budget::SHORT)?,
                    _ => "?".into(),
                };
                calls.end(event.frame, pos, event.kind == EventKind::Return, value);
            }
        }
        Ok(())
    }
}

/// A call that began.
struct Call {
    view: CallView,
    /// The condition holds, or there is none.
    is_wanted: bool,
}

/// Calls that began, in order, and what is known of them so far.
#[derive(Default)]
struct Calls {
    queue: VecDeque<Call>,
    /// Where in the queue an open frame's call is, counted from the first call of all.
    open: HashMap<FrameId, usize>,
    /// Frames whose arguments are still to be bound.
    new: HashSet<FrameId>,
    given: usize,
    doubts: Doubts,
}

impl Calls {
    fn begin(&mut self, frame: FrameId, view: CallView, is_wanted: bool) {
        self.open.insert(frame, self.given + self.queue.len());
        self.new.insert(frame);
        self.queue.push_back(Call { view, is_wanted });
    }

    fn get(&mut self, frame: FrameId) -> Option<&mut Call> {
        let at = self.open.get(&frame)?.checked_sub(self.given)?;
        self.queue.get_mut(at)
    }

    fn decide(&mut self, frame: FrameId, truth: Truth) {
        self.doubts.passes += 1;
        match truth {
            Truth::True => {
                if let Some(known) = self.get(frame) {
                    known.is_wanted = true;
                }
            }
            Truth::False => {}
            Truth::Unknown(why) => self.doubts.note(why),
        }
    }

    fn arguments(&mut self, frame: FrameId, call: String) {
        self.new.remove(&frame);
        if let Some(known) = self.get(frame) {
            known.view.call = call;
        }
    }

    fn end(&mut self, frame: FrameId, pos: Pos, returned: bool, value: String) {
        if let Some(known) = self.get(frame) {
            known.view.end = Some((pos.0, returned, value));
        }
        self.open.remove(&frame);
    }

    /// The next call in order, if it has ended.
    fn finished(&mut self) -> Option<Call> {
        self.queue.front()?.view.end.as_ref()?;
        self.given += 1;
        self.queue.pop_front()
    }
}
