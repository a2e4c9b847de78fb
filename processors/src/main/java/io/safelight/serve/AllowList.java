package io.safelight.serve;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Crop;
import io.safelight.model.op.Filter;
import io.safelight.model.op.Gravity;
import io.safelight.model.op.Op;
import io.safelight.model.op.OpKind;
import io.safelight.model.op.Resize;
import io.safelight.model.op.Rotate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a request may ask to be made: the operations for everybody, the sizes and how much work for links that nobody signed. */
public final class AllowList {
    /** Without a signature: pixels around each one that a filter looks at. */
    private static final double MOST_SIGMA = 10;

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
     * What is to be made of a source. A link that is not signed gets nothing larger than the largest size, on either side, whatever it names, and
     * may ask for no more than one filter, of a radius that is neither large nor one of a great many.
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
        checkFilters(chain.ops().stream().filter(Filter.class::isInstance).map(Filter.class::cast).toList());
        Op bound = new Resize(sizes.last(), sizes.last(), Resize.Fit.FIT, Gravity.CENTER);
        List<Op> ops = new ArrayList<>(chain.ops().stream().map(this::boxed).toList());
        if (named.isEmpty()) {
            ops.addFirst(bound);
        }
        if (!isBounded(ops)) {
            ops.add(bound);
        }
        return new Chain(ops);
    }

    private static void checkFilters(List<Filter> filters) {
        if (filters.size() > 1) {
            throw new Rejected(Code.BAD_PARAMETER, "One filter may be asked for; a signed link may ask for more.");
        }
        for (Filter filter : filters) {
            double tenths = filter.sigma() * 10;
            if (filter.sigma() > MOST_SIGMA || Math.abs(tenths - Math.rint(tenths)) > 1e-6) {
                throw new Rejected(Code.BAD_PARAMETER, "sigma may be up to 10, in steps of 0.1; a signed link may ask for more.");
            }
        }
    }

    /** A width alone says nothing of the height, and the other way round: neither may be more than the largest size. */
    private Op boxed(Op op) {
        return op instanceof Resize r && (r.width() == null || r.height() == null)
                ? new Resize(Objects.requireNonNullElse(r.width(), sizes.last()), Objects.requireNonNullElse(r.height(), sizes.last()), Resize.Fit.FIT, r.gravity()) : op;
    }

    /** Whether the last to say how large the picture becomes keeps both sides to what it names. */
    private static boolean isBounded(List<Op> ops) {
        boolean bounded = false;
        for (Op op : ops) {
            bounded = switch (op) {
                case Resize resize -> bounded || resize.fit() != Resize.Fit.COVER;
                case Crop _ -> true;
                case Rotate rotate -> bounded && rotate.quarters() >= 0;
                default -> bounded;
            };
        }
        return bounded;
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
