//! What frames gave to the line that ran them: results, yielded values, and what was sent into them.

use schema::{CodeId, EventInfo, EventKind, NewFrame, Pos, State, Value};

use super::{Next, Quest};
use crate::debugger::Debugger;
use crate::error::Result;
use crate::expr::Datum;
use crate::follow::{self, Changed};
use crate::reading::Call;
use crate::show::{self, Budget};
use crate::timeline::{Direction, Filter};
use crate::view::WhyLink;

/// So many lines may run after a `return` that is still found.
const LINES_AFTER_RETURN: usize = 64;

impl Debugger {
    /// What `await` or `yield from` gave that was handed something which no call on the line made.
    pub(super) fn handed(
        &self,
        quest: &Quest,
        text: &str,
        links: &mut Vec<WhyLink>,
    ) -> Result<Next> {
        let mut found = self.returns(quest, &Filter::All, &|_| true)?;
        self.keep_expected(quest, &mut found)?;
        if found.is_empty()
            && let Some(returned) = self.elsewhere(quest, text)?
        {
            return self.came_from(quest, returned, false, links);
        }
        match found.pop() {
            Some(returned) => self.came_from(quest, returned, found.is_empty(), links),
            None => Ok(Next::End(
                format!("the result of `{text}`, which ran elsewhere or was not recorded"),
                vec![text.to_owned()],
            )),
        }
    }

    /// What a `yield` gave: what the caller sent when the frame went on.
    pub(super) fn sent(&self, quest: &Quest, links: &mut Vec<WhyLink>) -> Result<Next> {
        let frame = quest.frame.frame;
        let mut is_resume =
            |event: &EventInfo| event.kind == EventKind::Resume && event.frame == frame;
        let frames = Filter::Frames(vec![frame]);
        let interrupt = &self.interrupt;
        let resumed =
            self.timeline
                .find_until(quest.pos, quest.until, &frames, interrupt, &mut is_resume)?;
        let unknown = || Next::End("what was sent there, which is not known".into(), Vec::new());
        let Some(pos) = resumed else {
            return Ok(unknown());
        };
        let state = self.timeline.state_at(pos)?;
        let stack = state.stacks.of(state.stacks.running());
        let caller = stack.len().checked_sub(2).and_then(|at| stack.get(at));
        let Some(caller) = caller.map(|frame| frame.info) else {
            return Ok(unknown());
        };
        let from = Changed {
            pos,
            frame: caller.frame,
            is_again: false,
            late: None,
        };
        let by = follow::doer(&self.timeline, from, interrupt)?;
        let event = self.timeline.event(by)?;
        let reading = self.reading(&event)?.unwrap_or_default();
        let is_send = |call: &&Call| matches!(call.name.as_str(), "send" | "asend");
        let mut sends = reading.calls.iter().filter(is_send);
        let line = |text: String| Quest {
            text,
            pos: by,
            until: pos,
            frame: caller,
            expected: quest.expected.clone(),
            part: quest.part,
        };
        match (sends.next(), sends.next()) {
            (Some(call), None) if call.positional.len() == 1 => {
                let quest = line(call.positional[0].clone());
                links.push(self.link(&quest, by, "sent into the generator".into(), true)?);
                Ok(Next::Follow(quest))
            }
            _ => {
                let quest = line(String::new());
                let mut link = self.link(&quest, by, "went on from here".into(), true)?;
                link.text = "None".into();
                links.push(link);
                Ok(Next::End(
                    "`next`, a loop or `await` sends None".into(),
                    Vec::new(),
                ))
            }
        }
    }

    /// A result or a yielded value: what gave it in the frame that it came from.
    pub(super) fn came_from(
        &self,
        quest: &Quest,
        (pos, event): (Pos, EventInfo),
        is_certain: bool,
        links: &mut Vec<WhyLink>,
    ) -> Result<Next> {
        let trace = self.timeline.trace();
        let code = trace.code(event.code)?;
        let state = self.timeline.state_at(pos)?;
        let given = result(&state);
        let shown = given.as_ref();
        let shown = shown.map(|value| show::value(trace, &state, value, Budget::SHORT));
        let verb = match event.kind {
            EventKind::Yield => "yielded",
            _ => "returned",
        };
        let how = format!("{verb} by {}", code.qualname);
        let mut link = self.link(quest, pos, how, is_certain)?;
        link.value = shown.transpose()?;
        let frame = state.frame(event.frame).map(|frame| frame.info);
        let found = match (event.kind, frame) {
            (EventKind::Yield, _) => {
                let begun = Changed {
                    pos,
                    frame: event.frame,
                    is_again: false,
                    late: None,
                };
                let at = follow::doer(&self.timeline, begun, &self.interrupt)?;
                let mut yielded = self.reading(&event)?.unwrap_or_default().yielded;
                // Of several on one line, nobody knows which.
                let only = yielded.pop().filter(|_| yielded.is_empty());
                only.map(|text| (at, text))
            }
            (_, Some(frame)) => self.return_of(pos, frame, given.as_ref())?,
            _ => None,
        };
        if let Some((at, _)) = &found
            && self.timeline.event(*at)?.line != event.line
        {
            // What came after it is not what gave the value.
            link.step = self.step_view(*at)?;
        }
        links.push(link);
        Ok(match (found, frame) {
            (Some((at, text)), Some(frame)) => Next::Follow(Quest {
                text,
                pos: at,
                until: pos,
                frame,
                expected: if quest.part.is_none() {
                    given
                } else {
                    quest.expected.clone()
                },
                part: quest.part,
            }),
            _ if event.kind == EventKind::Yield => Next::End(String::new(), Vec::new()),
            _ if matches!(given, Some(Value::None)) => {
                Next::End("without a `return`".into(), Vec::new())
            }
            _ => Next::End(String::new(), Vec::new()),
        })
    }

