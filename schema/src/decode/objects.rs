//! Bytes to objects.

use super::Decoder;
use crate::encode::part;
use crate::error::{Error, Result};
use crate::ids::NameId;
use crate::state::Object;
use crate::value::{Reason, Value};

impl Decoder<'_> {
    pub(super) fn object(&mut self) -> Result<Object> {
        let mut object = Object::new(self.class()?);
        let parts = self.byte()?;
        object.cut = parts & part::CUT != 0;
        if parts & part::LENGTH != 0 {
            object.length = Some(self.number()?);
        }
        if parts & part::UNKNOWN != 0 {
            let reason = Reason::from_u8(self.byte()?).ok_or(Error::Malformed("reason"))?;
            object.unknown = Some(reason);
        }
        if parts & part::ITEMS != 0 {
            object.items = Some(self.values()?);
        }
        if parts & part::PAIRS != 0 {
            let (count, room) = self.count()?;
            let mut pairs = Vec::with_capacity(room / 2);
            for _ in 0..count {
                self.makes(size_of::<(Value, Value)>())?;
                let key = self.value()?;
                pairs.push((key, self.value()?));
            }
            object.pairs = Some(pairs);
        }
        if parts & part::FIELDS != 0 {
            let (count, room) = self.count()?;
            let mut fields = Vec::with_capacity(room / 2);
            for _ in 0..count {
                self.makes(size_of::<(NameId, Value)>())?;
                let name = self.name()?;
                fields.push((name, self.value()?));
            }
            object.fields = Some(fields);
        }
        if parts & part::TEXT != 0 {
            let length = self.number()?;
            object.text = Some(String::from_utf8_lossy(self.take(length)?).into());
        }
        if parts & part::BASE != 0 {
            object.base = Some(self.value()?);
        }
        Ok(object)
    }
}
