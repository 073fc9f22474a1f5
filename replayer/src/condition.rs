//! Conditions: what a person says must hold at a place.
//!
//! A condition is true, or false, or it cannot be told; the third is never taken for the second.
//! Whatever asks a condition asks it here.

use std::cell::Cell;

use schema::{Facts, State};

use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::scope::Scope;

/// What must hold at a place.
#[derive(Clone)]
pub struct Condition {
    text: String,
    expr: Expr,
}

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    True,
    /// It does not.
    False,
    /// It cannot be evaluated, and why.
    Unknown(String),
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    ///
    /// If it is no expression.
    pub fn parse(text: &str) -> Result<Condition> {
        Ok(Condition {
            text: text.trim().to_owned(),
            expr: Expr::parse(text)?,
        })
    }

    /// The condition as it was said.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names that it asks for and does not bind itself.
    pub(crate) fn names(&self) -> Vec<String> {
        self.expr.names()
    }

    /// Whether it holds in a scope. What is an error of the trace stays one.
    pub(crate) fn in_scope(&self, scope: &Scope<'_>) -> Result<Truth> {
        match self.expr.holds(scope) {
            Ok(true) => Ok(Truth::True),
            Ok(false) => Ok(Truth::False),
            Err(Error::Expression(why)) => Ok(Truth::Unknown(why)),
            Err(error) => Err(error),
        }
    }

    /// Whether it holds in the frame that ran last. If objects were left out of the state,
    /// `missing` is set where one was asked for, and what is said then is worth nothing.
    pub(crate) fn at(
        &self,
        facts: &Facts,
        state: &State,
        missing: Option<&Cell<bool>>,
    ) -> Result<Truth> {
        let Some(frame) = state.top() else {
            return Ok(Truth::Unknown("no recorded code runs there".into()));
        };
        self.in_scope(&Scope {
            missing,
            ..Scope::new(facts, state, frame)
        })
    }
}

/// How often something could not be evaluated in a search, of how many times, and why at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// At so many passes.
    pub failed: u64,
    /// Of so many.
    pub passes: u64,
    /// Why it could not be at the first of them.
    pub reason: String,
}

impl Doubts {
    /// Counts one that could not be evaluated.
    pub(crate) fn note(&mut self, why: String) {
        if self.failed == 0 {
            self.reason = why;
        }
        self.failed += 1;
    }
}
