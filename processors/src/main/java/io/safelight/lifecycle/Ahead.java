package io.safelight.lifecycle;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** One that knows which image comes next. */
final class Ahead<T> {
    private final Iterator<Of<T>> all;
    private Of<T> next;

    record Of<T>(UUID id, T value) {}

    Ahead(Iterator<Of<T>> all) {
        this.all = all;
        advance();
    }

    Optional<UUID> id() {
        return Optional.ofNullable(next).map(Of::id);
    }

    /** All that belongs to the image, where it is the next. */
    List<T> take(UUID id) {
        List<T> taken = new ArrayList<>();
        while (next != null && next.id().equals(id)) {
            taken.add(next.value());
            advance();
        }
        return taken;
    }

    private void advance() {
        next = all.hasNext() ? all.next() : null;
    }
}
