package io.safelight.moderate;

import io.safelight.error.Fault;
import java.util.Optional;

/**
 * Where models run.
 *
 * @param engine    {@value #ONNX_RUNTIME} or {@value #MXNET}
 * @param device    {@code cpu}, {@code cuda}, or {@code cuda:1} for the second card
 * @param gpuMemory most bytes of a card's memory that ONNX Runtime keeps for a model; empty for as many as there are
 */
public record Placement(String engine, String device, Optional<Long> gpuMemory) {
    public static final String ONNX_RUNTIME = "OnnxRuntime";
    public static final String MXNET = "MXNet";
    public static final Placement DEFAULT = new Placement(ONNX_RUNTIME, "cpu", Optional.empty());

    /** @throws Fault for names that are none of these */
    public Placement {
        if (!engine.equals(ONNX_RUNTIME) && !engine.equals(MXNET)) {
            throw new Fault("safelight.moderation.engine is '%s'; write %s or %s.".formatted(engine, ONNX_RUNTIME, MXNET));
        }
        if (!device.matches("cpu|cuda(:\\d{1,3})?")) {
            throw new Fault("safelight.moderation.device is '%s'; write cpu, cuda, or cuda:1 for the second card.".formatted(device));
        }
        if (engine.equals(MXNET) && !device.equals("cpu")) {
            throw new Fault("safelight.moderation.device is %s, and MXNet runs on the CPU only here; write cpu, or take the engine %s.".formatted(device, ONNX_RUNTIME));
        }
        if (gpuMemory.isPresent() && gpuMemory.get() < 1) {
            throw new Fault("safelight.moderation.gpu-memory is %d; write a size such as 2G, or leave it empty.".formatted(gpuMemory.get()));
        }
    }

    public boolean cuda() {
        return device.startsWith("cuda");
    }

    /** The card, counted from 0. */
    public int card() {
        return device.contains(":") ? Integer.parseInt(device.substring("cuda:".length())) : 0;
    }
}
