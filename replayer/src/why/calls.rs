//! Values that go into a call and come out of it.

use schema::{Code, EventInfo, EventKind, Pos};

use super::callee::Callee;
use super::{Next, Quest};
use crate::breakpoint::{self, Breakpoint, Location};
use crate::debugger::Debugger;
use crate::error::Result;
use crate::follow::Changed;
use crate::reading::{self, Call};
use crate::timeline::Filter;
use crate::view::WhyLink;

/// Functions that read what the program is given from outside.
const INPUTS: &[&str] = &[
    "input",
    "read",
    "readline",
    "readlines",
    "recv",
    "getenv",
    "urlopen",
    "read_text",
    "read_bytes",
];

/// What asks a generator for its next value.
const STEPS: &[&str] = &[
    "next",
    "anext",
    "send",
    "asend",
    "__next__",
    "__anext__",
    "throw",
    "athrow",
];

/// Builtins that give what their arguments say.
const PURE: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "int",
    "len",
    "list",
    "map",
    "max",
    "min",
    "pow",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
];
impl Debugger {
    /// A parameter: what the line of the caller passed for it.
    pub(super) fn argument(
        &self,
        quest: &Quest,
        changed: Changed,
        by: Pos,
        links: &mut Vec<WhyLink>,
        next: &dyn Fn(String) -> Next,
    ) -> Result<Next> {
        let trace = self.timeline.trace();
        let code = trace.code(self.timeline.event(changed.pos)?.code)?.clone();
        let reading = self.reading(&self.timeline.event(by)?)?.unwrap_or_default();
        let names: Vec<&str> = code.variables.iter().map(|v| v.name.as_str()).collect();
        let arguments = names.get(..code.arguments as usize).unwrap_or(&names);
        let index = arguments.iter().position(|name| *name == quest.text);
        // `*args` and `**kwargs` stand behind the others.
        let collecting = (code.flags >> 2 & 1) + (code.flags >> 3 & 1);
        let single = code.arguments.saturating_sub(collecting) as usize;
        let mut push = |how: String, is_certain| -> Result<()> {
            links.push(self.link(quest, by, how, is_certain)?);
            Ok(())
        };
        let line = match next(String::new()) {
            Next::Follow(line) => line,
            end => return Ok(end),
        };
        let source = trace.text_of(&code)?.map(|lines| lines.join("\n"));
        let is_it = |call: &&Call| self.callee(&line, call).is_of(call, &code);
        let mut calls: Vec<&Call> = reading.calls.iter().filter(is_it).collect();
        let default = source
            .as_ref()
            .and_then(|text| reading::default_of(text, code.first_line, &quest.text));
        let is_named = !calls.is_empty();
        let has_source = source.is_some();
        let called = match has_source {
            true => code.qualname.clone(),
            false => format!("{}, generated code", code.name),
        };
        if !is_named {
            // What wraps a function is called by the name of that.
            calls = reading.calls.iter().collect();
            calls.retain(|call| self.callee(&line, call).may_wrap() && !call.has_star);
        }
        if let (true, Some(index)) = (calls.len() > 1 || !is_named, index) {
            // Of several calls on the line, those that can have passed this value.
            let actual = self.value(quest, &quest.text)?;
            calls.retain(|call| {
                let passed = passed(call, &code, index).or(default.as_ref());
                let value = passed.map(|text| self.value(&line, text));
                match value {
                    Some(Ok(Some(value))) => Some(&value) == actual.as_ref(),
                    _ => is_named,
                }
            });
        }
        if let Some(call) = calls.first()
            && index.is_none_or(|index| index >= single)
        {
            let verb = match index {
                Some(_) => "collected from the arguments of",
                None => "came with an argument of",
            };
            let how = format!("{verb} {called}");
            push(how, is_named && calls.len() == 1)?;
            if let (None, true) = (index, calls.len() == 1)
                && let Some(text) = self.item_passed(quest, changed.pos, &line, call)?
            {
                return Ok(next(text));
            }
            return Ok(Next::End(format!("by `{}`", call.text), Vec::new()));
        }
        let (Some(index), Some(call)) = (index, calls.first()) else {
            push(format!("passed to {called} during this line"), true)?;
            let index = index.unwrap_or_default();
            return match self.passed_by_statement(quest, &line, &code, index, &reading)? {
                Some(text) => Ok(next(text)),
                None => Ok(Next::End(self.uncalled(&code, &reading), Vec::new())),
            };
        };
        let is_certain = is_named && calls.len() == 1;
        let skipped = skipped(call, &code);
        let is_constructor = code.name == "__init__" && call.name != "__init__";
        if index < skipped {
            return Ok(match (&call.receiver, is_constructor) {
                (Some(receiver), false) => {
                    push(
                        format!("the object that {} was called on", code.qualname),
                        is_certain,
                    )?;
                    next(receiver.clone())
                }
                _ => {
                    push(format!("a new object, made by `{}`", call.text), is_certain)?;
                    Next::End(String::new(), Vec::new())
                }
            });
        }
        let keyword = call.keywords.iter().find(|(name, _)| *name == quest.text);
        let passed = passed(call, &code, index);
        if let Some(text) = passed.filter(|_| !call.has_star || keyword.is_some()) {
            push(format!("passed to {called}"), is_certain)?;
            return Ok(next(text.clone()));
        }
        if call.has_star {
            push(
                format!("passed to {} through `*` or `**`", code.qualname),
                false,
            )?;
            return Ok(Next::End(format!("by `{}`", call.text), Vec::new()));
        }
        push(format!("not passed to {called}"), is_certain)?;
        Ok(match default {
            Some(text) => Next::End(format!("its default `{text}`"), Vec::new()),
            None if !has_source => Next::End("a default of the class".into(), Vec::new()),
            None => Next::End("no argument of the call is it".into(), Vec::new()),
        })
    }

