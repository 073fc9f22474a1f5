//! What `dataclasses.dataclass` writes for a class: `__init__`, `__eq__`, `__repr__`, the order.

use ruff_python_ast::{CmpOp, Expr, Stmt};
use schema::{Bound, Maker, Type, Value};

use super::call::Given;
use super::resolve::dotted;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, refused};
use crate::expr::gate::Definer;

/// A field of a dataclass.
struct Field<'s> {
    name: String,
    default: Option<&'s Expr>,
    factory: Option<&'s Expr>,
    init: bool,
    compare: bool,
    repr: bool,
    kw_only: bool,
    /// Where its default is written.
    class: &'s Type,
}

/// What the decorator of a dataclass says.
struct Options<'s> {
    keywords: Vec<(&'s str, &'s Expr)>,
}

impl Options<'_> {
    fn is(&self, name: &str, default: bool) -> Option<bool> {
        match self.keywords.iter().find(|(other, _)| *other == name) {
            None => Some(default),
            Some((_, Expr::BooleanLiteral(literal))) => Some(literal.value),
            Some(_) => None,
        }
    }
}

impl<'s> Eval<'s> {
    /// The decorator of a class, if that is `dataclass`.
    fn dataclass(&self, class: &Type) -> Option<Options<'s>> {
        let (_, _, written) = self.class_source(class)?;
        let [decorator] = written.def.decorator_list.as_slice() else {
            return None;
        };
        let (name, keywords) = match &decorator.expression {
            Expr::Call(call) if call.arguments.args.is_empty() => {
                let keywords = call.arguments.keywords.iter();
                let keywords = keywords.map(|one| Some((one.arg.as_ref()?.as_str(), &one.value)));
                (dotted(&call.func)?, keywords.collect::<Option<Vec<_>>>()?)
            }
            expr => (dotted(expr)?, Vec::new()),
        };
        let is_it = matches!(name.as_str(), "dataclass" | "dataclasses.dataclass");
        is_it.then_some(Options { keywords })
    }

    /// The fields of a dataclass, those of its bases first.
    fn fields(&self, class: &'s Type) -> Result<Vec<Field<'s>>> {
        let unknown = || refused(format!("the fields of {} are not known", class.name));
        let body = class.body.as_ref().ok_or_else(unknown)?;
        let mut fields: Vec<Field<'s>> = Vec::new();
        for id in body.line.iter().rev() {
            let base = self.scope.facts.class(*id)?;
            if base.body.as_ref().map(|body| body.maker) != Some(Maker::Python) {
                continue;
            }
            let Some(options) = self.dataclass(base) else {
                if self.class_source(base).is_none() {
                    return Err(unknown());
                }
                continue;
            };
            let kw_only = options.is("kw_only", false).ok_or_else(unknown)?;
            let (_, _, written) = self.class_source(base).ok_or_else(unknown)?;
            for stmt in &written.def.body {
                let Stmt::AnnAssign(node) = stmt else {
                    continue;
                };
                let Expr::Name(name) = &*node.target else {
                    continue;
                };
                let annotation = dotted(match &*node.annotation {
                    Expr::Subscript(subscript) => &subscript.value,
                    annotation => annotation,
                });
                let annotation = annotation.unwrap_or_default();
                let last = annotation.rsplit('.').next().unwrap_or_default();
                match last {
                    "ClassVar" => continue,
                    "InitVar" | "KW_ONLY" => return Err(unknown()),
                    _ if node.annotation.is_string_literal_expr() => return Err(unknown()),
                    _ => {}
                }
                let mut field = Field {
                    name: name.id.to_string(),
                    default: node.value.as_deref(),
                    factory: None,
                    init: true,
                    compare: true,
                    repr: true,
                    kw_only,
                    class: base,
                };
                if let Some(Expr::Call(call)) = node.value.as_deref()
                    && matches!(
                        dotted(&call.func).as_deref(),
                        Some("field" | "dataclasses.field")
                    )
                {
                    field.default = None;
                    for keyword in &call.arguments.keywords {
                        let truth = match &keyword.value {
                            Expr::BooleanLiteral(literal) => Some(literal.value),
                            _ => None,
                        };
                        let name = keyword.arg.as_ref().map_or("", |name| name.as_str());
                        match (name, truth) {
                            ("default", _) => field.default = Some(&keyword.value),
                            ("default_factory", _) => field.factory = Some(&keyword.value),
                            ("init", Some(truth)) => field.init = truth,
                            ("compare", Some(truth)) => field.compare = truth,
                            ("repr", Some(truth)) => field.repr = truth,
                            ("kw_only", Some(truth)) => field.kw_only = truth,
                            ("hash" | "metadata" | "doc", _) => {}
                            _ => return Err(unknown()),
                        }
                    }
                }
                match fields.iter_mut().find(|other| other.name == field.name) {
                    Some(other) => *other = field,
                    None => fields.push(field),
                }
            }
        }
        Ok(fields)
    }

    /// Whether the class of an object has this method from `dataclass`; gives that class.
    pub(super) fn generated_by(&self, datum: &Datum, method: &str) -> Result<Option<&'s Type>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let (_, class) = self.object(*id)?;
        let Definer::Other(base, Bound::Function) = self.definer(class, method) else {
            return Ok(None);
        };
        let Some((_, _, written)) = self.class_source(base) else {
            return Ok(None);
        };
        if written.bindings.contains_key(method) || self.dataclass(base).is_none() {
            return Ok(None);
        }
        self.is_settled(method)?;
        Ok(Some(base))
    }

    /// What the `__init__` of a dataclass does.
    pub(super) fn fill(&self, class: &'s Type, made: &Datum, given: Given) -> Result<()> {
        let refuse = || refused(format!("{}() cannot be interpreted", class.name));
        if self.generated_by(made, "__init__")?.is_none() {
            return Err(refuse());
        }
        let fields = self.fields(class)?;
        let mut positional = given.positional.into_iter();
        let mut keywords = given.keywords;
        for field in &fields {
            let mut value = None;
            if field.init {
                value = (!field.kw_only).then(|| positional.next()).flatten();
                if let Some(at) = keywords.iter().position(|(name, _)| *name == field.name) {
                    if value.is_some() {
                        return Err(refuse());
                    }
                    value = Some(keywords.remove(at).1);
                }
            }
            let value = match value {
                Some(value) => value,
                None => self.field_default(field)?.ok_or_else(refuse)?,
            };
            let Datum::Value(Value::Object(id)) = made else {
                return Err(refuse());
            };
            let (number, value) = (self.name_number(&field.name), self.stored(value)?);
            self.change(*id, |object| {
                object.fields.get_or_insert_default().push((number, value));
            })?;
        }
        if positional.next().is_some() || !keywords.is_empty() {
            return Err(refuse());
        }
        let after = "__post_init__";
        match self.special(made, after)? {
            Some(callee) => self.invoke(&callee, Given::default()).map(drop),
            None => Ok(()),
        }
    }

    fn field_default(&self, field: &Field<'s>) -> Result<Option<Datum>> {
        let Some((_, module, _)) = self.class_source(field.class) else {
            return Ok(None);
        };
        if let Some(Expr::Name(factory)) = field.factory
            && !module.bindings.contains_key(factory.id.as_str())
        {
            let empty = match factory.id.as_str() {
                "list" => Datum::List(Vec::new()),
                "dict" => Datum::Dict(Vec::new()),
                "set" => Datum::Set(Vec::new()),
                _ => return Ok(None),
            };
            return self.boxed(empty).map(Some);
        }
        let Some(default) = field.default else {
            return Ok(None);
        };
        // The class keeps it.
        if let Some((id, object)) = self.class_object_of(field.class)
            && let Some(value) = self.field(id, object, &field.name)?
        {
            return Ok(Some(value.into()));
        }
        if !default.is_literal_expr() {
            return Ok(None);
        }
        let here = Eval::new(self.scope, self.heap, &module.text);
        here.eval(default, 0).map(Some)
    }

    /// `__match_args__` of a dataclass.
    pub(super) fn match_arguments(&self, class: &'s Type) -> Result<Option<Vec<String>>> {
        if self.dataclass(class).is_none() {
            return Ok(None);
        }
        let fields = self.fields(class)?.into_iter();
        let fields = fields.filter(|field| field.init && !field.kw_only);
        Ok(Some(fields.map(|field| field.name).collect()))
    }

    /// `==` of instances of a dataclass, as that writes it; `None` if this is no such `==`.
    pub(in crate::expr) fn equal_fields(
        &self,
        left: &Datum,
        right: &Datum,
        depth: usize,
    ) -> Result<Option<bool>> {
        let Some(class) = self.generated_by(left, "__eq__")? else {
            return Ok(None);
        };
        if self.class_of(left)?.id != self.class_of(right)?.id {
            // Both decline, if the other has none of its own.
            return match self.generated_by(right, "__eq__")? {
                Some(_) => Ok(Some(false)),
                None => {
                    self.asks("what equals", right, &["__eq__"])?;
                    Ok(Some(false))
                }
            };
        }
        for field in self.fields(class)?.iter().filter(|field| field.compare) {
            let a = self.attribute_of(left, &field.name)?;
            let b = self.attribute_of(right, &field.name)?;
            let is_equal = match self.is_since(13) {
                true => self.equal(&a, &b, depth + 1)?,
                false => self.equal_item(&a, &b, depth + 1)?,
            };
            if !is_equal {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }

    /// `<` and its like, of a dataclass with an order.
    pub(in crate::expr) fn ordered_fields(
        &self,
        op: CmpOp,
        left: &Datum,
        right: &Datum,
    ) -> Result<Option<bool>> {
        let (method, _) = crate::expr::gate::order_methods(op);
        let Some(class) = self.generated_by(left, method)? else {
            return Ok(None);
        };
        if self.class_of(left)?.id != self.class_of(right)?.id {
            return Ok(None);
        }
        let fields = self.fields(class)?;
        let values = |datum: &Datum| {
            let wanted = fields.iter().filter(|field| field.compare);
            let values = wanted.map(|field| self.attribute_of(datum, &field.name));
            values.collect::<Result<Vec<_>>>().map(Datum::Tuple)
        };
        self.ordered(op, &values(left)?, &values(right)?, 0)
            .map(Some)
    }

    /// The text that a dataclass writes for its instances.
    pub(in crate::expr) fn repr_of_fields(&self, datum: &Datum) -> Result<Option<String>> {
        let Some(class) = self.generated_by(datum, "__repr__")? else {
            return Ok(None);
        };
        let own = self.class_of(datum)?;
        // `__qualname__` is what the name is without its module.
        let Some((_, _, written)) = self.class_source(&own) else {
            return Ok(None);
        };
        let mut parts = Vec::new();
        for field in self.fields(class)?.iter().filter(|field| field.repr) {
            let value = self.attribute_of(datum, &field.name)?;
            parts.push(format!("{}={}", field.name, self.repr_of(&value)?));
        }
        Ok(Some(format!("{}({})", written.qualname, parts.join(", "))))
    }
}
