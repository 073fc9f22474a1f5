//! Stores of interpreted code: to names, attributes and items of the copy.

use ruff_python_ast::{self as ast, Expr, Operator};
use schema::{Bound, Object, ObjectId, TypeKind, Value};

use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, python, refused};
use crate::expr::gate::Definer;

impl<'s> Eval<'s> {
    /// `target = datum`
    pub(super) fn assign(&self, target: &Expr, datum: Datum) -> Result<()> {
        match target {
            Expr::Name(name) => {
                let running = self.here()?;
                self.bind_running(running, &name.id, Some(datum))
            }
            Expr::Attribute(node) => {
                let object = self.operand(&node.value, 0)?;
                self.set_attribute(&object, &self.private(&node.attr), Some(datum))
            }
            Expr::Subscript(node) => {
                let object = self.operand(&node.value, 0)?;
                if node.slice.is_slice_expr() {
                    return Err(refused(format!(
                        "a store to the slice `{}` is not interpreted",
                        self.source(target)
                    )));
                }
                let index = self.operand(&node.slice, 0)?;
                let index = self.boxed(index)?;
                self.set_item(&object, &index, datum)
            }
            target => self.unpack(target, datum, 0, &|name, datum| self.assign(name, datum)),
        }
    }

    /// `del target`
    pub(super) fn delete(&self, target: &Expr) -> Result<()> {
        match target {
            Expr::Name(name) => {
                let running = self.here()?;
                self.bind_running(running, &name.id, None)
            }
            Expr::Attribute(node) => {
                let object = self.operand(&node.value, 0)?;
                self.set_attribute(&object, &self.private(&node.attr), None)
            }
            Expr::Subscript(node) if !node.slice.is_slice_expr() => {
                let object = self.operand(&node.value, 0)?;
                let index = self.operand(&node.slice, 0)?;
                self.delete_item(&object, &index)
            }
            target => Err(refused(format!(
                "`del {}` is not interpreted",
                self.source(target)
            ))),
        }
    }

    /// `target op= value`
    pub(super) fn augmented(&self, node: &ast::StmtAugAssign) -> Result<()> {
        match &*node.target {
            Expr::Name(_) => {
                let old = self.operand(&node.target, 0)?;
                let new = self.in_place(node, &old)?;
                self.assign(&node.target, new)
            }
            Expr::Attribute(target) => {
                let object = self.operand(&target.value, 0)?;
                let name = self.private(&target.attr);
                let old = self.attribute_of(&object, &name)?;
                let new = self.in_place(node, &old)?;
                self.set_attribute(&object, &name, Some(new))
            }
            Expr::Subscript(target) if !target.slice.is_slice_expr() => {
                let object = self.operand(&target.value, 0)?;
                let index = self.operand(&target.slice, 0)?;
                let index = self.boxed(index)?;
                let old = self.item_of(&object, &index)?;
                let new = self.in_place(node, &old)?;
                self.set_item(&object, &index, new)
            }
            target => Err(refused(format!(
                "`{}` is not interpreted",
                self.source(target)
            ))),
        }
    }

    /// What `old op= value` stores: lists, sets and dicts grow where they are.
    fn in_place(&self, node: &ast::StmtAugAssign, old: &Datum) -> Result<Datum> {
        let value = self.operand(&node.value, 0)?;
        let value = self.boxed(value)?;
        let method = match node.op {
            Operator::Add => "__iadd__",
            Operator::Sub => "__isub__",
            Operator::Mult => "__imul__",
            Operator::Div => "__itruediv__",
            Operator::FloorDiv => "__ifloordiv__",
            Operator::Mod => "__imod__",
            Operator::Pow => "__ipow__",
            Operator::BitOr => "__ior__",
            Operator::BitAnd => "__iand__",
            Operator::BitXor => "__ixor__",
            Operator::LShift => "__ilshift__",
            Operator::RShift => "__irshift__",
            Operator::MatMult => "__imatmul__",
        };
        if let Some(callee) = self.special(old, method)? {
            let given = super::call::Given::of(vec![value.clone()]);
            let datum = self.invoke(&callee, given)?;
            if !matches!(datum, Datum::Value(Value::NotImplemented)) {
                return Ok(datum);
            }
        } else if let Datum::Value(Value::Object(id)) = old {
            let kind = self.object(*id)?.1.kind;
            let change = match (kind, node.op) {
                (TypeKind::List, Operator::Add) => "extend",
                (TypeKind::Set, Operator::BitOr) => "update",
                (TypeKind::Set, Operator::Sub) => "difference_update",
                (TypeKind::Dict, Operator::BitOr) => "update",
                (
                    TypeKind::List
                    | TypeKind::Set
                    | TypeKind::Dict
                    | TypeKind::ByteArray
                    | TypeKind::Deque,
                    op,
                ) => {
                    return Err(refused(format!(
                        "`{}=` is not interpreted here",
                        op.as_str()
                    )));
                }
                _ => "",
            };
            if !change.is_empty() {
                self.asks("the change of", old, &[method])?;
                self.call_built_in(old, change, vec![value])?;
                return Ok(old.clone());
            }
            self.asks("the change of", old, &[method])?;
        }
        let datum = self.binary(node.op, old, &value)?;
        self.boxed(datum)
    }

