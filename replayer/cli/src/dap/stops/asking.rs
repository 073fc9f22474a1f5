//! Requests that set breakpoints, or ask where they can be.

use replayer::{Budget, Inside};
use serde_json::{Value, json};

use super::super::client::Refusal;
use super::super::handles::{FrameHandle, Holder};
use super::super::session::{Outcome, Session};
use super::super::sources::Named;
use super::{Details, Kind, Place, Watched, asked, listed, path_of};

impl Session {
    pub(in super::super) fn on_set_breakpoints(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        struct Asked {
            source: Named,
            #[serde(default)]
            breakpoints: Vec<AtLine>,
            #[serde(default)]
            lines: Vec<i64>,
        }
        #[derive(serde::Deserialize)]
        struct AtLine {
            line: i64,
            #[serde(flatten)]
            details: Details,
        }
        let asked: Asked = asked(request)?;
        let path = path_of(self, &asked.source)?;
        let mut new: Vec<(Place, Details)> = Vec::new();
        // What is set by lines alone is the older way.
        let plain = asked.lines.iter().filter(|_| asked.breakpoints.is_empty());
        let plain = plain
            .map(|line| (*line, Details::default()))
            .collect::<Vec<_>>();
        let all = asked
            .breakpoints
            .into_iter()
            .map(|one| (one.line, one.details));
        for (line, details) in all.chain(plain) {
            new.push((Place::Line(path.clone(), self.to_own_line(line)), details));
        }
        listed(self.replace(&Kind::File(path), new))
    }

    pub(in super::super) fn on_set_function_breakpoints(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        struct Asked {
            breakpoints: Vec<OnFunction>,
        }
        #[derive(serde::Deserialize)]
        struct OnFunction {
            name: String,
            #[serde(flatten)]
            details: Details,
        }
        let asked: Asked = asked(request)?;
        let new = asked.breakpoints.into_iter();
        let new = new
            .map(|one| (Place::Function(one.name), one.details))
            .collect();
        listed(self.replace(&Kind::Functions, new))
    }

    pub(in super::super) fn on_set_exception_breakpoints(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Asked {
            filters: Vec<String>,
            #[serde(default)]
            filter_options: Vec<Filter>,
        }
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Filter {
            filter_id: String,
            #[serde(default)]
            condition: Option<String>,
        }
        let asked: Asked = asked(request)?;
        let plain = asked.filters.into_iter().map(|name| (name, None));
        let with = asked
            .filter_options
            .into_iter()
            .map(|one| (one.filter_id, one.condition));
        let mut new = Vec::new();
        for (name, condition) in plain.chain(with) {
            let is_class = |text: &String| {
                let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
                !text.is_empty() && text.chars().all(is_part)
            };
            let mut details = Details::default();
            let place = match (name.as_str(), condition) {
                ("raised", Some(class)) if is_class(&class) => Place::Raised(Some(class)),
                ("raised", condition) => {
                    details.condition = condition;
                    Place::Raised(None)
                }
                ("uncaught", condition) => {
                    details.condition = condition;
                    Place::Uncaught
                }
                (other, _) => return Err(format!("there is no exception filter {other}").into()),
            };
            new.push((place, details));
        }
        listed(self.replace(&Kind::Exceptions, new))
    }

    pub(in super::super) fn on_data_breakpoint_info(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Asked {
            name: String,
            variables_reference: Option<i64>,
            frame_id: Option<i64>,
        }
        let asked: Asked = asked(request)?;
        let holder = asked.variables_reference.filter(|number| *number != 0);
        let holder = holder
            .map(|number| self.handles.holder_of(number))
            .transpose()?;
        let (frame, text) = match holder {
            None => (self.select(asked.frame_id)?, Some(asked.name.clone())),
            Some(Holder::Group(frame, _)) => (frame, Some(asked.name.clone())),
            Some(Holder::Event) => (self.select(None)?, None),
            Some(Holder::Inside(frame, inside)) => (frame, self.path_within(&inside, &asked.name)?),
        };
        let debugger = self.debugger()?;
        debugger.select(frame.thread, frame.level)?;
        let position = debugger.position().0;
        // Whether it can be watched is known once it is.
        let outcome = match &text {
            Some(text) => debugger
                .watch(text, None)
                .map(|set| (set.number, set.text.clone())),
            None => Err(replayer::Error::NoSuch(format!(
                "no expression leads to {}",
                asked.name
            ))),
        };
        let (number, description) = match outcome {
            Ok(known) => known,
            Err(error) => {
                return Ok(json!({ "dataId": null, "description": error.to_string() }).into());
            }
        };
        debugger.clear(number)?;
        let text = text.unwrap_or_default();
        let FrameHandle { thread, level } = frame;
        let key = format!("{text} @{position}/{thread}/{level}");
        let watched = Watched {
            text,
            frame,
            position,
        };
        self.stops.watched.insert(key.clone(), watched);
        Ok(json!({
            "dataId": key,
            "description": description,
            "accessTypes": ["write"],
            "canPersist": false,
        })
        .into())
    }

    /// The expression for a part of something, by its name.
    fn path_within(&mut self, inside: &Inside, name: &str) -> Result<Option<String>, Refusal> {
        let debugger = self.debugger()?;
        let place = name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let items = match place.and_then(|digits| digits.parse().ok()) {
            Some(place) => debugger.indexed_parts(inside, place, 1, Budget::BRIEF)?,
            None => debugger.indexed_parts(inside, 0, usize::MAX, Budget::BRIEF)?,
        };
        let named = debugger.named_parts(inside, Budget::BRIEF)?;
        let part = named
            .into_iter()
            .chain(items)
            .find(|part| part.name == name);
        Ok(part.and_then(|part| part.path))
    }

    pub(in super::super) fn on_set_data_breakpoints(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        struct Asked {
            breakpoints: Vec<OnData>,
        }
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OnData {
            data_id: String,
            #[serde(flatten)]
            details: Details,
        }
        let asked: Asked = asked(request)?;
        let new = asked.breakpoints.into_iter();
        let new = new
            .map(|one| (Place::Data(one.data_id), one.details))
            .collect();
        listed(self.replace(&Kind::Data, new))
    }

    pub(in super::super) fn on_breakpoint_locations(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Asked {
            source: Named,
            line: i64,
            end_line: Option<i64>,
        }
        let asked: Asked = asked(request)?;
        let path = path_of(self, &asked.source)?;
        let first = self.to_own_line(asked.line);
        let last = asked.end_line.map_or(first, |line| self.to_own_line(line));
        // Before there is a trace, no line is known to have code.
        let lines = match &self.core {
            Some(core) => core.debugger.code_lines(&path),
            None => Default::default(),
        };
        let lines = lines
            .into_iter()
            .filter(|line| (first..=last).contains(line));
        let all: Vec<Value> = lines
            .map(|line| json!({ "line": self.to_client_line(line) }))
            .collect();
        Ok(json!({ "breakpoints": all }).into())
    }
}
