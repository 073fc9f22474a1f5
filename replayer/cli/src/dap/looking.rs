//! Requests about what is here: threads, stacks, scopes, exceptions.

use replayer::{Budget, Group, StepView};
use serde_json::{Value, json};

use super::handles::{FrameHandle, Holder};
use super::session::{Outcome, Session, arguments};

/// So many of the frames that an exception passed through are told.
const MOST_PASSED: usize = 100;

impl Session {
    pub(super) fn on_threads(&mut self, _: &Value) -> Outcome {
        // While the program is recorded, there are none to be looked at.
        let Some(core) = &self.core else {
            return Ok(json!({ "threads": [] }).into());
        };
        let threads = core.debugger.threads()?;
        let threads: Vec<Value> = threads
            .iter()
            .map(|thread| json!({ "id": thread.number, "name": schema::escape_control(&thread.name) }))
            .collect();
        Ok(json!({ "threads": threads }).into())
    }

    pub(super) fn on_stack_trace(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            thread_id: i64,
            #[serde(default)]
            start_frame: usize,
            #[serde(default)]
            levels: usize,
        }
        let wanted: Wanted = arguments(request)?;
        let thread = u32::try_from(wanted.thread_id).unwrap_or(0);
        let debugger = self.debugger()?;
        debugger.select_thread(thread)?;
        let depth = debugger.depth();
        let count = match wanted.levels {
            0 => usize::MAX,
            levels => levels,
        };
        // Clients count from the innermost frame, the debugger from the outermost.
        let end = depth.saturating_sub(wanted.start_frame);
        let begin = end.saturating_sub(count);
        let views = debugger.frames(begin, end - begin)?;
        let mut frames = Vec::new();
        for view in views.into_iter().rev() {
            let level = view.level;
            let frame = FrameHandle { thread, level };
            // Code that the program made has no text, though a file may have its name.
            let is_generated = view.source.is_none() && view.file.starts_with('<');
            frames.push(json!({
                "id": self.handles.frame(frame),
                "name": schema::escape_control(&view.function),
                "source": (!is_generated).then(|| self.source(&view.file)),
                "presentationHint": if is_generated { "subtle" } else { "normal" },
                "line": self.to_client_line(view.line),
                "column": u32::from(!self.abilities.counts_columns_from_0),
                "moduleId": view.file,
            }));
        }
        Ok(json!({ "stackFrames": frames, "totalFrames": depth }).into())
    }

    pub(super) fn on_scopes(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            frame_id: i64,
        }
        let wanted: Wanted = arguments(request)?;
        let frame = self.handles.frame_of(wanted.frame_id)?;
        let debugger = self.debugger()?;
        let event = debugger.stop(replayer::Reason::Moved)?;
        debugger.select_thread(frame.thread)?;
        let is_top = frame.level + 1 == debugger.depth();
        debugger.select(frame.thread, frame.level)?;
        let is_event_thread = debugger.is_of_event(frame.thread);
        let mut groups = vec![(Group::Locals, "Locals")];
        if !debugger.group(Group::Closure, Budget::BRIEF)?.is_empty() {
            groups.push((Group::Closure, "Closure"));
        }
        groups.push((Group::Globals, "Globals"));
        let mut scopes = Vec::new();
        if event.value.is_some() && is_top && is_event_thread {
            let name = match event.event {
                "return" => "Return value",
                "yield" => "Yielded value",
                _ => "Exception",
            };
            scopes.push(json!({
                "name": name,
                "presentationHint": "returnValue",
                "variablesReference": self.handles.holder(Holder::Event),
                "expensive": false,
            }));
        }
        for (group, name) in groups {
            let mut scope = json!({
                "name": name,
                "variablesReference": self.handles.holder(Holder::Group(frame, group)),
                "expensive": group == Group::Globals,
            });
            if group == Group::Locals {
                scope["presentationHint"] = "locals".into();
            }
            scopes.push(scope);
        }
        // Locals come first: that is what people look at.
        scopes.sort_by_key(|scope| scope["name"] != "Locals");
        Ok(json!({ "scopes": scopes }).into())
    }

    pub(super) fn on_exception_info(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            thread_id: i64,
        }
        let _: i64 = arguments::<Wanted>(request)?.thread_id;
        let chain = self.debugger()?.exceptions()?;
        let mut details: Option<Value> = None;
        for exception in chain.iter().rev() {
            let class = class_of(&exception.value);
            let place =
                |by: &StepView| format!("@{} {}:{} in {}", by.pos, by.file, by.line, by.function);
            let mut raised = match &exception.raised {
                Some(by) => format!("raised {}", place(by)),
                None if exception.is_lost => format!("raised {}", crate::repl::LOST),
                None => "raised in code that was not recorded".into(),
            };
            for by in exception.passed.iter().take(MOST_PASSED) {
                raised += &format!("\nthen {}", place(by));
            }
            let mut one = json!({
                "message": exception.value,
                "typeName": class.rsplit('.').next(),
                "fullTypeName": class,
                "stackTrace": raised.lines().map(schema::escape_control).collect::<Vec<_>>().join("\n"),
            });
            if let Some(inner) = details.take() {
                one["innerException"] = json!([inner]);
            }
            details = Some(one);
        }
        let (Some(first), Some(details)) = (chain.first(), details) else {
            return Err("no exception is raised here".into());
        };
        Ok(json!({
            "exceptionId": class_of(&first.value),
            "description": first.value,
            "breakMode": "always",
            "details": details,
        })
        .into())
    }
}

/// The class of an exception as it is shown: what stands before the parenthesis.
fn class_of(value: &str) -> &str {
    value.split('(').next().unwrap_or(value)
}
