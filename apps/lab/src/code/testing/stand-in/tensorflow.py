"""A stand-in for the functions of TensorFlow 2 that the lab's programs call.

Names, arguments, defaults and limits on a CPU are those of its documentation (https://www.tensorflow.org/api_docs/python/tf);
PyTorch computes. A program that gives the right numbers here is right wherever TensorFlow does what it documents. It is not
TensorFlow: where that is installed, the tests run the programs with it instead.
"""
import types

import numpy as np
import torch
import torch.nn.functional as F

float32, int32, int64 = torch.float32, torch.int32, torch.int64


class Tensor(torch.Tensor):
    """Arithmetic with NumPy's arrays, which TensorFlow takes for tensors."""


def _tensor(value, dtype=None):
    if isinstance(value, Tensor):
        return value if dtype is None else value.to(dtype)
    if not isinstance(value, torch.Tensor):
        value = np.asarray(value)
        value = torch.from_numpy(np.ascontiguousarray(value.astype(np.float32) if value.dtype == np.float64 else value))
    return (value if dtype is None else value.to(dtype)).as_subclass(Tensor)


for _name in ("add", "sub", "mul", "truediv", "matmul", "radd", "rsub", "rmul", "rtruediv", "rmatmul", "gt", "lt"):

    def _operator(self, other, name=f"__{_name}__"):
        return getattr(torch.Tensor, name)(self, other if isinstance(other, (int, float)) else _tensor(other))

    setattr(Tensor, f"__{_name}__", _operator)
Tensor.__array_priority__ = 1000


def constant(value, dtype=None, shape=None, name="Const"):
    return reshape(_tensor(value, dtype), shape) if shape is not None else _tensor(value, dtype)


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    return _tensor(value, dtype)


def cast(x, dtype, name=None):
    return _tensor(x).to(dtype)


def ones(shape, dtype=float32, name=None, layout=None):
    return _tensor(torch.ones(*map(int, shape), dtype=dtype))


def ones_like(input, dtype=None, name=None, layout=None):
    return torch.ones_like(_tensor(input))


def zeros_like(input, dtype=None, name=None, layout=None):
    return torch.zeros_like(_tensor(input))


def squeeze(input, axis=None, name=None):
    return _tensor(input).squeeze() if axis is None else _tensor(input).squeeze(tuple(axis))


def expand_dims(input, axis, name=None):
    return _tensor(input).unsqueeze(axis)


def reshape(tensor, shape, name=None):
    return _tensor(tensor).reshape([int(size) for size in shape])


def transpose(a, perm=None, conjugate=False, name="transpose"):
    a = _tensor(a)
    return a.permute(*(perm if perm is not None else reversed(range(a.ndim))))


def reverse(tensor, axis, name=None):
    return torch.flip(_tensor(tensor), list(axis))


def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    assert batch_dims == 0
    params, indices, axis = _tensor(params), torch.as_tensor(np.asarray(indices)), axis or 0
    picked = torch.index_select(params, axis, indices.reshape(-1).long())
    return picked.reshape(params.shape[:axis] + indices.shape + params.shape[axis + 1 :])


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    value = _tensor(value)
    assert isinstance(num_or_size_splits, int) and value.shape[axis] % num_or_size_splits == 0
    return list(torch.chunk(value, num_or_size_splits, axis))


def concat(values, axis, name="concat"):
    return torch.cat([_tensor(value) for value in values], axis)


def stack(values, axis=0, name="stack"):
    return torch.stack([_tensor(value) for value in values], axis)


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    tensor = _tensor(tensor)
    assert len(paddings) == tensor.ndim, "a pair for each axis"
    if mode == "CONSTANT":
        return F.pad(tensor, [width for pair in reversed(list(paddings)) for width in pair], value=float(constant_values))
    for axis, (before, after) in enumerate(paddings):
        size = tensor.shape[axis]
        assert max(before, after) <= (size - 1 if mode == "REFLECT" else size), f"{mode} reaches too far"
        places = np.pad(np.arange(size), (before, after), {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}[mode])
        tensor = torch.index_select(tensor, axis, torch.from_numpy(places))
    return tensor


