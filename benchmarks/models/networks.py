# SPDX-License-Identifier: MIT
"""The measured networks as lists of steps, written down independently of soma's own model zoo.

Names are torchvision's. Tensor 0 is the input, tensor i + 1 the result of step i.
"""

from dataclasses import dataclass

IMAGE = 224
CLASSES = 1000


@dataclass
class Step:
    kind: str  # conv, linear, maxpool, avgpool
    source: int
    in_c: int
    in_size: int
    out_c: int
    out_size: int
    window: int = 1
    stride: int = 1
    pad: int = 0
    relu: bool = False
    residual: int = -1  # the tensor added before the ReLU
    name: str = ""
    norm: str = ""  # the batch normalisation behind the convolution
    bias: bool = False


class Builder:
    """Appends steps and keeps track of shapes."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def shape(self, tensor: int) -> tuple[int, int]:
        if tensor == 0:
            return 3, IMAGE
        step = self.steps[tensor - 1]
        return step.out_c, step.out_size

    def add(self, kind: str, source: int, out_c: int, window: int, stride: int = 1, pad: int = 0,
            **more) -> int:
        in_c, in_size = self.shape(source)
        out_size = 1 if kind == "linear" else (in_size + 2 * pad - window) // stride + 1
        self.steps.append(Step(kind, source, in_c, in_size, out_c, out_size, window, stride, pad,
                               **more))
        return len(self.steps)


def resnet(depth: int) -> list[Step]:
    """Version 1.5: the stride is in the 3x3 convolution."""
    counts = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3),
              152: (3, 8, 36, 3)}[depth]
    deep = depth >= 50
    net = Builder()
    x = net.add("conv", 0, 64, 7, 2, 3, relu=True, name="conv1", norm="bn1")
    x = net.add("maxpool", x, 64, 3, 2, 1)
    for stage, count in enumerate(counts):
        width = 64 << stage
        out_c = 4 * width if deep else width
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            at = f"layer{stage + 1}.{block}."
            shortcut = x
            if stride > 1 or net.shape(x)[0] != out_c:
                shortcut = net.add("conv", x, out_c, 1, stride, name=at + "downsample.0",
                                   norm=at + "downsample.1")
            # Window, stride and channels of the block's convolutions.
            body = [(1, 1, width), (3, stride, width), (1, 1, out_c)] if deep else \
                   [(3, stride, width), (3, 1, width)]
            for i, (window, by, channels) in enumerate(body):
                last = i == len(body) - 1
                x = net.add("conv", x, channels, window, by, window // 2, relu=True,
                            residual=shortcut if last else -1,
                            name=f"{at}conv{i + 1}", norm=f"{at}bn{i + 1}")
    channels, size = net.shape(x)
    x = net.add("avgpool", x, channels, size)
    net.add("linear", x, CLASSES, 1, name="fc", bias=True)
    return net.steps


def vgg(depth: int, normalised: bool) -> list[Step]:
    counts = {11: (1, 1, 2, 2, 2), 16: (2, 2, 3, 3, 3)}[depth]
    net = Builder()
    x = 0
    at = 0
    for count, channels in zip(counts, (64, 128, 256, 512, 512)):
        for _ in range(count):
            norm = f"features.{at + 1}" if normalised else ""
            x = net.add("conv", x, channels, 3, 1, 1, relu=True, name=f"features.{at}", norm=norm,
                        bias=True)
            at += 3 if normalised else 2
        x = net.add("maxpool", x, channels, 2, 2)
        at += 1
    for name, out_c in (("classifier.0", 4096), ("classifier.3", 4096), ("classifier.6", CLASSES)):
        x = net.add("linear", x, out_c, 1, relu=out_c == 4096, name=name, bias=True)
    return net.steps


# The names of the command line: the network, and its type in C++.
MODELS = {
    **{f"resnet{d}": (lambda d=d: resnet(d), f"soma::zoo::resnet<{d}>")
       for d in (18, 34, 50, 101, 152)},
    **{f"vgg{d}": (lambda d=d: vgg(d, False), f"soma::zoo::vgg<{d}>") for d in (11, 16)},
    **{f"vgg{d}_bn": (lambda d=d: vgg(d, True), f"soma::zoo::vgg_bn<{d}>") for d in (11, 16)},
}


def steps_of(model: str) -> list[Step]:
    return MODELS[model][0]()
