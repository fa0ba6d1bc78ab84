# SPDX-License-Identifier: MIT
"""The call graph of compiled C++, and the deepest stack below each function.

Frames, and who calls whom, come from GCC's -fcallgraph-info=su, which leaves a .ci file beside each
object. What isn't compiled here (the compiler's and the C library's functions) is read from the
disassembly of a linked image. A call through a pointer or a virtual function goes to what the list
of indirect calls says, and nowhere else.
"""

import collections
import functools
import os
import re
import subprocess

HANDLER = "handler"
PORT = "port"

# Namespaces of ours, the inline one whose name holds the build's options among them.
_NAMESPACE = re.compile(r"\bhubtwin::(?:v\d\w*::)?")
_NODE = re.compile(r'node: \{ title: "((?:[^"\\]|\\.)*)" label: "((?:[^"\\]|\\.)*)"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^"]*)")?')
_INDIRECT = "__indirect_call"


def tool(name):
    """A program of the compiler's family, e.g. objdump; NM and the like override it."""
    return os.environ.get(name.upper(), "arm-none-eabi-" + name)


def output_of(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


_readable = {}


def demangled(names):
    """A dictionary from mangled to readable names, without our namespaces."""
    new = sorted(set(names) - set(_readable))
    if new:
        lines = output_of(tool("c++filt"), input="\n".join(new) + "\n").split("\n")
        _readable.update((name, _NAMESPACE.sub("", line)) for name, line in zip(new, lines))
    return {name: _readable[name] for name in names}


def bare(readable):
    """Class and function of a readable name: `Status Twin::report<int>(...) const` -> `Twin::report`."""
    name = readable.replace("(anonymous namespace)::", "")
    name = re.sub(r" \[clone.*", "", name)
    depth = 0
    kept = []
    for character in name:
        if character in "<(":
            if character == "(" and depth == 0:
                break
            depth += 1
        elif character in ">)":
            depth -= 1
        elif depth == 0:
            kept.append(character)
    return "".join(kept).split(" ")[-1]


class Function:
    def __init__(self, name):
        self.name = name
        self.frame = None  # not known yet
        self.place = ""  # source file, as far as known
        self.calls = set()
        self.indirect = set()  # (file, expression)
        self.dynamic = False
        self.compiled = False  # has a .ci file


class Problem(Exception):
    pass


class Targets:
    """The committed list of indirect calls: `file expression: target...` a line.

    A target is a class and a function as in `Twin::poll`, `handler` or `port` (both the
    application's), or a regular expression over the readable name between slashes.

    `below function never: target...` says what isn't called while that function runs: a target of
    a call that has others as well, or what its data never ask for.
    """

    def __init__(self, path):
        self.path = path
        self.of = {}
        self.never_below = {}
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                line = line.split("#")[0].strip()
                if not line:
                    continue
                head, _, tail = line.partition(": ")
                if head.startswith("below ") and head.endswith(" never"):
                    self.never_below[head[len("below "):-len(" never")]] = tail.split()
                    continue
                place, _, expression = head.partition(" ")
                if not expression or not tail.split():
                    raise Problem(f"{path}: not `file expression: target...`: {line}")
                self.of[place, expression] = tail.split()


class Image:
    """What a linked image tells: its functions, which of their names mean the same, and by its
    disassembly the frame of each and whom it calls."""

    def __init__(self, path, disassemble=True):
        groups = collections.defaultdict(list)
        for line in output_of(tool("nm"), path).split("\n"):
            fields = line.split()
            if len(fields) == 3 and fields[1] in "tTwW" and not fields[2].startswith("$"):
                groups[int(fields[0], 16) & ~1].append(fields[2])
        self.groups = list(groups.values())
        self.frames = {}
        self.calls = collections.defaultdict(set)
        self.indirect = {}  # by blx, and not by a jump alone
        if disassemble:
            self._disassemble(path)

    def _disassemble(self, path):
        names = {name: group[0] for group in self.groups for name in group}
        current, falls_through = None, False
        for line in output_of(tool("objdump"), "-d", "-w", "--no-show-raw-insn", path).split("\n"):
            label = re.match(r"[0-9a-f]+ <([^>]+)>:$", line)
            if label:
                name = names.get(label.group(1), label.group(1))
                if current and falls_through:
                    self.calls[current].add(name)
                current, falls_through = name, True
                self.frames.setdefault(name, 0)
                continue
            fields = line.split("\t")
            if current is None or len(fields) < 2 or fields[1].startswith("."):
                continue
            operation, operands = fields[1].strip(), fields[2] if len(fields) > 2 else ""
            if operation.startswith("nop") and not falls_through:
                continue  # what fills up to the next function's alignment
            falls_through = not (
                operation in ("b", "b.n", "b.w", "bx", "udf", "tbb", "tbh")
                or (operation.startswith("ldr") and operands.startswith("pc"))
                or (operation.startswith(("pop", "ldmia")) and "pc" in operands)
                or (operation.startswith("mov") and operands.startswith("pc")))
            branch = re.match(r"(b|bl|blx|b[a-z][a-z]|cbn?z)(\.[nw])?$", operation)
            to = re.search(r"<([^>+]+)(\+0x[0-9a-f]+)?>", operands) if branch else None
            if to:
                name = names.get(to.group(1), to.group(1))
                if name != current or (operation == "bl" and not to.group(2)):
                    self.calls[current].add(name)
            elif operation in ("blx", "bx") and not operands.startswith("lr"):
                self.indirect[current] = self.indirect.get(current, False) or operation == "blx"
            self.frames[current] += pushed(operation, operands)
        for group in self.groups:  # the other names of the same function
            for name in group[1:]:
                self.frames[name] = self.frames.get(group[0], 0)
                self.calls[name] = self.calls[group[0]]


    def keep_library(self, graph):
        """Forgets the frames of functions that the graph's objects hold."""
        graph.use_image(self)
        self.frames = {name: frame for name, frame in self.frames.items()
                       if not graph.is_compiled(name)}


@functools.lru_cache(maxsize=None)
def parsed_ci(path):
    """Functions as (name, frame, dynamic, place), and calls as (from, to, location)."""
    with open(path, encoding="utf-8") as text:
        content = text.read()
    functions, calls = [], []
    for title, label in _NODE.findall(content):
        parts = label.split("\\n")
        stack = re.match(r"(\d+) bytes \((.*)\)", parts[2]) if len(parts) > 2 else None
        if stack:
            functions.append((own_name(title), int(stack.group(1)), "dynamic" in stack.group(2),
                              shortened(parts[1].rsplit(":", 2)[0])))
    for source, target, location in _EDGE.findall(content):
        if target == _INDIRECT:
            calls.append((own_name(source), None, callee_at(location)))
        else:
            calls.append((own_name(source), own_name(target), None))
    return functions, calls


def own_name(title):
    """Functions that only their source knows are titled with its name before theirs."""
    return title.rsplit(":", 1)[-1]


@functools.lru_cache(maxsize=None)
def source_lines(path):
    with open(path, encoding="utf-8") as source:
        return source.read().split("\n")


def callee_at(location):
    """The source and the callee's name of the call through a pointer that stands at a place.

    The place is the parenthesis behind the name. Of a call whose answer is an object and at once
    another call's argument, it is the other's parenthesis or the beginning of the expression.
    """
    path, line, column = location.rsplit(":", 2)
    text = source_lines(path)[int(line) - 1]
    before, behind = text[: int(column) - 1].rstrip(), text[int(column) - 1 :]
    member = r"((?:\w+(?:\(\))?(?:\.|->|::))\w+)"
    if behind.startswith("("):
        found = (re.search(member + "$", before) or re.search(member + r"\(", behind)
                 or re.search(r"(\w+)$", before))
    else:
        found = re.search(member + r"\(", behind) or re.search(r"(\w+)\(", behind)
    if not found:
        raise Problem(f"{location}: no callee's name stands at this place")
    return shortened(path), found.group(1)


class Graph:
    def __init__(self, targets):
        self.never_below = {}
        self.functions = {}
        self.targets = targets
        self.readable = {}
        self.aliases = {}
        self.linked = set()

    # Reading.

    def _function(self, name):
        return self.functions.setdefault(name, Function(name))

    def read_ci(self, path):
        functions, calls = parsed_ci(path)
        for name, frame, dynamic, place in functions:
            function = self._function(name)
            # One that several objects have (an inline one) counts with its largest frame.
            function.frame = max(function.frame or 0, frame)
            function.dynamic |= dynamic
            function.compiled, function.place = True, place
        for name, callee, expression in calls:
            if callee is None:
                self._function(name).indirect.add(expression)
            else:
                self._function(name).calls.add(self._function(callee).name)

    def use_image(self, image):
        """Says what is linked, and which names mean the same function."""
        self.linked = set()
        for group in image.groups:
            known = [name for name in group if name in self.functions and self.functions[name].compiled]
            for name in group:
                self.aliases[name] = (known or group)[0]
            self.linked.add((known or group)[0])

    def is_compiled(self, name):
        function = self.functions.get(self.aliases.get(name, name))
        return function is not None and function.compiled

    def use_library(self, image):
        """Takes frames and calls of what isn't compiled here out of a disassembled image."""
        for alias, frame in image.frames.items():
            name = self.aliases.get(alias, alias)
            function = self.functions.get(name)
            if function is None or not function.compiled:
                function = self._function(name)
                function.frame = frame
                function.calls |= {self._function(callee).name for callee in image.calls[alias]}
                if image.indirect.get(alias):
                    raise Problem(f"{name}: an indirect call in a library")
            else:
                # Helpers of the code generator that the compiler doesn't tell of.
                function.calls |= {self._function(callee).name for callee in image.calls[alias]
                                   if not self.is_compiled(callee)}
                if alias in image.indirect and not function.indirect:
                    raise Problem(f"{name}: an indirect call that the compiler didn't tell of")

    # Resolving.

    def resolve(self, complete=True):
        """Follows indirect calls. \"complete\" is the list of everything, and none of it may be stale."""
        self.readable = demangled(self.functions)
        by_bare = collections.defaultdict(list)
        for name, function in self.functions.items():
            if function.compiled:
                by_bare[bare(self.readable[name])].append(name)
        problems = []
        used = set()
        missing = set()
        for function in self.functions.values():
            function.calls = {self.aliases.get(name, name) for name in function.calls}
            for call in sorted(function.indirect):
                used.add(call)
                if call not in self.targets.of:
                    problems.append(f"{self.readable[function.name]}: an indirect call that isn't "
                                    f"listed: {call[0]} {call[1]}")
                    continue
                for target in self.targets.of[call]:
                    found = self._named(target, by_bare)
                    if not found:
                        missing.add((call, target))
                    function.calls |= found
        if complete:
            for (place, expression), target in sorted(missing):
                problems.append(f"{self.targets.path}: {place} {expression}: there is no {target}")
            for place, expression in sorted(set(self.targets.of) - used):
                problems.append(f"{self.targets.path}: {place} {expression}: there is no such call")
        for above, targets in self.targets.never_below.items():
            for target in (above, *targets):
                if complete and not self._named(target, by_bare):
                    problems.append(f"{self.targets.path}: below {above} never: there is no {target}")
            never = set().union(*(self._named(target, by_bare) for target in targets))
            self.never_below.update((name, never) for name in self._named(above, by_bare))
        self.functions.setdefault(HANDLER, Function(HANDLER)).frame = 0
        self.functions.setdefault(PORT, Function(PORT)).frame = 0
        self.readable[HANDLER], self.readable[PORT] = "(a handler)", "(a port)"
        return problems

    def _named(self, target, by_bare):
        if target in (HANDLER, PORT):
            return {target}
        if target.startswith("/"):
            pattern = re.compile(target.strip("/"))
            return {name for name, function in self.functions.items()
                    if function.compiled and pattern.search(self.readable[name])}
        return set(by_bare.get(target, ()))

    def let_handlers_call(self, names):
        """What an application may call inside a handler; none of it may end in a handler again."""
        self.functions[HANDLER].calls |= set(names)

    def leave_out_frames_of(self, *files):
        """Functions of the application, whose frames aren't ours."""
        for function in self.functions.values():
            if function.compiled and function.place.endswith(files):
                function.frame = 0

    def keep_linked(self):
        """Forgets what the image that was read doesn't hold."""
        keep = self.linked | {HANDLER, PORT}
        for function in self.functions.values():
            function.calls &= keep

    # Answers.

    def cycles(self):
        """Each set of functions that can call themselves, but for jumps within assembler code."""
        return [group for group in self._groups() if self._recursive(group)]

    def _recursive(self, group):
        if len(group) == 1:
            return group[0] in self.functions[group[0]].calls
        return any(self.functions[name].compiled for name in group)

    def _groups(self):
        """Strongly connected functions, callees first (Tarjan's algorithm, without recursion)."""
        index, low, on_stack, stack, groups = {}, {}, set(), [], []
        for root in self.functions:
            if root in index:
                continue
            work = [(root, iter(sorted(self.functions[root].calls)))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                name, calls = work[-1]
                advanced = False
                for callee in calls:
                    if callee not in self.functions:
                        continue
                    if callee not in index:
                        index[callee] = low[callee] = len(index)
                        stack.append(callee)
                        on_stack.add(callee)
                        work.append((callee, iter(sorted(self.functions[callee].calls))))
                        advanced = True
                        break
                    if callee in on_stack:
                        low[name] = min(low[name], index[callee])
                if advanced:
                    continue
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    group = []
                    while True:
                        group.append(stack.pop())
                        on_stack.discard(group[-1])
                        if group[-1] == name:
                            break
                    groups.append(group)
        return groups

    def depths(self):
        frames, calls = {}, {}
        for group in self._groups():
            if self._recursive(group):
                raise Problem("recursion: " + ", ".join(self.readable[name] for name in group))
            # Jumps within assembler code: whichever is called, all may run.
            frame = sum(self.functions[name].frame or 0 for name in group)
            below = set().union(*(self.functions[name].calls for name in group)) - set(group)
            for name in group:
                frames[name], calls[name] = frame, sorted(below & self.functions.keys())
        return Depths(frames, calls, self.never_below)

    def reached_from(self, roots):
        seen, work = set(), list(roots)
        while work:
            name = work.pop()
            if name not in seen:
                seen.add(name)
                work.extend(self.functions[name].calls)
        return seen

    def unknown_frames(self, names):
        return sorted(name for name in names if self.functions[name].frame is None)


class Depths:
    """The deepest stack of each function, in a graph without recursion."""

    def __init__(self, frames, calls, never_below):
        self._frames, self._calls, self._never_below = frames, calls, never_below
        self._known = {}

    def of(self, name):
        """Bytes, its own frame included."""
        return self._find(name, frozenset())[0]

    def way(self, name):
        """The functions of that stack, outermost first."""
        never = frozenset()
        while name is not None:
            yield name
            _, name, never = self._find(name, never)

    def _find(self, name, never):
        """Bytes, the callee that they are in, and which functions aren't called below, for the sake
        of those on the stack: \"never\" and what the function itself rules out."""
        never = never | self._never_below.get(name, frozenset())
        if (name, never) not in self._known:
            most, deepest = max(((self._find(callee, never)[0], callee) for callee in self._calls[name]
                                 if callee not in never), default=(0, None))
            self._known[name, never] = (self._frames[name] + most, deepest, never)
        return self._known[name, never]


def shortened(path):
    """Sources of the library from below include/hubtwin (impl left out), others by their name alone."""
    path = os.path.normpath(path)
    _, ours, rest = path.rpartition("include/hubtwin/")
    if ours:
        return rest[len("impl/"):] if rest.startswith("impl/") else rest
    return os.path.basename(path)


def pushed(operation, operands):
    """Bytes that an instruction puts on the stack."""
    operation = operation.split(".")[0]
    if operation in ("push", "vpush") or (operation in ("stmdb", "vstmdb") and operands.startswith("sp!")):
        count = 0
        for item in operands[operands.index("{") + 1 : operands.index("}")].split(","):
            first, _, last = item.strip().partition("-")
            number = lambda register: int(re.sub(r"\D", "", register) or {"sl": 10, "fp": 11}.get(register, 0))
            count += number(last) - number(first) + 1 if last else 1
        double = "{d" in operands.replace(" ", "")
        return count * (8 if double else 4)
    found = re.match(r"sp, (?:sp, )?#(\d+)", operands)
    if operation in ("sub", "subw") and found:
        return int(found.group(1))
    found = re.match(r"\w+, (?:\w+, )?\[sp, #-(\d+)\]!", operands)
    return int(found.group(1)) if found and operation.startswith("str") else 0