def matmul(a, b, transpose_a=False, transpose_b=False, name=None):
    a, b = _tensor(a), _tensor(b)
    return (a.mT if transpose_a else a) @ (b.mT if transpose_b else b)


def _axes(x, axis):
    return list(range(x.ndim)) if axis is None else [axis] if isinstance(axis, int) else list(axis)


def reduce_sum(input_tensor, axis=None, keepdims=False, name=None):
    x = _tensor(input_tensor)
    return x.sum(_axes(x, axis), keepdim=keepdims)


def reduce_mean(input_tensor, axis=None, keepdims=False, name=None):
    x = _tensor(input_tensor)
    return x.mean(_axes(x, axis), keepdim=keepdims)


def reduce_max(input_tensor, axis=None, keepdims=False, name=None):
    x = _tensor(input_tensor)
    return x.amax(_axes(x, axis), keepdim=keepdims)


def argmax(input, axis=None, output_type=int64, name=None):
    return torch.argmax(_tensor(input), 0 if axis is None else axis)


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    return torch.clamp(_tensor(t), clip_value_min, clip_value_max)


def where(condition, x=None, y=None, name=None):
    return torch.where(condition, _tensor(x), _tensor(y))


def _pointwise(function):
    return lambda x, name=None: function(_tensor(x))


def _pairwise(function):
    return lambda x, y, name=None: function(_tensor(x), _tensor(y))


abs, exp, sqrt = _pointwise(torch.abs), _pointwise(torch.exp), _pointwise(torch.sqrt)
tanh, sigmoid, negative = _pointwise(torch.tanh), _pointwise(torch.sigmoid), _pointwise(torch.neg)
maximum, minimum = _pairwise(torch.maximum), _pairwise(torch.minimum)
math = types.SimpleNamespace(erf=_pointwise(torch.erf))


def _pair(value, rank=2):
    """One number for all axes, one for each, or one for each of `NHWC`."""
    value = [1] * rank if value is None else [value] * rank if isinstance(value, int) else [int(v) for v in value]
    return value[1:-1] if len(value) == rank + 2 else value * rank if len(value) == 1 else value


def _same(x, kernel, strides, dilations, value=0.0):
    """SAME: as many outputs as strides fit, the odd element of padding behind."""
    widths = []
    for size, k, s, d in zip(x.shape[2:], kernel, strides, dilations):
        total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
        widths = [total // 2, total - total // 2] + widths
    return F.pad(x, widths, value=value)


def _first(x):
    return x.movedim(-1, 1)


def _last(x):
    return x.movedim(1, -1)


def _convolve(input, filters, strides, padding, dilations):
    x, w = _first(_tensor(input)), _tensor(filters)
    rank = w.ndim - 2
    strides, dilations = _pair(strides, rank), _pair(dilations, rank)
    assert x.shape[1] == w.shape[-2], "no groups on a CPU"
    assert max(strides) == 1 or max(dilations) == 1, "no strides together with dilations"
    assert padding in ("VALID", "SAME"), padding
    if padding == "SAME":
        x = _same(x, w.shape[:-2], strides, dilations)
    w = w.permute(rank + 1, rank, *range(rank))
    return _last((F.conv1d if rank == 1 else F.conv2d)(x, w, None, strides, 0, dilations))


def _conv1d(input, filters, stride, padding, data_format="NWC", dilations=None, name=None):
    return _convolve(input, filters, stride, padding, dilations)


def _conv2d(input, filters, strides, padding, data_format="NHWC", dilations=None, name=None):
    return _convolve(input, filters, strides, padding, dilations)


def _adjoint(input, filters, output_shape, strides, padding, dilations):
    x, w = _first(_tensor(input)), _tensor(filters)
    rank = w.ndim - 2
    strides = _pair(strides, rank)
    assert padding == "VALID" and max(_pair(dilations, rank)) == 1, "no dilation, and here no SAME"
    assert x.shape[1] == w.shape[-1], "filters are [..., out, in]"
    y = (F.conv_transpose1d if rank == 1 else F.conv_transpose2d)(x, w.permute(rank + 1, rank, *range(rank)), None, strides)
    y = _last(y)
    assert list(y.shape) == [int(size) for size in output_shape], (y.shape, output_shape)
    return y


def _conv1d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NWC", dilations=None, name=None):
    return _adjoint(input, filters, output_shape, strides, padding, dilations)


def _conv2d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NHWC", dilations=None, name=None):
    return _adjoint(input, filters, output_shape, strides, padding, dilations)


def _depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, name=None):
    x, w = _first(_tensor(input)), _tensor(filter)
    assert list(strides)[0] == list(strides)[3] == 1 and strides[1] == strides[2], "one stride, [1, s, s, 1]"
    assert strides[1] == 1 or max(_pair(dilations)) == 1, "no strides together with dilations"
    assert padding == "VALID"
    rows, columns, channels, multiplier = w.shape
    w = w.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, rows, columns)
    return _last(F.conv2d(x, w, None, _pair(strides), 0, _pair(dilations), channels))


