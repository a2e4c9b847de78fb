package io.safelight.transform.worker;

import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import io.safelight.model.Json;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Limits;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * The other process: one job after the other from standard input, each answered on standard output, until the input ends. Both as JSON
 * behind its length in four bytes; between them may come {@link Frames}.
 *
 * <p>Arguments: the engine's name, the path of libvips or nothing, the folder of native libraries, the folder of watermarks, the most
 * bytes of memory, and of an image the most decoded bytes and the longest side.
 */
public final class Worker {
    /** What decoded pixels may leave in the heap: the collector would rather let it grow to its limit than look. */
    private static final long BEARABLE = 96L << 20;

    private final ImageEngine engine;
    private final RuntimeException broken;

    private Worker(ImageEngine engine, RuntimeException broken) {
        this.engine = engine;
        this.broken = broken;
    }

    public static void main(String[] args) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
        // numbers that libvips is to read, and those in messages
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        // whatever a library prints is not an answer
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.err), true));
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
        // Ctrl-C reaches the whole group: the parent drains, and needs its decoders for that
        for (String signal : List.of("HUP", "INT", "TERM")) {
            Signal.handle(new Signal(signal), SignalHandler.SIG_IGN);
        }
        MemoryLimit.set(Long.parseLong(args[4]));
        Worker worker = open(args);
        while (true) {
            byte[] job;
            try {
                job = in.readNBytes(in.readInt());
            } catch (EOFException e) {
                return;
            }
            worker.answer(Json.MAPPER.readValue(job, Job.class), out);
            out.flush();
            if (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory() > BEARABLE) {
                System.gc();
            }
        }
    }

    private static Worker open(String[] args) {
        try {
            Optional<String> library = args[1].isEmpty() ? Optional.empty() : Optional.of(args[1]);
            Limits limits = new Limits(Long.parseLong(args[5]), Integer.parseInt(args[6]));
            return new Worker(Engines.open(args[0], library, Path.of(args[2]), Path.of(args[3]), limits), null);
        } catch (RuntimeException e) {
            return new Worker(null, e);
        }
    }

    private void answer(Job job, DataOutputStream out) throws IOException {
        Answer answer;
        try {
            if (broken != null) {
                throw broken;
            }
            answer = Answer.of(switch (job) {
                case Job.Describe _ -> new Job.Description(engine.name(), engine.version(), engine.reads(), engine.writes());
                case Job.Render r -> engine.render(r.original(), r.format(), r.masterSide(), r.variants(), r.folder());
                case Job.Make m -> engine.make(m.original(), m.format(), m.variants(), m.folder());
                case Job.Planes p -> {
                    engine.planes(p.file(), p.inputs(), planes -> Frames.write(planes, out));
                    yield null;
                }
            });
        } catch (OutOfMemoryError e) {
            answer = Answer.of(new Unavailable(Code.OUT_OF_MEMORY, "No memory was left for an image.", e));
        } catch (RuntimeException e) {
            answer = Answer.of(e);
        }
        byte[] json = Json.MAPPER.writeValueAsBytes(answer);
        out.writeInt(json.length);
        out.write(json);
    }
}