    /// The `return` that ended a frame at a position, where it began and with its expression. It need not
    /// stand on the last line, since `finally` and `with` come after it; and one that does may not have run.
    fn return_of(
        &self,
        end: Pos,
        frame: NewFrame,
        given: Option<&Value>,
    ) -> Result<Option<(Pos, String)>> {
        let frames = Filter::Frames(vec![frame.frame]);
        let mut from = end;
        for tried in 0..LINES_AFTER_RETURN {
            let mut is_line = |_: Pos, event: &EventInfo| {
                event.frame == frame.frame && event.kind == EventKind::Line
            };
            let interrupt = &self.interrupt;
            let back = Direction::Backward;
            let found =
                self.timeline
                    .find(Some(from), back, &frames, interrupt, &mut is_line, None)?;
            let Some(at) = found else { break };
            from = at;
            let reading = self.reading(&self.timeline.event(at)?)?;
            let Some(text) = reading.and_then(|reading| reading.returned) else {
                continue;
            };
            let line = Quest {
                text: text.clone(),
                pos: at,
                until: end,
                frame,
                expected: None,
                part: None,
            };
            let is_atom = !matches!(given, None | Some(Value::Object(_) | Value::Unknown(_)));
            match self.datum_at(Next::Follow(line), &text) {
                Some(Datum::Value(value)) if is_atom && Some(&value) != given => {}
                // As of a call: of a line that may as well have ended otherwise, nothing is said.
                None if tried > 0 && matches!(given, Some(Value::None)) => break,
                _ => return Ok(Some((at, text))),
            }
        }
        Ok(None)
    }

    /// The last value that a generator yielded to the quest's line, if that is what was given there.
    pub(super) fn taken_from_generator(&self, quest: &Quest) -> Result<Option<(Pos, EventInfo)>> {
        let mut found = self.given(quest, EventKind::Yield, &Filter::All, &|_| true)?;
        self.keep_expected(quest, &mut found)?;
        Ok(found.pop())
    }

    /// Keeps those that gave what is expected, if that is known.
    pub(super) fn keep_expected(
        &self,
        quest: &Quest,
        found: &mut Vec<(Pos, EventInfo)>,
    ) -> Result<()> {
        let Some(expected) = quest.whole() else {
            return Ok(());
        };
        let mut kept = Vec::new();
        for (pos, event) in found.drain(..) {
            if result(&*self.timeline.state_at(pos)?).as_ref() == Some(expected) {
                kept.push((pos, event));
            }
        }
        *found = kept;
        Ok(())
    }

    /// Keeps those that can have given what is expected: an atom is that or is not.
    pub(super) fn keep_plausible(
        &self,
        quest: &Quest,
        found: &mut Vec<(Pos, EventInfo)>,
    ) -> Result<()> {
        match quest.whole() {
            None | Some(Value::Object(_) | Value::Unknown(_)) => Ok(()),
            Some(_) => self.keep_expected(quest, found),
        }
    }

    /// Where frames that the quest's line called returned, in order.
    pub(super) fn returns(
        &self,
        quest: &Quest,
        filter: &Filter,
        is_wanted: &dyn Fn(CodeId) -> bool,
    ) -> Result<Vec<(Pos, EventInfo)>> {
        self.given(quest, EventKind::Return, filter, is_wanted)
    }

    /// The same for any kind of event.
    pub(super) fn given(
        &self,
        quest: &Quest,
        kind: EventKind,
        filter: &Filter,
        is_wanted: &dyn Fn(CodeId) -> bool,
    ) -> Result<Vec<(Pos, EventInfo)>> {
        let line = self.timeline.event(quest.pos)?;
        let mut found = Vec::new();
        let mut from = quest.pos;
        while from < quest.until && line.frame == quest.frame.frame {
            let mut wants = |event: &EventInfo| {
                event.kind == kind
                    && event.thread == line.thread
                    && event.depth == line.depth + 1
                    && is_wanted(event.code)
            };
            let returned =
                self.timeline
                    .find_until(from, quest.until, filter, &self.interrupt, &mut wants)?;
            let Some(pos) = returned else { break };
            found.push((pos, self.timeline.event(pos)?));
            from = pos;
        }
        Ok(found)
    }
}

pub(super) fn result(state: &State) -> Option<Value> {
    state.event.as_ref().and_then(|(_, value)| value.clone())
}
