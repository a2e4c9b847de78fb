package io.safelight.moderate.djl;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** On a CPU or on a card of NVIDIA's. */
final class OnnxRuntime implements Runtime {
    /** Reserved, not used, until it is needed: for a command line of about 250,000 characters. */
    private static final long ENOUGH_STACK = 64 << 20;

    private final Placement placement;

    OnnxRuntime(Placement placement) {
        this.placement = placement;
        start();
        if (placement.cuda() && !OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            throw new Fault("safelight.moderation.device is %s, and this build has ONNX Runtime for the CPU; build with 'mvn package -Pgpu', or write cpu."
                    .formatted(placement.device()));
        }
    }

    /**
     * Comes before anything touches ONNX Runtime itself, or its environment is made without DJL's settings. On a thread
     * of its own, as ONNX Runtime 1.29 goes through the process's command line by recursion: on an ordinary thread's
     * stack a few thousand characters, such as a long class path, end the whole process without a word.
     */
    private static void start() {
        FutureTask<Engine> start = new FutureTask<>(() -> Engine.getEngine(Placement.ONNX_RUNTIME));
        Thread.ofPlatform().name("onnxruntime-start").stackSize(ENOUGH_STACK).start(start);
        try {
            start.get();
        } catch (ExecutionException e) {
            throw new Fault("ONNX Runtime cannot be started; see the cause for the library that is missing on this machine.", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Fault("Interrupted while ONNX Runtime was starting; start again.", e);
        }
    }

    @Override
    public String version() {
        // DJL tells the version it was built against, not the one that runs
        return Placement.ONNX_RUNTIME + " " + OrtEnvironment.getEnvironment().getVersion() + (placement.cuda() ? " on " + placement.device() : "");
    }

    @Override
    public ai.djl.Model load(Model model) {
        // DJL's own way to a card knows no limit of its memory; to DJL all is on the CPU, where batches come from and answers go
        ai.djl.Model loaded = ai.djl.Model.newInstance(model.name(), Device.cpu(), Placement.ONNX_RUNTIME);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.inter_op.allow_spinning", "0");
            if (placement.cuda()) {
                addCard(options);
            }
            // one thread inside each predictor: several predictors use several cores better than one does with several threads.
            // DJL reads the second thread count only where the first one is given
            loaded.load(new ByteArrayInputStream(model.weights()),
                    Map.of("sessionOptions", options, "interOpNumThreads", "1", "intraOpNumThreads", "1"));
            checkLabels(model, loaded);
            return loaded;
        } catch (OrtException | IOException | MalformedModelException e) {
            loaded.close();
            if (CardFailure.isOutOfMemory(e)) {
                throw new Unavailable(Code.OUT_OF_MEMORY, "%s: the card has no memory left for the weights of %s. Use a smaller model, or raise safelight.moderation.gpu-memory."
                        .formatted(model.from(), model.id()), e);
            }
            throw new Fault("%s: ONNX Runtime cannot load the weights of %s; use an ONNX file it supports.".formatted(model.from(), model.id()), e);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    private void addCard(OrtSession.SessionOptions options) throws OrtException {
        try (OrtCUDAProviderOptions card = new OrtCUDAProviderOptions(placement.card())) {
            if (placement.gpuMemory().isPresent()) {
                card.add("gpu_mem_limit", placement.gpuMemory().get().toString());
            }
            options.addCUDA(card);
        } catch (OrtException e) {
            throw new Fault("The card %s cannot be used (%s). Check that 'nvidia-smi' lists it here and that CUDA 12 and cuDNN 9 are installed, or set safelight.moderation.device to cpu."
                    .formatted(placement.device(), e.getMessage()), e);
        }
    }

    private static void checkLabels(Model model, ai.djl.Model loaded) {
        String stated = loaded.getBlock().getCustomMetadata().get("labels");
        if (stated != null && !List.of(stated.split("\\s*,\\s*")).equals(model.labels())) {
            throw new Fault("%s: the weights say their labels are [%s], and labels in model.yaml are %s; correct model.yaml."
                    .formatted(model.from(), stated, model.labels()));
        }
    }
}
