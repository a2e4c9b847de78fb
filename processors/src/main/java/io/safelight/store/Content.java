package io.safelight.store;

import java.io.FilterInputStream;
import java.io.IOException;
import software.amazon.awssdk.core.ResponseInputStream;

/** An object being read. Close it: that gives the connection back, or drops it where the end was not reached. */
public final class Content extends FilterInputStream {
    private final Stored stored;
    private final ResponseInputStream<?> body;
    private boolean ended;

    Content(Stored stored, ResponseInputStream<?> body) {
        super(body);
        this.stored = stored;
        this.body = body;
    }

    public Stored stored() {
        return stored;
    }

    @Override
    public int read() throws IOException {
        int b = super.read();
        ended |= b < 0;
        return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = super.read(buffer, offset, length);
        ended |= n < 0;
        return n;
    }

    @Override
    public void close() throws IOException {
        if (ended) {
            super.close();
        } else {
            body.abort();
        }
    }
}