    /// What is written out for the quest's item, if a call passes what that is an item of.
    fn item_passed(
        &self,
        quest: &Quest,
        begun: Pos,
        line: &Quest,
        call: &Call,
    ) -> Result<Option<String>> {
        let Some((base, key)) = reading::item_of(&self.plain(&quest.text)) else {
            return Ok(None);
        };
        let trace = self.timeline.trace();
        let code = trace.code(self.timeline.event(begun)?.code)?;
        let state = self.timeline.state_at(begun)?;
        let base = Quest {
            text: base,
            ..quest.clone()
        };
        let (Some(base), Some(frame)) = (self.held(&base)?, state.top()) else {
            return Ok(None);
        };
        let at = (0..code.arguments as usize).find(|at| state.variable(frame, *at) == Some(&base));
        let passed = at.and_then(|at| passed(call, code, at));
        let (Some(text), false) = (passed, call.has_star) else {
            return Ok(None);
        };
        let key = self.value(quest, &key)?.unwrap_or(key);
        self.element(line, text, &key)
    }

    /// The result of a call: what the function returned, if it was recorded.
    pub(super) fn call(
        &self,
        quest: &Quest,
        call: &Call,
        links: &mut Vec<WhyLink>,
    ) -> Result<Next> {
        let trace = self.timeline.trace();
        let callee = self.callee(quest, call);
        let is_it = |code: &&std::sync::Arc<Code>| callee.is_of(call, code);
        let codes = trace.reader().codes().filter(is_it);
        let codes = codes.map(|code| (code.id, ()));
        let location = Location::Function(codes.collect());
        let Location::Function(codes) = &location else {
            return Ok(Next::End(String::new(), Vec::new()));
        };
        let called = Breakpoint::new(0, location.clone(), String::new(), None, false)?;
        let mut filter = breakpoint::filter(trace, &[&called])?;
        if let Filter::Only { kinds, .. } = &mut filter {
            // A function may return in a chunk that has none of its lines.
            *kinds = if codes.is_empty() {
                0
            } else {
                1 << EventKind::Return as u8
            };
        }
        if STEPS.contains(&call.name.as_str())
            && let Some(yielded) = self.taken_from_generator(quest)?
        {
            return self.came_from(quest, yielded, true, links);
        }
        let is_pure = call.receiver.is_none()
            && PURE.contains(&call.name.as_str())
            && !matches!(callee, Callee::Function(_));
        let is_its = |code| codes.contains_key(&code);
        let mut found = self.returns(quest, &filter, &is_its)?;
        let is_class = matches!(callee, Callee::Class(_)) && !is_pure;
        if !is_class {
            self.keep_plausible(quest, &mut found)?;
        }
        let mut is_certain = found.len() == 1;
        if found.is_empty() && !is_pure && !is_class && callee.may_wrap() {
            // A function that is called by another name than its own: the only result of the line.
            found = self.returns(quest, &Filter::All, &|_| true)?;
            self.keep_expected(quest, &mut found)?;
            found.truncate(usize::from(found.len() == 1));
            is_certain = false;
        }
        if is_class {
            return self.instance(quest, call, links);
        }
        let inputs = call.inputs.clone();
        if let Some(returned) = found.pop() {
            return self.came_from(quest, returned, is_certain, links);
        }
        if let Callee::BuiltIn(Some(kind)) = callee
            && let Some(next) = self.taken(quest, call, kind)?
        {
            return Ok(next);
        }
        if callee.may_wrap()
            && let Some(returned) = self.elsewhere_of_part(quest, call)?
        {
            return self.came_from(
                &Quest {
                    part: None,
                    ..quest.clone()
                },
                returned,
                false,
                links,
            );
        }
        let text = &call.text;
        let is_known = || {
            let mut all = trace.reader().codes();
            !codes.is_empty() || callee.may_wrap() && all.any(|code| is_call_of(call, code))
        };
        let how = if INPUTS.contains(&call.name.as_str()) {
            format!("input, by `{text}`")
        } else if is_pure {
            format!("computed by `{text}`")
        } else if is_known() {
            format!("the result of `{text}`, which no recorded code returned there")
        } else {
            format!("the result of `{text}`, which was not recorded")
        };
        Ok(Next::End(how, inputs))
    }

