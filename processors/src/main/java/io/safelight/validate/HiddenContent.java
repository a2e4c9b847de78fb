package io.safelight.validate;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.util.List;
import java.util.Locale;

/**
 * Refuses files that are an image and something else as well. Other bytes after an image are let through, since
 * cameras write them and re-encoding drops them.
 */
final class HiddenContent {
    private static final int HEAD = 1024;
    private static final int ZIP_END = 22;
    private static final int MAX_ZIP_COMMENT = 0xffff;

    /** A PDF may begin anywhere in the first kilobyte, and browsers once guessed HTML there. */
    private static final List<String> AT_HEAD = List.of("%pdf-", "<?php", "<script", "<html", "<!doctype html");

    /** Long enough not to turn up in compressed data by chance. Lower case: letters are compared without it. */
    private static final List<String> ANYWHERE_AFTER = List.of("rar!\u001a\u0007", "7z\u00bc\u00af\u0027\u001c", "%pdf-",
            "\u007felf\u0001\u0001", "\u007felf\u0001\u0002", "\u007felf\u0002\u0001", "\u007felf\u0002\u0002",
            "<?php", "<script", "<html", "#!/bin/", "#!/usr/");

    /** Too short for that, but telling where the image's end is their beginning. */
    private static final List<String> RIGHT_AFTER = List.of("pk\u0003\u0004", "pk\u0005\u0006", "\u001f\u008b\u0008", "mz", "#!", "bzh", "\u00fd7zxz");

    private static final boolean[] FIRST_BYTES = new boolean[256];

    static {
        ANYWHERE_AFTER.forEach(s -> FIRST_BYTES[s.charAt(0)] = FIRST_BYTES[Character.toUpperCase(s.charAt(0)) & 0xff] = true);
        FIRST_BYTES['P'] = true;
    }

    private HiddenContent() {}

    /** @param end where the image is over */
    static void refuse(Source in, long end) {
        String head = in.latin1(0, HEAD).toLowerCase(Locale.ROOT);
        AT_HEAD.stream().filter(head::contains).findFirst().ifPresent(found -> {
            throw hidden("a document or script in its first bytes");
        });
        if (endsAsZip(in)) {
            throw hidden("a ZIP archive");
        }
        long after = skipPadding(in, end);
        if (RIGHT_AFTER.stream().anyMatch(s -> hasIgnoringCase(in, after, s))) {
            throw hidden("an archive or program after its end");
        }
        for (long at = after; at < in.length(); at++) {
            long here = at;
            if (FIRST_BYTES[in.u8(at)] && (isZipEntry(in, at) || ANYWHERE_AFTER.stream().anyMatch(s -> hasIgnoringCase(in, here, s)))) {
                throw hidden("an archive, document or script after its end");
            }
        }
    }

    /** The first position from {@code at} on that is neither zero nor white space. */
    static long skipPadding(Source in, long at) {
        while (at < in.length() && "\0 \t\r\n".indexOf(in.u8(at)) >= 0) {
            at++;
        }
        return at;
    }

    /** ZIP is read from its end: a directory record whose comment reaches to the last byte makes any file an archive. */
    private static boolean endsAsZip(Source in) {
        long from = Math.max(0, in.length() - ZIP_END - MAX_ZIP_COMMENT);
        for (long at = in.find('P', from); at <= in.length() - ZIP_END; at = in.find('P', at + 1)) {
            if (in.has(at, "PK\u0005\u0006") && at + ZIP_END + in.u16(at + 20, LITTLE_ENDIAN) == in.length()) {
                return true;
            }
        }
        return false;
    }

    /** Checks a few fields more than the signature's four bytes, which large trailers may hold by chance. */
    private static boolean isZipEntry(Source in, long at) {
        return in.has(at, "PK\u0003\u0004") && in.length() - at >= 30
                && in.u16(at + 4, LITTLE_ENDIAN) <= 63 && in.u16(at + 8, LITTLE_ENDIAN) <= 99 && in.u16(at + 26, LITTLE_ENDIAN) > 0;
    }

    private static boolean hasIgnoringCase(Source in, long at, String lower) {
        if (lower.length() > in.length() - at) {
            return false;
        }
        for (int i = 0; i < lower.length(); i++) {
            int b = in.u8(at + i);
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static Rejected hidden(String what) {
        return new Rejected(Code.HIDDEN_CONTENT, "The file carries " + what + "; export the image again and send only that.");
    }
}
