"""Files as torch.save writes them, without PyTorch: Python's own pickle with classes and functions of
the same names, which exist only while something is saved.

    save_zip(path, objects)       the archive of PyTorch 1.6 and later
    save_stream(path, objects)    the stream before
    save_plain(path, objects, 4)  pickle.dump, in which each tensor has a stream of its own
"""
import collections
import contextlib
import io
import pickle
import struct
import sys
import types
import unittest.mock
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {"<f4": "FloatStorage", "<f8": "DoubleStorage", "<f2": "HalfStorage",
            "bfloat16": "BFloat16Storage", "<i8": "LongStorage", "<i4": "IntStorage",
            "<i2": "ShortStorage", "|i1": "CharStorage", "|u1": "ByteStorage", "|b1": "BoolStorage"}


def module_named(name):
    """That module of the ones that seem to be there; made, with all above it, on the first call."""
    if name not in MODULES:
        MODULES[name] = types.ModuleType(name)
        if "." in name:
            above, _, last = name.rpartition(".")
            setattr(module_named(above), last, MODULES[name])
    return MODULES[name]


MODULES = {}


def define(path, thing=None):
    """A class or function under its full name."""
    module, _, name = path.rpartition(".")
    thing = thing or type(name, (), {})
    thing.__module__, thing.__name__, thing.__qualname__ = module, name, name
    setattr(module_named(module), name, thing)
    return thing


def function(path):
    return define(path, lambda *arguments: None)


REBUILD = function("torch._utils._rebuild_tensor_v2")
REBUILD_V3 = function("torch._utils._rebuild_tensor_v3")
REBUILD_PARAMETER = function("torch._utils._rebuild_parameter")
REBUILD_QUANTISED = function("torch._utils._rebuild_qtensor")
RECONSTRUCT_JAX = function("jax._src.array._reconstruct_array")
LOAD_FROM_BYTES = function("torch.storage._load_from_bytes")
CLASSES = {name: define("torch." + name) for name in STORAGES.values()}
UNTYPED = define("torch.storage.UntypedStorage")


class Storage:
    """Elements in memory; a tensor that shares them has the same object."""

    def __init__(self, values, dtype=None):
        values = np.ascontiguousarray(values).reshape(-1)
        self.kind = CLASSES[STORAGES[dtype or values.dtype.str]]
        if dtype == "bfloat16":  # rounded towards zero
            values = (values.astype("<f4").view("<u4") >> 16).astype("<u2")
        self.values = values
        self.count = len(values)

    def bytes(self, order="little"):
        values = self.values
        return (values.byteswap() if order == "big" and values.itemsize > 1 else values).tobytes()

    def __reduce__(self):
        stream = io.BytesIO()
        save_stream(stream, self)
        return LOAD_FROM_BYTES, (stream.getvalue(),)


class Tensor:
    def __init__(self, storage, shape, strides=None, offset=0):
        self.storage, self.shape, self.offset = storage, tuple(shape), offset
        self.strides = strides if strides is not None else contiguous(shape)

    def arguments(self):
        return (self.storage, self.offset, self.shape, self.strides, False,
                collections.OrderedDict())

    def __reduce__(self):
        return REBUILD, self.arguments()


class Untyped(Tensor):
    """As dtypes are saved that have no storage class of their own."""

    dtype = "float64"

    def __reduce__(self):
        self.storage.kind, self.storage.count = UNTYPED, self.storage.values.nbytes
        return REBUILD_V3, self.arguments() + (function("torch." + self.dtype),)


class Quantised(Tensor):
    def __reduce__(self):
        return REBUILD_QUANTISED, self.arguments()


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return REBUILD_PARAMETER, (self.tensor, True, collections.OrderedDict())


class Jax:
    """An array of JAX: the parts of that of NumPy which has its values."""

    def __init__(self, values):
        self.values = np.ascontiguousarray(values)

    def __reduce__(self):
        return RECONSTRUCT_JAX, self.values.__reduce__() + ({"weak_type": False},)


def contiguous(shape):
    strides = [1]
    for size in reversed(shape[1:]):
        strides.insert(0, strides[0] * size)
    return tuple(strides[:len(shape)])


def tensor(values, dtype=None):
    values = np.asarray(values)
    return Tensor(Storage(values, dtype), values.shape)


def state_dict(arrays):
    """With the attribute that PyTorch leaves at it."""
    tensors = collections.OrderedDict((name, tensor(values)) for name, values in arrays.items())
    tensors._metadata = {"": {"version": 1}}
    return tensors


def module(path, parameters=(), modules=(), **attributes):
    """A module of that class: what torch.nn.Module keeps, and attributes of its own."""
    kind = define(path) if not hasattr(module_named(path.rpartition(".")[0]),
                                       path.rpartition(".")[2]) else None
    kind = kind or getattr(module_named(path.rpartition(".")[0]), path.rpartition(".")[2])
    made = kind.__new__(kind)
    made.__dict__.update(training=True, _buffers=collections.OrderedDict(),
                         _parameters=collections.OrderedDict(
                             (name, Parameter(tensor(values))) for name, values in parameters),
                         _non_persistent_buffers_set=set(), _backward_hooks={},
                         _modules=collections.OrderedDict(modules), **attributes)
    return made


# ---- files ---------------------------------------------------------------------------------------


class Pickler(pickle.Pickler):
    """Notes storages and stores their names."""

    def __init__(self, file, protocol, is_stream):
        super().__init__(file, protocol)
        self.storages, self.is_stream = [], is_stream

    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        if thing not in self.storages:
            self.storages.append(thing)
        key = str(self.storages.index(thing))
        view = (None,) if self.is_stream else ()
        return ("storage", thing.kind, key, "cpu", thing.count) + view


@contextlib.contextmanager
def names():
    """All that was defined can be found by its name."""
    with unittest.mock.patch.dict(sys.modules, MODULES):
        yield


def save_zip(path, objects, protocol=2, order="little", name="model", compression=0):
    stream = io.BytesIO()
    with names():
        pickler = Pickler(stream, protocol, False)
        pickler.dump(objects)
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(f"{name}/data.pkl", stream.getvalue())
        archive.writestr(f"{name}/byteorder", order)
        for key, storage in enumerate(pickler.storages):
            archive.writestr(f"{name}/data/{key}", storage.bytes(order))
        archive.writestr(f"{name}/version", "3\n")


def save_stream(path, objects, protocol=2):
    stream = io.BytesIO()
    with names():
        for head in (MAGIC, 1001, {"little_endian": True}):
            pickle.dump(head, stream, protocol)
        pickler = Pickler(stream, protocol, True)
        pickler.dump(objects)
    keys = sorted(str(key) for key in range(len(pickler.storages)))
    pickle.dump(keys, stream, protocol)
    for key in keys:
        storage = pickler.storages[int(key)]
        stream.write(struct.pack("<q", storage.count) + storage.bytes())
    if hasattr(path, "write"):
        path.write(stream.getvalue())
    else:
        path.write_bytes(stream.getvalue())


def save_plain(path, objects, protocol):
    with names():
        path.write_bytes(pickle.dumps(objects, protocol))
