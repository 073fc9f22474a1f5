//! Values of a trace as JSON, in the form of `rdbg dump`.

use schema::{Frame, NameId, Object, ObjectId, State, TraceReader, TypeKind, Value};
use serde_json::{Map, Value as Json, json};

/// Fields that the interpreter keeps on every exception and that are no data of the program.
const HIDDEN: &[&str] = &["__cause__", "__context__"];

/// Turns values of one state into JSON.
pub(crate) struct Renderer<'a> {
    pub(crate) reader: &'a TraceReader,
    pub(crate) state: &'a State,
    /// Objects open further out.
    pub(crate) open: Vec<ObjectId>,
    /// How many values were shown.
    pub(crate) shown: u32,
}

/// After so many values of one event, further objects are shown as if they lay past the depth. A
/// few lists that hold one another would otherwise fill memory and disk.
const MOST: u32 = 500_000;

impl<'a> Renderer<'a> {
    pub(crate) fn new(reader: &'a TraceReader, state: &'a State) -> Self {
        Renderer {
            reader,
            state,
            open: Vec::new(),
            shown: 0,
        }
    }

    /// The bound names of a frame, in order.
    pub(crate) fn locals(&mut self, frame: &Frame, depth: u32) -> schema::Result<Json> {
        let mut locals = Map::new();
        let code = self.reader.code(frame.info.code)?;
        if !code.has_slots()
            && let Some(pairs) = self.pairs(frame.info.namespace)
        {
            for (key, value) in pairs {
                let Value::Str(name) = key else { continue };
                let name = text_of(name);
                let is_dunder = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
                if !is_dunder {
                    locals.insert(name, self.value(value, depth)?);
                }
            }
        }
        // A module or class body has slots too while a comprehension runs in it.
        for (slot, variable) in code.variables.iter().enumerate() {
            let Some(value) = self.state.variable(frame, slot) else {
                continue;
            };
            if !variable.name.starts_with('.') && (code.has_slots() || variable.kind & 0x10 != 0) {
                locals.insert(variable.name.clone(), self.value(value, depth)?);
            }
        }
        Ok(Json::Object(locals))
    }

