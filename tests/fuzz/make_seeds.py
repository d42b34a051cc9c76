#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the hand-made part of the fuzzing corpus: small files that are right, and each fault once.

Files named ok_* must be read, files named bad_* must be refused; fuzz_* files, which a fuzzer
found, may be either. Needs the standard library only: python3 tests/fuzz/make_seeds.py
"""

import json
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def npy(header, data=b"", version=(1, 0), length=None):
    text = header.encode("latin1")
    size = "<H" if version[0] == 1 else "<I"
    count = len(text) if length is None else length
    return b"\x93NUMPY" + bytes(version) + struct.pack(size, count) + text + data


def dictionary(descr="'<f4'", fortran="False", shape="(2,)"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


FLOATS = struct.pack("<2f", 1.5, -2.0)
NAN = struct.pack("<2f", float("nan"), float("inf"))
WIDE = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1,
        "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}

SAFETENSORS = {
    "ok_empty": safetensors({}),
    "ok_one": safetensors({"w": tensor("F32", [2], 0, 8)}, FLOATS),
    "ok_nan": safetensors({"w": tensor("F32", [2], 0, 8)}, NAN),
    "ok_scalar": safetensors({"s": tensor("F32", [], 0, 4)}, FLOATS[:4]),
    "ok_zero": safetensors({"z": tensor("F32", [0, 3], 0, 0), "w": tensor("F32", [2], 0, 8)}, FLOATS),
    "ok_zero_times_huge": safetensors({"z": tensor("F32", [2**62, 2**62, 0], 0, 0)}),
    "ok_unaligned": safetensors({"b": tensor("U8", [1], 0, 1), "w": tensor("F32", [2], 1, 9)}, b"x" + FLOATS),
    "ok_metadata": safetensors({"__metadata__": {"format": "pt", "n": ""}, "w": tensor("F32", [2], 0, 8)}, FLOATS),
    "ok_padded": safetensors(b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}     ', FLOATS),
    "ok_escapes": safetensors(b'{"\\ud83d\\ude00\\u0000\\n\xc3\xa9":{"shape":[2],"data_offsets":[0,8],"dtype":"F32"}}', FLOATS),
    "bad_short": b"\x01\x00\x00",
    "bad_no_header": struct.pack("<Q", 0),
    "bad_length": safetensors({}, length=3),
    "bad_length_huge": safetensors({}, length=2**64 - 1),
    "bad_not_json": safetensors(b"{w:1}"),
    "bad_not_object": safetensors(b"[1,2]"),
    "bad_leading_space": safetensors(b" {}"),
    "bad_trailing_text": safetensors(b"{}{}"),
    "bad_trailing_comma": safetensors(b'{"__metadata__":{"a":"b",}}'),
    "bad_utf8": safetensors(b'{"\xed\xa0\x80":1}'),
    "bad_overlong": safetensors(b'{"\xc0\x80":1}'),
    "bad_control": safetensors(b'{"a\nb":1}'),
    "bad_surrogate": safetensors(b'{"\\ud83d":1}'),
    "bad_depth": safetensors(b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}"),
    "bad_open_depth": safetensors(b'{"a":' * 4000),
    "bad_tensor": safetensors({"w": 3}),
    "bad_missing": safetensors({"w": {}}),
    "bad_unknown_key": safetensors({"w": tensor("F32", [2], 0, 8) | {"scale": [{"a": None}, True, 1.5e3]}}, FLOATS),
    "bad_dtype": safetensors({"w": tensor("Q4", [2], 0, 8)}, FLOATS),
    "bad_dtype_kind": safetensors({"w": tensor(7, [2], 0, 8)}, FLOATS),
    "bad_shape_kind": safetensors({"w": tensor("F32", 2, 0, 8)}, FLOATS),
    "bad_shape_text": safetensors({"w": tensor("F32", ["2"], 0, 8)}, FLOATS),
    "bad_negative": safetensors({"w": tensor("F32", [-2], 0, 8)}, FLOATS),
    "bad_fraction": safetensors({"w": tensor("F32", [2.0], 0, 8)}, FLOATS),
    "bad_number": safetensors(b'{"w":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}', FLOATS),
    "bad_huge": safetensors({"w": tensor("F32", [2**64], 0, 8)}, FLOATS),
    "bad_product": safetensors({"w": tensor("F32", [2**32, 2**32], 0, 8)}, FLOATS),
    "bad_product_size": safetensors({"w": tensor("F32", [2**62], 0, 0)}),
    "bad_size": safetensors({"w": tensor("F32", [3], 0, 8)}, FLOATS),
    "bad_backwards": safetensors({"w": tensor("F32", [2], 8, 0)}, FLOATS),
    "bad_outside": safetensors({"w": tensor("F32", [4], 0, 16)}, FLOATS),
    "bad_one_offset": safetensors({"w": {"dtype": "F32", "shape": [2], "data_offsets": [8]}}, FLOATS),
    "bad_overlap": safetensors({"a": tensor("F32", [2], 0, 8), "b": tensor("F32", [1], 4, 8)}, FLOATS),
    "bad_zero_inside": safetensors({"a": tensor("F32", [2], 0, 8), "z": tensor("F32", [0], 4, 4)}, FLOATS),
    "bad_hole": safetensors({"a": tensor("U8", [1], 0, 1), "b": tensor("F32", [1], 4, 8)}, FLOATS),
    "bad_trailing": safetensors({"a": tensor("U8", [1], 0, 1)}, FLOATS),
    "bad_duplicate": safetensors(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', b"xy"),
    "bad_duplicate_part": safetensors(b'{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', b"x"),
    "bad_metadata": safetensors({"__metadata__": {"a": 1}}),
    "bad_metadata_kind": safetensors({"__metadata__": []}),
    "bad_many": safetensors({"a": tensor("Q4", [-1], 9, 3), "b": {"shape": [1.5]}, "c": None}),
}
for name, width in WIDE.items():
    SAFETENSORS[f"ok_{name.lower()}"] = safetensors({"w": tensor(name, [2], 0, 2 * width)}, bytes(range(2 * width)))

NPY = {
    "ok_v1": npy(dictionary(), FLOATS),
    "ok_v2": npy(dictionary(), FLOATS, (2, 0)),
    "ok_v3": npy(dictionary(), FLOATS, (3, 0)),
    "ok_scalar": npy(dictionary(shape="()"), FLOATS[:4]),
    "ok_matrix": npy(dictionary(shape="(1, 2)"), FLOATS),
    "ok_empty": npy(dictionary(shape="(0, 7)")),
    "ok_quotes": npy('{"shape": (2,), "fortran_order": False, "descr": "<f4"}', FLOATS),
    "bad_magic": b"\x93NUMPZ\x01\x00" + FLOATS,
    "bad_short": b"\x93NUMPY\x01",
    "bad_version": npy(dictionary(), FLOATS, (4, 0)),
    "bad_minor": npy(dictionary(), FLOATS, (1, 1)),
    "bad_cut_length": b"\x93NUMPY\x02\x00\x10\x00",
    "bad_length": npy(dictionary(), length=0xFFFF),
    "bad_length_huge": npy(dictionary(), version=(2, 0), length=0xFFFFFFFF),
    "bad_big_endian": npy(dictionary("'>f4'"), FLOATS),
    "bad_fortran": npy(dictionary(fortran="True"), FLOATS),
    "bad_object": npy(dictionary("'|O'"), b"\x80\x04N."),
    "bad_structured": npy(dictionary("[('a', '<f4')]"), FLOATS),
    "bad_text": npy(dictionary("'<U2'"), FLOATS),
    "bad_complex": npy(dictionary("'<c8'"), FLOATS),
    "bad_escape": npy(dictionary("'<f\\x34'"), FLOATS),
    "bad_number_shape": npy(dictionary(shape="(2)"), FLOATS),
    "bad_negative": npy(dictionary(shape="(-2,)"), FLOATS),
    "bad_huge": npy(dictionary(shape="(18446744073709551616,)"), FLOATS),
    "bad_product": npy(dictionary(shape="(4294967296, 4294967296)"), FLOATS),
    "bad_cut": npy(dictionary(), FLOATS[:5]),
    "bad_trailing": npy(dictionary(), FLOATS + b"x"),
    "bad_missing": npy("{'descr': '<f4'}", FLOATS),
    "bad_duplicate": npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", FLOATS),
    "bad_unknown": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}", FLOATS),
    "bad_code": npy("__import__('os')", FLOATS),
}
for code in ["<f2", "<f4", "<f8", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8", "|u1", "|i1", "|b1"]:
    NPY[f"ok_{code[1:]}"] = npy(dictionary(f"'{code}'"), bytes(range(2 * int(code[2]))))

for folder, files in {"safetensors": SAFETENSORS, "npy": NPY}.items():
    (CORPUS / folder).mkdir(parents=True, exist_ok=True)
    for name, contents in files.items():
        (CORPUS / folder / name).write_bytes(contents)