def _pool(input, window_shape, pooling_type, strides=None, padding="VALID", data_format=None, dilations=None, name=None):
    x = _first(_tensor(input))
    kernel, strides, dilations = _pair(window_shape), _pair(strides), _pair(dilations)
    assert padding == "VALID" and (max(strides) == 1 or max(dilations) == 1)
    if pooling_type == "MAX":
        return _last(F.max_pool2d(x, kernel, strides, 0, dilations))
    assert pooling_type == "AVG" and max(dilations) == 1
    return _last(F.avg_pool2d(x, kernel, strides))


def _max_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    return _pool(input, ksize, "MAX", strides, padding)


def _batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    return (x - mean) / torch.sqrt(_tensor(variance) + variance_epsilon) * _tensor(scale) + offset


def _moments(x, axes, shift=None, keepdims=False, name=None):
    x = _tensor(x)
    return x.mean(list(axes), keepdim=keepdims), x.var(list(axes), correction=0, keepdim=keepdims)


nn = types.SimpleNamespace(
    conv1d=_conv1d,
    conv2d=_conv2d,
    conv1d_transpose=_conv1d_transpose,
    conv2d_transpose=_conv2d_transpose,
    depthwise_conv2d=_depthwise_conv2d,
    pool=_pool,
    max_pool2d=_max_pool2d,
    batch_normalization=_batch_normalization,
    moments=_moments,
    softmax=lambda logits, axis=None, name=None: F.softmax(_tensor(logits), -1 if axis is None else axis),
    relu=lambda features, name=None: F.relu(_tensor(features)),
    relu6=lambda features, name=None: F.relu6(_tensor(features)),
    leaky_relu=lambda features, alpha=0.2, name=None: F.leaky_relu(_tensor(features), alpha),
    elu=lambda features, name=None: F.elu(_tensor(features)),
    selu=lambda features, name=None: F.selu(_tensor(features)),
    gelu=lambda features, approximate=False, name=None: F.gelu(_tensor(features), approximate="tanh" if approximate else "none"),
    silu=lambda features, beta=1.0: _tensor(features) * torch.sigmoid(beta * _tensor(features)),
    softplus=lambda features, name=None: F.softplus(_tensor(features)),
    softsign=lambda features, name=None: F.softsign(_tensor(features)),
)


def _resize(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False, name=None):
    options = {"align_corners": False} if method == "bilinear" else {}
    return _last(F.interpolate(_first(_tensor(images)), tuple(int(n) for n in size), mode=method, **options))


image = types.SimpleNamespace(resize=_resize)


class GradientTape:
    def __init__(self, persistent=False, watch_accessed_variables=True):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def watch(self, tensor):
        tensor.requires_grad_(True)

    def gradient(self, target, sources, output_gradients=None):
        (found,) = torch.autograd.grad(target, sources)
        return _tensor(found)
