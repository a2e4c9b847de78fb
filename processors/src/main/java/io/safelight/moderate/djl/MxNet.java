package io.safelight.moderate.djl;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import io.safelight.error.Fault;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** On a CPU, from the same ONNX file, converted while it is loaded. */
final class MxNet implements Runtime {
    MxNet() {
        if (!Engine.hasEngine(Placement.MXNET)) {
            throw new Fault("safelight.moderation.engine is MXNet, and this build is without it; build with 'mvn package -Pmxnet', or take the engine "
                    + Placement.ONNX_RUNTIME + ".");
        }
        try {
            Engine.getEngine(Placement.MXNET);
        } catch (RuntimeException | LinkageError e) {
            throw new Fault("MXNet cannot be started; see the cause for the library that is missing on this machine, or take the engine "
                    + Placement.ONNX_RUNTIME + ".", e);
        }
    }

    @Override
    public String version() {
        return Placement.MXNET + " " + Engine.getEngine(Placement.MXNET).getVersion();
    }

    @Override
    public ai.djl.Model load(Model model) {
        ai.djl.Model loaded = ai.djl.Model.newInstance(model.name(), Device.cpu(), Placement.MXNET);
        try {
            Path folder = Files.createTempDirectory("safelight-mxnet-");
            try {
                MxNetFiles.of(OnnxGraph.read(model.weights())).write(folder, model.name());
                loaded.load(folder, model.name());
                return loaded;
            } finally {
                delete(folder);
            }
        } catch (MalformedModelException | IllegalArgumentException e) {
            loaded.close();
            throw new Fault("%s: MXNet cannot take the weights of %s (%s); take the engine %s."
                    .formatted(model.from(), model.id(), e.getMessage(), Placement.ONNX_RUNTIME), e);
        } catch (IOException e) {
            loaded.close();
            throw new Fault("The weights of %s cannot be converted for MXNet; make room in %s.".formatted(model.id(), System.getProperty("java.io.tmpdir")), e);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> files = Files.walk(folder)) {
            deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path file : deepestFirst) {
            Files.delete(file);
        }
    }
}
