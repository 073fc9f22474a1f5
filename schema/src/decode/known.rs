//! Numbers of facts. They are read here and nowhere else, so that none goes unchecked: a number of
//! what the trace has no row of is damage, and found when a chunk is read.

use super::Decoder;
use crate::allowance::{Meter, too_large};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::ids::{CodeId, NameId, ThreadId, TypeId};

impl<'a> Decoder<'a> {
    /// The same, refusing numbers of what the trace has no row of.
    pub(crate) fn knowing(self, facts: &'a Facts, meter: &Meter) -> Self {
        Decoder {
            facts: Some(facts),
            room: meter.operation(),
            ..self
        }
    }

    /// So many bytes are about to be made; what was taken from the input is not counted.
    #[inline]
    pub(super) fn makes(&mut self, bytes: usize) -> Result<()> {
        self.made += bytes as u64;
        match self.made > self.room {
            true => Err(too_large()),
            false => Ok(()),
        }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn code(&mut self) -> Result<CodeId> {
        let id = CodeId(self.small()?);
        let is_there = |facts: &Facts| facts.codes.contains_key(&id);
        self.known(id, "it names a code object that is not there", is_there)
    }

    pub(super) fn class(&mut self) -> Result<TypeId> {
        let id = TypeId(self.small()?);
        let is_there = |facts: &Facts| facts.types.contains_key(&id);
        self.known(id, "it names a type that is not there", is_there)
    }

    pub(super) fn name(&mut self) -> Result<NameId> {
        let id = NameId(self.small()?);
        let is_there = |facts: &Facts| facts.names.contains_key(&id);
        self.known(id, "it uses a name that is not there", is_there)
    }

    pub(super) fn thread(&mut self) -> Result<ThreadId> {
        let id = ThreadId(self.small()?);
        // A keyframe keeps suspended frames in thread 0.
        let row = |facts: &Facts| facts.threads.binary_search_by_key(&id, |thread| thread.id);
        let is_there = |facts: &Facts| id.0 == 0 || row(facts).is_ok();
        self.known(id, "it names a thread that is not there", is_there)
    }

    fn known<T>(
        &self,
        id: T,
        otherwise: &'static str,
        is_there: impl FnOnce(&Facts) -> bool,
    ) -> Result<T> {
        match self.facts {
            Some(facts) if !is_there(facts) => Err(Error::Malformed(otherwise)),
            _ => Ok(id),
        }
    }
}
