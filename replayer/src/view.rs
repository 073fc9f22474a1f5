//! What interfaces show: plain data, without anything of the trace's insides.

use crate::ink::Inks;

/// Why the debugger rests where it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A motion ended here, or a place was named.
    Moved,
    /// A breakpoint of this number was hit.
    Breakpoint(u32),
    /// A catchpoint of this number was hit.
    Catchpoint(u32),
    /// A watchpoint of this number saw a change.
    Watchpoint(u32),
    /// The step that changed what was asked about.
    Changed,
    /// There is nothing further on; the recording's last step.
    End,
    /// There is nothing before; the recording's first step.
    Start,
}

/// A variable: its name and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value as text.
    pub value: String,
}

/// A name whose value is another than at the stop before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The name.
    pub name: String,
    /// What it was; none if it was not bound.
    pub old: Option<String>,
    /// What it is; none if it is not bound any more.
    pub new: Option<String>,
}

/// A change of an expression's value, and the step that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeView {
    /// The expression.
    pub text: String,
    /// Where the new value is first seen.
    pub pos: u64,
    /// What it was; none if there was no value.
    pub old: Option<String>,
    /// What it is; none if there is no value any more.
    pub new: Option<String>,
    /// The parts that changed, where it is still the same object.
    pub parts: Vec<Change>,
    /// The step that made the change, or where it was first seen.
    pub by: StepView,
    /// Whether that step made it; where lines were not recorded, nobody knows which one did.
    pub is_known: bool,
    /// The position after which the change was made, where it was found late: code that was not
    /// recorded can have made it.
    pub late: Option<u64>,
}

impl ChangeView {
    /// Who made the change, where that is not known: between which positions it was made.
    #[must_use]
    pub fn unknown_doer(&self) -> Option<String> {
        self.late.map(|since| late(since, self.pos))
    }
}

/// What is said of a change that was found at a position, and made after another, nobody knows where.
pub(crate) fn late(since: u64, pos: u64) -> String {
    format!("changed between @{since} and @{pos} by code that was not recorded")
}

/// A step, short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepView {
    /// The position.
    pub pos: u64,
    /// The name of the thread.
    pub thread: String,
    /// The whole path.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The function's qualified name.
    pub function: String,
    /// The line's text, if the source is known.
    pub source: Option<String>,
}

/// A frame of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameView {
    /// 0 is the outermost.
    pub level: usize,
    /// It is the selected one.
    pub is_selected: bool,
    /// The whole path.
    pub file: String,
    /// The line it is on.
    pub line: u32,
    /// The function's qualified name.
    pub function: String,
    /// The line's text, if the source is known.
    pub source: Option<String>,
    /// The arguments, short.
    pub arguments: Vec<Variable>,
}

/// Where the debugger rests.
#[derive(Clone, Debug, PartialEq)]
pub struct StopView {
    /// The position.
    pub pos: u64,
    /// Share of the whole run before it, in percent.
    pub percent: f64,
    /// The name of the thread.
    pub thread: String,
    /// The whole path.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The function's qualified name.
    pub function: String,
    /// The line's text, if the source is known.
    pub source: Option<String>,
    /// The event's name: `line`, `return`, `raise` …
    pub event: &'static str,
    /// What is returned, yielded or raised.
    pub value: Option<String>,
    /// Names of the frame that changed since the stop before, if that was in the same frame.
    pub changes: Vec<Change>,
    /// Why it rests here.
    pub reason: Reason,
    /// What changed of what is watched or was asked about.
    pub watched: Vec<ChangeView>,
    /// Why it cannot be told whether the condition of what was hit holds.
    pub doubt: Option<String>,
}

/// A thread and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadView {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// It is the selected one.
    pub is_selected: bool,
    /// File, line and function of its innermost recorded frame, if it runs any here.
    pub place: Option<(String, u32, String)>,
    /// The text of that line, if the source is known.
    pub source: Option<String>,
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// Where its frame starts.
    pub pos: u64,
    /// The name of the thread.
    pub thread: String,
    /// Recorded frames below it.
    pub depth: u32,
    /// The function with its arguments.
    pub call: String,
    /// Where it ended, whether it returned, and the value or the exception.
    pub end: Option<(u64, bool, String)>,
}

/// A place that held a value that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundView {
    /// Where it is first seen there.
    pub pos: u64,
    /// The variable, attribute or item, or the event that carries it.
    pub text: String,
}

/// An exception that nobody caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashView {
    /// What it ended.
    pub what: String,
    /// Its class; of a group that of its first part, too.
    pub class: String,
    /// Where it was raised, or appeared first, in recorded code that the trace holds.
    pub raised: Option<StepView>,
    /// Where it appeared in the recorded frames of its traceback, outermost first.
    pub traceback: Vec<u64>,
}

/// An exception of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionView {
    /// What joins it to the one before: `caused by`, `while handling`, `part of`.
    pub word: &'static str,
    /// The exception.
    pub value: String,
    /// Where it was first raised in recorded code, if it was, and the trace holds that.
    pub raised: Option<StepView>,
    /// It was raised in recorded code, in a part of the run that the trace does not hold.
    pub is_lost: bool,
    /// Where it appeared in the frames that it then passed through, as far as the trace tells that.
    pub passed: Vec<StepView>,
}

/// One step on the way of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyLink {
    /// The step that did it.
    pub step: StepView,
    /// The expression that got the value.
    pub text: String,
    /// The value, if it is known.
    pub value: Option<String>,
    /// What the step did: `assigned`, `passed to f` …; empty if the chain begins and ends here.
    pub how: String,
    /// Whether source and record leave no doubt.
    pub is_certain: bool,
    /// How the chain ends, at its last link.
    pub end: Option<String>,
    /// What went into a computation.
    pub inputs: Vec<Variable>,
}

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// Its number, from 1.
    pub number: u32,
    /// Its text.
    pub text: String,
    /// What its parts are.
    pub inks: Inks,
    /// The frame is on it.
    pub is_current: bool,
}
