package io.safelight.serve;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Crop;
import io.safelight.model.op.Gravity;
import io.safelight.model.op.Op;
import io.safelight.model.op.OpKind;
import io.safelight.model.op.Resize;
import io.safelight.model.op.Rotate;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a request may ask to be made: the operations for everybody, the sizes for links that nobody signed. */
public final class AllowList {
    private final Set<OpKind> ops = EnumSet.noneOf(OpKind.class);
    private final SortedSet<Integer> sizes = new TreeSet<>();

    /** @throws Fault for an operation that is none, or a size that is no number of pixels */
    public AllowList(List<String> ops, List<String> sizes) {
        for (String op : ops) {
            try {
                this.ops.add(OpKind.of(op.trim()));
            } catch (IllegalArgumentException e) {
                throw new Fault("safelight.serving.ops names [" + op + "]; the operations are " + slugs(EnumSet.allOf(OpKind.class)) + ".");
            }
        }
        if (sizes.isEmpty()) {
            throw new Fault("safelight.serving.sizes is empty; name at least one, or set safelight.serving.on-the-fly to false.");
        }
        for (String size : sizes) {
            if (!size.trim().matches("[1-9][0-9]{0,4}") || Integer.parseInt(size.trim()) > Resize.MOST) {
                throw new Fault("safelight.serving.sizes holds '" + size + "'; write whole numbers of pixels from 1 to " + Resize.MOST + ".");
            }
            this.sizes.add(Integer.parseInt(size.trim()));
        }
    }

    /**
     * What is to be made of a source. A link that is not signed gets nothing larger than the largest size, also where it names none.
     *
     * @throws Rejected {@code bad-parameter}
     * @throws IllegalArgumentException with a sentence for people, where the chain becomes too long
     */
    Chain check(Chain chain, boolean signed) {
        for (Op op : chain.ops()) {
            if (!ops.contains(op.kind())) {
                throw new Rejected(Code.BAD_PARAMETER, "'" + op.kind().slug() + "' may not be asked for; the operations are " + slugs(ops) + ".");
            }
        }
        // each such turn makes the picture larger, up to twice as many pixels
        if (chain.ops().stream().filter(op -> op instanceof Rotate rotate && rotate.quarters() < 0).count() > 1) {
            throw new Rejected(Code.BAD_PARAMETER, "Turn by no more than one angle that is not a multiple of 90.");
        }
        if (signed) {
            return chain;
        }
        List<Integer> named = chain.ops().stream().flatMap(AllowList::sizes).toList();
        named.stream().filter(size -> !sizes.contains(size)).findFirst().ifPresent(size -> {
            throw new Rejected(Code.BAD_PARAMETER, "%d pixels may be asked for in a signed link only; without a signature use one of %s."
                    .formatted(size, join(sizes)));
        });
        if (!named.isEmpty()) {
            return chain;
        }
        Op bound = new Resize(sizes.last(), sizes.last(), Resize.Fit.FIT, Gravity.CENTER);
        return new Chain(Stream.concat(Stream.of(bound), chain.ops().stream()).toList());
    }

    private static Stream<Integer> sizes(Op op) {
        return switch (op) {
            case Resize resize -> Stream.of(resize.width(), resize.height()).filter(Objects::nonNull);
            case Crop crop -> Stream.of(crop.width(), crop.height());
            default -> Stream.empty();
        };
    }

    private static String slugs(Set<OpKind> kinds) {
        return join(kinds.stream().map(OpKind::slug).toList());
    }

    private static String join(Collection<?> values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
