//! Time travel over a trace: a library without terminal, protocol or Python.
//!
//! [`Debugger`] is the one door. It keeps a cursor on the timeline of the run; a [`Motion`] or a
//! breakpoint becomes a question to the timeline, which answers with a position in either
//! direction; views are what interfaces show.
//!
//! **Invariant:** nothing here prints, reads the environment or knows of a protocol.
//! **Invariant:** arrows go down only: debugger → breakpoint, motion, expr → cursor → timeline →
//! trace.
#![forbid(unsafe_code)]

mod advice;
mod again;
mod ahead;
mod asked;
mod breakpoint;
mod calls;
mod condition;
mod cursor;
mod debugger;
mod diff;
mod error;
mod expr;
mod filter;
mod follow;
mod generated;
mod ink;
mod inspect;
mod known;
mod layout;
mod locate;
mod look;
mod loop_ends;
mod motion;
mod names;
mod nearest;
mod overview;
mod past;
mod places;
mod raised;
mod reading;
mod reads;
mod run;
mod scope;
mod show;
mod sieve;
mod survey;
mod timeline;
mod trace;
mod values;
mod view;
mod why;

pub use again::Again;
pub use breakpoint::{Breakpoint, Location, Wanted, Watch};
pub use condition::{Condition, Doubts, Truth};
pub use debugger::Debugger;
pub use error::{Error, Result};
pub use expr::{Datum, Expr};
pub use ink::{Ink, Inks};
pub use inspect::{Group, Inside, Part};
pub use layout::laid_out;
pub use motion::Motion;
pub use nearest::nearest;
pub use overview::{Bucket, Overview, Raised};
pub use past::Moment;
pub use places::line_of;
pub use run::Decide;
pub use show::Budget;
pub use survey::Take;
pub use timeline::Direction;
pub use values::EventView;
pub use view::{
    CallView, Change, ChangeView, CrashView, ExceptionView, FoundView, FrameView, Reason,
    SourceLine, StepView, StopView, ThreadView, Variable, WhyLink,
};