    /// What a call waited for that ran elsewhere: of several, the one that the part is of.
    fn elsewhere_of_part(&self, quest: &Quest, call: &Call) -> Result<Option<(Pos, EventInfo)>> {
        let text = match quest.part {
            None => &call.text,
            // Of `gather` and its like.
            Some(_) if call.has_star => &call.text,
            Some(part) => match call.positional.get(part) {
                Some(text) => text,
                None => return Ok(None),
            },
        };
        self.elsewhere(quest, text)
    }
}

/// How many of the first parameters a call does not write: the object it is about.
fn skipped(call: &Call, code: &Code) -> usize {
    let is_constructor = code.name == "__init__" && call.name != "__init__";
    let first = code
        .variables
        .first()
        .map(|variable| variable.name.as_str());
    let is_method = call.receiver.is_some() && matches!(first, Some("self" | "cls"));
    let is_called = code.name == "__call__" && call.name != "__call__";
    usize::from(is_constructor || is_method || is_called)
}

/// What a call passes for the parameter at an index, if it is written out.
fn passed<'c>(call: &'c Call, code: &Code, index: usize) -> Option<&'c String> {
    let name = &code.variables.get(index)?.name;
    let keyword = call.keywords.iter().find(|(keyword, _)| keyword == name);
    let at = index.checked_sub(skipped(call, code));
    let positional = || at.and_then(|at| call.positional.get(at));
    keyword.map(|(_, text)| text).or_else(positional)
}

/// Whether a call can be one of a code object, by its name.
pub(super) fn is_call_of(call: &Call, code: &Code) -> bool {
    let class = code.qualname.strip_suffix(".__init__");
    let class = class.and_then(|class| class.rsplit('.').next());
    code.name == call.name || class == Some(call.name.as_str())
}
