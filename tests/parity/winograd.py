# SPDX-License-Identifier: MIT
"""How large the roundings of a 3x3 convolution are that Winograd's filtering F(4x4, 3x3) computes.

y = A [sum over channels of (G w G') * (B d B')] A' for each tile of 4x4 outputs, all in FP32 but
the filters, which are transformed in double and rounded once. Counted are, each relative to the sum
of magnitudes that it can reach: three roundings for each number of both passes of each transform,
and a chain of products over the channels for each of the 36 positions. F(2x2, 3x3), and the direct
sum where that is chosen, have smaller ones. Errors of transformed inputs are drawn at the results:
filters are taken to have independent signs.
"""

import itertools
import math

import torch
from torch.nn import functional as F

TILE, SIZE = 4, 6
POINTS = (0, 5 / 8, -5 / 8, 3 / 2, -3 / 2)  # and infinity: as the kernels choose them
CHAIN = 3  # roundings of a number in one pass of a transform


def matrices():
    """A, B and G from the points, by Lagrange's interpolation."""
    a = [[p**i for p in POINTS] + [float(i == TILE - 1)] for i in range(TILE)]
    b, g = [], []
    for k in range(SIZE):
        roots = [p for i, p in enumerate(POINTS) if i != k]
        # The coefficients of the product of (x - root), lowest first.
        b.append([(-1)**(len(roots) - i) * sum(math.prod(c) for c in itertools.combinations(
            roots, len(roots) - i)) for i in range(len(roots) + 1)] + [0.0] * (5 - len(roots)))
        if k < len(POINTS):
            scale = math.prod(POINTS[k] - r for r in roots)
            g.append([POINTS[k]**i / scale for i in range(3)])
    return [torch.tensor(m) for m in (a, b, g + [[0.0, 0.0, 1.0]])]


A, B, G = matrices()


def both(m, x):
    """m x m' for every tile of x [..., i, j]."""
    return m @ x @ m.T


def possible(step):
    module = step.module
    return step.kind == "product" and not step.linear and (
        module.kernel_size, module.stride, module.groups) == ((3, 3), (1, 1), 1)


def over_channels(x, u):
    """Sums over channels: x [c, h, w, 6, 6], u [o, c, 6, 6] to [o, h, w, 6, 6]."""
    c, h, w = x.shape[:3]
    positions = F.conv2d(x.permute(3, 4, 0, 1, 2).reshape(1, -1, h, w),
                         u.permute(2, 3, 0, 1).reshape(-1, c, 1, 1), groups=SIZE * SIZE)
    return positions.view(SIZE, SIZE, -1, h, w).permute(2, 3, 4, 0, 1)


def untile(y, like):
    """[o, h, w, 4, 4] to [o, height, width]."""
    o, h, w = y.shape[:3]
    flat = y.permute(0, 1, 3, 2, 4).reshape(o, h * TILE, w * TILE)
    return flat[:, :like.shape[1], :like.shape[2]]


def tiles(step, x, like):
    """x [c, h, w] with its border, in tiles [c, down, across, 6, 6]."""
    p = step.window[1][0]
    height, width = (TILE * math.ceil(n / TILE) + 2 for n in like.shape[1:])
    x = F.pad(x, (p, width - x.shape[2] - p, p, height - x.shape[1] - p))
    return x.unfold(1, SIZE, TILE).unfold(2, SIZE, TILE)


def magnitudes(step, x, like):
    """For x [c, h, w] and results like `like`: the deviations of a result, in units of u, and the
    factor by which roundings of filters are larger than those of direct weights."""
    d, u = tiles(step, x, like), both(G, step.weight)
    v, size = both(B, d), d.abs()
    once = (B.abs() @ size)**2
    v_error = CHAIN * (once @ (B**2).T + both(B.abs(), size)**2)
    products = over_channels(v**2, u**2)
    m = over_channels(v, u).abs()
    m_squares = (u.shape[1] + 3) / 2 * products + over_channels(v_error, u**2)
    y = both(A**2, m_squares) + CHAIN * ((A.abs() @ m)**2 @ (A**2).T + both(A.abs(), m)**2)
    direct = step.product(x[None]**2, step.weight**2)[0]
    filters = untile(both(A**2, products), like)
    return torch.sqrt(untile(y, like)), math.sqrt(filters.mean() / direct.mean())
