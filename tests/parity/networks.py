# SPDX-License-Identifier: MIT
"""ResNet v1.5 and VGG in plain torch.nn, under the names of torchvision's state_dict.

Written from the papers (He et al. 2015; Simonyan and Zisserman 2014), independently of soma's zoo.
"""

import re

import torch
from torch import nn

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3),
          152: (3, 8, 36, 3)}
CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 16: (2, 2, 3, 3, 3)}


class Residual(nn.Module):
    """What blocks share: a body plus a shortcut, then ReLU."""

    def join(self, into, width, stride):
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 or into != width:
            self.downsample = nn.Sequential(nn.Conv2d(into, width, 1, stride, bias=False),
                                            nn.BatchNorm2d(width))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.body(x) + shortcut)


class Basic(Residual):
    expansion = 1

    def __init__(self, into, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(into, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.join(into, channels, stride)

    def body(self, x):
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))


class Bottleneck(Residual):
    expansion = 4

    def __init__(self, into, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(into, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, 4 * channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        self.join(into, 4 * channels, stride)

    def body(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.bn3(self.conv3(x))


class ResNet(nn.Module):
    def __init__(self, depth):
        super().__init__()
        block = Basic if depth < 50 else Bottleneck
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        into = 64
        for stage, count in enumerate(BLOCKS[depth]):
            channels, blocks = 64 << stage, []
            for i in range(count):
                stride = 2 if stage > 0 and i == 0 else 1
                blocks.append(block(into, channels, stride))
                into = channels * block.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(into, 1000)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class VGG(nn.Module):
    def __init__(self, depth, normalised):
        super().__init__()
        layers, into = [], 3
        for stage, count in enumerate(CONVOLUTIONS[depth]):
            channels = min(64 << stage, 512)
            for _ in range(count):
                layers.append(nn.Conv2d(into, channels, 3, padding=1))
                if normalised:
                    layers.append(nn.BatchNorm2d(channels))
                layers.append(nn.ReLU())
                into = channels
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(),
            nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def build(name, state):
    """The model called `name` with the tensors of `state`, which must be exactly its own."""
    family, depth, normalised = re.fullmatch(r"(resnet|vgg)(\d+)(_bn)?", name).groups()
    model = ResNet(int(depth)) if family == "resnet" else VGG(int(depth), bool(normalised))
    # PyTorch counts training steps in every normalisation; a file of weights need not.
    counters = {k: v for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")}
    model.load_state_dict({**counters, **state}, strict=True)
    return model.eval().requires_grad_(False)
