#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes preprocess_values.hpp: what Pillow makes of small pictures that the test makes, too.

    pip install pillow numpy && python3 preprocess_values.py > preprocess_values.hpp
"""

import numpy as np
from PIL import Image

# Width, height, pixels of the short side, of the crop: shrunk, enlarged, left alone, tall and wide.
CASES = [(61, 37, 11, 8), (23, 40, 12, 7), (9, 7, 16, 13), (13, 10, 10, 10), (300, 201, 9, 8)]


def picture(width, height):
    """Waves of several lengths and sharp edges; integers alone, the same in every language."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [(x * x * (c + 3) + y * y * 7 + x * y * (5 - c) + (x // 5 % 2) * 90 * c) % 256
                for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def main():
    print("// SPDX-License-Identifier: MIT\n#pragma once\n\n/// \\file\n"
          "/// Written by preprocess_values.py: levels of the resized and cropped pictures, "
          "[y][x][channel].\n\n// clang-format off\n\n#include <cstdint>\n#include <vector>\n\n"
          "namespace soma::test {\n\nstruct pillow_case {\n"
          "    int width, height, short_side, crop;\n    std::vector<std::uint8_t> levels;\n};\n\n"
          "inline const std::vector<pillow_case> pillow_cases{")
    for width, height, side, crop in CASES:
        # torchvision: the long side is truncated, half a pixel goes to the even side.
        if width <= height:
            size = (side, int(side * height / width))
        else:
            size = (int(side * width / height), side)
        image = Image.fromarray(picture(width, height)).resize(size, Image.BILINEAR)
        top, left = round((size[1] - crop) / 2.0), round((size[0] - crop) / 2.0)
        levels = np.asarray(image.crop((left, top, left + crop, top + crop))).flatten()
        print(f"    {{{width}, {height}, {side}, {crop}, {{")
        for i in range(0, len(levels), 24):
            print("        " + ", ".join(str(v) for v in levels[i:i + 24]) + ",")
        print("    }},")
    print("};\n\n}  // namespace soma::test")


if __name__ == "__main__":
    main()
