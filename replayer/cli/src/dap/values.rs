//! Requests about values: variables, evaluation, completion.

use replayer::{Budget, Part};
use serde_json::{Value, json};

use super::client::Refusal;
use super::handles::{FrameHandle, Holder};
use super::session::{Outcome, Session, arguments};

/// How much of a value stands in a tree of variables, where it can be opened, and beside a line.
const IN_TREE: Budget = Budget {
    levels: 1,
    items: 8,
    text: 60,
    total: 90,
};

impl Session {
    /// Looks at the frame that a request is about, if it names one.
    pub(super) fn select(&mut self, frame: Option<i64>) -> Result<FrameHandle, Refusal> {
        // Clients send 0 for no frame.
        let frame = frame.filter(|number| *number != 0);
        let frame = frame
            .map(|number| self.handles.frame_of(number))
            .transpose()?;
        let debugger = self.debugger()?;
        if let Some(frame) = frame {
            debugger.select(frame.thread, frame.level)?;
        }
        Ok(FrameHandle {
            thread: debugger.thread(),
            level: debugger.level(),
        })
    }

    fn variable(&mut self, part: Part, frame: FrameHandle) -> Value {
        let mut variable = json!({
            "name": part.name,
            "value": part.value,
            "type": schema::escape_control(&part.class),
            "variablesReference": 0,
            "presentationHint": { "attributes": ["readOnly"] },
        });
        if let Some(path) = part.path {
            variable["evaluateName"] = path.into();
        }
        if let Some(inside) = part.inside {
            variable["namedVariables"] = inside.named.into();
            variable["indexedVariables"] = inside.indexed.into();
            let number = self.handles.holder(Holder::Inside(frame, inside));
            variable["variablesReference"] = number.into();
        }
        variable
    }

    pub(super) fn on_variables(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            variables_reference: i64,
            filter: Option<String>,
            #[serde(default)]
            start: usize,
            #[serde(default)]
            count: usize,
        }
        let wanted: Wanted = arguments(request)?;
        let holder = self.handles.holder_of(wanted.variables_reference)?;
        let count = match wanted.count {
            0 => usize::MAX,
            count => count,
        };
        let (wants_named, wants_indexed) = match wanted.filter.as_deref() {
            None => (true, true),
            Some("named") => (true, false),
            Some("indexed") => (false, true),
            Some(other) => return Err(format!("there is no filter {other}").into()),
        };
        let short = IN_TREE;
        let debugger = self.debugger()?;
        let (frame, parts) = match holder {
            Holder::Group(frame, group) => {
                debugger.select(frame.thread, frame.level)?;
                let parts = if wants_named {
                    debugger.group(group, short)?
                } else {
                    Vec::new()
                };
                (
                    frame,
                    parts.into_iter().skip(wanted.start).take(count).collect(),
                )
            }
            Holder::Event => {
                let frame = FrameHandle {
                    thread: debugger.thread(),
                    level: debugger.level(),
                };
                (frame, Vec::from_iter(debugger.carried(short)?))
            }
            Holder::Inside(frame, inside) => {
                let mut parts = Vec::new();
                // Items first, as they are what a container is for.
                if wants_indexed {
                    parts.extend(debugger.indexed_parts(&inside, wanted.start, count, short)?);
                }
                if wants_named {
                    let named = debugger.named_parts(&inside, short)?;
                    let (skip, take) = if wants_indexed {
                        let skip = wanted.start.saturating_sub(inside.indexed);
                        (skip, count.saturating_sub(parts.len()))
                    } else {
                        (wanted.start, count)
                    };
                    parts.extend(named.into_iter().skip(skip).take(take));
                }
                (frame, parts)
            }
        };
        let all: Vec<Value> = parts
            .into_iter()
            .map(|part| self.variable(part, frame))
            .collect();
        Ok(json!({ "variables": all }).into())
    }

    pub(super) fn on_evaluate(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            expression: String,
            frame_id: Option<i64>,
            context: Option<String>,
        }
        let wanted: Wanted = arguments(request)?;
        let frame = self.select(wanted.frame_id)?;
        let budget = match wanted.context.as_deref() {
            Some("clipboard") => Budget::WHOLE,
            Some("repl") => {
                if let Some(outcome) = self.command(&wanted.expression) {
                    return outcome;
                }
                Budget::USUAL
            }
            _ => Budget::SHORT,
        };
        let part = self.debugger()?.inspect(&wanted.expression, budget)?;
        let mut shown = self.variable(part, frame);
        shown["result"] = shown["value"].take();
        if let Some(fields) = shown.as_object_mut() {
            for name in ["name", "value", "evaluateName"] {
                fields.remove(name);
            }
        }
        Ok(shown.into())
    }

    pub(super) fn on_completions(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            text: String,
            column: usize,
            frame_id: Option<i64>,
        }
        let wanted: Wanted = arguments(request)?;
        self.select(wanted.frame_id)?;
        let column = match self.abilities.counts_columns_from_0 {
            true => wanted.column,
            false => wanted.column.saturating_sub(1),
        };
        let before: String = wanted.text.chars().take(column).collect();
        let is_part = |c: char| c.is_alphanumeric() || "_.".contains(c);
        let word: String = before.chars().rev().take_while(|c| is_part(*c)).collect();
        let word: String = word.chars().rev().collect();
        let (length, begin) = (word.chars().count(), column.min(before.chars().count()));
        let first = usize::from(!self.abilities.counts_columns_from_0);
        let words = self.debugger()?.words();
        let targets: Vec<Value> = words
            .iter()
            .filter(|name| name.starts_with(&word) && !name.contains(['/', '<']))
            .map(|name| {
                json!({
                    "label": schema::escape_control(name),
                    "start": begin - length.min(begin) + first,
                    "length": length,
                    "type": if name.contains('.') { "property" } else { "variable" },
                })
            })
            .collect();
        Ok(json!({ "targets": targets }).into())
    }
}