    /// `object.name = datum`, or `del object.name`.
    pub(in crate::expr) fn set_attribute(
        &self,
        object: &Datum,
        name: &str,
        datum: Option<Datum>,
    ) -> Result<()> {
        let what = if datum.is_some() {
            "store to"
        } else {
            "deletion of"
        };
        if let Datum::Class(class) = object {
            let class = &class.name;
            return Err(refused(format!(
                "the {what} '{name}' of class {class} is not interpreted"
            )));
        }
        let Datum::Value(Value::Object(id)) = object else {
            let class = self.type_name(object);
            return Err(python(format!(
                "AttributeError: '{class}' object has no attribute '{name}'"
            )));
        };
        let (known, class) = self.object(*id)?;
        let refuse = |why: &str| {
            refused(format!(
                "the {what} '{name}' of {} is not interpreted: {why}",
                class.name
            ))
        };
        if self.heap.thing(*id).is_some()
            || !matches!(class.kind, TypeKind::Instance | TypeKind::Exception)
        {
            return Err(refuse("it is no plain instance"));
        }
        let setter = if datum.is_some() {
            "__setattr__"
        } else {
            "__delattr__"
        };
        match self.definer(class, setter) {
            Definer::Known => {}
            _ => return Err(refuse(&format!("its class has a {setter} of its own"))),
        }
        self.is_early(class, name)?;
        match self.definer(class, name) {
            Definer::Other(base, Bound::Property) => {
                let Some(datum) = datum else {
                    return Err(refuse("it is a property"));
                };
                let setter = format!("{name}.setter");
                self.is_settled(name)?;
                let Some(found) = self.setter_source(base, name, &setter)? else {
                    return Err(refuse("it is a property whose setter is not known"));
                };
                let mut callee = super::call::Callee::of(found, Some(object.clone()));
                callee.owner = Some(base);
                return self
                    .invoke(&callee, super::call::Given::of(vec![datum]))
                    .map(drop);
            }
            Definer::Other(_, Bound::Data) | Definer::Unknown => {
                return Err(refuse("it may be a descriptor"));
            }
            Definer::Other(_, Bound::Slot) => {}
            Definer::Known if name.starts_with("__") => return Err(refuse("it is Python's own")),
            _ if !self.has_dict(class) && class.kind == TypeKind::Instance => {
                return Err(refuse("it may have no place for it"));
            }
            _ => {}
        }
        if known.unknown.is_some() || known.cut {
            return Err(refuse("not all of it is recorded"));
        }
        let value = datum.map(|datum| self.stored(datum)).transpose()?;
        let fields = known.fields.iter().flatten();
        let number = fields
            .map(|(field, _)| *field)
            .find(|field| self.field_name(*field).is_ok_and(|known| known == name));
        if value.is_none() && number.is_none() {
            return Err(python(format!(
                "AttributeError: '{}' object has no attribute '{name}'",
                self.type_name(object)
            )));
        }
        let number = number.unwrap_or_else(|| self.heap.name(name));
        self.change(*id, |object| {
            let fields = object.fields.get_or_insert_default();
            match value {
                Some(value) => match fields.iter_mut().find(|(field, _)| *field == number) {
                    Some((_, old)) => *old = value,
                    None => fields.push((number, value)),
                },
                None => fields.retain(|(field, _)| *field != number),
            }
        })
    }

    /// Changes an object of the copy.
    pub(super) fn change<T>(
        &self,
        id: ObjectId,
        change: impl FnOnce(&mut Object) -> T,
    ) -> Result<T> {
        let recorded = match self.heap.has(id) {
            true => None,
            false => Some(self.object(id)?.0),
        };
        self.heap.change(id, recorded, |object, _| change(object))
    }

