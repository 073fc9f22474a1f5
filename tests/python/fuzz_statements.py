"""The statements that `fuzz.py` makes programs of; `fuzz_words.py` says what the holes are."""

SIMPLE = """
<L>.append(<v>)
<L>.append(<c>)
<L>.extend(<l>[:3])
<L>.insert(<i>, <v>)
?<L>.pop()
?<L>.pop(<i>)
?<L>.remove(<k>)
?<L>[<i>] = <v>
?<L>[0] = <c>
?del <L>[<i>]
<L>[<i>:<n>] = <l>[:2]
del <L>[<n>:]
<L1>[::2] = [<v>] * len(<L1>[::2])
<L>.reverse()
<L>.clear()
<L>.sort(key=lambda <N>: type(<N>).__name__)
?<L>.sort(key=<L>.append)
<L=> += [<v>]
if len(<L1=>) < 6: <L1=> *= 2
?<L>[<i>] += 1
?<L>[<i>].append(<v>)
?<L>[<i>][<i>] = <v>
?<L>[<i>].items.append(<v>)
<L=> = <new L>
<D=> = <new D>
<O=> = <new O>
<T=> = <new T>
<Q=> = <new Q>
<W=> = <new W>
<I=> = <new I>
<U=> = <new U>
<X=> = <new X>
<X=> = <new X>
<S=> = <new S>
<L=>, <L=> = <L>, <L>
<L=>, <X=> = <L>, <L>
<X=>, *<L=> = [<v>, <c>, <v>]
<X=>, <X=> = <X>, <X>
<L=> = <X=> = <new L>
(<L=>, <D=>), <X=> = (<L>, <D>), <c>
<D>[<k>] = <v>
<D>[<k>] = <c>
?del <D>[<k>]
<D>.pop(<k>, None)
?<D>.popitem()
<D1>.setdefault(<k>, []); <D1>.setdefault("list", [<v>])
?<D>.setdefault("m", []).append(<v>)
<D>.update({<k>: <v>}, z=<v>)
<D=> |= {<k>: <c>}
?<D>[<k>].append(<v>)
?<D>["n"] = <D>.get("n", 0) + 1
<D>.clear()
for <N> in list(<D>): <D>[<N>] = <v>
<X=> = "%(p)s" % collections.defaultdict(lambda: <L>.append(<v>)) and 1
?<X=> = "{0.left}{0.right}".format(<O>) and None
?<X=> = "{q}".format_map(<D>) and None
?<S>.add(<k>)
?<S>.discard(<k>)
?<S>.update(<S>, [<k>])
?<S=> |= {<k>}
?<S=> ^= {<k>, <k>}
?<S>.clear()
<Q>.append(<v>)
<Q>.appendleft(<c>)
<Q>.rotate(<i>)
?<Q>.popleft()
?<Q>[<i>] = <v>
<Q>.extend(<l>[:2])
<O>.value = <v>
<O>.items = <l>
<O>.left = <c>
<O>.right = <O>
<O>.items.append(<v>)
<O>.add(<v>).add(<c>)
<X=> = <O>.last
<O>.last = <v>
<X=> = <O>.anything
<O=> += <v>
?<O>.value += 1
?del <O>.value
?del <O>.left
setattr(<O>, "n<n>", <v>)
?delattr(<O>, "n<n>")
vars(<O>)["v"] = <v>
<O>.__dict__.update(w=<v>)
<O>.__dict__ = {"items": [<v>], "value": <c>}
object.__setattr__(<O>, "value", <v>)
<X=> = <O>[<k>]
<O>[<k>] = <v>
del <O>[0]
<X=> = <k> in <O>
<X=> = [<N> for <N> in <O>]
?<X=> = <O> + <v>
?<X=> = <v> + <O>
<X=> = <v> if <O> else <c>
<X=> = f"{<O>:x}{<I>!r}"
<X=> = <O>(<v>)
<X=> = min([<O>, <O>])
Node.shared.append(<v>)
Node.shared = <l>
<O>.shared.append(<v>)
<O>.__class__ = Node
<T>.x = <v>
<T>.y = <c>
<T>.swap()
?del <T>.y
?<T>.x.append(<v>)
?<T>.x += 1
<W=> += "z"
<W1=> = <W1=>[:5]
<W=> = <W>.upper() + "-".join(["a", <W>[:4]])
<W=> = <W>[::-1].replace("a", "<n>")
<I=> += 1
<I=> -= <n>
<I=> = (<I=> * 7 + <n>) % 100003
<I1=> = <I1=> ** 2 % 10**25
<X=> = <I> == True
<X=> = [1, True, 1.0][<n> % 3]
<U=> = <U>[:2] + (<v>,)
?<U>[0].append(<v>)
?<U=> += (<c>,)
?<X>.append(<v>)
?next(<X>)
<X=> = next(<X1>, None) if hasattr(<X1>, "__next__") else <X1>
?<X>()
?<X=> = <X>()
?<X=> = <X>(<L>)
?<X=> = list(itertools.islice(<X>, 3))
?<X>.close()
?<X=> = <X>.send(<v>)
?<X>.throw(ValueError("thrown"))
?<X>.tags.append(<v>)
?<X>[0] = 65
?<X>.a = <v>
?<X>.a.append(<v>)
?<X>.data.append(<v>)
?<X>.callback(<L>.append, <v>)
?<X>.write(<s>)
<X=> = None
del <X1=>; <X1=> = <v>
<X=> = <X=>, <X>
heapq.heapify(<L1>) if all(type(<N>) is int for <N> in <L1>) else None
<X1=> = [3, 1, 2]; heapq.heapify(<X1=>); heapq.heappush(<X1=>, <n>)
?heapq.heappush(<L>, <k>)
?heapq.heapreplace(<L>, <k>)
?bisect.insort(<L>, <k>, key=lambda <N>: 0)
random.Random(<n>).shuffle(<L>)
operator.iadd(<L>, [<v>])
?operator.setitem(<L>, <i>, <v>)
operator.methodcaller("append", <v>)(<L>)
operator.attrgetter("items")(<O>).append(<v>)
?<X=> = operator.itemgetter(0)(<L>)
list(map(<L>.append, (<v>, <c>)))
collections.deque(map(<L>.append, [<v>]), maxlen=0)
any(map(<Q>.append, [<v>, <v>]))
<X=> = sum(1 for <N> in map(<L>.append, [<v>]))
<X=> = ",".join(map(str, map(<L>.append, [1, 2])))
<X=> = sorted([1, 2], key=lambda <N>: (<L>.append(<v>), 1)[1])
<X=> = max([3], key=<L>.append)
?<X=> = dict(map(lambda <N>: (<N>, <L>.append(<N>)), "ab"))
<X=> = functools.reduce(lambda one, two: (<L>.append(two), one)[1], [1, 2], <c>)
<X=> = list(itertools.starmap(<L>.insert, [(0, <v>)]))
<X=> = [*map(<L>.append, "x")]
<X=> = set(map(<L>.append, "x"))
<X=> = tuple(pushes(<L>, [<v>]))
for <N> in pushes(<L>, [<v>, <v>]): <X=> = len(<N>)
<X=> = {<N>: <L>.append(<N>) for <N> in "ab"}
<X=> = [<L>.append(<v>) for <N> in range(2)]
<X=> = all(<L>.append(<N>) is None for <N> in "ab")
<X=> = [<N> := <L>, <N>.append(<v>)]
(<L> or <Q>).append(<v>)
(<L> if <I> % 2 else <Q>).append(<v>)
<X=> = <L>.append(<v>) or <D>.update(r=<v>) or <c>
(lambda <N>: <N>.append(<v>))(<L>)
<X=> = (lambda: <L>)().append(<v>)
passes(<L>.append(<v>), k=<D>.update(s=<v>))
keeps(<v>).append(<c>)
cached(<n>).append(<v>)
<X=> = pop_or(<L>, <v>)
<X=> = keeps(<L>) is keeps(<D>)
re.sub("a", lambda <N>: <L>.append(<v>) or "b", "ca")
?<X=> = json.loads("[1, {}]", object_hook=<L>.append)
<X=> = copy.deepcopy([1, [2], {}])
functools.partial(<L>.append, <v>)()
functools.partial(passes, <L>.append(<v>))(<c>)
getattr(<L>, "append")(<v>)
list.append(<L>, <v>)
dict.__setitem__(<D>, <k>, <v>)
<L>.__iadd__([<v>])
types.MethodType(Node.add, <O>)(<v>)
exec("<L1>.append(<n>)", {"<L1>": <L1>})
eval("<D1>.update(e=<n>)", {}, {"<D1>": <D1>})
globals()["H"][<k>] = <v>
globals()["made"] = <v>
?<X=> = made
H["h"] = <v>
G.append(<v>)
?G[<i>] = <c>
?sys.modules["__main__"].H[<k>] = <v>
sys.modules["__main__"].fresh = <c>
weakref.finalize(Node(), <L>.append, <v>)
<X=> = weakref.ref(Node(), <L>.append) and None
<O1=> = Node(<v>); <X=> = weakref.ref(<O1=>, lambda <N>: <L>.append(<v>))
<L>.append(Dying(<L>, <k>))
<D>["dying"] = Dying(<Q>, <k>)
<D>["dying"] = None
Dying(<L>, <k>)
<O>.left = Dying(<L>, <k>)
<X1=> = Node(); <X1=>.left = <X1=>; <X1=>.right = Dying(<L>, <k>)
<X=> = None; gc.collect()
with contextlib.suppress(Exception): <L>.append(<v>); raise KeyError(<k>)
with contextlib.ExitStack() as <N>: <N>.callback(<L>.append, <v>); <N>.enter_context(<O>)
with <O> as <X1=>: <X1=>.append(<v>)
with <O>: raise ValueError(<v>)
<N> = threading.Thread(target=<L>.append, args=(<v>,)); <N>.start(); <N>.join()
<N> = threading.Thread(target=keeps, args=(<c>,)); <N>.start(); <N>.join()
print(len(<L>), len(<D>), <I>)
assert len(<L>) >= 0, <v>
def <N>(<N>=<L>): <N> = [<v>, <N>]; return <N>
<N> = [<v>, <v>]; <L>.append(<N>); <N>.append(<v>)
<N> = {"in": {}}; <N>["in"]["deep"] = <c>; <L>.append(<N>); <N>["in"]["deep"] = <v>
<L1>.pop() if <L1> else None; <L1>.append([<v>])
<L1=> = <L>; <L1=>.append(<v>)
<L1=> = <L1=> + [<v>]
<L1=> = [*<L1=>]
<D1=> = {**<D1=>}
<X=> = <L1>[-1:] and <L1>[-1]
<X1=> = <L>.copy(); <X1=>.append(<v>)
?<L1>.append(<L1>.pop(0))
?<L1>[0], <L1>[-1] = <L1>[-1], <L1>[0]
?<D>[<k>], <L>[0] = <v>, <c>
?<O>.value, <T>.x = <T>.x, <O>.value
raise RuntimeError(<v>) if False else None
""".strip().splitlines()

