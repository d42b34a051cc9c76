# SPDX-License-Identifier: MIT
"""OpenVINO as a contestant: NETWORK.onnx IMAGES f32|bf16 BATCH THREADS STREAMS."""

import sys

import numpy as np
import openvino
from openvino import properties
from openvino.properties import hint

from contestant import serve


def main() -> None:
    path, images_path, precision, *numbers = sys.argv[1:]
    batch, threads, streams = map(int, numbers)
    shape = (streams, batch, 3, 224, 224)
    images = np.fromfile(images_path, np.float32, int(np.prod(shape))).reshape(shape)
    core = openvino.Core()
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        sys.exit("OpenVINO has no bf16 on this processor")
    mode = hint.PerformanceMode.LATENCY if streams == 1 else hint.PerformanceMode.THROUGHPUT
    compiled = core.compile_model(path, "CPU", {
        hint.performance_mode: mode,
        hint.inference_precision: getattr(openvino.Type, precision),
        properties.inference_num_threads: threads * streams,
        properties.num_streams: streams,
        hint.enable_cpu_pinning: False,
    })

    requests = []
    for part in images:
        request = compiled.create_infer_request()
        request.set_input_tensor(openvino.Tensor(np.ascontiguousarray(part), shared_memory=True))
        requests.append(request)

    def run_of(request):
        def run() -> np.ndarray:
            request.infer()
            return request.get_output_tensor().data

        return run

    def run_streams(count: int) -> None:
        """Every request starts again as soon as it is done."""
        left = {id(r): count for r in requests}
        for request in requests:
            request.start_async()
        while any(left.values()):
            for request in requests:
                if left[id(request)] > 0:
                    request.wait()
                    left[id(request)] -= 1
                    if left[id(request)] > 0:
                        request.start_async()

    used = compiled.get_property(hint.inference_precision)
    serve({"version": openvino.__version__.split("-")[0], "precision": str(used),
           "streams": int(compiled.get_property(properties.num_streams))},
          [run_of(r) for r in requests], run_streams=run_streams if streams > 1 else None)


main()
