//! Stub.
use crate::error::{Error, Result};
use crate::scope::Scope;
use schema::Value;
/// x
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// x
    Value(Value),
    /// x
    Tuple(Vec<Datum>),
    /// x
    List(Vec<Datum>),
    /// x
    Dict(Vec<(Datum, Datum)>),
    /// x
    Set(Vec<Datum>),
}
/// x
#[derive(Clone)]
pub struct Expr(String);
impl Expr {
    /// x
    pub fn parse(text: &str) -> Result<Expr> {
        Ok(Expr(text.to_owned()))
    }
    pub(crate) fn evaluate(&self, scope: &Scope<'_>) -> Result<Datum> {
        match scope.lookup(&self.0)? {
            Some(value) => Ok(Datum::Value(value)),
            None => Err(Error::Expression(format!(
                "name '{}' is not bound here",
                self.0
            ))),
        }
    }
    pub(crate) fn is_true(_: &Datum, _: &Scope<'_>) -> Result<bool> {
        Ok(true)
    }
}
