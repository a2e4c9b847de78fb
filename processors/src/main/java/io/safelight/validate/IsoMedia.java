package io.safelight.validate;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.util.Set;

/**
 * Walks the boxes of an AVIF or HEIC (ISO/IEC 14496-12 and 23008-12). The largest declared size counts: tiles and
 * previews are smaller than the image they belong to.
 */
final class IsoMedia implements HeaderReader {
    private static final int MAX_DEPTH = 8;
    private static final Set<String> CONTAINERS = Set.of("iprp", "ipco", "moov", "trak", "mdia", "minf", "stbl");
    private static final Set<String> TOP_LEVEL = Set.of("ftyp", "meta", "mdat", "moov", "moof", "free", "skip", "uuid", "idat");

    @Override
    public Header read(Source in) {
        Facts facts = new Facts(in);
        long end = facts.topLevel();
        if (facts.width == 0) {
            throw Source.broken("The file declares no image size; export the image again.");
        }
        return new Header(facts.width, facts.height, (facts.alpha ? 4 : 3) * facts.sampleBytes, facts.frames, false, () -> end);
    }

    /** @param end at most the end of the box around it */
    private record Box(String type, long body, long end) {}

    private static final class Facts {
        private final Source in;
        long width;
        long height;
        int sampleBytes = 1;
        boolean alpha;
        long frames = 1;

        Facts(Source in) {
            this.in = in;
        }

        /** @return where the last box ends; what follows and is no box is not the image's */
        long topLevel() {
            long at = 0;
            while (in.length() - at >= 8) {
                Box box = box(at, in.length());
                if (box == null) {
                    if (TOP_LEVEL.contains(in.latin1(at + 4, 4))) {
                        throw Source.cutOff();
                    }
                    return at;
                }
                visit(box, 0);
                at = box.end;
            }
            return at;
        }

        private void visit(Box box, int depth) {
            if (depth > MAX_DEPTH) {
                throw Source.broken("The file's boxes are nested too deep; export the image again.");
            }
            long content = box.body + 4; // of a box that states its version first
            switch (box.type) {
                case "meta" -> children(content, box.end, depth);
                case "ispe" -> size(content, box.end);
                case "pixi" -> depth(content, box.end);
                case "auxC" -> alpha |= in.latin1(content, (int) Math.clamp(box.end - content, 0, 64)).matches("(?s).*(:alpha|auxid:1)\0?.*");
                case "stsz" -> {
                    inside(content + 8, box.end);
                    frames = Math.max(frames, in.u32(content + 4, BIG_ENDIAN));
                }
                default -> {
                    if (CONTAINERS.contains(box.type)) {
                        children(box.body, box.end, depth);
                    }
                }
            }
        }

        private void children(long at, long end, int depth) {
            while (end - at >= 8) {
                Box box = box(at, end);
                if (box == null) {
                    throw Source.broken("A box of the file is larger than the one around it; export the image again.");
                }
                visit(box, depth + 1);
                at = box.end;
            }
        }

        private void size(long at, long end) {
            inside(at + 8, end);
            long w = in.u32(at, BIG_ENDIAN);
            long h = in.u32(at + 4, BIG_ENDIAN);
            if (w == 0 || h == 0) {
                throw Source.broken("The file declares an image without pixels; export the image again.");
            }
            if (Long.compareUnsigned(w * h, width * height) > 0) {
                width = w;
                height = h;
            }
        }

        private void depth(long at, long end) {
            inside(at + 1, end);
            int channels = in.u8(at);
            inside(at + 1 + channels, end);
            for (int i = 1; i <= channels; i++) {
                sampleBytes = Math.max(sampleBytes, (in.u8(at + i) + 7) / 8);
            }
        }

        private static void inside(long at, long end) {
            if (at > end) {
                throw Source.broken("A box of the file is too small for what it states; export the image again.");
            }
        }

        /** @return null where no box that fits stands at this place */
        private Box box(long at, long limit) {
            long size = in.u32(at, BIG_ENDIAN);
            String type = in.latin1(at + 4, 4);
            int header = 8;
            if (size == 1 && limit - at >= 16) {
                size = in.s64(at + 8, BIG_ENDIAN);
                header = 16;
            } else if (size == 0) {
                size = limit - at;
            }
            return size < header || size > limit - at ? null : new Box(type, at + header, at + size);
        }
    }
}