    /// `object[index] = datum`
    pub(in crate::expr) fn set_item(
        &self,
        object: &Datum,
        index: &Datum,
        datum: Datum,
    ) -> Result<()> {
        if let Some(callee) = self.special(object, "__setitem__")? {
            let given = super::call::Given::of(vec![index.clone(), datum]);
            return self.invoke(&callee, given).map(drop);
        }
        self.asks("a store to an item of", object, &["__setitem__"])?;
        let (id, kind) = self.container(object, "a store to an item of")?;
        let value = self.stored(datum)?;
        match kind {
            TypeKind::List => {
                let length = self.object(id)?.0.items.as_ref().map_or(0, Vec::len);
                let at = self.index_in(index, length as u64, "list assignment")?;
                self.change(id, |object| {
                    let items = object.items.get_or_insert_default();
                    if let Some(item) = items.get_mut(at) {
                        *item = value;
                    }
                })
            }
            TypeKind::Dict => {
                let key = self.stored(index.clone())?;
                self.put(id, key, value)
            }
            _ => Err(refused(format!(
                "a store to an item of {} is not interpreted",
                self.type_name(object)
            ))),
        }
    }

    /// Puts a value under a key of a dict.
    pub(super) fn put(&self, id: ObjectId, key: Value, value: Value) -> Result<()> {
        let datum = Datum::Value(key.clone());
        let at = self.place_in_dict(id, &datum)?;
        self.change(id, |object| {
            let pairs = object.pairs.get_or_insert_default();
            match at.and_then(|at| pairs.get_mut(at)) {
                Some((_, old)) => *old = value,
                None => pairs.push((key, value)),
            }
            object.length = Some(pairs.len() as u64);
        })
    }

    /// Binds a name in a namespace.
    pub(super) fn set_pair(&self, space: ObjectId, key: Value, value: Value) -> Result<()> {
        self.change(space, |object| {
            let pairs = object.pairs.get_or_insert_default();
            match pairs.iter_mut().find(|(other, _)| *other == key) {
                Some((_, old)) => *old = value,
                None => pairs.push((key, value)),
            }
            object.length = Some(pairs.len() as u64);
        })
    }

    pub(super) fn delete_item(&self, object: &Datum, index: &Datum) -> Result<()> {
        if let Some(callee) = self.special(object, "__delitem__")? {
            let given = super::call::Given::of(vec![index.clone()]);
            return self.invoke(&callee, given).map(drop);
        }
        self.asks("the deletion of an item of", object, &["__delitem__"])?;
        let (id, kind) = self.container(object, "the deletion of an item of")?;
        match kind {
            TypeKind::List => {
                let length = self.object(id)?.0.items.as_ref().map_or(0, Vec::len);
                let at = self.index_in(index, length as u64, "list assignment")?;
                self.change(id, |object| {
                    let items = object.items.get_or_insert_default();
                    items.remove(at);
                    object.length = Some(items.len() as u64);
                })
            }
            TypeKind::Dict => {
                let Some(at) = self.place_in_dict(id, index)? else {
                    return Err(python(format!("KeyError: {}", self.repr_of(index)?)));
                };
                self.change(id, |object| {
                    let pairs = object.pairs.get_or_insert_default();
                    pairs.remove(at);
                    object.length = Some(pairs.len() as u64);
                })
            }
            _ => Err(refused(format!(
                "the deletion of an item of {} is not interpreted",
                self.type_name(object)
            ))),
        }
    }

    /// A container all of which is known, to be changed.
    pub(super) fn container(&self, datum: &Datum, what: &str) -> Result<(ObjectId, TypeKind)> {
        let Datum::Value(Value::Object(id)) = datum else {
            if !matches!(datum, Datum::Value(_)) {
                return Err(refused(format!(
                    "{what} what has no name is not interpreted"
                )));
            }
            let name = self.type_name(datum);
            return Err(python(format!(
                "TypeError: '{name}' object does not support item assignment"
            )));
        };
        let (object, class) = self.object(*id)?;
        let there =
            object.items.as_ref().map_or(0, Vec::len) + object.pairs.as_ref().map_or(0, Vec::len);
        let is_whole = object.length.is_none_or(|length| length == there as u64);
        if object.unknown.is_some() || object.cut || !is_whole || self.heap.thing(*id).is_some() {
            return Err(refused(format!(
                "{what} {} #{id}: not all of it is recorded",
                class.name
            )));
        }
        Ok((*id, class.kind))
    }
}
