package io.safelight.validate;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.safelight.error.Rejected;

/** Walks a JPEG's segments (ITU T.81, annex B) to its frame header and then, skipping the compressed data, to its end. */
final class Jpeg implements HeaderReader {
    private static final String START = "\u00ff\u00d8\u00ff";
    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int FIRST_WITH_LENGTH = 0xc0;
    /** Of each sample of a progressive one, kept until the last scan has been read. */
    private static final int COEFFICIENT_BYTES = 2;
    /** No encoder writes nearly as many; each one costs the decoder a pass over the whole image. */
    private static final int MAX_SCANS = 500;

    /** @param body after the length; @param next where the search for the next marker goes on */
    private record Segment(int marker, long body, long next) {
        boolean isFrame() {
            return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        }

        boolean isProgressive() {
            return (marker & 3) == 2;
        }
    }

    @Override
    public Header read(Source in) {
        Segment frame = frame(in, 2);
        long body = frame.body;
        int channels = in.u8(body + 5);
        if (frame.next - body < 6 + 3L * channels || channels == 0) {
            throw Source.broken("The JPEG's frame header is damaged; export the image again.");
        }
        int pixelBytes = channels * (in.u8(body) > 8 ? 2 : 1) + (frame.isProgressive() ? coefficientBytes(in, body, channels) : 0);
        return new Header(in.u16(body + 3, BIG_ENDIAN), in.u16(body + 1, BIG_ENDIAN), pixelBytes,
                1, frame.isProgressive(), () -> endOfLast(in, end(in, frame)));
    }

    /** Of each pixel, by how often each channel has a sample, rounded up. */
    private static int coefficientBytes(Source in, long frame, int channels) {
        int samples = 0;
        int most = 1;
        for (int i = 0; i < channels; i++) {
            int factors = in.u8(frame + 7 + 3L * i);
            int ofChannel = (factors >> 4) * (factors & 15);
            samples += ofChannel;
            most = Math.max(most, ofChannel);
        }
        return Math.ceilDiv(COEFFICIENT_BYTES * samples, most);
    }

    private static Segment frame(Source in, long at) {
        Segment segment = segment(in, at);
        while (!segment.isFrame()) {
            if (segment.marker == SOS || segment.marker == EOI) {
                throw Source.broken("The JPEG has no frame header; export the image again.");
            }
            segment = segment(in, segment.next);
        }
        return segment;
    }

    private static long end(Source in, Segment frame) {
        int scans = 0;
        for (Segment segment = segment(in, frame.next); ; segment = segment(in, segment.next)) {
            if (segment.marker == EOI && scans > 0) {
                return segment.next;
            }
            if (segment.marker == EOI || segment.isFrame() || segment.marker == SOS && ++scans > MAX_SCANS) {
                throw Source.broken("The JPEG has no scan, too many of them, or a second frame header; export the image again.");
            }
        }
    }

    /** Phones append further images (previews, gain maps, the other eye): they belong to the picture too. */
    private static long endOfLast(Source in, long end) {
        long last = end;
        while (true) {
            long start = HiddenContent.skipPadding(in, last);
            if (!in.has(start, START)) {
                return last;
            }
            try {
                last = end(in, frame(in, start + 2));
            } catch (Rejected notAnImage) {
                return last;
            }
        }
    }

    /** The next segment, wherever it is: decoders skip bytes between segments too. Stuffed zeros and restarts are data. */
    private static Segment segment(Source in, long at) {
        while (true) {
            long marker = in.find(0xff, at) + 1;
            int code = in.u8(marker);
            if (code == 0xff) {
                at = marker;
            } else if (code == EOI) {
                return new Segment(code, marker + 1, marker + 1);
            } else if (code < FIRST_WITH_LENGTH || code >= 0xd0 && code <= SOI) {
                at = marker + 1;
            } else {
                int length = in.u16(marker + 1, BIG_ENDIAN);
                if (length < 2) {
                    throw Source.broken("A segment of the JPEG has no length; export the image again.");
                }
                in.need(marker + 1, length);
                return new Segment(code, marker + 3, marker + 1 + length);
            }
        }
    }
}
