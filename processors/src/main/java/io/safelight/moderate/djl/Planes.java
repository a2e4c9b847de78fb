package io.safelight.moderate.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Puts a batch into one tensor [N, 3, size, size] and takes [N, labels] out. The engine can stack nothing itself. Belongs to one predictor. */
final class Planes implements NoBatchifyTranslator<float[][], float[][]> {
    private final int size;
    private final int labels;
    /** Kept, as the engine reads it in place: a new one for every batch would be megabytes outside the heap that only the collector frees. */
    private FloatBuffer buffer = FloatBuffer.allocate(0);

    Planes(int size, int labels) {
        this.size = size;
        this.labels = labels;
    }

    @Override
    public NDList processInput(TranslatorContext context, float[][] batch) {
        int length = 3 * size * size;
        if (buffer.capacity() < batch.length * length) {
            buffer = ByteBuffer.allocateDirect(batch.length * length * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
        }
        buffer.clear();
        for (float[] planes : batch) {
            if (planes.length != length) {
                throw new IllegalArgumentException("an image of %d numbers where the model takes %d".formatted(planes.length, length));
            }
            buffer.put(planes);
        }
        return new NDList(context.getNDManager().create(buffer.flip(), new Shape(batch.length, 3, size, size)));
    }

    @Override
    public float[][] processOutput(TranslatorContext context, NDList output) {
        NDArray probabilities = output.singletonOrThrow();
        Shape shape = probabilities.getShape();
        if (shape.dimension() != 2 || shape.get(1) != labels) {
            throw new IllegalArgumentException("the model gave " + shape + " where there are " + labels + " labels");
        }
        float[] all = probabilities.toFloatArray();
        float[][] rows = new float[(int) shape.get(0)][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * labels, (i + 1) * labels));
        return rows;
    }
}
