package io.safelight.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.sun.management.OperatingSystemMXBean;
import io.safelight.config.ModerationPolicy;
import io.safelight.decode.ModelInput;
import io.safelight.model.Decision;
import io.safelight.model.Evidence;
import io.safelight.model.Format;
import io.safelight.moderate.Batching;
import io.safelight.moderate.Model;
import io.safelight.moderate.Moderator;
import io.safelight.moderate.Placement;
import io.safelight.moderate.RunningModel;
import io.safelight.moderate.batch.BatchListener;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The model behind its batcher beside ONNX Runtime called in a loop, on one thread; and what the model makes of masters and of their originals. */
public final class ModerationBench {
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int[] BATCHES = {1, 8, 16};
    private static final int IMAGES = 384;
    private static final int WARM_UPS = 6;
    private static final int MASTER_SIDE = 2048;

    private final Options options;
    private final Report report = new Report("moderation");
    private final ImageEngine engine = Engines.open("libvips", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));

    private ModerationBench(Options options) {
        this.options = options;
    }

    public static void main(String[] args) throws IOException, OrtException {
        new ModerationBench(Options.parse(args, 9)).run();
    }

    private void run() throws IOException, OrtException {
        report.say("rounds", options.rounds());
        Model shipped = Model.shipped();
        List<float[]> inputs = inputs(shipped.input());
        Report.Section cpu = Report.Section.lowerIsBetter("b) %s, one thread".formatted(shipped.id()), "CPU ms per image");
        for (int batch : BATCHES) {
            throughput(shipped, inputs, batch, cpu);
        }
        report.add(cpu);
        masters(shipped);
        masters(Model.find("nsfw-inception-v3", Path.of("config/models")));
        report.write();
    }

    private List<float[]> inputs(ModelInput input) {
        List<float[]> inputs = new ArrayList<>();
        options.photos().forEach(photo -> engine.planes(photo, List.of(input), frame -> inputs.add(frame.getFirst())));
        return inputs;
    }

    private void throughput(Model model, List<float[]> inputs, int batch, Report.Section cpu) throws OrtException {
        String title = "a) %s, batches of %d, one thread".formatted(model.id(), batch);
        Report.Section throughput = Report.Section.higherIsBetter(title, "images per CPU second").bar("ONNX Runtime in a loop", 0.95, null);
        Report.Section wall = Report.Section.higherIsBetter(title, "images per second");
        Batching batching = new Batching(batch, Duration.ofSeconds(1), 1, 4 * batch);
        try (RunningModel ours = new RunningModel(model, Placement.DEFAULT, batching, BatchListener.NONE); Loop loop = new Loop(model, batch)) {
            Map<String, Supplier<Cost>> contenders = new LinkedHashMap<>();
            contenders.put("behind the batcher", () -> cost(() -> throughBatcher(ours, inputs, batch)));
            contenders.put("ONNX Runtime in a loop", () -> cost(() -> loop.run(inputs)));
            for (int i = 0; i < WARM_UPS; i++) {
                contenders.values().forEach(Supplier::get);
            }
            for (int round = 0; round < options.rounds(); round++) {
                KernelBench.inTurn(contenders, round).forEach((who, cost) -> {
                    throughput.add(who, cost.imagesPerCpuSecond());
                    wall.add(who, cost.imagesPerSecond());
                    cpu.add("%s, batches of %d".formatted(who, batch), cost.cpuMillisPerImage());
                });
            }
        }
        report.add(throughput);
        report.add(wall);
    }

    private static Cost cost(Runnable work) {
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        work.run();
        return new Cost(IMAGES, (SYSTEM.getProcessCpuTime() - cpu) / 1e9, (System.nanoTime() - start) / 1e9);
    }

    /** Two batches under way, as the consumers of the queue keep them. */
    private static void throughBatcher(RunningModel model, List<float[]> inputs, int batch) {
        Deque<CompletableFuture<?>> underWay = new ArrayDeque<>();
        for (int i = 0; i < IMAGES; i++) {
            if (underWay.size() == 2 * batch) {
                underWay.removeFirst().join();
            }
            underWay.add(model.submit(inputs.get(i % inputs.size())));
        }
        underWay.forEach(CompletableFuture::join);
    }

    /** As ONNX Runtime's documentation shows it, with the settings that ours has. */
    private static final class Loop implements AutoCloseable {
        private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
        private final OrtSession session;
        private final long[] shape;
        private final FloatBuffer buffer;
        private final int batch;

        Loop(Model model, int batch) throws OrtException {
            ModelInput input = model.input();
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1);
                options.setInterOpNumThreads(1);
                session = environment.createSession(model.weights(), options);
            }
            this.batch = batch;
            shape = new long[] {batch, ModelInput.CHANNELS, input.size(), input.size()};
            buffer = ByteBuffer.allocateDirect(batch * input.length() * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
        }

        void run(List<float[]> inputs) {
            for (int i = 0; i < IMAGES; i += batch) {
                buffer.clear();
                for (int image = i; image < i + batch; image++) {
                    buffer.put(inputs.get(image % inputs.size()));
                }
                try (OnnxTensor tensor = OnnxTensor.createTensor(environment, buffer.flip(), shape);
                        OrtSession.Result result = session.run(Map.of(session.getInputNames().iterator().next(), tensor))) {
                    if (((float[][]) result.get(0).getValue()).length != batch) {
                        throw new IllegalStateException("not an answer for each image");
                    }
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        @Override
        public void close() throws OrtException {
            session.close();
        }
    }

    /** Moderation looks at masters, the reference at originals: how far a label's probability is from one to the other. */
    private void masters(Model model) throws IOException {
        ModerationPolicy policy = ModerationPolicy.load(Path.of("config/moderation.yaml"), model.labels(), List.of());
        List<Double> furthest = new ArrayList<>();
        List<String> otherVerdicts = new ArrayList<>();
        Map<String, Double> byPhoto = new LinkedHashMap<>();
        try (Moderator moderator = new Moderator(engine, new RunningModel(model, Placement.DEFAULT, new Batching(1, Duration.ZERO, 1, 1), BatchListener.NONE))) {
            for (Path photo : options.photos()) {
                String name = photo.getFileName().toString();
                Path folder = Files.createDirectories(Path.of("target/bench/masters", name));
                Format format = name.endsWith(".png") ? Format.PNG : Format.JPEG;
                Map<String, Double> original = moderator.scan(photo).labels();
                Map<String, Double> master = moderator.scan(engine.render(photo, format, MASTER_SIDE, List.of(), folder).master().file()).labels();
                double most = original.keySet().stream().mapToDouble(label -> Math.abs(original.get(label) - master.get(label))).max().orElseThrow();
                furthest.add(most);
                byPhoto.put(name, most);
                Decision.Verdict is = policy.decide(evidence(master)).verdict();
                Decision.Verdict was = policy.decide(evidence(original)).verdict();
                if (is != was) {
                    otherVerdicts.add("%s: %s by its original, %s by its master".formatted(name, was.slug(), is.slug()));
                }
            }
        }
        String title = "c) %s, %d photographs: largest difference of a label's probability on the master from the original".formatted(model.id(), furthest.size());
        double most = furthest.stream().max(Double::compare).orElseThrow();
        System.out.println(Report.format("%n%s%n%n| median | largest | verdicts that differ |%n|---|---|---|%n| %.4f | %.4f | %s |%n", title, Report.median(furthest), most,
                otherVerdicts.isEmpty() ? "none" : String.join("; ", otherVerdicts)));
        report.add(Map.of("title", title, "median", Report.median(furthest), "largest", most, "byPhoto", byPhoto, "otherVerdicts", otherVerdicts));
    }

    private static Evidence evidence(Map<String, Double> labels) {
        return new Evidence(labels, java.util.Set.of(), Map.of(), "http", null);
    }
}
