"""Turn a live Python object into the VALUE of `rdbg dump`, without running user code.

Dispatch is by storage: the first built-in type in the object's real method
resolution order decides how its contents are read, and they are read with that
built-in type's own methods. Attributes come from the instance dict and from
member descriptors of `__slots__`, never through `getattr`.

Two additions to the dump format serve the comparer and nobody else:
`"opaque": true` marks what is to be compared by type alone (functions, classes,
modules, instances of classes that the program did not define), and `id` is the
object's address, which means something inside one event only, unless all are kept.
"""

import collections
import ctypes
import types

# A list where every object that is shown is kept alive, so that none has the address of another; None
# keeps nothing.
kept = None

DEPTH = 3
ITEM_LIMIT = 10_000
STRING_LIMIT = 65_536

ATOMS = (type(None), bool, int, float, complex, str, bytes, range)
ITEM_TYPES = (list, tuple, set, frozenset, collections.deque, bytearray)
FOREIGN_CONTAINERS = (
    collections.OrderedDict,
    collections.defaultdict,
    collections.Counter,
    collections.deque,
)

_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_type_module = type.__dict__["__module__"].__get__
_generic_dict = ctypes.pythonapi.PyObject_GenericGetDict
_generic_dict.restype = ctypes.py_object
_generic_dict.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
# `PyMemberDescrObject` of `descrobject.h`: where it has its `PyMemberDef` (name, type, offset).
MEMBER_DEFINITION = 40
# `structmember.h`: slots that hold an object or nothing.
T_OBJECT, T_OBJECT_EX = 6, 16
_exception_args = BaseException.__dict__["args"].__get__


def module_of(cls):
    """The name of the module that defined `cls`, read without its metaclass."""
    module = _type_module(cls)
    return module if type(module) is str else ""


def type_name(cls):
    """`pkg.mod.Name`; classes of the program and of builtins have no prefix."""
    module = module_of(cls)
    name = _type_qualname(cls)
    return name if module in ("__main__", "builtins", "") else f"{module}.{name}"


def storage_of(cls):
    """The built-in type whose memory layout instances of `cls` have, or None."""
    for base in _type_mro(cls):
        if base is collections.OrderedDict or base is dict:
            return base
        if base in ITEM_TYPES or base in ATOMS or base is BaseException:
            return base
        if base is type or base is types.ModuleType:
            return base
    return None


def instance_dict(obj):
    """The instance dict of `obj`, or None; an override of `__dict__` is passed by."""
    try:
        # By address: ctypes asks an object for its `__class__` when it converts it.
        namespace = _generic_dict(id(obj), None)
    except AttributeError:
        return None
    return namespace if dict in _type_mro(type(namespace)) else None


def fields_of(obj):
    """(name, value) pairs: the instance dict first, then bound `__slots__`."""
    found = []
    namespace = instance_dict(obj)
    if namespace is not None:
        found += [(key, value) for key, value in list(dict.items(namespace)) if type(key) is str]
    is_exception = storage_of(type(obj)) is BaseException
    for base in reversed(_type_mro(type(obj))):
        if not (is_exception or _is_user_class(base)):
            continue
        for name, member in list(_type_dict(base).items()):
            # What an AttributeError is about can be the whole program: it is left out.
            if type(member) is types.MemberDescriptorType and not (is_exception and name == "obj"):
                found += [(name, value) for value in _in_slot(obj, member)]
    return found


def _in_slot(obj, member):
    """What a slot holds, nothing where it is empty: the descriptor itself would say None of some."""
    definition = ctypes.c_void_p.from_address(id(member) + MEMBER_DEFINITION).value
    kind = ctypes.c_int.from_address(definition + 8).value
    if kind not in (T_OBJECT, T_OBJECT_EX):
        return
    place = id(obj) + ctypes.c_ssize_t.from_address(definition + 16).value
    if ctypes.c_void_p.from_address(place).value is not None:
        yield ctypes.py_object.from_address(place).value


def _is_user_class(cls):
    """Whether the program itself defined `cls`."""
    return module_of(cls) == "__main__"


def render(obj, depth=DEPTH, path=()):
    """The VALUE of `obj`; `path` holds the addresses open further out."""
    cls = type(obj)
    name = type_name(cls)
    if cls in ATOMS:
        return _atom(obj, cls, name)
    storage = storage_of(cls)
    if storage is type or storage is types.ModuleType:
        return {"type": name, "opaque": True}
    own = _is_user_class(cls)
    known = cls in ITEM_TYPES or cls is dict or cls in FOREIGN_CONTAINERS
    exception = storage is BaseException and module_of(cls) == "builtins"
    if not (own or known or exception):
        return {"type": name, "opaque": True}
    return _object(obj, name, storage, own, depth, path)


def _atom(obj, cls, name):
    """An atom is its type and its exact repr, unless that repr would be huge."""
    if cls in (str, bytes) and len(obj) > STRING_LIMIT:
        return {"type": name, "truncated": True, "len": len(obj)}
    return {"type": name, "repr": repr(obj)}


def _object(obj, name, storage, own, depth, path):
    """A container or an instance: its number, its length, and what it holds."""
    address = id(obj)
    if kept is not None:
        kept.append(obj)
    value = {"type": name, "id": address}
    is_dict = storage is dict or storage is collections.OrderedDict
    if is_dict:
        value["len"] = dict.__len__(obj)
    elif storage in ITEM_TYPES:
        value["len"] = storage.__len__(obj)
    if address in path:
        value["cycle"] = True
        return value
    if depth == 0:
        return value
    inside = (*path, address)

    def inner(item):
        return render(item, depth - 1, inside)

    if value.get("len", 0) > ITEM_LIMIT:
        value["truncated"] = True
    elif is_dict:
        value["items"] = [[inner(k), inner(v)] for k, v in list(storage.items(obj))]
    elif storage in ITEM_TYPES:
        value["items"] = [inner(item) for item in list(storage.__iter__(obj))]
    elif storage in ATOMS and storage is not type(None):
        value["repr"] = storage.__repr__(obj)
    fields = {}
    if storage is BaseException:
        fields["args"] = inner(_exception_args(obj))
    if own or storage is BaseException:
        for key, item in fields_of(obj):
            fields[key] = inner(item)
    if fields or not ("items" in value or "truncated" in value):
        value["fields"] = fields
    return value
