package io.safelight.moderate.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import io.safelight.decode.ModelInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Puts a batch into one tensor and takes [N, labels] out. The engine can stack nothing itself. Belongs to one predictor. */
final class Planes implements NoBatchifyTranslator<float[][], float[][]> {
    private final ModelInput input;
    private final int labels;
    private final boolean logits;
    /** Images in the one being worked on. */
    private int batch;
    /** Kept, as the engine reads it in place: a new one for every batch would be megabytes outside the heap that only the collector frees. */
    private FloatBuffer buffer = FloatBuffer.allocate(0);

    Planes(ModelInput input, int labels, boolean logits) {
        this.input = input;
        this.labels = labels;
        this.logits = logits;
    }

    @Override
    public NDList processInput(TranslatorContext context, float[][] batch) {
        int length = input.length();
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
        this.batch = batch.length;
        int size = input.size();
        Shape shape = input.layout() == ModelInput.Layout.NCHW ? new Shape(batch.length, ModelInput.CHANNELS, size, size)
                : new Shape(batch.length, size, size, ModelInput.CHANNELS);
        return new NDList(context.getNDManager().create(buffer.flip(), shape));
    }

    @Override
    public float[][] processOutput(TranslatorContext context, NDList output) {
        NDArray numbers = output.singletonOrThrow();
        Shape shape = numbers.getShape();
        if (shape.dimension() != 2 || shape.get(1) != labels) {
            throw new IllegalArgumentException("the model gave " + shape + " where there are " + labels + " labels");
        }
        if (shape.get(0) != batch) {
            throw new IllegalArgumentException("the model gave " + shape + " for " + batch + " images");
        }
        float[] all = numbers.toFloatArray();
        float[][] rows = new float[(int) shape.get(0)][];
        Arrays.setAll(rows, i -> {
            float[] row = Arrays.copyOfRange(all, i * labels, (i + 1) * labels);
            return logits ? softmax(row) : row;
        });
        return rows;
    }

    /** e^x of each over their sum; less the largest, which changes nothing but what would overflow. */
    static float[] softmax(float[] logits) {
        float most = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            most = Math.max(most, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - most);
        }
        float[] probabilities = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = (float) (Math.exp(logits[i] - most) / sum);
        }
        return probabilities;
    }
}
