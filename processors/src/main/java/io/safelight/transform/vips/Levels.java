package io.safelight.transform.vips;

import io.safelight.model.Size;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One picture in the sizes that were made of it, all of its own aspect. A size is made from the smallest level at least twice as large, so
 * that two resizes in a row do not soften.
 */
final class Levels {
    private final VipsImage base;
    private final List<VipsImage> levels = new ArrayList<>();

    Levels(VipsImage base) {
        this.base = base;
        levels.add(base);
    }

    VipsImage base() {
        return base;
    }

    /** @param target no larger than the base; the result becomes a level, unless it is the picture in another aspect */
    VipsImage at(Size target) {
        VipsImage source = levels.stream().filter(level -> level.size().equals(target) || isTwice(level.size(), target))
                .min(Comparator.comparingInt(VipsImage::width)).orElse(base);
        if (source.size().equals(target)) {
            return source;
        }
        VipsImage made = source.resizedTo(target).inMemory();
        if (hasOurAspect(target)) {
            levels.add(made);
        }
        return made;
    }

    /** The height of a level is rounded, that of a target too: together by less than one and a half. */
    private static boolean isTwice(Size level, Size target) {
        return level.width() >= 2 * target.width() && level.height() + 1 >= 2 * target.height();
    }

    private boolean hasOurAspect(Size size) {
        Size whole = base.size();
        return size.equals(whole.atWidth(size.width())) || size.equals(whole.atHeight(size.height()));
    }

    /** One that is there already, with a longest side of {@code side} to twice that; or else one made with that side, or smaller where the base is. */
    VipsImage about(int side) {
        return levels.stream().filter(level -> longest(level) >= side && longest(level) <= 2 * side).min(Comparator.comparingInt(Levels::longest))
                .orElseGet(() -> at(base.size().within(side)));
    }

    private static int longest(VipsImage level) {
        return Math.max(level.width(), level.height());
    }
}
