package io.safelight.moderate.djl;

import io.safelight.error.Fault;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;

/** One of DJL's engines: how a model gets onto it. */
sealed interface Runtime permits OnnxRuntime, MxNet {
    /** @throws Fault where this build or this machine does not have the engine */
    static Runtime start(Placement placement) {
        return placement.engine().equals(Placement.MXNET) ? new MxNet() : new OnnxRuntime(placement);
    }

    /** Name and version. */
    String version();

    /** @throws Fault where the engine cannot take the weights, or cannot take them there */
    ai.djl.Model load(Model model);
}