# `raise x if False else None` would raise a TypeError: fit for a `try` only.
SIMPLE = ["?" + line if line.startswith("raise") else line for line in SIMPLE]

BLOCKS = [
    "for <N> in range(<n>):\n    <B>",
    "for <X=> in list(<c1>) if not isinstance(<c1>, Slot) else ():\n    <B>",
    "for <N>, <X=> in enumerate(itertools.islice(<L>, 3)):\n    <B>",
    "for <N> in itertools.islice(<Q>, 1):\n    <B>\nelse:\n    <L>.append(<v>)",
    "for <I=> in map(len, [<L>, <D>]):\n    <B>",
    "for <N>, <X=> in list(<D>.items())[:3]:\n    <B>",
    "if <I> % 2:\n    <B>\nelse:\n    <B>",
    "if (<N> := len(<L>)) > 2:\n    <B>\nelif <L>:\n    <B>",
    "if <L>.append(<v>) or <D>:\n    <B>",
    "<N> = 0\nwhile <N> < 3:\n    <N> += 1\n    <B>",
    "<N> = [1, 2]\nwhile <N>:\n    <X=> = <N>.pop()\n    <B>",
    "try:\n    <B>\n    raise ValueError(<v>)\nexcept ValueError as <N>:\n    <B>\nfinally:\n    <B>",
    "try:\n    <B>\nexcept (TypeError, IndexError, KeyError) as <N>:\n    <X=> = <N>\nelse:\n    <B>",
    "try:\n    try:\n        <B>\n    finally:\n        <B>\nexcept Exception as <N>:\n    <B>",
    "with <O> as <X=>:\n    <B>",
    "with contextlib.ExitStack() as <N>:\n    <N>.callback(<L>.append, <v>)\n    <B>",
    "def <N>(<N>=<L>):\n    <N>.append(<v>)\n    return <c>",
    "match <c>:\n    case [<N>, *_]:\n        <B>\n    case {\"a\": <N>}:\n        <B>\n    case Slot(x=<N>):\n        <B>\n    case _:\n        <B>",
    "class <N>:\n    own = <c>\n    own2 = [<v>]\n    def go(self): <L>.append(self.own); return self\n<X=> = <N>().go()",
    "<N> = [\n    <v>,\n    <L>.append(<v>),\n    <c>,\n]",
    "<X=> = passes(\n    <L>,\n    <L>.append(<v>),\n    k=<D>.update(t=<v>),\n)",
    "<X=> = [\n    <L>.append(<N>)\n    for <N> in <U>[:2]\n    if <L>.append(1) is None\n]",
    "loop:if <I> % 3 == 1:\n    <X=> = <c>\n    break",
    "loop:if len(<L>) > 4: continue",
    "gen:yield <c>",
    "gen:<X=> = yield <v>",
    "gen:yield from [<v>, <c>]",
    "async:await asyncio.sleep(0)",
    "async:<X=> = await asyncio.gather(asyncio.sleep(0, <c>))",
    "gen:try:\n    yield <c>\n    <B>\nfinally:\n    <B>",
]
