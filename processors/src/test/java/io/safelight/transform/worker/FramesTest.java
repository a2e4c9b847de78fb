package io.safelight.transform.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.safelight.decode.ModelInput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramesTest {
    private static final List<ModelInput> INPUTS = List.of(new ModelInput(2, ModelInput.Layout.NCHW, ModelInput.Channels.RGB, ModelInput.Range.LEVELS,
            List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), ModelInput.Resize.BILINEAR));
    private static final float[] PLANES = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

    @Test
    void comesThroughAsItWas() throws Exception {
        DataInputStream in = stream(written());

        assertEquals(Frames.MARK, in.readInt());
        assertArrayEquals(PLANES, Frames.read(INPUTS, in).getFirst());
    }

    /** As it does where the child is killed while it sends: the image is tried again, which a failure of ours would not be. */
    @Test
    void saysThatItBrokeOff() throws Exception {
        byte[] whole = written();
        DataInputStream in = stream(Arrays.copyOf(whole, whole.length - 6));

        in.readInt();

        assertThrows(EOFException.class, () -> Frames.read(INPUTS, in));
    }

    private static byte[] written() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Frames.write(List.of(PLANES), new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static DataInputStream stream(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }
}
