//! A trace as `rdbg.open` reads it: positions, events and values, by the debugger's one door.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use replayer::{Budget, Datum, Debugger, Direction, Motion};
use schema::{ObjectId, Pos};

use crate::values::{Views, failed};

/// A function, its file and line, and the number of the frame.
type FrameRow = (String, u32, String, u64);

/// An open trace.
#[pyclass(frozen, name = "Reader")]
pub(crate) struct Reader {
    debugger: Mutex<Debugger>,
    views: Views,
}

impl Reader {
    /// The debugger. Nothing of Python is called while it is held: another thread that wants it
    /// would wait for it with the GIL.
    fn debugger(&self) -> MutexGuard<'_, Debugger> {
        let debugger = self.debugger.lock().unwrap_or_else(PoisonError::into_inner);
        debugger.renew();
        debugger
    }
}

#[pymethods]
impl Reader {
    /// Opens a trace; `make_object(pos, number)`, `make_cut(start, length)` and
    /// `make_unknown(reason)` make the views of what is no value of Python.
    #[new]
    fn new(
        path: PathBuf,
        make_object: Py<PyAny>,
        make_cut: Py<PyAny>,
        make_unknown: Py<PyAny>,
    ) -> PyResult<Reader> {
        let debugger = Debugger::open(&path).map_err(failed)?;
        Ok(Reader {
            debugger: Mutex::new(debugger),
            views: Views {
                object: make_object,
                cut: make_cut,
                unknown: make_unknown,
            },
        })
    }

    /// The first position, and one past the last.
    fn range(&self) -> (u64, u64) {
        let debugger = self.debugger();
        (debugger.first_position().0, debugger.last_position().0 + 1)
    }

    /// Program, argv, cwd, Python, platform, start, how it ended and after how many seconds.
    #[allow(clippy::type_complexity)]
    fn header(
        &self,
    ) -> (
        String,
        Vec<String>,
        String,
        String,
        String,
        f64,
        Option<(String, f64)>,
    ) {
        let debugger = self.debugger();
        let header = debugger.header().clone();
        let ending = debugger.ending().map(|e| (e.how.clone(), e.seconds));
        (
            header.program,
            header.argv,
            header.cwd,
            header.python,
            header.platform,
            header.started,
            ending,
        )
    }

    fn threads(&self) -> PyResult<Vec<(u32, String)>> {
        let threads = self.debugger().threads().map_err(failed)?;
        Ok(threads.into_iter().map(|t| (t.number, t.name)).collect())
    }

    /// Kind, thread, file, line, function, frame and depth of an event.
    #[allow(clippy::type_complexity)]
    fn event(&self, pos: u64) -> PyResult<(&'static str, u32, String, u32, String, u64, u32)> {
        let e = self.debugger().event(Pos(pos)).map_err(failed)?;
        Ok((
            e.kind, e.thread, e.file, e.line, e.function, e.frame, e.depth,
        ))
    }

    fn frames(&self, pos: u64) -> PyResult<Vec<FrameRow>> {
        self.debugger().frames_at(Pos(pos)).map_err(failed)
    }

