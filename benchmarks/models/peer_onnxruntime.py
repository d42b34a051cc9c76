# SPDX-License-Identifier: MIT
"""ONNX Runtime as a contestant: NETWORK.onnx IMAGES BATCH THREADS STREAMS."""

import sys

import numpy as np
import onnxruntime

from contestant import Run, serve


def session_run(path: str, images: np.ndarray, threads: int) -> Run:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads may spin during a run, but not into the next contestant's turn.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    # Bound once, so that a run neither copies nor allocates what the caller owns.
    binding = session.io_binding()
    binding.bind_cpu_input("image", images)
    logits = onnxruntime.OrtValue.ortvalue_from_numpy(
        np.zeros((len(images), session.get_outputs()[0].shape[1]), np.float32))
    binding.bind_ortvalue_output("logits", logits)

    def run() -> np.ndarray:
        session.run_with_iobinding(binding)
        return logits.numpy()

    return run


def main() -> None:
    path, images_path, batch, threads, streams = sys.argv[1:]
    shape = (int(streams), int(batch), 3, 224, 224)
    images = np.fromfile(images_path, np.float32, int(np.prod(shape))).reshape(shape)
    runs = [session_run(path, part, int(threads)) for part in images]
    serve({"version": onnxruntime.__version__}, runs)


main()