    fn pairs(&self, namespace: ObjectId) -> Option<&'a [(Value, Value)]> {
        self.state.objects.get(&namespace)?.pairs.as_deref()
    }

    /// One VALUE.
    pub(crate) fn value(&mut self, value: &Value, depth: u32) -> schema::Result<Json> {
        self.shown = self.shown.saturating_add(1);
        Ok(match value {
            Value::Object(id) => match self.state.objects.get(id) {
                Some(object) => self.object(*id, object, depth)?,
                None => json!({"type": "object", "id": id.0, "unknown": "not in the trace"}),
            },
            Value::Unknown(reason) => json!({"type": "object", "unknown": reason.text()}),
            Value::Redacted => json!({"type": "str", "redacted": true}),
            Value::StrCut(cut) | Value::BytesCut(cut) => json!({
                "type": value.type_name(), "repr": value.repr(), "len": cut.1, "truncated": true
            }),
            atom => match atom.repr() {
                Some(repr) => json!({"type": atom.type_name(), "repr": repr}),
                None => json!({"type": atom.type_name(), "unknown": "too long to be written out"}),
            },
        })
    }

    fn object(&mut self, id: ObjectId, object: &'a Object, depth: u32) -> schema::Result<Json> {
        let class = self.reader.class(object.class)?;
        let mut out = Map::new();
        out.insert("type".into(), class.name.as_str().into());
        if let Some(reason) = object.unknown {
            out.insert("unknown".into(), reason.text().into());
            return Ok(Json::Object(out));
        }
        if class.kind == TypeKind::Opaque {
            if let Some(text) = &object.text {
                out.insert("repr".into(), (&**text).into());
            }
            return Ok(Json::Object(out));
        }
        out.insert("id".into(), id.0.into());
        if let Some(length) = length_of(class.kind, object) {
            out.insert("len".into(), length.into());
        }
        if self.open.contains(&id) {
            out.insert("cycle".into(), true.into());
            return Ok(Json::Object(out));
        }
        if depth == 0 || self.shown > MOST {
            return Ok(Json::Object(out));
        }
        if object.cut || matches!(object.base, Some(Value::StrCut(_) | Value::BytesCut(_))) {
            out.insert("truncated".into(), true.into());
        }
        self.open.push(id);
        let outcome = self.contents(class.kind, object, depth - 1, &mut out);
        self.open.pop();
        outcome?;
        Ok(Json::Object(out))
    }

    fn contents(
        &mut self,
        kind: TypeKind,
        object: &'a Object,
        depth: u32,
        out: &mut Map<String, Json>,
    ) -> schema::Result<()> {
        match kind {
            TypeKind::Dict => {
                let mut items = Vec::new();
                for (key, value) in object.pairs.iter().flatten() {
                    items.push(json!([self.value(key, depth)?, self.value(value, depth)?]));
                }
                out.insert("items".into(), items.into());
            }
            TypeKind::ByteArray => {
                let bytes: &[u8] = match &object.base {
                    Some(Value::Bytes(bytes)) => bytes,
                    Some(Value::BytesCut(cut)) => &cut.0,
                    _ => &[],
                };
                let items = bytes
                    .iter()
                    .map(|b| json!({"type": "int", "repr": b.to_string()}));
                out.insert("items".into(), items.collect());
            }
            TypeKind::Atom => {
                if let Some(repr) = object.base.as_ref().and_then(Value::repr) {
                    out.insert("repr".into(), repr.into());
                }
            }
            TypeKind::Exception | TypeKind::Instance | TypeKind::Opaque => {}
            _ => {
                let mut items = Vec::new();
                for item in object.items.iter().flatten() {
                    items.push(self.value(item, depth)?);
                }
                out.insert("items".into(), items.into());
            }
        }
        let has_none = matches!(kind, TypeKind::Exception | TypeKind::Instance);
        if let Some(fields) = object.fields.as_ref().filter(|f| has_none || !f.is_empty()) {
            let fields = self.fields(kind, fields, depth)?;
            if has_none || !fields.is_empty() {
                out.insert("fields".into(), Json::Object(fields));
            }
        } else if has_none {
            out.insert("fields".into(), json!({}));
        }
        Ok(())
    }

    fn fields(
        &mut self,
        kind: TypeKind,
        fields: &[(NameId, Value)],
        depth: u32,
    ) -> schema::Result<Map<String, Json>> {
        let mut out = Map::new();
        for (name, value) in fields {
            let name = self.reader.name(*name)?;
            if kind == TypeKind::Exception && HIDDEN.contains(&name) {
                continue;
            }
            out.insert(name.into(), self.value(value, depth)?);
        }
        Ok(out)
    }
}

/// A name as text; one that holds a lone surrogate, which JSON cannot, shows it as an escape.
fn text_of(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => {
            let repr = schema::repr_str(name);
            repr[1..repr.len() - 1].to_owned()
        }
    }
}

/// The true length of a container.
fn length_of(kind: TypeKind, object: &Object) -> Option<u64> {
    let held = match kind {
        TypeKind::Dict => object.pairs.as_ref().map_or(0, Vec::len) as u64,
        TypeKind::ByteArray => match &object.base {
            Some(Value::Bytes(bytes)) => bytes.len() as u64,
            Some(Value::BytesCut(cut)) => cut.1,
            _ => 0,
        },
        TypeKind::Atom | TypeKind::Exception | TypeKind::Instance | TypeKind::Opaque => {
            return None;
        }
        _ => object.items.as_ref().map_or(0, Vec::len) as u64,
    };
    Some(object.length.unwrap_or(held))
}

#[cfg(test)]
mod tests;