    fn locals<'py>(
        &self,
        py: Python<'py>,
        pos: u64,
        level: usize,
    ) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        let locals = self.debugger().locals_at(Pos(pos), level).map_err(failed)?;
        let locals = locals.into_iter();
        locals
            .map(|(name, value)| Ok((name, self.views.value(py, &value, pos)?)))
            .collect()
    }

    /// What is returned, yielded, raised or named at an event.
    fn carried<'py>(&self, py: Python<'py>, pos: u64) -> PyResult<Option<Bound<'py, PyAny>>> {
        let state = self.debugger().state_at(Pos(pos)).map_err(failed)?;
        match &state.event {
            Some((_, Some(value))) => self.views.value(py, value, pos).map(Some),
            _ => Ok(None),
        }
    }

    /// An object's class, kind, length, whether it is cut, why it is not known, items, pairs,
    /// fields, text and the atom it extends.
    fn object<'py>(&self, py: Python<'py>, pos: u64, number: u64) -> PyResult<Bound<'py, PyAny>> {
        let (state, class, names) = {
            let debugger = self.debugger();
            let state = debugger.state_at(Pos(pos)).map_err(failed)?;
            let object = state.objects.get(&ObjectId(number));
            let missing = || PyValueError::new_err(format!("#{number} is not there at @{pos}"));
            let object = object.ok_or_else(missing)?;
            let class = debugger.class(object.class).map_err(failed)?.clone();
            let fields = object.fields.iter().flatten();
            let names = fields.map(|(name, _)| Ok(debugger.attribute(*name)?.to_owned()));
            let names: replayer::Result<Vec<String>> = names.collect();
            (state.clone(), class, names.map_err(failed)?)
        };
        match state.objects.get(&ObjectId(number)) {
            Some(object) => self.views.object(py, object, &class, names, pos),
            None => Ok(py.None().into_bound(py)),
        }
    }

    fn marks(&self) -> PyResult<Vec<(String, u64)>> {
        let marks = self.debugger().marks().map_err(failed)?;
        Ok(marks.into_iter().map(|(name, pos)| (name, pos.0)).collect())
    }

    /// What exceptions nobody caught: what each ended, its class, and its traceback.
    fn crashes(&self) -> PyResult<Vec<(String, String, Vec<u64>)>> {
        let crashes = self.debugger().crashes().map_err(failed)?;
        let rows = crashes.into_iter();
        Ok(rows
            .map(|one| (one.what, one.class, one.traceback))
            .collect())
    }

    fn position(&self) -> u64 {
        self.debugger().position().0
    }

    fn seek(&self, pos: u64) -> PyResult<u64> {
        let stop = self.debugger().seek(Pos(pos)).map_err(failed)?;
        Ok(stop.pos)
    }

    fn seek_crash(&self) -> PyResult<u64> {
        Ok(self.debugger().seek_crash().map_err(failed)?.pos)
    }

    /// Goes to the step that last changed an expression's value.
    fn last(&self, py: Python<'_>, text: &str) -> PyResult<u64> {
        let stop = py.detach(|| self.debugger().last(text));
        Ok(stop.map_err(failed)?.pos)
    }

    /// Goes one motion; where there is nothing further on, it stays.
    fn go(&self, py: Python<'_>, motion: &str, back: bool) -> PyResult<u64> {
        let direction = if back {
            Direction::Backward
        } else {
            Direction::Forward
        };
        let motion = match motion {
            "into" => Motion::Into,
            "over" => Motion::Over,
            "out" => Motion::Out,
            other => return Err(PyValueError::new_err(format!("{other} is no motion"))),
        };
        let stop = py.detach(|| self.debugger().go(motion, direction));
        Ok(stop.map_err(failed)?.pos)
    }

    fn evaluate<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        let (datum, pos) = {
            let debugger = self.debugger();
            let datum = debugger.value_of(text).map_err(failed)?;
            (datum, debugger.position().0)
        };
        self.views.datum(py, &datum, pos)
    }

    fn show(&self, text: &str) -> PyResult<String> {
        self.debugger()
            .evaluate(text, Budget::SHORT)
            .map_err(failed)
    }

    /// Every value that an expression had: positions, values or nothing, and where the change was found
    /// late, the position after which it was made.
    #[allow(clippy::type_complexity)]
    fn history<'py>(
        &self,
        py: Python<'py>,
        text: &str,
    ) -> PyResult<Vec<(u64, bool, Option<Bound<'py, PyAny>>, Option<u64>)>> {
        let mut found: Vec<(u64, Option<Datum>, Option<u64>)> = Vec::new();
        let take = &mut |moment: replayer::Moment| {
            found.push((moment.pos, moment.datum, moment.late));
            true
        };
        self.debugger()
            .history(text, None, Budget::BRIEF, take)
            .map_err(failed)?;
        let moments = found.into_iter();
        moments
            .map(|(pos, datum, late)| {
                let value = datum.map(|datum| self.views.datum(py, &datum, pos));
                Ok((pos, value.is_some(), value.transpose()?, late))
            })
            .collect()
    }
}
