//! What frames gave to the line that ran them: results, yielded values, and what was sent into them.

use schema::{Code, CodeId, EventInfo, EventKind, Pos, State, Value};

use super::{Next, Quest};
use crate::debugger::Debugger;
use crate::error::Result;
use crate::expr::{Datum, Expr};
use crate::follow::{self, Changed};
use crate::reading::Call;
use crate::show::{self, Budget};
use crate::timeline::Filter;
use crate::view::WhyLink;

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
        links.push(link);
        let reading = self.reading(&event)?.unwrap_or_default();
        let text = match event.kind {
            // Of several on one line, nobody knows which.
            EventKind::Yield if reading.yielded.len() != 1 => None,
            EventKind::Yield => reading.yielded.into_iter().next(),
            _ => reading.returned,
        };
        let begun = Changed {
            pos,
            frame: event.frame,
            is_again: false,
        };
        let at = follow::doer(&self.timeline, begun, &self.interrupt)?;
        let frame = state.frame(event.frame).map(|frame| frame.info);
        Ok(match (text, frame) {
            (Some(text), Some(frame)) => Next::Follow(Quest {
                text,
                pos: at,
                until: pos,
                frame,
                expected: given.filter(|_| quest.part.is_none()),
                part: quest.part,
            }),
            _ if event.kind == EventKind::Yield => Next::End(String::new(), Vec::new()),
            _ => Next::End("without a `return`".into(), Vec::new()),
        })
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
        let Some(expected) = &quest.expected else {
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

    /// Whether what a call calls is a code object's function, by what its expression stands for there.
    pub(super) fn stands_for(&self, line: &Quest, call: &Call, code: &Code) -> bool {
        let callee = match &call.receiver {
            Some(receiver) => format!("{receiver}.{}", call.name),
            None => call.name.clone(),
        };
        let text = self.at(line, |scope| {
            let Datum::Value(Value::Object(id)) = Expr::parse(&callee)?.evaluate(scope)? else {
                return Ok(None);
            };
            Ok(scope
                .objects()
                .get(&id)
                .and_then(|object| object.text.clone()))
        });
        let Ok(Some(text)) = text else {
            return false;
        };
        let name = &code.qualname;
        *text == *format!("<function {name} at …>")
            || *text == *format!("<bound method {name} of …>")
            || name
                .strip_suffix(".__init__")
                .is_some_and(|class| text.ends_with(&format!("{class}'>")))
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
    fn given(
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

fn result(state: &State) -> Option<Value> {
    state.event.as_ref().and_then(|(_, value)| value.clone())
}
