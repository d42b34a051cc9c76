#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a torchvision model's trained weights as a safetensors file.

    python3 export_torchvision.py resnet50.safetensors
    python3 export_torchvision.py vgg16.safetensors --model vgg16 --weights IMAGENET1K_V1
    python3 export_torchvision.py resnet50.safetensors --state-dict checkpoint.pth --labels classes.txt

Needs torch; torchvision too, unless --state-dict names a file of its own. The file is written with
the safetensors package where there is one and by the few lines below where there is none.
"""

import argparse
import ctypes
import json
import struct
import sys

MODELS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
          "vgg11", "vgg16", "vgg11_bn", "vgg16_bn")
DTYPES = {"torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16",
          "torch.int64": "I64"}


def raw_bytes(tensor):
    """The elements of a contiguous tensor, little-endian."""
    if sys.byteorder != "little":
        raise SystemExit("this script runs on little-endian machines only")
    return ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size())


def save_file(tensors, path):
    """A length, a JSON header padded to 8 bytes, then the elements one tensor after another."""
    header, offset = {}, 0
    names = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    for name in names:
        tensor = tensors[name]
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": DTYPES[str(tensor.dtype)], "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for name in names:
            file.write(raw_bytes(tensors[name]))


def trained_model(name, weights, pretrained):
    """A torchvision model and the names of its classes, if its weights come with them."""
    try:
        import torchvision
    except ImportError:
        raise SystemExit("there is no torchvision: pip install torchvision, or give --state-dict")

    if not pretrained:
        return getattr(torchvision.models, name)(), None
    if not hasattr(torchvision.models, "get_model_weights"):  # before 0.14
        return getattr(torchvision.models, name)(pretrained=True), None
    chosen = torchvision.models.get_model_weights(name)[weights]
    return torchvision.models.get_model(name, weights=chosen), chosen.meta.get("categories")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="file to write, .safetensors")
    parser.add_argument("--model", choices=MODELS, default="resnet50")
    parser.add_argument("--weights", default="IMAGENET1K_V1",
                        help="which of torchvision's (default: IMAGENET1K_V1, whose images are "
                             "resized to 256 pixels and cropped to 224, as the example does)")
    parser.add_argument("--untrained", action="store_true",
                        help="torchvision's initial weights, without a download")
    parser.add_argument("--state-dict", help="a file of torch.save instead of torchvision's weights")
    parser.add_argument("--labels", help="write the names of the classes to this file, one a line")
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), default="float32")
    chosen = parser.parse_args()

    import torch

    categories = None
    if chosen.state_dict:
        state = torch.load(chosen.state_dict, map_location="cpu")
        state = state.get("state_dict", state)
    else:
        model, categories = trained_model(chosen.model, chosen.weights, not chosen.untrained)
        state = model.state_dict()
    dtype = getattr(torch, chosen.dtype)
    tensors = {name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous()
               for name, tensor in state.items()}
    try:
        from safetensors.torch import save_file as write
    except ImportError:
        write = save_file
    write(tensors, chosen.out)
    print(f"{chosen.out}: {len(tensors)} tensors, "
          f"{sum(t.numel() for t in tensors.values()):,} numbers")

    if chosen.labels:
        if not categories:
            raise SystemExit("these weights come without the names of their classes")
        with open(chosen.labels, "w", encoding="utf-8") as file:
            file.writelines(f"{name}\n" for name in categories)


if __name__ == "__main__":
    main()
