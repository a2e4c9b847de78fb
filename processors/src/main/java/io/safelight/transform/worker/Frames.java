package io.safelight.transform.worker;

import io.safelight.decode.ModelInput;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Models' inputs from one process to another, a frame at a time: a mark that is no length of an answer, then the floats of each input. */
final class Frames {
    static final int MARK = -1;

    private Frames() {}

    static void write(List<float[]> planes, DataOutputStream out) {
        try {
            out.writeInt(MARK);
            for (float[] floats : planes) {
                ByteBuffer bytes = ByteBuffer.allocate(floats.length * Float.BYTES);
                bytes.asFloatBuffer().put(floats);
                out.write(bytes.array());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What comes after the mark. @throws java.io.EOFException where it breaks off */
    static List<float[]> read(List<ModelInput> inputs, DataInputStream in) throws IOException {
        List<float[]> planes = new ArrayList<>();
        for (ModelInput input : inputs) {
            float[] floats = new float[input.length()];
            byte[] bytes = new byte[floats.length * Float.BYTES];
            in.readFully(bytes);
            ByteBuffer.wrap(bytes).asFloatBuffer().get(floats);
            planes.add(floats);
        }
        return planes;
    }
}
