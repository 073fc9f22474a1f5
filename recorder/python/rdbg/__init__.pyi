from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypedDict, TypeVar, Unpack, overload

_F = TypeVar("_F", bound=Callable[..., Any])
_Path = str | PathLike[str]

class _Options(TypedDict, total=False):
    force: bool
    include: str | list[str]
    exclude: str | list[str]
    all: bool
    locals: bool
    max_string: int
    max_items: int
    max_depth: int
    max_size: int | str
    ring: int | str
    level: Literal["lines", "calls"]
    env: bool
    quiet: bool

class RecordError(RuntimeError): ...
class TraceError(Exception): ...

class record:
    path: str | None
    @overload
    def __new__(cls, output: _F, /) -> _F: ...
    @overload
    def __new__(cls, output: _Path | None = None, /, **options: Unpack[_Options]) -> Self: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]: ...
    def __call__(self, function: _F) -> _F: ...

def start(output: _Path | None = None, **options: Unpack[_Options]) -> str: ...
def stop() -> str | None: ...
def recording() -> str | None: ...
def mark(name: str) -> None: ...
def open(path: _Path) -> Trace: ...

class Thread(NamedTuple):
    number: int
    name: str

class Mark(NamedTuple):
    name: str
    position: int

class Moment(NamedTuple):
    position: int
    is_bound: bool
    value: Any
    since: int | None

class Info(NamedTuple):
    program: str
    argv: list[str]
    cwd: str
    python: str
    platform: str
    started: float
    ending: str | None
    seconds: float | None
    events: int

class Crash(NamedTuple):
    what: str
    type: str
    traceback: Sequence[Event]

class Unknown:
    reason: str

class Cut:
    start: str | bytes
    truncated: bool
    def __len__(self) -> int: ...

class Object:
    id: int
    position: int
    @property
    def type(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def items(self) -> list[Any]: ...
    @property
    def pairs(self) -> list[tuple[Any, Any]]: ...
    @property
    def fields(self) -> dict[str, Any]: ...
    @property
    def truncated(self) -> bool: ...
    @property
    def unknown(self) -> str | None: ...
    @property
    def value(self) -> Any: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, key: Any) -> Any: ...

class Frame:
    position: int
    level: int
    file: str
    line: int
    function: str
    id: int
    @property
    def locals(self) -> dict[str, Any]: ...

class Event:
    position: int
    kind: Literal[
        "start", "resume", "throw", "line", "return", "yield", "raise", "handle", "unwind", "mark"
    ]
    thread: int
    file: str
    line: int
    function: str
    frame: int
    depth: int
    @property
    def value(self) -> Any: ...
    @property
    def frames(self) -> list[Frame]: ...
    @property
    def locals(self) -> dict[str, Any]: ...

class Trace:
    path: str
    @property
    def info(self) -> Info: ...
    @property
    def events(self) -> Sequence[Event]: ...
    @property
    def threads(self) -> list[Thread]: ...
    @property
    def marks(self) -> list[Mark]: ...
    @property
    def exceptions(self) -> list[Event]: ...
    @property
    def crashes(self) -> list[Crash]: ...
    @property
    def position(self) -> int: ...
    @property
    def here(self) -> Event: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Event]: ...
    @overload
    def __getitem__(self, position: int) -> Event: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Event]: ...
    def goto(self, place: int | str) -> Event: ...
    def step(self, back: bool = False) -> Event | None: ...
    def next(self, back: bool = False) -> Event | None: ...
    def finish(self, back: bool = False) -> Event | None: ...
    def last(self, expression: str) -> Event: ...
    def evaluate(self, expression: str) -> Any: ...
    def show(self, expression: str) -> str: ...
    def history(self, expression: str) -> list[Moment]: ...
